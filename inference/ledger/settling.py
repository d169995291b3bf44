"""Charging on chain what was used: many calls of a key and model become one charge, many charges one transaction.

Each step may be cut off anywhere, and run any number of times, also at once. A charge belongs to one line and a line to
one transaction, by columns that are filled under a lock, and a transaction is sent under a name of its own. A line is
free for another transaction only when its own has failed in a final block, or never will be in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone
from eth_account.signers.local import LocalAccount

from common.locks import exclusive_until_commit
from contracts.chain import codec
from contracts.chain.client import client
from contracts.chain.preflight import HEADROOM
from contracts.chain.transactions import send_transaction
from contracts.errors import ChainError, RevertedError
from contracts.models import Chain, SentTransaction
from contracts.names import ESCROW
from marketplace.onchain.models.escrow import ChargeFact

from .models import Line, Settlement, SettlementState

log = structlog.get_logger(__name__)

A_DAY = timedelta(days=1)
MOST_LINES = 100  # of one transaction
MOST_CALLS = 50_000  # that become lines in one statement
MOST_A_RUN = 20  # transactions
FIRST_WAIT, MOST_WAIT = timedelta(minutes=5), timedelta(days=1)  # until a line that was refused is tried again
# What the escrow says of all lines alike: nothing is wrong with any of them.
OF_ALL = {"MarketPaused", "AccessManagedUnauthorized"}

GATHER = """
with made as (
    select nextval(pg_get_serial_sequence('inference_line', 'id')) as id,
        token, payer, key_id, model_id, sum(amount) as amount, count(*) as calls, array_agg(id) as charges
    from (
        select charge.id, token, payer, key_id, model_id, amount
        from inference_owed owed join inference_charge charge on charge.id = owed.charge_id
        where owed.chain_id = %(chain)s and line_id is null order by owed.charge_id limit %(most)s
    ) waiting group by token, payer, key_id, model_id
), kept as (
    insert into inference_line (id, chain_id, token, payer, key_id, model_id, amount, calls,
        is_settled, refusal, refusals, due_at, made_at)
    select id, %(chain)s, token, payer, key_id, model_id, amount, calls, false, '', 0, now(), now() from made
)
update inference_owed owed set line_id = part.line
from (select id as line, unnest(charges) as charge from made) part where owed.charge_id = part.charge
"""


@dataclass(frozen=True)
class _Fit:
    """Lines that the escrow takes together, and the gas that this may need."""

    lines: list[Line]
    gas: int


def settle_chain(*, chain: Chain, settler: LocalAccount) -> int:
    """End what is final, send again what is on its way, and settle what was used since; return how many are new.

    Raises RetryableChainError.
    """
    end_settlements(chain=chain)
    for open_one in Settlement.objects.filter(chain_id=chain.pk, ended_at=None).order_by("pk"):
        _send(chain, settler, open_one)
    # A full batch may have left some; a smaller one was all that there was.
    while gather_lines(chain=chain) == MOST_CALLS:
        pass
    return _settle_waiting(chain, settler)


@transaction.atomic
def gather_lines(*, chain: Chain) -> int:
    """Make lines of calls that have ended and are in none; return how many calls that were.

    One statement, under a lock of the chain's: nothing else writes calls that have ended, and locking each costs time.
    """
    exclusive_until_commit(f"gather:{chain.pk}")
    with connection.cursor() as cursor:
        cursor.execute(GATHER, {"chain": chain.pk, "most": MOST_CALLS})
        return int(cursor.rowcount)


def _settle_waiting(chain: Chain, settler: LocalAccount) -> int:
    sent = 0
    while sent < MOST_A_RUN:
        waiting = _waiting(chain)
        if not waiting:
            break
        fits, refused = _fitting(chain, settler, waiting)
        _put_off(refused)
        for fit in fits:
            settlement = _take(chain, settler, fit)
            if settlement is None:
                return sent
            _send(chain, settler, settlement)
            sent += 1
        if not fits and not refused:
            break
    return sent


def _waiting(chain: Chain) -> list[Line]:
    """Return what goes into one transaction, the oldest first: all of it in one token."""
    free = Line.objects.filter(chain_id=chain.pk, settlement=None, due_at__lte=timezone.now()).order_by("pk")
    first = free.first()
    return list(free.filter(token=first.token)[:MOST_LINES]) if first else []


def _fitting(chain: Chain, settler: LocalAccount, lines: list[Line]) -> tuple[list[_Fit], list[tuple[Line, str]]]:
    """Return what the escrow takes now, in parts where one line would spoil all, and what it refuses and why.

    Nothing of both where it takes nothing at all for now.
    """
    call = {
        "from": settler.address.lower(),
        "to": chain.deployment[ESCROW],
        "data": _data([_asked(each) for each in lines]),
    }
    try:
        # A fifth more than was estimated: that is of the latest block, and the contract's state may differ by then.
        return [_Fit(lines, client(chain).quantity("eth_estimateGas", call, "latest") * 6 // 5)], []
    except RevertedError as error:
        name = str(error.data.get("name", "") or "refused")
        if name in OF_ALL:
            log.warning("nothing is settled", chain=chain.short_name, reason=name)
            return [], []
        if len(lines) == 1:
            return [], [(lines[0], name)]
    # By halves one bad line among a hundred is found in about fourteen estimates, instead of a hundred.
    half = len(lines) // 2
    parts = [_fitting(chain, settler, some) for some in (lines[:half], lines[half:])]
    return [fit for fits, _ in parts for fit in fits], [each for _, refused in parts for each in refused]


def _put_off(refused: Sequence[tuple[Line, str]]) -> None:
    """Let refused lines wait, longer each time: a key may be authorised further, and a balance filled."""
    for line, name in refused:
        wait = min(FIRST_WAIT * 2 ** min(line.refusals, 16), MOST_WAIT)
        log.warning("a charge is refused", line=line.pk, payer=line.payer, reason=name)
        Line.objects.filter(pk=line.pk, settlement=None).update(
            refusal=name[:64], refusals=F("refusals") + 1, due_at=timezone.now() + wait
        )


@transaction.atomic
def _take(chain: Chain, settler: LocalAccount, fit: _Fit) -> Settlement | None:
    """Make one transaction of lines that are still free, if budget and balance bear it; None otherwise."""
    # The day's gas is a sum, and no row's lock would keep two runs from passing its limit together.
    exclusive_until_commit(f"settle:{chain.pk}")
    own = Line.objects.filter(pk__in=[each.pk for each in fit.lines], settlement=None)
    # Locked in the order of ids, so that two runs cannot wait for each other.
    if len(own.select_for_update().order_by("pk")) < len(fit.lines):
        return None  # another run has taken some: it goes on with them
    if not _bears(chain, settler, fit.gas):
        return None
    settlement = Settlement.objects.create(
        chain_id=chain.pk,
        token=fit.lines[0].token,
        lines=[[each.pk, *_asked(each)[:3], str(each.amount)] for each in fit.lines],
        gas=fit.gas,
    )
    own.update(settlement=settlement, refusal="")
    return settlement


def gas_used(chain: Chain) -> int:
    """Return the gas of the last 24 hours: the limit of what is not final yet, and what was used of the rest."""
    lately = Settlement.objects.filter(chain_id=chain.pk, created_at__gt=timezone.now() - A_DAY)
    return int(lately.aggregate(n=Sum("gas", default=0))["n"])


def _bears(chain: Chain, settler: LocalAccount, gas: int) -> bool:
    account = settler.address.lower()
    balance, price = client(chain).quantities([("eth_getBalance", [account, "latest"]), ("eth_gasPrice", [])])
    if gas_used(chain) + gas > settings.SETTLE_GAS_A_DAY:
        log.warning("the day's gas for settlement is used up", chain=chain.short_name)
        return False
    if balance < gas * price * HEADROOM:
        log.error("the settler cannot pay its gas", chain=chain.short_name, account=account, balance=balance)
        return False
    return True


def _send(chain: Chain, settler: LocalAccount, settlement: Settlement) -> None:
    """Send a transaction, or that very one again. What the node does not take now is sent again by the next run."""
    sent = SentTransaction.objects.filter(chain=chain, business_id=settlement.business_id).first()
    if sent and sent.sender != settler.address.lower():
        return  # another key's, which cannot be replaced by this one
    data = _data([[payer, key, model, int(amount)] for _line, payer, key, model, amount in settlement.lines])
    try:
        send_transaction(
            chain=chain,
            account=settler,
            business_id=settlement.business_id,
            to=chain.deployment[ESCROW],
            data=data,
            gas=settlement.gas,
        )
    except ChainError as error:
        log.warning("a settlement was not sent", settlement=settlement.pk, reason=error.reason or str(error.detail))


def end_settlements(*, chain: Chain) -> None:
    """Write down which transactions are final, and let the lines of those that failed wait for another one."""
    final = chain.final_block()
    for settlement in Settlement.objects.filter(chain_id=chain.pk, ended_at=None).order_by("pk"):
        sent = SentTransaction.objects.filter(chain=chain, business_id=settlement.business_id).first()
        ended = _ended(chain, sent, final) if sent else None
        if ended:
            _end(settlement, *ended)


def _ended(chain: Chain, sent: SentTransaction, final: int) -> tuple[str, int] | None:
    """Return the hash of a transaction that succeeded ("" for none) and its gas; None while that is not final."""
    hashes = (sent.hash, *sent.former_hashes)
    # In one request, so that one endpoint answers both at the same moment.
    *receipts, count = client(chain).batch(
        [
            *(("eth_getTransactionReceipt", [each]) for each in hashes),
            ("eth_getTransactionCount", [sent.sender, hex(max(final, 0))]),
        ]
    )
    mined = next(filter(None, receipts), None)
    if mined is None:
        if int(count, 16) <= sent.nonce:
            return None
        # Nodes have forgotten its receipt, or another transaction has its number and it never will be mined.
        known = ChargeFact.objects.filter(chain=chain, tx_hash__in=hashes, block_number__lte=final)
        return known.values_list("tx_hash", flat=True).first() or "", 0
    if int(mined["blockNumber"], 16) > final:
        return None
    return mined["transactionHash"] if int(mined["status"], 16) else "", int(mined["gasUsed"], 16)


@transaction.atomic
def _end(settlement: Settlement, tx_hash: str, gas: int) -> None:
    exclusive_until_commit(f"settle:{settlement.chain_id}")
    state = SettlementState.DONE if tx_hash else SettlementState.FAILED
    said = {"state": state, "tx_hash": tx_hash, "gas": gas or settlement.gas, "ended_at": timezone.now()}
    if not Settlement.objects.filter(pk=settlement.pk, ended_at=None).update(**said):
        return
    own = Line.objects.filter(settlement=settlement)
    if tx_hash:
        own.update(is_settled=True)
    else:
        log.error("a settlement failed", settlement=settlement.pk)
        own.update(settlement=None, due_at=timezone.now())


def _asked(line: Line) -> list[str | int]:
    return [line.payer, line.key_id, line.model_id, line.amount]


def _data(charges: Sequence[Sequence[str | int]]) -> str:
    return codec.call_data(ESCROW, "settle", [charges])
