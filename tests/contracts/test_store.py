"""Rows go into tables few or many at a time, and any number of times."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from contracts.indexer import decode
from contracts.indexer.records import FactRow
from contracts.indexer.store import FEW, add, of_facts
from contracts.indexer.write import BLOCKS, EVENTS
from contracts.models import Block, Chain, Event
from contracts.names import COIN
from marketplace.onchain.models.sales import SplitFact

pytestmark = pytest.mark.django_db
FEW_AND_MANY = pytest.mark.parametrize("count", [2, FEW, FEW + 1, 3 * FEW])


@pytest.fixture
def chain() -> Chain:
    named = {"short_name": "stored", "name": "Stored", "coin": "ETH"}
    return Chain.objects.create(id=7_002, confirmations=2, reorg_window=5, **named)


def blocks(chain: Chain, numbers: range, hashed: str) -> list[tuple[object, ...]]:
    return [(chain.pk, number, hashed, "0x", timezone.now()) for number in numbers]


@FEW_AND_MANY
def test_what_is_there_already_stays_as_it_is(chain: Chain, count: int) -> None:
    assert add([(BLOCKS, blocks(chain, range(count), "first"))])
    assert not add([(BLOCKS, blocks(chain, range(count // 2, count + count // 2), "second"))])
    found = dict(Block.objects.filter(chain=chain).values_list("number", "hash"))
    assert found == {number: "first" if number < count else "second" for number in range(count + count // 2)}


@FEW_AND_MANY
def test_a_line_says_what_was_said(chain: Chain, count: int) -> None:
    said = 'a "quote", a \\ backslash, \\n none, a\ttab, a\nline, ü and \N{SNOWMAN}'
    line = json.dumps({"said": said, "big": 2**255}, ensure_ascii=False).replace("\\", "\\\\")
    of_it = f"2026-01-01 00:00:00+00:00\t0x1\t0\t3\t{COIN}\tRegistry\tRegistered\t{line}"
    lines = [f"{chain.pk}\t{number}\t{of_it}\tof:{number}" for number in range(count)]
    assert len(lines[0].split("\t")) == len(decode.COLUMNS)
    assert add([(EVENTS, lines)])
    for event in Event.objects.filter(chain=chain):
        assert event.args == {"said": said, "big": 2**255}
        assert (event.time, event.subject) == (datetime(2026, 1, 1, tzinfo=UTC), f"of:{event.block_number}")


def test_a_fact_has_the_defaults_of_its_columns_and_no_others(chain: Chain) -> None:
    place = {"chain_id": chain.pk, "block_number": 1, "tx_hash": "0x", "index": 0, "log_index": 0}
    given = {"time": timezone.now(), "model_id": "0x1", "split_hash": "0x2", "recipients": [COIN], "bps": [7, 8]}
    assert add(of_facts([FactRow(SplitFact, place | given)]))
    assert (SplitFact.objects.get().recipients, SplitFact.objects.get().bps) == ([COIN], [7, 8])
    with pytest.raises(TypeError, match="has no shares"):
        of_facts([FactRow(SplitFact, place | given | {"shares": 1})])
