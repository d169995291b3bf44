"""The chain on which the DAO stands, and its clock."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from contracts.models import Block, Chain
from contracts.names import DAO

from .errors import NoDaoError


def home_chain() -> Chain:
    """Return the home chain with its last comparison and its clock. Raises NoDaoError where no DAO is deployed."""
    found = Chain.objects.with_verification().with_clock().filter(short_name=settings.HOME_CHAIN).first()
    if found is None or DAO not in found.deployment:
        raise NoDaoError
    return found


def now_on(chain: Chain) -> datetime:
    """Return the time of the last indexed block: what is pending, active or over is so by the chain's clock alone.

    Raises NoDaoError before the first block is indexed.
    """
    try:
        return chain.head_time()
    except Block.DoesNotExist as error:
        raise NoDaoError from error
