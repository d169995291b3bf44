"""Events taken apart fast: each event's decoder is written once, as Python, from its ABI.

Arguments that always stand at the same place are cut out of the hexadecimal text where they stand, without turning it
into bytes first; where an event has a string, bytes or an array, eth-abi reads its data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from . import abi, codec

WORD = 64  # hexadecimal digits
FIXED_BYTES = re.compile(r"bytes(\d+)")
SIMPLE = re.compile(r"u?int\d+|address|bool|bytes\d+")

Decode = Callable[[Sequence[str], str], dict[str, Any]]
Text = Callable[[dict[str, Any]], str]


@dataclass(frozen=True)
class EventDecoder:
    """What reads one event: ``decode(topics, data)`` returns its arguments by name, and ``text`` those as JSON."""

    contract: str
    name: str
    decode: Decode
    text: Text


@cache
def decoders(contract: str) -> dict[str, EventDecoder]:
    """Return the decoders of a contract's events, by their topic."""
    return {
        f"0x{abi.digest(entry).hex()}": EventDecoder(
            contract, entry["name"], compiled(entry["inputs"]), written(entry["inputs"])
        )
        for entry in abi.entries(contract, "event")
    }


def compiled(inputs: Sequence[dict[str, Any]]) -> Decode:
    """Return a function that reads an event with these inputs. It raises ValueError for data of another length."""
    indexed = [parameter for parameter in inputs if parameter["indexed"]]
    plain = [parameter for parameter in inputs if not parameter["indexed"]]
    topics = [_item(each, _in_topic(each, f"topics[{place}]")) for place, each in enumerate(indexed, 1)]
    if all(map(_is_fixed, plain)):
        words, data = _in_data(plain, 0)
        return _checked(_function(topics + data), len(indexed) + 1, 2 + words * WORD)
    head = _checked(_function(topics), len(indexed) + 1, None)
    raw = [_as_bytes(parameter) for parameter in plain]
    return lambda topics, data: head(topics, data) | _texts(plain, codec.values(raw, data))


def written(inputs: Sequence[dict[str, Any]]) -> Text:
    """Return a function that writes the arguments of an event as JSON, without looking at what they are."""
    indexed = [parameter for parameter in inputs if parameter["indexed"]]
    plain = [parameter for parameter in inputs if not parameter["indexed"]]
    if not all(map(_is_fixed, inputs)):
        return json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
    made: Text = eval(f"lambda a: f'{_members([*indexed, *plain], 'a')}'")  # noqa: S307  written here, as below
    return made


def _members(parameters: Sequence[dict[str, Any]], found: str) -> str:
    """Return what stands between the quotes of a format string that writes an object as JSON."""
    return "{{" + ",".join(f'"{each["name"]}":{_written(each, found)}' for each in parameters) + "}}"


def _written(parameter: dict[str, Any], found: str) -> str:
    value = f'{found}["{parameter["name"]}"]'
    if parameter["type"] == "tuple":
        return _members(parameter["components"], value)
    if "int" in parameter["type"]:
        return f"{{{value}}}"
    return f'{{"true" if {value} else "false"}}' if parameter["type"] == "bool" else f'"{{{value}}}"'


def _function(items: Sequence[str]) -> Decode:
    source = f"lambda topics, data: {{{', '.join(items)}}}"
    made: Decode = eval(source, {"signed": _signed})  # noqa: S307  written above, from the interfaces of this repository
    return made


def _checked(decode: Decode, topics: int, digits: int | None) -> Decode:
    def checked(given: Sequence[str], data: str) -> dict[str, Any]:
        if len(given) != topics or (digits is not None and len(data) != digits):
            raise ValueError("A log does not have the shape of its event.")
        return decode(given, data)

    return checked


def _as_bytes(parameter: dict[str, Any]) -> dict[str, Any]:
    """Return the parameter with bytes for a string: whoever calls a contract decides what stands in a string."""
    return {**parameter, "type": "bytes"} if parameter["type"] == "string" else parameter


def _texts(parameters: Sequence[dict[str, Any]], values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with text for strings; what is no UTF-8, or what PostgreSQL cannot hold, becomes U+FFFD."""
    strings = (parameter["name"] for parameter in parameters if parameter["type"] == "string")
    texts = {name: codec.to_bytes(values[name]).decode("utf-8", "replace") for name in strings}
    return values | {name: text.replace("\0", "\ufffd") for name, text in texts.items()}


def _is_fixed(parameter: dict[str, Any]) -> bool:
    if parameter["type"] == "tuple":
        return all(map(_is_fixed, parameter["components"]))
    return bool(SIMPLE.fullmatch(parameter["type"]))


def _in_data(parameters: Sequence[dict[str, Any]], word: int) -> tuple[int, list[str]]:
    """Return how many words there are before the end of the parameters, and what reads each of them."""
    items = []
    for parameter in parameters:
        if parameter["type"] == "tuple":
            word, members = _in_data(parameter["components"], word)
            items.append(_item(parameter, f"{{{', '.join(members)}}}"))
        else:
            start = 2 + word * WORD
            items.append(_item(parameter, _word(parameter["type"], "data", start)))
            word += 1
    return word, items


def _in_topic(parameter: dict[str, Any], topic: str) -> str:
    """Return what reads an indexed argument: of one without a fixed length the topic is the hash."""
    return _word(parameter["type"] if SIMPLE.fullmatch(parameter["type"]) else "bytes32", topic, 2)


def _word(kind: str, text: str, start: int) -> str:
    end = start + WORD
    if kind == "address":
        return f'"0x" + {text}[{start + 24}:{end}]'
    if kind == "bool":
        return f'{text}[{end - 1}] == "1"'
    if found := FIXED_BYTES.fullmatch(kind):
        return f'"0x" + {text}[{start}:{start + 2 * int(found[1])}]'
    number = f"int({text}[{start}:{end}], 16)"
    return number if kind.startswith("u") else f"signed({number})"


def _item(parameter: dict[str, Any], reading: str) -> str:
    return f"{parameter['name']!r}: {reading}"


def _signed(number: int) -> int:
    return number - 2**256 if number >> 255 else number


def decode_log(contract: str, topics: Sequence[str], data: str) -> tuple[str, dict[str, Any]] | None:
    """Return the name and the arguments of a contract's log, or None for an event that its interface does not have."""
    found = decoders(contract).get(topics[0]) if topics else None
    return (found.name, found.decode(topics, data)) if found else None
