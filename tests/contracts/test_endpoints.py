"""Endpoints fail, lag, lie and set limits; what is indexed is right all the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from msgspec import Raw, structs

from contracts.chain.client import Client, read
from contracts.chain.endpoints import Endpoint, by_preference
from contracts.errors import (
    ChainError,
    ChainMovedError,
    EndpointError,
    PermanentChainError,
    RetryableChainError,
    TooMuchError,
)
from contracts.indexer import decode, dispatch, endpoints, fetch, lead
from contracts.indexer.endpoints import Source
from contracts.indexer.headers import fetch_tip
from contracts.indexer.reader import Reader
from contracts.indexer.span import FIRST, LOGS, MOST, Span
from contracts.models import Chain, Event, IndexerStatus
from marketplace.onchain.models.sales import PurchaseFact

from .node import Between, Market, between

NOWHERE = "http://127.0.0.1:9"


def _refusal(message: str, code: int = -32005) -> Callable[[Any], Any]:
    return lambda answers: {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}


def _lying(liar: Between, method: str, answer: Callable[[Any], Any]) -> None:
    liar.lie = lambda request, honest: answer(honest) if request["method"] == method else honest


def test_what_fails_rests_longer_each_time() -> None:
    first, second = Endpoint("http://one.example/key"), Endpoint("http://two.example")
    assert first.host == "one.example"
    assert by_preference([first, second]) == [first, second]
    first.failed()
    assert first.is_resting
    assert by_preference([first, second]) == [second, first]
    rest = first.rests_until
    first.failed()
    assert first.rests_until > rest
    first.succeeded()
    assert not first.is_resting


def test_another_endpoint_takes_over(chain: Chain, rpc: Client, market: Market, node: str) -> None:
    market.list_model(1, "served")
    with Client([NOWHERE, node]) as both:
        assert lead.catch_up(chain, both) == rpc.block_number()
        assert both.endpoints[0].is_resting
    with Client([NOWHERE]) as nobody, pytest.raises(RetryableChainError):
        endpoints.reach(nobody, 0)
    with Client([]) as none, pytest.raises(RetryableChainError, match="no endpoint"):
        endpoints.reach(none, 0)


def test_an_endpoint_that_lags_is_passed_over(chain: Chain, rpc: Client, market: Market, node: str) -> None:
    market.mine(5)
    old = rpc.call("eth_getBlockByNumber", "0x2", False)
    older = rpc.call("eth_getBlockByNumber", "0x1", False)
    with between(node) as one, between(node) as two:
        latest: list[Any] = [old]
        one.lie = lambda request, answer: latest[0] if "latest" in request["params"] else answer
        two.lie = lambda request, answer: older if "latest" in request["params"] else answer
        with Client([one.url, node]) as mixed:
            source, tip = endpoints.reach(mixed, rpc.block_number())
            assert (source.endpoint.url, tip.number) == (node, rpc.block_number())
        with Client([two.url, one.url]) as lagging:
            source, tip = endpoints.reach(lagging, rpc.block_number())
            assert (source.endpoint.url, tip.number) == (one.url, 2)


def test_a_quorum_has_to_agree_on_the_last_block(chain: Chain, rpc: Client, market: Market, node: str) -> None:
    market.mine(3)
    chain.quorum = 2
    with between(node) as liar:
        for urls in ([node, NOWHERE, liar.url], [node, liar.url, NOWHERE]):
            market.mine()
            with Client(urls) as three:
                assert lead.catch_up(chain, three) == rpc.block_number()
        market.mine(1)
        _lying(liar, "eth_getBlockByNumber", lambda block: {**block, "hash": "0x" + "5" * 64})
        with Client([node, liar.url]) as two, pytest.raises(ChainMovedError, match="1 of 2 endpoints agree on block"):
            lead.step(chain, two)
        chain.quorum = 1
        with Client([node, liar.url]) as two:
            assert lead.step(chain, two)


def test_a_range_follows_what_the_endpoint_answers() -> None:
    span = Span()
    span.answered(FIRST, 10)
    assert span.blocks == 2 * FIRST
    span.answered(7, 10)  # at the head ranges are short
    assert span.blocks == 2 * FIRST
    span.answered(2 * FIRST, LOGS * 4)
    assert span.blocks == FIRST // 2
    assert span.refused()
    before = span.blocks
    span.answered(before, 0)
    assert span.blocks == before + before // 8 + 1
    for _ in range(200):
        span.answered(span.blocks, 0)
    assert span.blocks == MOST
    span.answered(span.blocks, LOGS * 3 // 4)
    assert span.blocks == MOST
    span.answered(span.blocks, LOGS // 2, LOGS // 20)  # quiet until its last block
    assert span.blocks == 20
    span.blocks = 1
    assert not span.refused()
    assert span.blocks == 1


def test_a_range_is_halved_until_the_endpoint_answers(chain: Chain, rpc: Client, market: Market, node: str) -> None:
    market.mine(40)
    market.list_model(1, "limited")
    with between(node) as strict:
        strict.rewrite = lambda answers: (
            _refusal("query returned more than 10000 results")(answers)
            if isinstance(answers, list) and len(answers) > 8
            else answers
        )
        lead.catch_up(chain, strict.client)
        assert Event.objects.filter(name="ModelListed").exists()
        strict.rewrite = lambda answers: (
            _refusal("Log response size exceeded.", -32602)(answers) if isinstance(answers, list) else answers
        )
        market.mine()
        with pytest.raises(TooMuchError):
            lead.step(chain, strict.client)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("query returned more than 10000 results", TooMuchError),
        ("eth_getLogs is limited to a 10,000 range", TooMuchError),
        ("block range is too large", TooMuchError),
        ("Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range", TooMuchError),
        ("query exceeds max results 20000", TooMuchError),
        ("project ID request rate exceeded", EndpointError),
        ("Your app has exceeded its compute units per second capacity", EndpointError),
    ],
)
def test_being_asked_too_much_is_told_from_being_asked_too_often(
    rpc: Client, node: str, message: str, kind: type[Exception]
) -> None:
    with between(node) as liar:
        liar.rewrite = _refusal(message)
        with pytest.raises(RetryableChainError) as refused:
            liar.client.batch([("eth_chainId", []), ("eth_chainId", [])])
        assert type(refused.value) is kind
        liar.rewrite = lambda answers: {**answers, "error": "gas exceeds block gas limit"}
        with pytest.raises(PermanentChainError):
            liar.client.call("eth_estimateGas", {})


def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    rpc: Client, node: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contracts.chain.client.MOST_BYTES", 100)
    with pytest.raises(TooMuchError, match="chain"):
        rpc.call("eth_getBlockByNumber", "0x1", False)


@pytest.mark.parametrize(
    ("status", "error"), [(413, TooMuchError), (500, RetryableChainError), (302, RetryableChainError)]
)
def test_another_status_is_no_answer(node: str, status: int, error: type[ChainError]) -> None:
    with between(node) as refusing:
        refusing.status = status
        with pytest.raises(error) as refused:
            refusing.client.block_number()
    assert refused.value.reason == f"HTTP {status}"


@pytest.mark.parametrize("text", [b'"\xff"', b"1e999"])
def test_a_result_that_cannot_be_read_is_asked_for_again(text: bytes) -> None:
    with pytest.raises(RetryableChainError):
        read(Raw(text))


def test_a_range_that_times_out_is_halved(chain: Chain, market: Market, node: str) -> None:
    market.mine(20)
    hold = threading.Event()
    with between(node) as slow, Client([slow.url], timeout=0.3) as hasty:
        slow.rewrite = lambda answers: hold.wait(1.5) and answers if isinstance(answers, list) else answers
        reader = Reader(chain, hasty)
        headers_only = Source(hasty, hasty.endpoints[0])
        with pytest.raises(RetryableChainError):
            reader._read(headers_only, 1, 20)
        assert reader.span.blocks == FIRST // 2
        hold.set()
    with Client([NOWHERE]) as nobody:
        reader = Reader(chain, nobody)
        with pytest.raises(RetryableChainError):
            reader._read(Source(nobody, nobody.endpoints[0]), 1, 20)
        assert reader.span.blocks == FIRST


@pytest.mark.parametrize(
    ("method", "lie", "match"),
    [
        ("eth_getBlockByNumber", lambda block: {"number": "0x1"}, "no block"),
        ("eth_getBlockByNumber", lambda block: {**block, "number": "0x7777"}, "other blocks"),
        ("eth_getLogs", lambda logs: [{**log, "address": "0x" + "1" * 40} for log in logs], "other contracts"),
        ("eth_getLogs", lambda logs: [*logs, *logs], "two logs of one place"),
        ("eth_getLogs", lambda logs: [{"blockNumber": "0x1"}], "no logs"),
        ("eth_getLogs", lambda logs: 7, "no logs"),
        ("eth_getLogs", lambda logs: [{**log, "topics": None} for log in logs], "no logs"),
        ("eth_getLogs", lambda logs: [{**log, "logIndex": "first"} for log in logs], "without a place"),
    ],
)
def test_nonsense_is_asked_again(
    chain: Chain, rpc: Client, market: Market, node: str, method: str, lie: Any, match: str
) -> None:
    market.list_model(1, "seen")
    with between(node) as liar:
        _lying(liar, method, lie)
        source = Source(liar.client, liar.client.endpoints[0])
        with pytest.raises(ChainMovedError, match=match):
            fetch.fetch_batch(source, chain.start_block, rpc.block_number(), sorted(chain.deployment.values()))


def test_logs_may_come_in_any_order(chain: Chain, rpc: Client, market: Market, node: str) -> None:
    market.buy(3, market.list_model(1, "shuffled"))
    addresses = sorted(chain.deployment.values())
    honest = fetch.fetch_batch(Source(rpc, rpc.endpoints[0]), chain.start_block, rpc.block_number(), addresses)
    with between(node) as other:
        _lying(other, "eth_getLogs", lambda logs: logs[::-1])
        source = Source(other.client, other.client.endpoints[0])
        assert fetch.fetch_batch(source, chain.start_block, rpc.block_number(), addresses) == honest
    assert len(honest.logs) > 2


@pytest.mark.parametrize(
    "change",
    [
        {"data": "0x12"},
        {"transaction_hash": "0x11\t1"},
        {"topics": ("0x12", "0x1é")},
    ],
)
def test_a_log_that_is_none_of_its_event_is_asked_again(
    chain: Chain, rpc: Client, market: Market, change: dict[str, Any]
) -> None:
    model = market.list_model(1, "sold")
    market.buy(3, model)
    head, addresses = rpc.block_number(), sorted(chain.deployment.values())
    batch = fetch.fetch_batch(Source(rpc, rpc.endpoints[0]), head, head, addresses)
    wrong = fetch.Batch(batch.headers, [structs.replace(log, **change) for log in batch.logs])
    with pytest.raises(ChainMovedError, match="not the shape of its event"):
        decode.read(chain, wrong)
    unknown = [structs.replace(batch.logs[0], topics=topics) for topics in ((), ("0x12",))]
    assert not decode.read(chain, fetch.Batch(batch.headers, unknown)).taken.lines
    # The first that an interface names is the first of its transaction, by which the others are found.
    some = decode.events(chain, fetch.Batch(batch.headers, [unknown[1], *batch.logs[1:]]))
    assert [event.index for event in some] == [*range(len(batch.logs) - 1)]


def test_a_handler_that_fails_is_not_the_fault_of_an_endpoint(
    chain: Chain, rpc: Client, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(event: Any) -> Any:
        raise ValueError(event.name)

    market.buy(3, market.list_model(1, "sold"))
    monkeypatch.setitem(dispatch._facts, ("AccessPass", "TransferSingle"), fail)
    with pytest.raises(ValueError, match="TransferSingle"):
        lead.catch_up(chain, rpc)
    assert not Event.objects.filter(name="AccessPurchased").exists()


def test_a_second_endpoint_that_fails_leaves_it_to_the_receipts(
    chain: Chain, rpc: Client, market: Market, node: str
) -> None:
    market.list_model(1, "kept back")
    with between(node) as liar, between(node) as unsure:
        _lying(liar, "eth_getLogs", lambda logs: [])
        _lying(unsure, "eth_getLogs", lambda logs: None)
        for second in (NOWHERE, unsure.url):
            with Client([liar.url, second]) as both, pytest.raises(ChainMovedError, match="kept back the logs"):
                lead.step(chain, both)


def test_a_stale_block_at_the_head_changes_nothing(chain: Chain, rpc: Client, market: Market, node: str) -> None:
    market.mine(5)
    lead.catch_up(chain, rpc)
    with between(node) as liar:
        stale = "0x" + "5" * 64
        liar.lie = lambda request, block: {**block, "hash": stale} if "latest" in request["params"] else block
        with pytest.raises(ChainMovedError, match="contradicts itself"):
            lead.step(chain, liar.client)
        assert liar.client.endpoints[0].is_resting


def test_one_endpoint_alone_does_not_make_a_deep_change(chain: Chain, rpc: Client, market: Market, node: str) -> None:
    chain.reorg_window = 4
    market.mine(12)
    lead.catch_up(chain, rpc)
    with between(node) as liar:
        _lying(liar, "eth_getBlockByNumber", lambda block: block and {**block, "hash": "0x" + "5" * 64})
        with Client([liar.url, NOWHERE, node]) as both, pytest.raises(ChainMovedError, match="Another endpoint still"):
            lead.step(chain, both)


def test_a_chain_that_is_not_there_yet_is_waited_for(chain: Chain, rpc: Client, node: str) -> None:
    with between(node) as empty:
        _lying(empty, "eth_getBlockByNumber", lambda block: None)
        with pytest.raises(ChainMovedError, match="first block"):
            lead.check(chain, empty.client)
        with pytest.raises(ChainMovedError, match="does not have block"):
            lead.step(chain, empty.client)
        with pytest.raises(ChainMovedError, match="has no block"):
            fetch_tip(empty.client)


def test_a_stop_for_a_person_is_written_down(chain: Chain, rpc: Client, market: Market) -> None:
    chain.reorg_window = 4
    market.mine(12)
    lead.catch_up(chain, rpc)
    rpc.call("anvil_reorg", 8, [])
    with pytest.raises(PermanentChainError, match="deeper than 4 blocks"):
        lead.follow(chain, rpc)
    assert "deeper than 4 blocks" in IndexerStatus.objects.get().stopped


def test_following_reads_again_what_moved(
    chain: Chain, rpc: Client, market: Market, node: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lead, "PAUSE", 0.01)
    market.buy(3, market.list_model(1, "moved"))
    turns = iter([True] * 4)
    with between(node) as liar:
        _lying(liar, "eth_getLogs", lambda logs: [] if next(turns, False) else logs)
        lead.follow(chain, liar.client, lambda: PurchaseFact.objects.exists())
        market.mine()
        turns = iter([False, True, True])  # the first answer says which chain it is
        busy = _refusal("Too many requests per second")
        liar.rewrite = lambda answers: busy(answers) if next(turns, False) else answers
        lead.follow(chain, liar.client, lambda: chain.head() == rpc.block_number())


def test_an_indexer_that_waits_ends_when_it_is_asked_to(chain: Chain, rpc: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(lead, "PAUSE", 0.01)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [f"index_chain:{chain.pk}"])
        turns = iter(range(3))
        lead.follow(chain, rpc, lambda: next(turns, None) is None)
        assert not IndexerStatus.objects.exists()
    finally:
        other.close()


def test_a_database_that_goes_away_is_waited_for(chain: Chain, rpc: Client, monkeypatch: Any) -> None:
    """In a thread, whose connection may be closed under it: the tables are those of nobody else."""
    monkeypatch.setattr(lead, "PAUSE", 0.01)
    seen: list[str] = []

    def stopping() -> bool:
        if enough := len(seen) > 2:
            return enough
        seen.append("asked")
        return False

    def follow() -> None:
        try:
            lead.follow(Chain(pk=99, name="Far", short_name="far"), rpc, stopping)
        except PermanentChainError:
            seen.extend(["no contracts"] * 3)
        finally:
            connection.close()

    def broken(*args: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(lead, "check", broken)
    thread = threading.Thread(target=follow)
    thread.start()
    thread.join(30)
    assert seen == ["asked"] * 3
