"""The chain on which the DAO stands, and its clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from django.conf import settings
from django.db.models import JSONField, OuterRef, Subquery
from django.db.models.functions import JSONObject

from common.statements import Statement
from contracts.models import PAUSED_UNTIL, Block, Chain, Parameter
from contracts.names import DAO

from .errors import NoDaoError

LAST_SECOND = 253_402_300_799  # of the year 9999, where a time is later


@cache
def home_chains() -> Statement[Chain]:
    """Return the statement for the home chain with its last comparison, its clock and the market's pause."""
    pause = Parameter.objects.filter(chain=OuterRef("pk"), key=PAUSED_UNTIL).values(row=JSONObject(until="value"))
    chains = Chain.objects.with_verification().with_clock().filter(short_name=settings.HOME_CHAIN)
    return Statement(chains.annotate(pause=Subquery(pause[:1], output_field=JSONField())))


def home_chain() -> Chain:
    """Return the home chain with its last comparison and its clock. Raises NoDaoError where no DAO is deployed."""
    return dao_of(home_chains().find())


def dao_of(found: Sequence[Chain]) -> Chain:
    """Return the chain that ``home_chains`` has found. Raises NoDaoError where no DAO is deployed."""
    if not found or DAO not in found[0].deployment:
        raise NoDaoError
    return found[0]


def paused_until(chain: Chain) -> datetime | None:
    """Return until when the market is paused, by the chain's clock; None where it is not. No query.

    ``home_chain`` has read it with the chain; of any other chain nothing is known here.
    """
    pause = getattr(chain, "pause", None)
    until = int(pause["until"]) if pause else 0
    return datetime.fromtimestamp(min(until, LAST_SECOND), UTC) if until > now_on(chain).timestamp() else None


def now_on(chain: Chain) -> datetime:
    """Return the time of the last indexed block: what is pending, active or over is so by the chain's clock alone.

    Raises NoDaoError before the first block is indexed.
    """
    try:
        return chain.head_time()
    except Block.DoesNotExist as error:
        raise NoDaoError from error
