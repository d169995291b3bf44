"""The chain on which the DAO stands, and its clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from django.conf import settings

from common.statements import Statement
from contracts.models import Block, Chain
from contracts.names import DAO

from .errors import NoDaoError


@cache
def home_chains() -> Statement[Chain]:
    """Return the statement for the home chain with its last comparison and its clock."""
    return Statement(Chain.objects.with_verification().with_clock().filter(short_name=settings.HOME_CHAIN))


def home_chain() -> Chain:
    """Return the home chain with its last comparison and its clock. Raises NoDaoError where no DAO is deployed."""
    return dao_of(home_chains().find())


def dao_of(found: Sequence[Chain]) -> Chain:
    """Return the chain that ``home_chains`` has found. Raises NoDaoError where no DAO is deployed."""
    if not found or DAO not in found[0].deployment:
        raise NoDaoError
    return found[0]


def now_on(chain: Chain) -> datetime:
    """Return the time of the last indexed block: what is pending, active or over is so by the chain's clock alone.

    Raises NoDaoError before the first block is indexed.
    """
    try:
        return chain.head_time()
    except Block.DoesNotExist as error:
        raise NoDaoError from error
