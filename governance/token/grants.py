"""What there is for an address to get: its allocation, or, in a demonstration, a portion from the faucet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import JSONField, OuterRef, Subquery
from django.db.models.functions import JSONObject

from accounts.models import User
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.models import Chain
from contracts.names import CLAIM, FAUCET
from governance.ground.lattice import ONE
from governance.onchain.models.grants import GrantFact

from .allocations import Allocation, claim_list
from .errors import ClaimListError, NothingToGetError

PORTION = 3_000_000 * ONE  # of the faucet, and the pause between two: LatticeFaucet's
PAUSE = timedelta(hours=24)


@dataclass(frozen=True)
class Grant:
    """What an address can get now. ``has_faucet`` and ``has_claims`` say which contract is deployed.

    ``next_at`` is from when on the faucet gives again, ``given`` when it gave last; ``claimed`` is when the allocation
    was. ``is_unread``: the operator's list cannot be read just now.
    """

    has_faucet: bool
    has_claims: bool
    next_at: datetime | None = None
    claimed: datetime | None = None
    allocation: Allocation | None = None
    is_unread: bool = False


def grants(account: str) -> dict[str, Any]:
    """Return when an account got LATTICE last, by what, as SQL of the chain's row."""
    return {f"grant_{kind.lower()}": _last(account, kind) for kind in ("Given", "Claimed")}


def grant_of(chain: Chain, read: Mapping[str, Any], account: str, now: datetime) -> Grant:
    """Return what an account can get, or what anybody can where it is empty."""
    here = Grant(FAUCET in chain.deployment, CLAIM in chain.deployment)
    if not account:
        return here
    given, claimed = (_time(read[f"grant_{kind}"]) for kind in ("given", "claimed"))
    next_at = given + PAUSE if given and given + PAUSE > now else None
    try:
        allocation = _allocation(account) if here.has_claims else None
    except ClaimListError:  # the page says so in its place
        return Grant(here.has_faucet, here.has_claims, next_at, claimed, is_unread=True)
    return Grant(here.has_faucet, here.has_claims, next_at, claimed, allocation)


def prepare_faucet(*, user: User, chain: Chain) -> WalletCall:
    """Return the transaction that asks the faucet. Raises NothingToGetError, and as prepare_call."""
    if FAUCET not in chain.deployment:
        raise NothingToGetError
    return prepare_call(chain, user.address, FAUCET, "faucet", [])


def prepare_claim(*, user: User, chain: Chain) -> WalletCall:
    """Return the transaction that claims one's allocation. Raises NothingToGetError and ClaimListError."""
    found = _allocation(user.address) if CLAIM in chain.deployment else None
    if found is None:
        raise NothingToGetError
    return prepare_call(chain, user.address, CLAIM, "claim", [found.index, found.account, found.amount, found.proof])


def _allocation(account: str) -> Allocation | None:
    known = claim_list()
    return known.of(account) if known else None


def _last(account: str, kind: str) -> Subquery:
    facts = GrantFact.objects.filter(chain=OuterRef("pk"), account=account, kind=kind)
    last = facts.order_by("-block_number", "-log_index").values(row=JSONObject(time="time"))[:1]
    return Subquery(last, output_field=JSONField())


def _time(row: Mapping[str, str] | None) -> datetime | None:
    return datetime.fromisoformat(row["time"]) if row else None
