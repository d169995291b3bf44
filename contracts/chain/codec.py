"""Calls and values, to and from the bytes that the chain knows. Its words are lower-case hexadecimal text here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from eth_abi import abi as eth_abi
from eth_abi.exceptions import DecodingError

from contracts.errors import PermanentChainError

from . import abi

Value = Any  # int, bool, str, list, or a dict for a struct


def to_bytes(text: str) -> bytes:
    """Return the bytes of hexadecimal text, with or without 0x."""
    return bytes.fromhex(text.removeprefix("0x"))


def word(text: str) -> str:
    """Return a short text as bytes32, as contracts name settings and each other."""
    return "0x" + text.encode().ljust(32, b"\0").hex()


def call_data(contract: str, function: str, args: Sequence[Value] | Mapping[str, Value] = ()) -> str:
    """Return the data of a call: arguments in order or by name, structs as mappings or in order, bytes as 0x text."""
    return data_of(_function(contract, function), args)


def data_of(entry: dict[str, Any], args: Sequence[Value] | Mapping[str, Value]) -> str:
    """Return the data of a call of the function with this entry: some have several of one name."""
    return "0x" + (abi.digest(entry)[:4] + encode(entry["inputs"], args)).hex()


def function_of(contract: str, data: str) -> str:
    """Return the signature of the function that a call's data names, "" where it is none of the contract's.

    The arguments are not looked at. Raises ValueError for what is no hexadecimal text.
    """
    entry = _named(contract, data)
    return abi.signature(entry) if entry else ""


def decode_call(contract: str, data: str) -> tuple[str, dict[str, Value]]:
    """Return what a call's data says: the function's signature, and its arguments by name.

    Raises ValueError where it is no call of the contract: anybody can send any bytes.
    """
    entry = _named(contract, data)
    if entry is None:
        raise ValueError(f"{contract} has no function {data[:10]}")
    try:
        return abi.signature(entry), values(entry["inputs"], data[10:])
    except (DecodingError, OverflowError) as error:
        raise ValueError(f"these are no arguments of {entry['name']}") from error


def _named(contract: str, data: str) -> dict[str, Any] | None:
    named = to_bytes(data[:10])
    return next((each for each in abi.entries(contract, "function") if abi.digest(each)[:4] == named), None)


def selector(contract: str, function: str) -> str:
    """Return the four bytes by which a call names the function."""
    return "0x" + abi.digest(_function(contract, function))[:4].hex()


def constructor_data(contract: str, args: Sequence[Value] | Mapping[str, Value] = ()) -> str:
    """Return the data of the transaction that deploys a contract."""
    inputs: list[dict[str, Any]] = next((entry["inputs"] for entry in abi.entries(contract, "constructor")), [])
    return str(abi.artifact(contract)["bytecode"]) + encode(inputs, args).hex()


def decode_result(contract: str, function: str, data: str) -> Value:
    """Return what a view answered: one value, a list of several, None for none.

    Raises PermanentChainError where the answer is not that view's: there is no contract, or another one.
    """
    outputs = _function(contract, function)["outputs"]
    try:
        decoded = eth_abi.decode([abi.type_of(output) for output in outputs], to_bytes(data))
    except (DecodingError, ValueError, OverflowError) as error:
        raise PermanentChainError(reason=f"{function} answered {data[:80]}") from error
    results = [from_chain(output, value) for output, value in zip(outputs, decoded, strict=True)]
    return results if len(results) > 1 else next(iter(results), None)


def values(parameters: Sequence[dict[str, Any]], data: str) -> dict[str, Value]:
    """Return the named values of encoded parameters."""
    decoded = eth_abi.decode([abi.type_of(parameter) for parameter in parameters], to_bytes(data))
    pairs = zip(parameters, decoded, strict=True)
    return {parameter["name"]: from_chain(parameter, value) for parameter, value in pairs}


def from_chain(parameter: dict[str, Any], value: Value) -> Value:
    """Return a decoded value as JSON can hold it."""
    kind: str = parameter["type"]
    if kind.endswith("]"):
        inner = {**parameter, "type": kind[: kind.rindex("[")]}
        return [from_chain(inner, item) for item in value]
    if kind == "tuple":
        members = zip(parameter["components"], value, strict=True)
        return {member["name"]: from_chain(member, item) for member, item in members}
    if kind.startswith("bytes"):
        return f"0x{value.hex()}"
    # Compared as text everywhere here; checksums are for people.
    return value.lower() if kind == "address" else value


def _to_chain(parameter: dict[str, Any], value: Value) -> Value:
    kind: str = parameter["type"]
    if kind.endswith("]"):
        inner = {**parameter, "type": kind[: kind.rindex("[")]}
        return [_to_chain(inner, item) for item in value]
    if kind == "tuple":
        return tuple(_ordered(parameter["components"], value))
    return to_bytes(value) if kind.startswith("bytes") and isinstance(value, str) else value


def _ordered(parameters: Sequence[dict[str, Any]], given: Sequence[Value] | Mapping[str, Value]) -> list[Value]:
    in_order = [given[parameter["name"]] for parameter in parameters] if isinstance(given, Mapping) else given
    return [_to_chain(parameter, value) for parameter, value in zip(parameters, in_order, strict=True)]


def encode(inputs: Sequence[dict[str, Any]], args: Sequence[Value] | Mapping[str, Value]) -> bytes:
    """Return the bytes of these parameters' values, in order or by name."""
    return eth_abi.encode([abi.type_of(parameter) for parameter in inputs], _ordered(inputs, args))


@cache
def _functions(contract: str) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in abi.entries(contract, "function")}


def _function(contract: str, name: str) -> dict[str, Any]:
    return _functions(contract)[name]
