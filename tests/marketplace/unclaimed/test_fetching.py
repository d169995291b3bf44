"""Documents are fetched a few at once; each failure has its state, and no seller waits for another's thousand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from contracts.models import Chain
from marketplace.files.cids import cid_of
from marketplace.listings.metadata import MOST_BYTES, address_of, canonical
from marketplace.listings.versions import MetadataDocument
from marketplace.unclaimed import fetching
from marketplace.unclaimed.awaiting import LONGEST_BACK_OFF
from marketplace.unclaimed.fetching import AT_ONCE, CARDS_AT_ONCE, OF_ONE_SELLER, Fetched, Fetching, fetch_document
from marketplace.unclaimed.models import DocumentState, UnclaimedListing
from marketplace.unclaimed.reading import keep_card, keep_read, note_card_failure, note_failure
from tests.waiting import PATIENCE

from .test_documents import GOOD

CONTENT = canonical(GOOD)
CID = cid_of(CONTENT)
ALICE, BOB, CAROL = ("0x" + letter * 40 for letter in "abc")

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain() -> Chain:
    return Chain.objects.create(id=777, short_name="seven", name="Seven", coin="SEV", confirmations=3, reorg_window=64)


def row(chain: Chain, seller: str, number: int, cid: str = "", **values: Any) -> UnclaimedListing:
    cid = cid or cid_of(f"{seller}{number}".encode())
    model_id = seller + f"{number:024x}"
    own: dict[str, Any] = {"chain": chain, "model_id": model_id, "seller": seller, "listed_at": timezone.now()}
    return UnclaimedListing.objects.create(**own, named=address_of(cid), cid=cid, **values)


class Waiting:
    """A pool in which nothing is done until somebody says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Future[Fetched]]] = []

    def submit(self, function: Callable[[str], Fetched], cid: str) -> Future[Fetched]:
        future: Future[Fetched] = Future()
        self.asked.append((cid, future))
        return future

    def shutdown(self, **options: bool) -> None:
        """Nothing runs."""


def slow() -> tuple[Fetching, Waiting]:
    pool = Waiting()
    return Fetching(pool=pool), pool  # type: ignore[arg-type]


def test_what_comes_is_hashed_read_and_kept(chain: Chain) -> None:
    one, other = row(chain, ALICE, 1, CID), row(chain, BOB, 1, CID)
    work, pool = slow()
    work.step()
    assert [cid for cid, _future in pool.asked] == [CID], "one address is asked for once"
    pool.asked[0][1].set_result(Fetched(CONTENT))
    assert work.step() == 1
    for each in (one, other):
        each.refresh_from_db()
        assert (each.state, each.title, each.says) == (DocumentState.OK, "acme/contracts", "")
    assert bytes(MetadataDocument.objects.get(pk=CID).content) == CONTENT
    assert work.step() == 0
    assert len(pool.asked) == 1


CARD = b"# Contracts\n\nFinds clauses on liability."
NO_TEXT = b"\xff\xfe"


def naming(card: bytes, **said: Any) -> bytes:
    """Return a document that names a card."""
    return canonical({**GOOD, "card": cid_of(card), **said})


@pytest.mark.parametrize(
    ("card", "fetched", "state"),
    [
        (CARD, Fetched(CARD), DocumentState.OK),
        (CARD, Fetched(b"another"), DocumentState.WRONG),
        (CARD, Fetched(), DocumentState.MISSING),
        (CARD, Fetched(state=DocumentState.OVERSIZE), DocumentState.OVERSIZE),
        (NO_TEXT, Fetched(NO_TEXT), DocumentState.INVALID),
        (b"a\0b", Fetched(b"a\0b"), DocumentState.INVALID),
        (b"", Fetched(b""), DocumentState.OK),
    ],
)
def test_a_card_is_brought_after_its_document(
    chain: Chain, card: bytes, fetched: Fetched, state: DocumentState
) -> None:
    said = naming(card)
    one = row(chain, ALICE, 1, cid_of(said))
    work, pool = slow()
    work.step()
    assert not work.cards
    pool.asked[0][1].set_result(Fetched(said))
    assert work.step() == 1
    one.refresh_from_db()
    assert (one.state, one.card_state) == (DocumentState.OK, DocumentState.WAITING), "it waits for no card"
    assert [cid for cid, _future in pool.asked[1:]] == [cid_of(card)]
    assert work.is_busy
    pool.asked[1][1].set_result(fetched)
    assert work.step() == 1
    one.refresh_from_db()
    assert (one.state, one.card_state) == (DocumentState.OK, state)
    assert MetadataDocument.objects.filter(pk=cid_of(card)).exists() == (state == DocumentState.OK)
    work.step()
    assert len(pool.asked) == 2, "kept, judged for good, or asked for later"
    assert not work.is_busy
    UnclaimedListing.objects.update(card_next_at=timezone.now())
    work.step()
    assert len(pool.asked) == 2 + (state in (DocumentState.WRONG, DocumentState.MISSING, DocumentState.OVERSIZE))


def test_a_card_that_is_here_is_not_asked_for(chain: Chain) -> None:
    MetadataDocument.objects.create(cid=cid_of(CARD), content=CARD)
    MetadataDocument.objects.create(cid=cid_of(NO_TEXT), content=NO_TEXT)
    said, bad = naming(CARD), naming(NO_TEXT)
    for number, content in enumerate((said, bad)):
        row(chain, ALICE, number, cid_of(content))
        keep_read(cid=cid_of(content), content=content)
    states = UnclaimedListing.objects.order_by("model_id").values_list("card_state", flat=True)
    assert list(states) == [DocumentState.OK, DocumentState.INVALID]
    work, pool = slow()
    work.step()
    assert not pool.asked
    long = b"x" * (MOST_BYTES + 1)
    assert keep_card(cid=cid_of(long), content=long) == DocumentState.OVERSIZE
    assert not MetadataDocument.objects.filter(pk=cid_of(long)).exists()


def test_cards_wait_longer_each_time_and_reading_the_document_again_changes_nothing(chain: Chain) -> None:
    said = naming(CARD)
    one = row(chain, ALICE, 1, cid_of(said))
    keep_read(cid=cid_of(said), content=said)
    waits = []
    for _try in range(20):
        note_card_failure(cid=cid_of(CARD), state=DocumentState.MISSING)
        keep_read(cid=cid_of(said), content=said)
        one.refresh_from_db()
        waits.append(round((one.card_next_at - timezone.now()).total_seconds()))
    assert waits == sorted(waits)
    assert waits[0] < 25
    assert LONGEST_BACK_OFF - 60 < waits[-1] <= LONGEST_BACK_OFF


def test_cards_have_turns_and_no_document_waits_for_them(chain: Chain) -> None:
    for seller in (ALICE, BOB, CAROL):
        for number in range(50 if seller == ALICE else 2):
            said = naming(f"{seller}{number}".encode(), version=f"1.0.{number}")
            row(chain, seller, number, cid_of(said))
            keep_read(cid=cid_of(said), content=said)
    work, pool = slow()
    for _look in range(5):
        work.step()
    owners = dict(UnclaimedListing.objects.values_list("card", "seller"))
    assert len(pool.asked) == len({owners[cid] for cid, _future in pool.asked}) == CARDS_AT_ONCE
    for number in range(AT_ONCE):
        row(chain, f"0x{number:040x}", 1)
    work.step()
    assert len(pool.asked) == CARDS_AT_ONCE + AT_ONCE, "all of the documents, at once"
    seen = [owners[cid] for cid, _future in pool.asked[:CARDS_AT_ONCE]]
    for _look in range(4):
        for _cid, future in pool.asked:
            if not future.done():
                future.set_result(Fetched())
        before = len(pool.asked)
        work.step()
        seen += [owners[cid] for cid, _future in pool.asked[before:] if cid in owners]
    assert seen[:3] == [ALICE, BOB, CAROL]
    assert seen.count(ALICE) <= 3


def test_what_is_wrong_or_invalid_is_not_kept(chain: Chain) -> None:
    wrong = row(chain, ALICE, 1, CID)
    assert keep_read(cid=CID, content=b"{}") == DocumentState.WRONG
    wrong.refresh_from_db()
    assert wrong.state == DocumentState.WRONG
    assert wrong.next_at > timezone.now()
    invalid = row(chain, ALICE, 2, cid_of(b"{}"))
    assert keep_read(cid=cid_of(b"{}"), content=b"{}") == DocumentState.INVALID
    invalid.refresh_from_db()
    assert invalid.says
    assert not MetadataDocument.objects.exists()
    work, pool = slow()
    work.step()
    assert not pool.asked, "one is judged for good, the other waits"


def test_failures_wait_longer_each_time(chain: Chain) -> None:
    missing = row(chain, ALICE, 1, CID)
    waits = []
    for _try in range(20):
        note_failure(cid=CID, state=DocumentState.MISSING)
        missing.refresh_from_db()
        waits.append(round((missing.next_at - timezone.now()).total_seconds()))
    assert waits == sorted(waits)
    assert waits[0] < 25
    assert LONGEST_BACK_OFF - 60 < waits[-1] <= LONGEST_BACK_OFF
    assert missing.says.startswith("Nobody")


def test_a_thousand_of_one_seller_do_not_hold_up_another(chain: Chain) -> None:
    for number in range(1_000):
        row(chain, ALICE, number)
    later = timezone.now() + timedelta(seconds=-1)
    mine = row(chain, BOB, 1, next_at=later)
    other = row(chain, CAROL, 1, next_at=later)
    work, pool = slow()
    work.step()
    asked = [cid for cid, _future in pool.asked]
    assert {mine.cid, other.cid} <= set(asked)
    assert len(asked) == 2 + OF_ONE_SELLER <= AT_ONCE
    work.step()
    assert len(pool.asked) == len(asked), "of one seller only so many at once"


def test_each_seller_has_its_turn(chain: Chain) -> None:
    sellers = [f"0x{number:040x}" for number in range(20)]
    for seller in sellers:
        for number in range(3):
            row(chain, seller, number)
    work, pool = slow()
    seen: list[str] = []
    owners = dict(UnclaimedListing.objects.values_list("cid", "seller"))
    for _round in range(3):
        work.step()
        for cid, future in pool.asked:
            seen.append(owners[cid])
            future.set_result(Fetched())
        pool.asked.clear()
    assert len(set(seen)) == 20, "all of them before anybody twice"
    assert max(seen.count(seller) for seller in sellers) <= 2


def test_choosing_costs_five_queries_at_most_whatever_waits(
    chain: Chain, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    now = timezone.now()
    UnclaimedListing.objects.bulk_create(
        UnclaimedListing(
            chain=chain,
            model_id=f"0x{number:064x}",
            seller=f"0x{number % 50:040x}",
            named=f"ipfs://{number}",
            cid=cid_of(str(number).encode()),
            listed_at=now,
            next_at=now,
            card=cid_of(f"card {number}".encode()),
            card_state=DocumentState.WAITING,
        )
        for number in range(20_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze marketplace_unclaimedlisting")
    work, pool = slow()
    with django_assert_max_num_queries(5):
        work.step()
    assert len(pool.asked) == AT_ONCE + 1


@contextmanager
def gateway(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A gateway of this machine that answers as it is told."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def say(content: bytes, status: int = 200) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if content:
            handler.wfile.write(content)

    return answer


def dribble(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b"x")
    handler.wfile.flush()
    handler.connection.settimeout(PATIENCE)
    with suppress(OSError):
        handler.connection.recv(1)  # until whoever asked hangs up


def lead_away(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://169.254.169.254/latest/meta-data")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (say(b"", 404), DocumentState.MISSING),
        (say(b"x" * (MOST_BYTES + 1)), DocumentState.OVERSIZE),
        (say(b"{}"), DocumentState.WRONG),
        (dribble, DocumentState.SLOW),
        (lead_away, DocumentState.MISSING),
    ],
)
def test_a_gateway_that_does_not_give_it(
    answer: Callable[[BaseHTTPRequestHandler], None],
    state: DocumentState,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetching, "GATEWAY_SECONDS", 1.0)
    settings.DEMO, settings.IPFS_API = True, ""
    with gateway(answer) as settings.IPFS_GATEWAY:
        assert fetch_document(CID) == Fetched(state=state)


def test_a_gateway_that_gives_it(settings: Any) -> None:
    settings.DEMO, settings.IPFS_API = True, ""
    with gateway(say(CONTENT)) as settings.IPFS_GATEWAY:
        assert fetch_document(CID) == Fetched(CONTENT)
        settings.DEMO = False
        assert fetch_document(CID) == Fetched(), "outside a demo no address of this machine is asked"


def test_without_a_node_and_a_gateway_it_is_missing(settings: Any) -> None:
    settings.IPFS_API = settings.IPFS_GATEWAY = ""
    assert fetch_document(CID) == Fetched()
    settings.IPFS_API = "unix:///nowhere/at/all"
    assert fetch_document(CID) == Fetched()
