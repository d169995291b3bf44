"""What somebody has in the escrow: on chain, and what of it calls can still use. All amounts are smallest units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet, Sum

from accounts.models import User
from common.fields import WeiField
from common.statements import Found, Question, Statement, together
from contracts.currencies import Currency, currency_of
from contracts.models import AcceptedToken, Chain, Tally
from contracts.names import COIN, ESCROW
from inference.keys.models import ApiKey
from inference.ledger.finding import balances
from inference.ledger.models import Account
from marketplace.onchain.models.escrow import DepositFact, EscrowKey, EscrowRequest
from marketplace.selling.chains import chains_asked, chains_now, head_of

FAR = datetime(9999, 12, 31, tzinfo=UTC)
SEGMENTS = 8  # of the slice that shows how much is left

Place = tuple[int, str]  # a chain's id, and a token there


@dataclass(frozen=True)
class Fund:
    """What somebody has in one currency. Money in counts once it is final, money out at first sight.

    ``in_escrow`` is what the chain says, ``arriving`` what of it is not final yet. ``held`` is reserved by calls that
    run, ``unsettled`` was used and is not charged on chain yet, ``requested`` was asked back and can be drawn from
    ``ready_at`` on.
    """

    chain: Chain
    token: str
    in_escrow: int = 0
    arriving: int = 0
    held: int = 0
    unsettled: int = 0
    requested: int = 0
    ready_at: datetime | None = None
    last_deposit: int = 0
    deposit_tx: str = ""

    @property
    def currency(self) -> Currency:
        """What it is counted in."""
        return currency_of(self.chain, self.token)

    @property
    def available(self) -> int:
        """What calls can still use."""
        return max(0, self.in_escrow - self.arriving - self.held - self.unsettled - self.requested)

    @property
    def is_ready(self) -> bool:
        """Whether what was asked back can be drawn."""
        if not self.requested or self.ready_at is None:
            return False
        return self.ready_at <= self.chain.head_time()  # the clock that the contract goes by

    @property
    def drawable(self) -> int:
        """What asking for everything asks for: what calls still owe may be charged first."""
        return self.in_escrow

    @property
    def is_any(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.in_escrow or self.requested or self.held or self.unsettled)

    @property
    def is_low(self) -> bool:
        """Whether less than a tenth of the last deposit is left, and none is on its way."""
        return bool(self.last_deposit) and not self.arriving and self.available * 10 < self.last_deposit

    @property
    def filled(self) -> int:
        """How many segments of its slice stand for what is available: of all that is in the escrow."""
        return -(-self.available * SEGMENTS // self.in_escrow) if self.in_escrow else 0

    @property
    def half(self) -> int:
        """How many stand for what is held, used or on its way."""
        return SEGMENTS - self.filled if self.in_escrow else 0


@dataclass(frozen=True)
class Authority:
    """What the chain says that a key may spend."""

    ceiling: int
    valid_until: int
    is_revoked: bool

    @property
    def until(self) -> datetime:
        """The last moment at which it may be used; far away for what the calendar has no day for."""
        return FAR if self.valid_until >= FAR.timestamp() else datetime.fromtimestamp(self.valid_until, UTC)

    def covers(self, key: ApiKey) -> bool:
        """Whether the key can be used as its owner limited it here, without another transaction."""
        ends = int(key.expires_at.timestamp()) if key.expires_at else 0
        return not self.is_revoked and self.ceiling >= (key.cap_total or 0) and self.valid_until >= ends


def escrow_chains() -> dict[int, Chain]:
    """Return the chains that have an escrow of ours. One query."""
    return {pk: chain for pk, chain in chains_now().items() if ESCROW in chain.deployment}


@dataclass(frozen=True)
class Purse:
    """All of somebody's keys, and what they have in every currency that the escrows take, by chain and token.

    ``others`` is what else was asked on the way.
    """

    chains: dict[int, Chain]
    keys: list[ApiKey]
    funds: dict[Place, Fund]
    others: list[Found[Any]]


def purse_of(user: User, *others: Question[Any]) -> Purse:
    """Return what somebody has, and the answers to other questions. Two trips to the database, whatever there is."""
    rows = (
        ApiKey.objects.of(user.pk),
        AcceptedToken.objects.filter(accepted=True).order_by("address"),
        EscrowRequest.objects.filter(payer=user.address),
        balances(user.address),
    )
    read = together(chains_asked(), *(Statement[Any](each).asked() for each in rows), *others)
    chains = {each.pk: each for each in read[0] if ESCROW in each.deployment}
    keys: list[ApiKey] = list(read[1])
    for key in keys:
        key.chain = chains.get(key.chain_id) if key.chain_id is not None else None
    places = _places(chains, read[2], keys)
    # All keys count in what is used and held, whichever are shown.
    return Purse(chains, keys, _funds(user, chains, places, keys, read[3], read[4]), read[5:])


def _funds(
    user: User,
    chains: dict[int, Chain],
    places: Sequence[Place],
    keys: Sequence[ApiKey],
    requests: Iterable[EscrowRequest],
    accounts: Iterable[Account],
) -> dict[Place, Fund]:
    """Return what is in every currency. One trip to the database."""
    asked = {(each.chain_id, each.token): each for each in requests}
    books = {(each.chain_id, each.token): each for each in accounts}
    facts = [_tallies(user.address, places, keys), _arriving(user.address, chains), _last(user.address, chains)]
    found_tallies, sums, deposits = together(*(Statement(each).asked() for each in facts))
    tallies = {(chain, kind, key): int(amount) for chain, kind, key, amount in found_tallies.read}
    arriving = {(chain, token): int(amount) for chain, token, amount in sums.read}
    last = {(each.chain_id, each.token): each for each in deposits}
    used: dict[Place, list[ApiKey]] = defaultdict(list)
    for key in keys:
        if key.chain_id is not None and key.pays:
            used[key.chain_id, key.token].append(key)
    found = {}
    for chain_id, token in places:
        place = chain_id, token
        request = asked.get(place)
        settled = sum(tallies.get((chain_id, "spent", f"{user.address}:{key.key_id}"), 0) for key in used[place])
        held, spent = _used(books.get(place), used[place])
        found[place] = Fund(
            chain=chains[chain_id],
            token=token,
            in_escrow=tallies.get((chain_id, "escrow", f"{user.address}:{token}"), 0),
            arriving=arriving.get(place, 0),
            held=held,
            unsettled=max(0, spent - settled),
            requested=request.amount if request else 0,
            ready_at=datetime.fromtimestamp(min(request.ready_at, int(FAR.timestamp())), UTC) if request else None,
            last_deposit=last[place].amount if place in last else 0,
            deposit_tx=last[place].tx_hash if place in last else "",
        )
    return found


def authorities_of(user: User, keys: Iterable[ApiKey]) -> dict[str, Authority]:
    """Return what the chain says of keys, by their names there. One query."""
    return authorities_from(keys, EscrowKey.objects.filter(payer=user.address))


def authorities_from(keys: Iterable[ApiKey], rows: Iterable[EscrowKey]) -> dict[str, Authority]:
    """Return what the chain says of keys, by the rows of their payer. No query."""
    named = {key.key_id: key.chain_id for key in keys if key.pays}
    return {
        row.key_id: Authority(row.ceiling, row.valid_until, row.is_revoked)
        for row in rows
        if named.get(row.key_id) == row.chain_id
    }


def _used(account: Account | None, keys: Sequence[ApiKey]) -> tuple[int, int]:
    """Return what calls hold, and what they ever cost: by the ledger, which knows keys that are gone too."""
    if account is None:
        return sum(key.reserved for key in keys), sum(key.spent for key in keys)
    return account.held, account.charged + account.settled


def _places(chains: dict[int, Chain], accepted: Iterable[AcceptedToken], keys: Iterable[ApiKey]) -> list[Place]:
    """Return in what calls can be paid, the coins first; and what keys have paid in that is not taken any more."""
    places = [(pk, COIN) for pk in chains]
    places += [(each.chain_id, each.address) for each in accepted if each.chain_id in chains]
    places += [(key.chain_id, key.token) for key in keys if key.pays and key.chain_id in chains]
    return list(dict.fromkeys(places))


def _tallies(address: str, places: Iterable[Place], keys: Iterable[ApiKey]) -> QuerySet[Any]:
    held = [f"{address}:{token}" for _chain, token in places]
    spent = [f"{address}:{key.key_id}" for key in keys if key.pays]
    wanted = Q(kind="escrow", key__in=held) | Q(kind="spent", key__in=spent)
    return Tally.objects.filter(wanted).values_list("chain_id", "kind", "key", "amount")


def _arriving(address: str, chains: dict[int, Chain]) -> QuerySet[Any]:
    """Return rows of what of the deposits is not final yet, by place."""
    young = Q(pk__in=[])
    for chain in chains.values():
        young |= Q(chain=chain, block_number__gt=head_of(chain) - chain.confirmations)
    rows = DepositFact.objects.filter(young, payer=address).values("chain_id", "token").order_by()
    return rows.annotate(arriving=Sum("amount", output_field=WeiField())).values_list("chain_id", "token", "arriving")


def _last(address: str, chains: dict[int, Chain]) -> QuerySet[DepositFact]:
    """Return the last deposit of every place."""
    newest = DepositFact.objects.filter(payer=address, chain__in=chains).distinct("chain_id", "token")
    return newest.order_by("chain_id", "token", "-block_number", "-log_index")


def shown_funds(funds: dict[Place, Fund], chain_id: int | None) -> Iterator[Fund]:
    """Yield what has anything in it; where nothing has, the coin of the chain that somebody is signed in on."""
    filled = [fund for fund in funds.values() if fund.is_any or fund.last_deposit]
    yield from filled
    first = funds.get((chain_id, COIN)) if chain_id is not None else None
    if not filled and (first := first or next(iter(funds.values()), None)):
        yield first
