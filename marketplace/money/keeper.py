"""The keeper: credits matured money to its owners, so that they only have to withdraw it."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.utils import timezone
from eth_account.signers.local import LocalAccount

from contracts.chain import codec
from contracts.chain.client import client
from contracts.chain.transactions import send_transaction
from contracts.errors import ChainError
from contracts.models import Chain, SentTransaction
from contracts.names import COIN, SPLITTER

from .buckets import Bucket, split_of, undistributed
from .ledger import Ledger, ledger_of, today

log = structlog.get_logger(__name__)

MOST_A_RUN = 20  # transactions
MOST_A_DAY = 500  # transactions of a keeper on a chain; each costs at most some 215,000 gas
LEAST_GAS = 47_463  # of a distribution, measured: what has less than this in coin costs more than it gives


def distribute_matured(*, chain: Chain, keeper: LocalAccount) -> int:
    """Send the transactions that distribute what has matured at final blocks; return how many stand now.

    A bucket has one transaction for ever: running this again, or twice at once, sends that very one again. What the
    chain refuses, because somebody was faster, is left out.
    """
    ledger = ledger_of(chain, chain.final_block())
    calls = [*_buckets(chain, ledger), *_referrals(ledger)][: min(MOST_A_RUN, _left_today(chain, keeper))]
    return sum(_send(chain, keeper, purpose, data) for purpose, data in calls)


def _buckets(chain: Chain, ledger: Ledger) -> list[tuple[str, str]]:
    """Return purpose and call data for each bucket that is ready and worth its gas, the oldest first."""
    # At the present gas price: what is not worth it today may be tomorrow.
    dust = LEAST_GAS * client(chain).quantity("eth_gasPrice")
    ready = [each for each in undistributed(ledger) if each.day < today()]
    # What a token is worth in coin is not known here, so its buckets are always sent.
    return [(_purpose(each), _data(chain, each)) for each in ready if each.token != COIN or each.gross > dust]


def _purpose(bucket: Bucket) -> str:
    return f"distribute:{bucket.model_id}:{bucket.token}:{bucket.split_hash}:{bucket.day}"


def _data(chain: Chain, bucket: Bucket) -> str:
    recipients, bps = split_of(bucket, chain)
    return codec.call_data(SPLITTER, "distribute", [bucket.model_id, bucket.token, bucket.day, recipients, bps])


def _referrals(ledger: Ledger) -> list[tuple[str, str]]:
    return [
        (f"refer:{key.referrer}:{key.token}:{key.day}", codec.call_data(SPLITTER, "distributeReferral", list(key)))
        for key, amount in sorted(ledger.referrals.items(), key=lambda item: item[0].day)
        if amount > 0 and key.day < today()
    ]


def _left_today(chain: Chain, keeper: LocalAccount) -> int:
    since = timezone.now() - timedelta(days=1)
    # All that was signed counts, mined or not: the bound is on what a fault could spend.
    own = SentTransaction.objects.filter(chain=chain, sender=keeper.address.lower(), created_at__gt=since)
    return max(0, MOST_A_DAY - own.count())


def _send(chain: Chain, keeper: LocalAccount, purpose: str, data: str) -> bool:
    try:
        send_transaction(chain=chain, account=keeper, business_id=purpose, data=data, to=chain.deployment[SPLITTER])
    # One bucket that is refused must not hold up those after it.
    except ChainError as error:
        log.warning("a bucket was not distributed", chain=chain.short_name, bucket=purpose, reason=str(error.detail))
        return False
    return True
