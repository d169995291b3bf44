"""The bytes of a call, read: which contract, which function, with which arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.chain import codec
from contracts.currencies import ERC20
from contracts.models import AcceptedToken, Chain
from contracts.names import MARKET, TOKEN

MOST_ARGUMENTS = 200  # that are listed
MOST_PARTS = 20  # calls within one call that are read


@dataclass(frozen=True)
class Call:
    """One call of a contract. ``contract`` is ours by name, or ERC20 for a token; empty where nobody knows it.

    ``is_known`` says whether the address is one of ours or a currency that the market takes. ``function`` is empty
    where the bytes are no call of it. ``parts`` are the calls inside a ``multicall``, and ``unread`` how many more
    there are.
    """

    contract: str
    is_known: bool
    function: str = ""
    signature: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Call, ...] = ()
    unread: int = 0

    @property
    def arguments(self) -> list[tuple[str, str]]:
        """The arguments one by one, those in structs and lists by their path."""
        return [pair for pair, _number in zip(flat(self.args), range(MOST_ARGUMENTS), strict=False)]


def call_of(chain: Chain, to: str, data: str) -> Call:
    """Read a call to an address (lower case). Never raises: what cannot be read is a call without a function."""
    ours = next((name for name, place in chain.deployment.items() if place == to), "")
    is_token = not ours and AcceptedToken.objects.filter(chain=chain, address=to, accepted=True).exists()
    contract = ours or ERC20
    signature, args = _decoded(contract, data)
    # A token that the market does not take is read as one all the same: its approval is as dangerous as any.
    if not signature and not is_token:
        contract = ours
    if contract in (ERC20, TOKEN):
        args = {**args, "token": to}
    function = signature.partition("(")[0]
    inner = args["data"] if (contract, function) == (MARKET, "multicall") else []
    parts, unread = _parts(inner[:MOST_PARTS]), len(inner[MOST_PARTS:])
    return Call(contract, bool(ours or is_token), function, signature, args, parts, unread)


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield what is inside structs and lists by its path: ``order.quantity``, ``bps[0]``."""
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from flat(member, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for place, member in enumerate(value):
            yield from flat(member, f"{name}[{place}]")
    else:
        yield name, str(value)


def _parts(calls: Sequence[str]) -> tuple[Call, ...]:
    read = [_decoded(MARKET, data) for data in calls]
    return tuple(Call(MARKET, True, signature.partition("(")[0], signature, inner) for signature, inner in read)


def _decoded(contract: str, data: str) -> tuple[str, dict[str, Any]]:
    try:
        return codec.decode_call(contract, data)
    except ValueError:  # anybody can ask for any bytes
        return "", {}
