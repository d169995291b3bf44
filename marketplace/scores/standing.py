"""How a review stands by what the chain says: one function without a database, so that whoever repeats it agrees."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .models import Standing

PRAISE = 4  # stars from which a review speaks for the seller


class Part(StrEnum):
    """What somebody has to do with the sales of a model."""

    NONE = ""
    SELLER = "seller"
    PAYEE = "payee"  # of any sale, ever; or the seller of the model that it derives from


class Taken(StrEnum):
    """What became of a payment."""

    KEPT = ""
    DISPUTED = "disputed"
    REFUNDED = "refunded"


@dataclass(frozen=True)
class Payment:
    """Something that was paid for an author's use of a model: a purchase, or metered use that was settled.

    ``value`` is in wei of the chain's coin. From ``matured`` on, in days since 1970, nobody can have it back.
    """

    block: int
    value: int
    matured: int
    taken: Taken = Taken.KEPT


@dataclass(frozen=True)
class Evidence:
    """All that the chain says of an author and a model, as of its last block.

    ``final`` is the last final block, ``today`` the day of the last one. ``gave`` tells that the author gave the seller
    something, ``got`` that the seller gave the author something. ``last`` is the last block that any of it was read
    from. ``referrals`` is what the author is paid as the referrer of sales.
    """

    payments: tuple[Payment, ...]
    final: int
    today: int
    part: Part = Part.NONE
    gave: bool = False
    got: bool = False
    last: int = 0
    referrals: tuple[Payment, ...] = ()

    @property
    def kept(self) -> list[Payment]:
        """What was paid, is final, and was not taken back: what makes somebody eligible."""
        return [each for each in self.payments if each.block <= self.final and each.taken == Taken.KEPT]

    @property
    def is_referrer(self) -> bool:
        """Whether the author has earned something by a sale. What can be had back ties nobody: all can name all."""
        return any(not each.taken and each.matured <= self.today for each in self.referrals)


@dataclass(frozen=True)
class Verdict:
    """How a review stands, the wei of what was paid for it and has matured, and the day on which more will have."""

    standing: Standing
    spent: int
    due: int | None


def judge(
    evidence: Evidence, *, rating: int, is_hidden: bool = False, is_withdrawn: bool = False, is_cleared: bool = False
) -> Verdict:
    """Return how a review of so many stars stands. Bursts are seen only where all reviews of a model are.

    ``is_cleared`` tells that moderators found its author's tie with the sellers to be of no matter; of the seller
    alone that is never so.
    """
    spent = sum(each.value for each in evidence.kept if each.matured <= evidence.today)
    # Not of final ones alone: by that day they are.
    both = evidence.payments + evidence.referrals
    waits = [each.matured for each in both if not each.taken and each.matured > evidence.today]
    standing = _standing(evidence, rating, is_hidden, is_withdrawn)
    if is_cleared and standing in (Standing.PARTY, Standing.AFFILIATED) and evidence.part != Part.SELLER:
        standing = payment_standing(evidence)
    return Verdict(standing, spent, min(waits, default=None))


def payment_standing(evidence: Evidence) -> Standing:
    """Return how somebody stands by what was paid alone."""
    if evidence.kept:
        return Standing.COUNTED
    # Money that goes out counts at first sight, so this before what is not final yet.
    if any(each.taken == Taken.KEPT for each in evidence.payments) or not evidence.payments:
        return Standing.PENDING
    disputed = any(each.taken == Taken.DISPUTED for each in evidence.payments)
    return Standing.DISPUTED if disputed else Standing.REFUNDED


def _standing(evidence: Evidence, rating: int, is_hidden: bool, is_withdrawn: bool) -> Standing:
    if is_withdrawn:
        return Standing.WITHDRAWN
    if is_hidden:
        return Standing.HIDDEN
    # What others do to an author silences praise alone: else a seller could silence whom he sends a gift.
    praises = rating >= PRAISE
    if evidence.part == Part.SELLER or (evidence.part == Part.PAYEE and praises):
        return Standing.PARTY
    by_payment = payment_standing(evidence)
    if by_payment != Standing.COUNTED:
        return by_payment
    got = evidence.got or evidence.is_referrer
    return Standing.AFFILIATED if evidence.gave or (got and praises) else Standing.COUNTED
