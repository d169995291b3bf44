"""The sentence for each kind of typed data (EIP-712) that our pages ask people to sign, besides permits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.addresses import is_address

from .words import Scene, Sentence, Words

OURS = ("name", "version", "chainId", "verifyingContract")  # of a contract's domain
APART = ("name", "version", "chainId")  # of what no contract reads


@dataclass(frozen=True)
class Kind:
    """A kind of typed data: the types of its fields by their names, in their order, and its sentence."""

    fields: Mapping[str, str]
    said: Sentence


KINDS: dict[tuple[str, str], Kind] = {}


def signs(place: str, kind: str, fields: Mapping[str, str]) -> Callable[[Sentence], Sentence]:
    """Register the sentence of a kind of typed data. ``place`` is the contract that reads it, by its name in a
    deployment, or, where no contract does, the name of its domain."""

    def register(said: Sentence) -> Sentence:
        KINDS[place, kind] = Kind(fields, said)
        return said

    return register


def said_typed(scene: Scene, data: Mapping[str, Any]) -> tuple[Words, str] | None:
    """Return what a sentence says of typed data, and our contract that reads it, if one does; None for any other.

    It has to be exactly that kind, on this chain: data that only has its name could mean anything.
    """
    domain, values, kind = data.get("domain"), data.get("message"), data.get("primaryType")
    if (
        not isinstance(domain, dict)
        or not isinstance(values, dict)
        or str(domain.get("chainId")) != str(scene.chain.pk)
    ):
        return None
    contract = _reader(scene, domain)
    found = KINDS.get((contract if contract is not None else str(domain.get("name")), str(kind)))
    if found is None or _stated(data, str(kind)) != list(found.fields.items()) or set(values) != set(found.fields):
        return None
    if not all(_fits(of, values[name]) for name, of in found.fields.items()):
        return None
    args = {name: _read(of, values[name]) for name, of in found.fields.items()}
    return found.said(scene, args), contract or ""


def _reader(scene: Scene, domain: Mapping[str, Any]) -> str | None:
    """Return the name of our contract that a domain names, "" for a contract of others, None where it names none."""
    if set(domain) == set(APART):
        return None
    place = str(domain.get("verifyingContract", "")).lower()
    return scene.contract(place) if set(domain) == set(OURS) else ""


def _stated(data: Mapping[str, Any], kind: str) -> list[tuple[Any, Any]]:
    types = data.get("types")
    stated = types.get(kind) if isinstance(types, dict) else None
    return [(each.get("name"), each.get("type")) for each in stated or () if isinstance(each, dict)]


def _fits(of: str, value: object) -> bool:
    if of == "address":
        return isinstance(value, str) and is_address(value)
    if of.startswith("uint"):
        return number_in(value) is not None
    return isinstance(value, str)


def _read(of: str, value: Any) -> Any:
    if of == "address":
        return value.lower()
    return number_in(value) if of.startswith("uint") else value


def number_in(value: object) -> int | None:
    """Return the number that a value of typed data stands for, None where it is none that a contract takes."""
    if isinstance(value, bool):
        return None
    try:
        number = int(str(value), 0)
    except ValueError:
        return None
    return number if 0 <= number < 2**256 else None
