"""Documents that chains name and nobody here has are fetched, and the cards that those name: a few at once, each within
limits, sellers in turn."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from common.errors import DomainError
from common.outbound import OutboundError
from common.outbound import TooLargeError as AnswerTooLargeError
from common.outbound import TooSlowError as AnswerTooSlowError
from common.pinned import Pinned, checked_url
from marketplace.files.cids import cid_of
from marketplace.listings.metadata import MOST_BYTES
from marketplace.pinning.node import NobodyInTimeError, NodeError, TooLargeError, TooSlowError, our_node

from .models import ASKED_AGAIN, DocumentState
from .reading import keep_card, keep_read, note_card_failure, note_failure

AT_ONCE, OF_ONE_SELLER = 8, 3
CARDS_AT_ONCE = 2  # beside the documents, so that no document waits for a card
NODE_SECONDS, GATEWAY_SECONDS = 8.0, 8.0
log = structlog.get_logger(__name__)

# From seller to seller along the index, so that one with a thousand documents waits between others like anybody.
TURN = """
with recursive turn as (
    (select id, seller, cid from marketplace_unclaimedlisting
     where state = any(%(states)s) and next_at <= %(now)s and seller > %(last)s and not cid = any(%(busy)s)
     order by seller, next_at, id limit 1)
    union all
    select next.* from turn cross join lateral (
        select id, seller, cid from marketplace_unclaimedlisting
        where state = any(%(states)s) and next_at <= %(now)s and seller > turn.seller and not cid = any(%(busy)s)
        order by seller, next_at, id limit 1
    ) next
)
select seller, cid from turn limit %(most)s
"""
MORE = """
select seller, cid from marketplace_unclaimedlisting
where state = any(%(states)s) and next_at <= %(now)s and not cid = any(%(busy)s) and not seller = any(%(full)s)
order by seller > %(last)s desc, seller, next_at, id limit %(most)s
"""
# The next seller's card along an index of its own, else the first one's; of a seller one at once.
CARD = """
select seller, card from (
    (select 1 as turn, seller, card from marketplace_unclaimedlisting
     where card_state = any(%(states)s) and card_next_at <= %(now)s and not card = any(%(busy)s)
         and not seller = any(%(full)s) and seller > %(last)s
     order by seller, card_next_at, id limit 1)
    union all
    (select 2 as turn, seller, card from marketplace_unclaimedlisting
     where card_state = any(%(states)s) and card_next_at <= %(now)s and not card = any(%(busy)s)
         and not seller = any(%(full)s)
     order by seller, card_next_at, id limit 1)
) found order by turn limit %(most)s
"""
# Of what was claimed already, whoever waits longest; of a seller one at once, too.
AWAITED = """
select owner.address, awaited.cid from marketplace_awaitedcard awaited
join marketplace_version version on version.id = awaited.version_id
join marketplace_listing listing on listing.id = version.listing_id
join accounts_account account on account.id = listing.owner_id join accounts_user owner on owner.id = account.user_id
where awaited.next_at <= %(now)s and not awaited.cid = any(%(busy)s) and not owner.address = any(%(full)s)
order by awaited.next_at, awaited.version_id limit %(most)s
"""


@dataclass(frozen=True)
class Fetched:
    """What came of asking for one address: its bytes, or a state that says why there are none."""

    content: bytes | None = None
    state: DocumentState = DocumentState.MISSING


@dataclass
class Fetching:
    """The documents and cards that are under way in one process. Only threads wait; the database is asked by who
    calls."""

    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE + CARDS_AT_ONCE))
    under_way: dict[str, tuple[str, Future[Fetched]]] = field(default_factory=dict)
    cards: dict[str, tuple[str, Future[Fetched]]] = field(default_factory=dict)
    last: str = ""
    last_card: str = ""

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self.under_way or self.cards)

    def step(self) -> int:
        """Note what has come, and ask for what is due; return how many came. Never waits for anybody."""
        done = [cid for cid, (_seller, future) in self.under_way.items() if future.done()]
        for cid in done:
            _seller, future = self.under_way.pop(cid)
            note(cid, future.result())
        if free := AT_ONCE - len(self.under_way):
            for seller, cid in self.due(free):
                self.under_way[cid] = (seller, self.pool.submit(fetch_document, cid))
                self.last = seller
        return len(done) + self._step_cards()

    def _step_cards(self) -> int:
        """Note which cards have come, and ask for one that is due; return how many came."""
        done = [cid for cid, (_seller, future) in self.cards.items() if future.done()]
        for cid in done:
            _seller, future = self.cards.pop(cid)
            note_card(cid, future.result())
        for statement in (CARD, AWAITED):
            if len(self.cards) < CARDS_AT_ONCE:
                self._ask_for_card(statement)
        return len(done)

    def _ask_for_card(self, statement: str) -> None:
        full = [seller for seller, _future in self.cards.values()]
        for seller, cid in _read(statement, list(self.cards), full, self.last_card, 1):
            self.cards[cid] = (seller, self.pool.submit(fetch_document, cid))
            if statement == CARD:
                self.last_card = seller

    def due(self, most: int) -> list[tuple[str, str]]:
        """Return (seller, CID) of what to fetch next: each seller once, and then more of those who are few."""
        sellers = [seller for seller, _future in self.under_way.values()]
        busy = list(self.under_way)
        found: list[tuple[str, str]] = []
        for statement, last in ((TURN, self.last), (TURN, ""), (MORE, self.last)):
            if len(found) >= most:
                break
            taken = [*sellers, *(seller for seller, _cid in found)]
            full = [each for each in set(taken) if taken.count(each) >= OF_ONE_SELLER]
            for seller, cid in _read(statement, [*busy, *(cid for _seller, cid in found)], full, last, most):
                taken = [*sellers, *(each for each, _cid in found)]
                if (
                    len(found) < most
                    and taken.count(seller) < OF_ONE_SELLER
                    and cid not in {known for _, known in found}
                ):
                    found.append((seller, cid))
        return found

    def close(self) -> None:
        """Let go of what is under way."""
        self.pool.shutdown(wait=False, cancel_futures=True)


def _read(statement: str, busy: list[str], full: list[str], last: str, most: int) -> list[tuple[str, str]]:
    values: dict[str, Any] = {
        "states": list(ASKED_AGAIN),
        "now": timezone.now(),
        "busy": busy,
        "full": full,
        "last": last,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values, "most": most})
        return [(seller, cid) for seller, cid in cursor.fetchall()]


def note(cid: str, fetched: Fetched) -> None:
    """Keep what came, or note why nothing did."""
    if fetched.content is None:
        note_failure(cid=cid, state=fetched.state)
    else:
        keep_read(cid=cid, content=fetched.content)


def note_card(cid: str, fetched: Fetched) -> None:
    """Keep a card that came, or note why it did not."""
    if fetched.content is None:
        note_card_failure(cid=cid, state=fetched.state)
    else:
        keep_card(cid=cid, content=fetched.content)


def fetch_document(cid: str) -> Fetched:
    """Return what our node, its peers, or else the gateway has for an address. Asks no database, and always ends."""
    found = from_node(cid)
    if found.content is not None or not settings.IPFS_GATEWAY:
        return found
    by_gateway = from_gateway(cid)
    # What was told by whoever came closest to giving it.
    return found if by_gateway.state == DocumentState.MISSING and by_gateway.content is None else by_gateway


def from_node(cid: str) -> Fetched:
    """Return what our node and its peers have."""
    node = our_node()
    if node is None:
        return Fetched()
    try:
        content = node.fetch(cid, seconds=NODE_SECONDS, most=MOST_BYTES)
    except TooLargeError:
        return Fetched(state=DocumentState.OVERSIZE)
    except NobodyInTimeError:
        return Fetched()
    except TooSlowError:
        return Fetched(state=DocumentState.SLOW)
    except NodeError as error:
        log.info("a document was not fetched", cid=cid, reason=str(error))
        return Fetched()
    return Fetched(content) if cid_of(content) == cid else Fetched(state=DocumentState.WRONG)


def from_gateway(cid: str) -> Fetched:
    """Return what the configured gateway gives, at the address that it was looked up to, without following it on."""
    url = f"{settings.IPFS_GATEWAY.rstrip('/')}/ipfs/{cid}"
    try:
        with Pinned(checked_url(url, loopback=settings.DEMO), loopback=settings.DEMO) as gateway:
            accepts = {"Accept": "application/vnd.ipld.raw, application/octet-stream"}
            answer = gateway.get(url, seconds=GATEWAY_SECONDS, most_bytes=MOST_BYTES, headers=accepts)
    except AnswerTooLargeError:
        return Fetched(state=DocumentState.OVERSIZE)
    except AnswerTooSlowError:
        return Fetched(state=DocumentState.SLOW)
    except (OutboundError, DomainError) as error:
        log.info("a gateway gave no document", cid=cid, reason=str(error))
        return Fetched()
    if answer.status != 200:
        return Fetched()
    return Fetched(answer.body) if cid_of(answer.body) == cid else Fetched(state=DocumentState.WRONG)
