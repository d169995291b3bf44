"""Brings a payer's account up to what the chain says: deposits when they are final, all that goes out at first sight.

It compares sums and posts what they differ by, so it may run any number of times, in any order and at once: whatever
a reorganisation takes back or brings again is in the next difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from contracts.models import Chain, Tally

from .models import COLUMNS, Account, Kind, Movement

# One statement, so that all of it is as of one block. Keys of another token are in no sum of this one. What came and
# was charged at once, by no key, pays a call past the account (0211): it is neither too new nor anything else here.
SEEN = """
select
    coalesce((select amount from contracts_tally
        where chain_id = %(chain)s and kind = 'escrow' and key = %(account)s), 0),
    coalesce((select amount from contracts_tally
        where chain_id = %(chain)s and kind = 'withdrawn' and key = %(account)s), 0),
    coalesce((select sum(spent.amount) from marketplace_escrowkey known
        join contracts_tally spent on spent.chain_id = known.chain_id and spent.kind = 'spent'
            and spent.key = known.payer || ':' || known.key_id
        where known.chain_id = %(chain)s and known.payer = %(payer)s and known.token = %(token)s), 0),
    coalesce((select sum(amount) from marketplace_depositfact
        where chain_id = %(chain)s and payer = %(payer)s and token = %(token)s and block_number > %(final)s), 0)
    - coalesce((select sum(fact.amount) from marketplace_chargefact fact
        where fact.chain_id = %(chain)s and fact.payer = %(payer)s and fact.token = %(token)s
            and fact.block_number > %(final)s and not exists (select 1 from marketplace_escrowkey known
                where (known.chain_id, known.payer, known.key_id) = (fact.chain_id, fact.payer, fact.key_id))), 0),
    coalesce((select amount from marketplace_escrowrequest
        where chain_id = %(chain)s and payer = %(payer)s and token = %(token)s), 0)
"""


@dataclass(frozen=True)
class Seen:
    """What the chain says of an account: its ``balance`` there, and of it what came too lately to count."""

    balance: int
    withdrawn: int
    settled: int
    too_new: int
    requested: int

    @property
    def counted(self) -> int:
        """What of the balance is final."""
        return self.balance - self.too_new


def see(chain: Chain, payer: str, token: str) -> Seen:
    """Read it. Two queries."""
    given: dict[str, Any] = {"chain": chain.pk, "payer": payer, "token": token, "account": f"{payer}:{token}"}
    with connection.cursor() as cursor:
        cursor.execute(SEEN, {**given, "final": chain.final_block()})
        return Seen(*map(int, cursor.fetchone()))


def locked_account(*, chain: Chain, payer: str, token: str) -> Account:
    """Return a payer's account, made where there is none, locked and as the chain has it. Needs a transaction."""
    own: dict[str, Any] = {"chain_id": chain.pk, "payer": payer, "token": token}
    held = Account.objects.select_for_update()
    account = held.filter(**own).first()
    if account is None:
        Account.objects.bulk_create([Account(**own)], ignore_conflicts=True)
        account = held.get(**own)
    # Once it is locked: what was read before may be older than what another has posted.
    _follow(account, see(chain, payer, token))
    return account


def spendable_now(*, chain: Chain, payer: str, token: str) -> int:
    """Return what a payer could reserve as the chain stands, without a lock: for what is decided again under one."""
    found = Account.objects.filter(chain_id=chain.pk, payer=payer, token=token).first()
    account = found or Account(chain_id=chain.pk, payer=payer, token=token)
    for name, value in _wanted(account, see(chain, payer, token)).items():
        setattr(account, name, value)
    return account.spendable


def _follow(account: Account, seen: Seen) -> None:
    wanted = _wanted(account, seen)
    post(account, Kind.CHAIN, **{name: value - getattr(account, name) for name, value in wanted.items()})


def _wanted(account: Account, seen: Seen) -> dict[str, int]:
    """Return the columns as the chain has them. What is asked back is kept apart as far as no call holds it already."""
    # What was charged in all is known here; how much of it the escrow has taken is the chain's to say, which may take
    # that back: the sum of both stays.
    charged = account.charged + account.settled - seen.settled
    pool = seen.counted - account.held - charged
    withdrawing = max(0, min(seen.requested, pool))
    return {
        "available": pool - withdrawing,
        "held": account.held,
        "charged": charged,
        "withdrawing": withdrawing,
        "withdrawn": seen.withdrawn,
        "settled": seen.settled,
        "deposited": seen.counted + seen.withdrawn + seen.settled,
    }


def post(account: Account, kind: Kind, call: UUID | None = None, **changes: int) -> None:
    """Change an account that the caller has locked, and write the change down. Nothing where nothing changes."""
    if not any(changes.values()):
        return
    for name, change in changes.items():
        setattr(account, name, getattr(account, name) + change)
    account.followed_at = timezone.now()
    account.save(update_fields=[*COLUMNS, "followed_at"])
    Movement.objects.create(account=account, kind=kind, call=call, **changes)


@transaction.atomic
def follow_account(*, chain: Chain, payer: str, token: str) -> Account:
    """Bring one account up to the chain, and return it."""
    return locked_account(chain=chain, payer=payer, token=token)


def follow_chain(*, chain: Chain) -> int:
    """Bring every account up to the chain, those included that nobody has used here yet; return how many there are."""
    names = {tuple(key.split(":")) for key in _in_escrow(chain)}
    names |= set(Account.objects.filter(chain_id=chain.pk).values_list("payer", "token"))
    # One by one, each in a transaction of its own: nobody waits for more than one of them.
    for payer, token in sorted(names):
        follow_account(chain=chain, payer=payer, token=token)
    return len(names)


def _in_escrow(chain: Chain) -> QuerySet[Tally, str]:
    return Tally.objects.filter(chain=chain, kind="escrow").values_list("key", flat=True)
