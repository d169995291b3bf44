"""Holds the ledger against itself and against the escrow, and says loudly where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import structlog
from django.db import connection
from django.utils import timezone

from contracts.chain import codec
from contracts.chain.client import client
from contracts.models import Chain, Cursor, Tally
from contracts.names import ESCROW

from .models import Account, Audit

log = structlog.get_logger(__name__)

KEPT = timedelta(days=30)
MOST_TOLD = 100  # differences
SAMPLES = 50  # accounts whose balance the escrow itself is asked for, at random: in the long run each

# Each gives what is compared: a name, whose it is, what the one side has and what the other. One statement sees one
# moment, so that nothing seems to differ that is only under way.
COMPARED = {
    "what an account's movements come to": """
        select account.payer || ' ' || account.token,
            concat_ws(' ', available, held, charged, withdrawing, withdrawn, settled, deposited),
            (select concat_ws(' ', coalesce(sum(available), 0), coalesce(sum(held), 0), coalesce(sum(charged), 0),
                coalesce(sum(withdrawing), 0), coalesce(sum(withdrawn), 0), coalesce(sum(settled), 0),
                coalesce(sum(deposited), 0)) from inference_movement where account_id = account.id)
        from inference_account account where chain_id = %(chain)s""",
    "what running calls hold": """
        select account.payer || ' ' || account.token, account.held,
            coalesce((select sum(charge.held) from inference_charge charge where charge.ended_at is null
                and not charge.is_direct and (charge.payer, charge.chain_id, charge.token)
                    = (account.payer, account.chain_id, account.token)), 0)
        from inference_account account where chain_id = %(chain)s""",
    "what ended calls cost": """
        select account.payer || ' ' || account.token, account.charged + account.settled,
            coalesce((select sum(charge.amount) from inference_charge charge where charge.ended_at is not null
                and not charge.is_direct and (charge.payer, charge.chain_id, charge.token)
                    = (account.payer, account.chain_id, account.token)), 0)
        from inference_account account where chain_id = %(chain)s""",
    # Of two days: each is looked at many times by then, and calls themselves are forgotten after some months.
    "what calls have journaled": """
        select charge.payer || ' ' || charge.token, count(*), count(call.id) filter (where charge.ended_at is null
            or call.prompt_tokens + call.completion_tokens = charge.prompt_tokens + charge.completion_tokens)
        from inference_charge charge left join inference_call call on call.id = charge.call
        where charge.chain_id = %(chain)s
            and (charge.ended_at is null or charge.ended_at > now() - interval '2 days')
        group by charge.payer, charge.token""",
    "what a line's calls come to": """
        select coalesce(line.id, made.line_id)::text, coalesce(line.amount, 0), coalesce(made.amount, 0)
        from (select id, amount from inference_line where chain_id = %(chain)s) line full join (
            select line_id, sum(amount) as amount from inference_owed owed
            join inference_charge charge on charge.id = owed.charge_id
            where owed.chain_id = %(chain)s and line_id is not null group by line_id
        ) made on made.line_id = line.id""",
    "what is to be charged on chain": """
        select payer || ' ' || token, sum(amount), coalesce(sum(amount) filter (where owed.charge_id is not null), 0)
        from inference_charge charge left join inference_owed owed on owed.charge_id = charge.id
        where charge.chain_id = %(chain)s and not charge.is_direct group by payer, token""",
    # Once, and the escrow has taken it. Of two days, less the last minutes, for the index to have seen it.
    "what was paid for a call by itself": """
        select charge.payer || ':' || charge.key_id, sum(charge.amount), coalesce((select sum(fact.amount)
            from marketplace_chargefact fact where (fact.chain_id, fact.payer, fact.key_id)
                = (charge.chain_id, charge.payer, charge.key_id)), 0)
        from inference_charge charge where charge.chain_id = %(chain)s and charge.is_direct and charge.amount > 0
            and charge.ended_at between now() - interval '2 days' and now() - interval '10 minutes'
        group by charge.chain_id, charge.payer, charge.key_id""",
    "what a key was charged on chain, of what was sent": """
        select coalesce(ours.key, theirs.key), coalesce(ours.amount, 0), coalesce(theirs.amount, 0) from (
            select payer || ':' || key_id as key, sum(amount) as amount from inference_line
            where chain_id = %(chain)s and is_settled group by payer, key_id
        ) ours full join (
            select fact.payer || ':' || fact.key_id as key, sum(fact.amount) as amount
            from marketplace_chargefact fact join marketplace_escrowkey known
                on (known.chain_id, known.payer, known.key_id) = (fact.chain_id, fact.payer, fact.key_id)
            where fact.chain_id = %(chain)s and not exists (
                select 1 from contracts_senttransaction sent join inference_settlement settlement
                    on sent.business_id = 'settle:' || settlement.id
                where sent.chain_id = fact.chain_id and settlement.ended_at is null
                    and (sent.hash = fact.tx_hash or fact.tx_hash = any(sent.former_hashes)))
            group by fact.payer, fact.key_id
        ) theirs on theirs.key = ours.key""",
}
BELOW_ZERO = "nothing below zero"


class Difference(NamedTuple):
    """Something that is not equal: what, whose, and both values as text."""

    name: str
    whose: str
    ours: str
    theirs: str


def audit_chain(*, chain: Chain) -> Audit:
    """Compare all of a chain's ledger, keep what came of it, and raise the alarm where something differs.

    Raises RetryableChainError.
    """
    cursor = Cursor.objects.filter(chain=chain).first()
    number, compared, differences = (cursor.number if cursor else 0), 0, list[Difference]()
    for name, whose, ours, theirs in (*_own(chain), *_below_zero(chain), *_at_escrow(chain, number)):
        compared += 1
        if ours != theirs:
            differences.append(Difference(name, whose, str(ours), str(theirs)))
    if differences:
        log.error("the ledger differs", chain=chain.short_name, number=len(differences), first=differences[0])
    told = [each._asdict() for each in differences[:MOST_TOLD]]
    audit = Audit.objects.create(chain_id=chain.pk, block_number=number, compared=compared, differences=told)
    Audit.objects.filter(chain_id=chain.pk, made_at__lt=timezone.now() - KEPT).delete()
    return audit


def _own(chain: Chain) -> Iterator[tuple[str, str, object, object]]:
    for name, query in COMPARED.items():
        with connection.cursor() as cursor:
            cursor.execute(query, {"chain": chain.pk})
            yield from ((name, whose, str(ours), str(theirs)) for whose, ours, theirs in cursor)


def _below_zero(chain: Chain) -> Iterator[tuple[str, str, object, object]]:
    """Yield accounts that are: a deposit was taken back that had been used, or the chain charged what we did not."""
    for account in Account.objects.filter(chain_id=chain.pk):
        yield BELOW_ZERO, f"{account.payer} {account.token}", min(account.available, account.charged, 0), 0


def _at_escrow(chain: Chain, number: int) -> Iterator[tuple[str, str, object, object]]:
    """Yield what the escrow itself answers for some balances, where nothing was indexed meanwhile."""
    if ESCROW not in chain.deployment:
        return
    kept = list(Tally.objects.filter(chain=chain, kind="escrow").order_by("?")[:SAMPLES])
    answers = [_balance(chain, each.key, number) for each in kept]
    if Cursor.objects.filter(chain=chain, number=number).exists():
        for each, answer in zip(kept, answers, strict=True):
            yield "what the escrow has", each.key, each.amount, answer


def _balance(chain: Chain, key: str, number: int) -> int:
    data = codec.call_data(ESCROW, "account", key.split(":"))
    answer = client(chain).eth_call(chain.deployment[ESCROW], data, block=number)
    return int(codec.decode_result(ESCROW, "account", answer)["balance"])


def last_audit(chain: Chain) -> Audit | None:
    """Return the last comparison of a chain, None before the first."""
    return Audit.objects.filter(chain_id=chain.pk).order_by("-made_at").first()
