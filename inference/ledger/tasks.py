"""The ledger's work beside the web: what was used is settled, and all of it compared, on every chain."""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from django.conf import settings

from common.queue import alone
from contracts.chain.transactions import account_of
from contracts.errors import ChainError
from contracts.models import Chain
from contracts.names import ESCROW

from .auditing import audit_chain
from .bringing import bring_payments
from .following import follow_chain
from .payments import forget_unpaid
from .receipts import close_days, sign_receipts
from .settling import settle_chain

log = structlog.get_logger(__name__)


def settle() -> None:
    """Bring accounts up to the chain and charge what was used; without SETTLER_KEY nothing is charged."""
    with alone("settle metered use") as is_first:
        if not is_first:
            return
        for chain in _chains():
            try:
                follow_chain(chain=chain)
                if settings.SETTLER_KEY:
                    settler = account_of(settings.SETTLER_KEY)
                    settle_chain(chain=chain, settler=settler)
                    bring_payments(chain=chain, settler=settler)
                    sign_receipts(chain=chain, signer=settler)
            # A chain that does not answer must not hold up the others.
            except ChainError as error:
                log.warning("nothing is settled", chain=chain.short_name, reason=error.reason or str(error.detail))


def bring() -> None:
    """Bring what people signed to pay single calls with, as soon as they have; ``settle`` looks after it later."""
    for chain in _chains():
        if settings.SETTLER_KEY:
            bring_payments(chain=chain, settler=account_of(settings.SETTLER_KEY))


def audit() -> None:
    """Compare the ledger with itself and with the escrow, and close the days whose receipts are all signed."""
    close_days()
    forget_unpaid()
    for chain in _chains():
        try:
            follow_chain(chain=chain)
            audit_chain(chain=chain)
        except ChainError as error:
            log.warning("the ledger was not compared", chain=chain.short_name, reason=error.reason)


def _chains() -> Iterator[Chain]:
    return (each for each in Chain.objects.order_by("pk") if ESCROW in each.deployment)
