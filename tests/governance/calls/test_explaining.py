"""What actions mean: of rows without a chain, and of any bytes that somebody may propose."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from contracts.chain import abi, codec
from contracts.models import Chain, Parameter, ParameterFact
from contracts.names import COIN, DAO, PARAMETERS, TOKEN, TREASURY
from governance.calls.explaining import MOST_VALUE, explain
from governance.calls.reading import read
from governance.calls.records import Records
from governance.calls.words import Scene, sentence
from governance.templatetags.dao import whole_addresses
from tests.factories.governance import NOW, _record, address, dao_chain
from tests.marketplace.wallet.test_requests import most, zero

from .conftest import said

pytestmark = pytest.mark.django_db

STRANGER = "0x" + "ab" * 20
ETHER = 10**18


@pytest.fixture
def chain() -> Chain:
    """A chain on which every contract of ours stands, and nothing is recorded but what a test writes."""
    made = dao_chain()
    made.deployment = {name: address(0xC000 + place) for place, name in enumerate(abi.NAMES)}
    made.save()
    return made


def test_a_parameter_is_said_with_its_unit_and_what_it_was(chain: Chain) -> None:
    word = codec.word
    assert said(chain, PARAMETERS, "set", word("feeBps"), 200).title == "Set the protocol fee to 2\N{NO-BREAK SPACE}%"
    for old, new, when in ((0, 250, 30), (250, 225, 10)):
        record = _record(chain, NOW - timedelta(days=when))
        ParameterFact.objects.create(**record, key="feeBps", old_value=old, new_value=new)
    now = said(chain, PARAMETERS, "set", word("feeBps"), 200)
    assert now.title == "Set the protocol fee from 2.25\N{NO-BREAK SPACE}% to 2\N{NO-BREAK SPACE}%"
    then = said(chain, PARAMETERS, "set", word("feeBps"), 200, until=NOW - timedelta(days=20))
    assert "from 2.5\N{NO-BREAK SPACE}% to 2" in then.title
    before = said(chain, PARAMETERS, "set", word("feeBps"), 225, until=NOW, before_tx=record["tx_hash"])
    assert "from 2.5\N{NO-BREAK SPACE}% to 2.25" in before.title
    assert "to 10 days 12 hours" in said(chain, PARAMETERS, "set", word("refundWindow"), 10 * 86_400 + 43_200).title
    assert said(chain, PARAMETERS, "set", word("feebps"), 1).warnings[0].serious


def test_an_action_begins_with_what_the_one_before_it_made(chain: Chain) -> None:
    place, calls = chain.deployment[PARAMETERS], [codec.call_data(PARAMETERS, "set", [codec.word("feeBps"), 300])]
    calls.append(codec.call_data(PARAMETERS, "set", [codec.word("feeBps"), 100]))
    first, second = explain(chain, [place, place], [0, 0], calls)
    assert first.title == "Set the protocol fee to 3\N{NO-BREAK SPACE}%"
    assert second.title == "Set the protocol fee from 3\N{NO-BREAK SPACE}% to 1\N{NO-BREAK SPACE}%"


def test_a_payment_says_the_whole_address(chain: Chain) -> None:
    (paid,) = explain(chain, [STRANGER.upper().replace("X", "x")], [12 * ETHER], ["0x"])
    assert paid.title == "Pay 12\N{NO-BREAK SPACE}ETH to 0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB"
    assert paid.payment is not None
    assert paid.payment.amount == 12 * ETHER
    given = said(chain, TOKEN, "transfer", STRANGER, 1_500_000 * ETHER)
    assert given.title.startswith("Pay 1,500,000\N{NO-BREAK SPACE}LATTICE to 0xABaBaB")
    assert given.warnings == []


def test_what_looks_like_a_known_address_is_said_to_be_another(chain: Chain) -> None:
    known = chain.deployment[TREASURY]
    (paid,) = explain(chain, [known[:6] + "5" * 32 + known[-4:]], [1], ["0x"])
    assert paid.warnings[0].title == "An address that looks like another"
    assert known in paid.warnings[0].text.lower()
    (own,) = explain(chain, [known], [1], ["0x"])
    assert own.warnings == []


def test_an_unknown_target_and_coin_that_goes_along_are_warned_of(chain: Chain) -> None:
    (called,) = explain(chain, [STRANGER], [ETHER], ["0xdeadbeef"])
    assert {each.title for each in called.warnings} == {
        "The call cannot be read",
        "The target is unknown",
        "Coin goes along",
    }
    along = said(chain, PARAMETERS, "set", codec.word("feeBps"), 1, value=ETHER)
    assert [each.title for each in along.warnings] == ["Coin goes along"]


def test_a_token_that_nobody_knows_is_read_and_not_asked(chain: Chain) -> None:
    data = codec.call_data(TOKEN, "transfer", [address(7), 5])
    (paid,) = explain(chain, [STRANGER], [0], [data])
    assert "Pay 5\N{NO-BREAK SPACE}smallest units of 0xabab…abab" in paid.title
    assert [each.title for each in paid.warnings] == ["The token is unknown"]
    assert (paid.contract, said(chain, TOKEN, "transfer", STRANGER, 1).contract) == ("ERC-20", TOKEN)


@pytest.mark.parametrize("value", [zero, most])
def test_every_function_of_ours_has_a_sentence_whatever_its_arguments(chain: Chain, value: Any) -> None:
    for contract in abi.NAMES:
        for entry in abi.entries(contract, "function"):
            data = codec.data_of(entry, [value(each) for each in entry["inputs"]])
            (made,) = explain(chain, [chain.deployment[contract]], [0], [data])
            assert made.signature == abi.signature(entry)
            assert made.title
            assert "%(" not in made.title + made.text
            assert "unknown function" not in made.title


def test_no_bytes_are_too_odd(chain: Chain) -> None:
    dice = Random(7)  # noqa: S311  repeatable
    sound = [
        codec.data_of(entry, [most(each) for each in entry["inputs"]])
        for contract in (PARAMETERS, DAO, "AccessManager", "BonusPool", "ModelMarketplace")
        for entry in abi.entries(contract, "function")
    ]
    odd = ["", "0x", "0", "0x1", "0xzz", "0x123", "héllo", "0x" + "ff" * 40_000, "\x00", "0x" + "00" * 4]
    for data in sound:
        spoilt = bytearray.fromhex(data[2:])
        for _ in range(3):
            if len(spoilt) > 4:
                spoilt[dice.randrange(4, len(spoilt))] = dice.randrange(256)
        odd += [data[: dice.randrange(len(data) + 1)], data[:10] + "ff" * dice.randrange(200), "0x" + spoilt.hex()]
    places = [*chain.deployment.values(), STRANGER, COIN, "", "0x", "nobody", "0x" + "é" * 40]
    for data in odd:
        values: list[int | str] = [0, 1, 2**300, "7", "x"]
        (made,) = explain(chain, [dice.choice(places)], [dice.choice(values)], [data])
        assert made.title


def test_what_is_paused_and_when_it_ends_is_said(chain: Chain) -> None:
    later = int((NOW + timedelta(days=3)).timestamp())
    assert said(chain, PARAMETERS, "setPause", later).title == "Pause the market until 4 Jun 2026, 12:00 UTC"
    assert "not paused" in said(chain, PARAMETERS, "setPause", 0).text
    Parameter.objects.create(chain=chain, key="pausedUntil", value=later, block_number=1)
    assert "which would last until 4 Jun 2026" in said(chain, PARAMETERS, "setPause", 0).title


def test_whole_addresses_are_set_apart_and_all_else_is_text() -> None:
    made = whole_addresses(f"Pay <b> to {STRANGER}, not 0x12")
    assert made == f'Pay &lt;b&gt; to <span class="mono whole-address">{STRANGER}</span>, not 0x12'


def test_what_is_wrapped_is_warned_of_as_what_is_not(chain: Chain) -> None:
    grant = codec.call_data("AccessManager", "grantRole", [0, STRANGER, 0])
    manager = chain.deployment["AccessManager"]
    plain = said(chain, "AccessManager", "grantRole", 0, STRANGER, 0)
    wrapped = [
        said(chain, "AccessManager", "multicall", [grant, grant]),
        said(chain, "AccessManager", "execute", manager, grant),
        said(chain, DAO, "relay", manager, 0, grant),
    ]
    for each in wrapped:
        assert [warning.title for warning in each.warnings] == [warning.title for warning in plain.warnings]
    harmless = codec.call_data("AccessManager", "labelRole", [5, "x"])
    many = said(chain, "AccessManager", "multicall", [harmless] * 12 + [grant])
    assert [warning.title for warning in many.warnings] == ["Not all of it can be read"]


def test_a_call_of_calls_of_calls_is_read_only_so_far(chain: Chain) -> None:
    data = codec.call_data("AccessManager", "labelRole", [5, "x"])
    for _level in range(3):
        data = codec.call_data("AccessManager", "multicall", [[data] * 4])
    scene = Scene(Records(chain))
    made = sentence(scene, read(chain, chain.deployment["AccessManager"], 0, data))
    assert len(made.title) < 60 * 100
    assert "Not all of it can be read" in [warning.title for warning in made.warnings]
    # All parts of one call may be the same bytes.
    size, same = 2_000, 60_000
    offsets = b"".join((size * 32).to_bytes(32) for _part in range(size))
    packed = (32).to_bytes(32) + size.to_bytes(32) + offsets + same.to_bytes(32) + bytes(same)
    selector = codec.selector("AccessManager", "multicall")
    assert read(chain, chain.deployment["AccessManager"], 0, f"{selector}{packed.hex()}").function == ""


def test_an_argument_is_shown_only_so_far(chain: Chain) -> None:
    made = said(chain, "AccessManager", "multicall", ["0x" + "ab" * 2_000] * 3)
    assert [len(value) for _name, value in made.arguments] == [MOST_VALUE + 1] * 3
    assert "ab" * 2_000 in made.calldata
