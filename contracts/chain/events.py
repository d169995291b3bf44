"""Fast event decoders: each is written once, as Python, from the event's ABI.

Arguments that always stand at the same place are cut out of the hexadecimal text where they stand, without turning it
into bytes first; where an event has a string, bytes or an array, eth-abi reads its data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from typing import Any

from . import abi, codec

WORD = 64  # hexadecimal digits
FIXED_BYTES = re.compile(r"bytes(\d+)")
SIMPLE = re.compile(r"u?int\d+|address|bool|bytes\d+")
_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

Args = dict[str, Any]
Read = Callable[[Sequence[str], str], tuple[Args, str]]


@dataclass(frozen=True)
class EventDecoder:
    """What reads one event of a contract; written when such an event is first met."""

    contract: str
    name: str
    inputs: Sequence[dict[str, Any]]

    @cached_property
    def key(self) -> tuple[str, str]:
        """The names of the contract and of the event, by which handlers are registered."""
        return self.contract, self.name

    @cached_property
    def read(self) -> Read:
        """The function that returns a log's arguments by name, and the same as JSON, of its topics and its data.

        It raises ValueError for a log that has not the shape of the event.
        """
        return compiled(self.inputs)

    @cached_property
    def has_texts(self) -> bool:
        """Whether what it says may hold other characters than hexadecimal digits and those of JSON."""
        return not all(parameter["indexed"] or _is_fixed(parameter) for parameter in self.inputs)


@dataclass(frozen=True)
class _Value:
    """A parameter: the variable that it is read into and the expression that reads it, or a struct's members."""

    name: str
    kind: str
    variable: str = ""
    reading: str = ""
    members: Sequence[_Value] = ()

    def leaves(self) -> Iterator[_Value]:
        """Yield what is read by an expression, in order."""
        yield from chain.from_iterable(member.leaves() for member in self.members) if self.members else [self]

    def as_object(self) -> str:
        """Return the expression that gives the value, once all leaves are read."""
        return _as_dict(self.members) if self.members else self.variable

    def as_json(self) -> str:
        """Return what writes the value as JSON between the quotes of a format string."""
        if self.members:
            return _as_json(self.members)
        if self.kind == "bool":
            return f'{{"true" if {self.variable} else "false"}}'
        # Addresses and bytes are hexadecimal text, which JSON need not escape.
        return f"{{{self.variable}}}" if "int" in self.kind else f'"{{{self.variable}}}"'


@cache
def decoders(contract: str) -> dict[str, EventDecoder]:
    """Return the decoders of a contract's events, by their topic."""
    return {
        f"0x{abi.digest(entry).hex()}": EventDecoder(contract, entry["name"], entry["inputs"])
        for entry in abi.entries(contract, "event")
    }


def compiled(inputs: Sequence[dict[str, Any]]) -> Read:
    """Return what reads an event with these inputs."""
    indexed = [parameter for parameter in inputs if parameter["indexed"]]
    plain = [parameter for parameter in inputs if not parameter["indexed"]]
    topics = [_in_topic(each, place) for place, each in enumerate(indexed, 1)]
    if all(map(_is_fixed, plain)):
        words, data = _in_data(plain, 0)
        return _function([*topics, *data], f"len(topics) == {len(topics) + 1} and len(data) == {2 + words * WORD}")
    head = _function(topics, f"len(topics) == {len(topics) + 1}")
    raw = [_as_bytes(parameter) for parameter in plain]

    def read(topics: Sequence[str], data: str) -> tuple[Args, str]:
        args = head(topics, data)[0] | _texts(plain, codec.values(raw, data))
        return args, _json(args)

    return read


def _function(values: Sequence[_Value], condition: str) -> Read:
    """Write the function that reads these values where a log fulfils the condition."""
    lines = [
        "def read(topics, data):",
        f"    if not ({condition}):",
        "        raise ValueError('A log does not have the shape of its event.')",
        *(f"    {leaf.variable} = {leaf.reading}" for value in values for leaf in value.leaves()),
        f"    return {_as_dict(values)}, f'{_as_json(values)}'",
    ]
    scope: dict[str, Any] = {"signed": _signed}
    exec("\n".join(lines), scope)  # noqa: S102  written above, from the interfaces of this repository
    made: Read = scope["read"]
    return made


def _as_dict(values: Sequence[_Value]) -> str:
    return "{" + ", ".join(f'"{each.name}": {each.as_object()}' for each in values) + "}"


def _as_json(values: Sequence[_Value]) -> str:
    # In the order in which PostgreSQL keeps the names of a jsonb, which it then need not sort.
    ordered = sorted(values, key=lambda each: (len(each.name), each.name))
    return "{{" + ",".join(f'"{each.name}":{each.as_json()}' for each in ordered) + "}}"


def _as_bytes(parameter: dict[str, Any]) -> dict[str, Any]:
    """Return the parameter with bytes for a string: the caller of a contract decides what stands in a string."""
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


def _in_data(parameters: Sequence[dict[str, Any]], word: int) -> tuple[int, list[_Value]]:
    """Return how many words there are before the end of the parameters, and how each is read."""
    values = []
    for parameter in parameters:
        name, kind = parameter["name"], parameter["type"]
        if kind == "tuple":
            word, members = _in_data(parameter["components"], word)
            values.append(_Value(name, kind, members=members))
        else:
            values.append(_Value(name, kind, f"word{word}", _word(kind, "data", 2 + word * WORD)))
            word += 1
    return word, values


def _in_topic(parameter: dict[str, Any], place: int) -> _Value:
    """Return how an indexed argument is read: of one without a fixed length the topic is the hash."""
    kind = parameter["type"] if SIMPLE.fullmatch(parameter["type"]) else "bytes32"
    return _Value(parameter["name"], kind, f"topic{place}", _word(kind, f"topics[{place}]", 2))


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


def _signed(number: int) -> int:
    return number - 2**256 if number >> 255 else number


def decode_log(contract: str, topics: Sequence[str], data: str) -> tuple[str, dict[str, Any]] | None:
    """Return the name and the arguments of a contract's log, or None for an event that its interface does not have."""
    found = decoders(contract).get(topics[0]) if topics else None
    return (found.name, found.read(topics, data)[0]) if found else None
