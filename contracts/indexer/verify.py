"""Does what is stored match the chain? Apps name values; the contracts themselves are asked for the same at a block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import autodiscover_modules

from contracts.chain import codec
from contracts.chain.client import Call, Client, block_tag
from contracts.errors import ChainMovedError, IndexerStoppedError, PermanentChainError, RevertedError
from contracts.models import Block, Chain, Verification


@dataclass(frozen=True)
class Claim:
    """What the tables say that a view of a contract answers; ``member`` names the part of a struct that is meant."""

    contract: str
    function: str
    args: Sequence[Any]
    value: Any
    member: str = ""

    @property
    def name(self) -> str:
        """The claim in words that find it again."""
        return f"{self.contract}.{self.function}({', '.join(map(str, self.args))}){self.member and '.'}{self.member}"


Verifier = Callable[[Chain, int], Iterable[Claim]]
_verifiers: list[Verifier] = []


def verifier(function: Verifier) -> Verifier:
    """Register what an app claims of a chain at a block: totals, and samples that differ from run to run."""
    if function not in _verifiers:
        _verifiers.append(function)
    return function


def load_verifiers() -> None:
    """Import every app's verifiers."""
    autodiscover_modules("verifiers")


def verify_chain(*, chain: Chain, rpc: Client, number: int) -> Verification:
    """Compare what is stored of a chain at a block with what its contracts answer there, and keep the result.

    Raises IndexerStoppedError for a block that is not stored, ChainMovedError if the chain has another one by now.
    """
    block = Block.objects.filter(chain=chain, number=number).first()
    if block is None or number > chain.head():
        raise IndexerStoppedError(f"Block {number} of {chain.name} is not indexed here.")
    load_verifiers()
    claims = [claim for each in _verifiers for claim in each(chain, number)]
    stored = Block.objects.filter(chain=chain, number=number, hash=block.hash)
    try:
        answers = _ask(chain, rpc, claims, block)
    except PermanentChainError as error:  # the endpoint does not know the block, for one
        if stored.exists():
            raise
        raise ChainMovedError(f"{chain.name} changed while it was compared.") from error
    if not stored.exists():
        raise ChainMovedError(f"{chain.name} changed while it was compared.")
    differences = [
        {"name": claim.name, "stored": str(claim.value), "chain": str(answer)}
        for claim, answer in zip(claims, answers, strict=True)
        if claim.value != answer
    ]
    return Verification.objects.create(
        chain=chain, block_number=number, block_hash=block.hash, compared=len(claims), differences=differences
    )


def latest(chain: Chain) -> Verification | None:
    """Return the last comparison: a page may say "matches the chain at block N" where it found no difference."""
    return Verification.objects.filter(chain=chain).order_by("-made_at").first()


def _ask(chain: Chain, rpc: Client, claims: Sequence[Claim], block: Block) -> list[Any]:
    """Return what the contracts answer at exactly this block, named by its hash."""
    calls: list[Call] = []
    for claim in claims:
        data = codec.call_data(claim.contract, claim.function, claim.args)
        calls.append(("eth_call", [{"to": chain.deployment[claim.contract], "data": data}, block_tag(block.hash)]))
    try:
        answers = rpc.batch(calls)
    except RevertedError:
        answers = [_alone(rpc, call) for call in calls]
    return [_value(claim, answer) for claim, answer in zip(claims, answers, strict=True)]


def _alone(rpc: Client, call: Call) -> str:
    try:
        return str(rpc.batch([call])[0])
    except RevertedError as error:
        return str(error.detail)


def _value(claim: Claim, answer: str) -> Any:
    if not answer.startswith("0x"):
        return answer  # why the contract refused
    found = codec.decode_result(claim.contract, claim.function, answer)
    return found[claim.member] if claim.member else found
