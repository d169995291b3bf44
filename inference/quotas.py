"""How much may be used in how many days, and how used tokens move with a pass.

A limit looks back over its days, today among them, so every use counts for exactly that long. Each day is one row,
which the database keeps within what the days before have left.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Greatest
from django.utils import timezone

from common.locks import exclusive_until_commit
from common.statements import Given, Read, Statement, together
from common.trips import Asked
from contracts.models import Chain
from contracts.names import COIN
from marketplace.listings.versions import Adoption
from marketplace.onchain.entitlements import Kind, passes_before
from marketplace.onchain.models.passes import PassTransferFact

from .access import Ground, around
from .models import QuotaMove, Scope, UsageWindow


class Limit(NamedTuple):
    """At most ``budget`` tokens in ``days`` days, for everybody or for the one that ``key`` names."""

    scope: Scope
    key: str
    budget: int
    days: int = 1

    def rows(self, today: date) -> QuerySet[UsageWindow]:
        """Return the days that count today."""
        since = today - timedelta(days=self.days)
        return UsageWindow.objects.filter(scope=self.scope, key=self.key, starts__gt=since, starts__lte=today)


def limits_of(ground: Ground) -> list[Limit]:
    """Return the limits that a call counts in, in the order of locking. What is paid for by the call has none."""
    if ground.pays:
        return []
    if ground.quota:
        key = holder_key(ground.payer, ground.kind)
        return [Limit(Scope.HOLDER, key, ground.quota.tokens, ground.quota.days)]
    free = settings.FREE_TOKENS
    whose = [(Scope.ALL, ""), (Scope.WALLET, ground.wallet)] if ground.wallet else _of_block(ground.payer)
    return [Limit(scope, key, free[scope]) for scope, key in whose]


def _of_block(block: str) -> list[tuple[Scope, str]]:
    """Return in what a block without a known wallet counts: whoever has a /48 has 65,536 blocks."""
    network = around(block)
    return [(Scope.ALL, ""), *([(Scope.NETWORK, network)] if network else []), (Scope.BLOCK, block)]


def holder_key(payer: str, kind: str) -> str:
    """Return under what the use of a wallet and listing is counted: what a pass covers apart from other access."""
    return f"{payer} {kind}"


def days_of(limits: Sequence[Limit], today: date) -> list[list[tuple[date, int, int]]]:
    """Return the days of each limit that count today, the first one first: what was spent, and what is reserved.

    One trip to the database.
    """
    own = [{"scope": each.scope.value, "key": each.key, "since": today - timedelta(days=each.days)} for each in limits]
    return [list(each.read) for each in together(*(_days().asked(**each, today=today) for each in own))]


@cache
def _days() -> Statement[Any]:
    days = UsageWindow.objects.filter(
        scope=Given("scope"), key=Given("key"), starts__gt=Given("since"), starts__lte=Given("today")
    )
    return Statement(days.order_by("starts").values_list("starts", "spent", "reserved"))


def used_of(limit: Limit, today: date) -> int:
    """Return how many tokens are used or reserved of a limit today."""
    return int(limit.rows(today).aggregate(n=Sum(F("spent") + F("reserved"), default=0))["n"])


COLUMNS = ("id", "scope", "key", "starts", "budget", "spent", "reserved")
# Makes or locks the rows of today, one after the other. Their budgets are not below what is held, even where a limit
# was lowered: the constraint has to stay true.
LOCK = f"""
insert into {UsageWindow._meta.db_table} as kept (scope, key, starts, budget, spent, reserved)
select scope, key, %(today)s, budget, 0, 0
from unnest(%(scopes)s::text[], %(keys)s::text[], %(budgets)s::bigint[]) with ordinality
    as asked (scope, key, budget, place) order by place
on conflict (scope, key, starts) do update set budget = greatest(excluded.budget, kept.spent + kept.reserved)
returning {", ".join(COLUMNS)}
"""  # noqa: S608  the names of a model's table and columns


def windows_asked(limits: Sequence[Limit]) -> Asked:
    """Return what locks the rows of today, one after the other, and finds what ``windows_of`` takes."""
    given = {
        "today": timezone.now().date(),
        "scopes": [limit.scope.value for limit in limits],
        "keys": [limit.key for limit in limits],
        "budgets": [limit.budget for limit in limits],
    }
    return LOCK, given


def windows_of(limits: Sequence[Limit], found: Read) -> list[UsageWindow]:
    """Return the rows that were locked for limits, with what is left of these as budgets."""
    windows = [UsageWindow.from_db(DEFAULT_DB_ALIAS, COLUMNS, row) for row in found]
    for window, limit in zip(windows, limits, strict=True):
        if limit.days > 1:  # what the days before have used is read once the row is locked
            _leave(window, limit, window.starts)
    return windows


def _leave(window: UsageWindow, limit: Limit, today: date) -> None:
    held = window.spent + window.reserved
    budget = max(limit.budget - used_of(limit, today) + held, held)
    if budget != window.budget:
        window.budget = budget
        window.save(update_fields=["budget"])


@transaction.atomic
def move_quotas(*, chain: Chain) -> int:
    """Let what was used with a pass follow the passes that moved up to the last final block; return how many did.

    Each transfer counts once, in the chain's order, however many processes run this at once.
    """
    if not _unmoved(chain).exists():
        return 0  # nearly always; without a wait for those who ask the same
    exclusive_until_commit(f"move quotas on {chain.pk}")
    transfers = list(_unmoved(chain))
    for transfer in transfers:
        tokens = _follow(transfer)
        QuotaMove.objects.create(
            chain_id=chain.pk, tx_hash=transfer.tx_hash, index=transfer.index, item=transfer.item, tokens=tokens
        )
    return len(transfers)


def _unmoved(chain: Chain) -> QuerySet[PassTransferFact]:
    """Return final transfers between people that nothing has followed yet. What is minted or burnt takes nothing."""
    key = {name: OuterRef(name) for name in ("chain_id", "tx_hash", "index", "item")}
    final = PassTransferFact.objects.filter(chain=chain, block_number__lte=chain.final_block())
    between = final.exclude(Q(sender=COIN) | Q(recipient=COIN) | Q(sender=F("recipient")) | Q(quantity=0))
    return between.exclude(Exists(QuotaMove.objects.filter(**key))).order_by("block_number", "log_index", "item")


def _follow(transfer: PassTransferFact) -> int:
    """Move the sender's use up to a transfer, as large a part of it as of the passes; return the tokens."""
    adopted = Adoption.objects.filter(chain=transfer.chain_id, model_id=transfer.model_id).select_related("listing")
    adoption, held = adopted.first(), passes_before(transfer)
    if adoption is None or held <= 0:
        return 0
    sender, recipient = (
        holder_key(f"{address} {adoption.listing.name}", Kind.PASS) for address in (transfer.sender, transfer.recipient)
    )
    used = UsageWindow.objects.filter(scope=Scope.HOLDER, key=sender, starts__lte=transfer.time.date(), spent__gt=0)
    return sum(
        _move(window, recipient, window.spent * transfer.quantity // held)
        for window in used.select_for_update().order_by("pk")
    )


def _move(window: UsageWindow, recipient: str, tokens: int) -> int:
    """Count tokens of one day for another holder from now on; return them."""
    UsageWindow.objects.filter(pk=window.pk).update(spent=F("spent") - tokens)
    day = {"scope": window.scope, "key": recipient, "starts": window.starts}
    UsageWindow.objects.get_or_create(**day, defaults={"budget": 0})
    spent = F("spent") + tokens
    # With the passes may come more use than the recipient's day allows; the row must hold it.
    UsageWindow.objects.filter(**day).update(spent=spent, budget=Greatest("budget", spent + F("reserved")))
    return tokens
