"""Whom sellers let in and keep out."""

import pytest

from marketplace.listings.gates import (
    AccessDeniedError,
    AccessRule,
    Gate,
    GatedError,
    Standing,
    is_gated,
    refuse_denied,
    refuse_unwelcome,
    standing_of,
)

NAME, SOMEBODY = "corner/chat", "0x" + "a" * 40


def rule(*, allows: bool, reason: str = "") -> None:
    AccessRule.objects.create(listing=NAME, address=SOMEBODY, allows=allows, reason=reason)


@pytest.mark.django_db
def test_what_has_no_gate_is_free_to_all_but_those_kept_out() -> None:
    assert standing_of(NAME, SOMEBODY) == (Standing.FREE, "")
    refuse_unwelcome(NAME, SOMEBODY)
    rule(allows=False, reason="It was resold.")
    assert standing_of(NAME, SOMEBODY) == (Standing.DENIED, "It was resold.")
    for refuse in (refuse_denied, refuse_unwelcome):
        with pytest.raises(AccessDeniedError, match="It was resold") as caught:
            refuse(NAME, SOMEBODY)
        assert caught.value.data == {"reason": "It was resold."}
    refuse_unwelcome("corner/other", SOMEBODY)


@pytest.mark.django_db
def test_a_gate_asks_everybody_who_was_not_let_in() -> None:
    gate = Gate.objects.create(listing=NAME)
    assert is_gated(NAME)
    assert standing_of(NAME, SOMEBODY)[0] == Standing.ASKS
    with pytest.raises(GatedError):
        refuse_unwelcome(NAME, SOMEBODY)
    refuse_denied(NAME, SOMEBODY)  # who holds a pass already is not kept out by a gate
    rule(allows=True)
    assert standing_of(NAME, SOMEBODY)[0] == Standing.ALLOWED
    refuse_unwelcome(NAME, SOMEBODY)
    gate.is_on = False
    gate.save()
    assert not is_gated(NAME)
    assert standing_of(NAME, SOMEBODY)[0] == Standing.FREE


@pytest.mark.django_db
def test_without_a_reason_the_sentence_is_whole() -> None:
    rule(allows=False)
    with pytest.raises(AccessDeniedError, match=r"your address\.$"):
        refuse_denied(NAME, SOMEBODY)
