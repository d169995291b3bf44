"""Each builder turns what is typed into the call that it says, and refuses the rest in a sentence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.chain import codec
from contracts.models import Chain, ParameterFact
from contracts.names import COIN, TREASURY
from governance.drafts.beginnings import change_of
from governance.drafts.call_forms import functions_of
from governance.drafts.kinds import KINDS, steps_of
from governance.drafts.models import MOST_ACTIONS
from governance.drafts.present import Caps, Holding, Present, most_of
from governance.drafts.specs import SPECS
from governance.rules.definitions import DEFINITIONS
from tests.factories.governance import NOW, WHOLE, address

CAPS = Caps(500, 1_000)
PAYEE = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65"
FEES = {"feeBps": 250, "referralBps": 50, "stakersBps": 75, "bonusCapBps": 50}
MODEL = "0x" + "ab" * 32


@pytest.fixture
def present(chain: Chain) -> Present:
    for place, (key, value) in enumerate(
        {"feeBps": 250, "referralBps": 50, "stakersBps": 75, "bonusCapBps": 50}.items()
    ):
        ParameterFact.objects.create(
            chain=chain,
            block_number=1,
            time=NOW,
            tx_hash=f"0x{900 + place:064x}",
            index=0,
            log_index=place,
            key=key,
            old_value=0,
            new_value=value,
        )
    made = Present(chain, NOW)
    # As the chain would tell it.
    made.__dict__["_treasury"] = (CAPS, [Holding(COIN, 100 * WHOLE, 5 * WHOLE), Holding(address(0x99), 7, None)])
    return made


def step(present: Present, kind: str, **fields: str) -> Any:
    (found,) = steps_of([{"kind": kind, "fields": fields}], present)
    return found


def called(present: Present, kind: str, contract: str, **fields: str) -> tuple[str, dict[str, Any]]:
    """Return the function that an action calls, and its arguments."""
    found = step(present, kind, **fields)
    assert found.call is not None, found.form.errors
    assert found.call.target == present.chain.deployment[contract]
    signature, args = codec.decode_call(contract, found.call.data)
    return signature.partition("(")[0], args


def fault(present: Present, kind: str, **fields: str) -> str:
    """Return what is wrong with an action."""
    found = step(present, kind, **fields)
    assert found.call is None
    return " ".join(str(error) for errors in found.form.errors.values() for error in errors)


def test_a_parameter_is_typed_as_people_write_it(present: Present) -> None:
    assert called(present, "set-feeBps", "ProtocolParameters", value="2.2") == (
        "set",
        {"key": codec.word("feeBps"), "value": 220},
    )
    assert called(present, "set-refundWindow", "ProtocolParameters", value="10.5")[1]["value"] == 907_200
    assert called(present, "set-minRatedFee", "ProtocolParameters", value="0.001")[1]["value"] == 10**15
    assert called(present, "set-ProposalThresholdSet", "LatticeDAO", value="0.5") == (
        "setProposalThreshold",
        {"newProposalThreshold": 5_000_000 * WHOLE},
    )
    assert called(present, "set-QuorumNumeratorUpdated", "LatticeDAO", value="5")[1] == {"newQuorumNumerator": 5}
    lines = step(present, "set-feeBps", value="2.2").lines
    assert [(line.now, line.then) for line in lines] == [("2.5 %", "2.2 %")]


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("set-feeBps", "6", "outside the bounds in the contract, 0 % to 5 %"),
        ("set-feeBps", "2.5", "holds already"),
        ("set-feeBps", "1", "90 per cent of the fee"),
        ("set-feeBps", "2.255", "finer than the contract counts"),
        ("set-feeBps", "two", "is not a number"),
        ("set-feeBps", "1e2", "is not a number"),
        ("set-feeBps", "-1", "is not a number"),
        ("set-stakersBps", "2", "90 per cent of the fee"),
        ("set-VotingDelaySet", "0.5", "1 hour to 7 days"),
        ("set-QuorumNumeratorUpdated", "4.5", "finer"),
        ("set-feeBps", "", "required"),
    ],
)
def test_a_number_that_the_contract_would_refuse_is_refused_here(
    present: Present, kind: str, value: str, said: str
) -> None:
    assert said in fault(present, kind, value=value).replace("\N{NO-BREAK SPACE}", " ")


def test_a_payment_stays_within_the_cap(present: Present) -> None:
    paid = step(present, "payment", asset=COIN, amount="5", recipient=PAYEE)
    assert (paid.call.target, paid.call.value, paid.call.data) == (PAYEE.lower(), 5 * WHOLE, "0x")
    assert "one proposal can take 5" in paid.form.room.replace("\N{NO-BREAK SPACE}", " ")
    assert "more than one proposal can take" in fault(present, "payment", asset=COIN, amount="5.1", recipient=PAYEE)
    assert "more than zero" in fault(present, "payment", asset=COIN, amount="0", recipient=PAYEE)
    assert "is not an address" in fault(present, "payment", asset=COIN, amount="1", recipient=PAYEE[:-1] + "6")
    itself = present.chain.deployment[TREASURY]
    assert "the treasury itself" in fault(present, "payment", asset=COIN, amount="1", recipient=itself)
    assert "valid choice" in fault(present, "payment", asset=address(0x98), amount="1", recipient=PAYEE)


def test_a_token_whose_decimals_nobody_knows_is_not_paid(present: Present) -> None:
    said = fault(present, "payment", asset=address(0x99), amount="1", recipient=PAYEE)
    assert "cannot be read, so no amount can be set" in said


def test_what_is_left_is_counted_as_the_treasury_does() -> None:
    assert most_of(1_000, 0, CAPS) == 50
    assert most_of(950, 50, CAPS) == 47
    assert most_of(910, 90, CAPS) == 10
    assert most_of(100, 900, CAPS) == 0


def test_roles_the_guardian_and_pauses(present: Present) -> None:
    given = called(present, "role", "AccessManager", given="yes", role="1", account=PAYEE)
    assert given == ("grantRole", {"roleId": 1, "account": PAYEE.lower(), "executionDelay": 0})
    taken = called(present, "role", "AccessManager", given="no", role="1", account=PAYEE)
    assert taken[0] == "revokeRole"
    until = NOW + timedelta(days=90)
    appointed = called(present, "guardian", "Guardian", member=PAYEE, until=f"{until:%Y-%m-%dT%H:%M}")
    assert appointed[1]["mandateEnd_"] == int(until.timestamp())
    late = f"{NOW + timedelta(days=366):%Y-%m-%dT%H:%M}"
    assert "within 365 days" in fault(present, "guardian", member=PAYEE, until=late)
    assert called(present, "pause", "ProtocolParameters", what="end")[1] == {"until": 0}
    assert "lies ahead" in fault(present, "pause", what="until", until="2020-01-01T00:00")
    assert "lies ahead" in fault(present, "pause", what="until")


def test_listings_names_and_epochs(present: Present) -> None:
    shown = called(present, "featured", "ModelMarketplace", model=MODEL.upper().replace("0X", "0x"), featured="yes")
    assert shown == ("setFeatured", {"modelId": MODEL, "featured": True})
    assert "No model that is listed" in fault(present, "featured", model="nobody/nothing", featured="yes")
    longer = called(present, "suspension", "ModelMarketplace", model=MODEL, what="until", until="2030-01-01T00:00")
    assert longer[1]["until"] == 1_893_456_000
    named = called(present, "registry", "Registry", name="Pricing", current=PAYEE)
    assert named[1] == {"name": codec.word("Pricing"), "current": PAYEE.lower()}
    assert "at most 32" in fault(present, "registry", name="ü" * 20, current=PAYEE)
    fixed = called(present, "bonus", "BonusPool", epoch="2", root=MODEL, cid="bafy")
    assert fixed[1] == {"epoch": 2, "root": MODEL, "cid": "bafy"}
    assert "not all of them zero" in fault(present, "bonus", epoch="2", root="0x" + "0" * 64, cid="bafy")


def test_a_function_has_typed_arguments(present: Present) -> None:
    function = "ProtocolParameters.setToken(address,bool,uint128)"
    typed = {"function": function, "arg0": PAYEE, "arg1": "yes", "arg2": "5"}
    assert called(present, "call", "ProtocolParameters", **typed) == (
        "setToken",
        {"token": PAYEE.lower(), "accepted": True, "weight": 5},
    )
    assert "whole number" in fault(present, "call", **{**typed, "arg2": "x"})
    assert "uint128" in fault(present, "call", **{**typed, "arg2": str(2**128)})
    assert "is not an address" in fault(present, "call", **{**typed, "arg0": "0x12"})
    assert "valid choice" in fault(present, "call", function="Nothing.at(all)")
    many = {"function": "AccessManager.multicall(bytes[])", "arg0": '["0x12", "0xabcd"]'}
    assert called(present, "call", "AccessManager", **many)[1] == {"data": ["0x12", "0xabcd"]}
    for wrong in ("[", '["0x1"]', "[1]", '{"a": 1}', "[[]]", "5", "[" * 2_000):
        assert fault(present, "call", **{**many, "arg0": wrong}), wrong


def test_raw_bytes_are_bytes(present: Present) -> None:
    half = step(present, "raw", calldata="0xabc")
    assert half.missing == ["Address"]
    assert [label for label, _said in half.faults] == ["Call data"]
    raw = step(present, "raw", target=PAYEE, sent="0.5", calldata=" 0xAB CD ")
    assert (raw.call.target, raw.call.value, raw.call.data) == (PAYEE.lower(), WHOLE // 2, "0xabcd")
    assert "even number" in fault(present, "raw", target=PAYEE, calldata="0xabc")


def test_nothing_that_is_typed_breaks_a_form(present: Present) -> None:
    odd = ("", "\u202e", "0x", "9" * 300, "<script>", "٣", "-", "1.", "{}", "0x" + "g" * 64)
    for kind in KINDS:
        for text in odd:
            names = [*step(present, kind).form.fields, *(f"arg{place}" for place in range(3))]
            assert steps_of([{"kind": kind, "fields": dict.fromkeys(names, text)}], present)
    assert len(KINDS) > MOST_ACTIONS


def test_what_is_typed_and_what_is_shown_are_the_same_number() -> None:
    for spec in SPECS:
        for value in (spec.least, spec.most):
            assert spec.unit.read(spec.unit.typed(value)) == value


def test_no_argument_breaks_a_call(present: Present) -> None:
    deep = "[" * 400 + "]" * 400
    odd = ("", "0xzz", "a b", "0", "-1", deep, '{"a": 1}', "[1e400]", '["\\ud800"]', "9" * 90, PAYEE)
    functions = [name for _contract, found in functions_of(tuple(present.chain.deployment)) for name, _label in found]
    assert len(functions) > 20
    for function in functions:
        for text in odd:
            fields = {"function": function, "sent": text, **{f"arg{place}": text for place in range(8)}}
            assert steps_of([{"kind": "call", "fields": fields}], present)
    granted = {"function": "AccessManager.grantRole(uint64,address,uint32)", "arg0": "5", "arg2": "0"}
    assert "not an address" in fault(present, "call", **granted, arg1="0xzz")
    assert step(present, "call", **granted, arg1=COIN).call, "the zero address can be meant"


def test_every_number_of_the_dao_can_be_drafted_from_its_page() -> None:
    named = {each.draft_key for each in DEFINITIONS}
    assert named == {spec.key for spec in SPECS} | {"CapsSet"}
    for number in named:
        beginning = change_of(number)
        assert beginning
        assert beginning.kinds[0] in KINDS
    assert [change_of(each) for each in ("", "nothing", "\x00")] == [None] * 3
