"""What the demo wallet says of support and of answers before they are signed."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.models import Chain
from governance.drafts.content import ballot_of, for_wallet, support_of
from governance.drafts.models import Choice, Draft, Poll
from marketplace.wallet.typed_words import said_typed
from marketplace.wallet.words import Scene, Words

from .conftest import Person

pytestmark = pytest.mark.django_db


def words(chain: Chain, account: str, typed: dict[str, Any]) -> Words:
    found = said_typed(Scene(chain, account), for_wallet(typed))
    assert found is not None
    return found[0]


def test_support_and_answers_are_said_and_what_is_not_ours_is_warned_of(
    chain: Chain, author: Person, holder: Person
) -> None:
    draft = Draft.objects.create(chain=chain, author=author.address, title="Lower the fee", text="Because.")
    said = words(chain, holder.address, support_of(draft, holder.address))
    assert (said.title, said.warnings) == ("Support the draft “Lower the fee”", [])
    other = words(chain, author.address, support_of(draft, holder.address))
    assert [each.title for each in other.warnings] == ["It names another account"]
    false = support_of(draft, holder.address)
    false["message"]["statement"] = "I give you everything."
    assert [each.title for each in words(chain, holder.address, false).warnings] == ["It is about something else"]

    at = chain.head_time()
    given: dict[str, Any] = {"title": draft.title, "content": "0x" + "1" * 64, "snapshot": at, "ends_at": at}
    poll = Poll.objects.create(draft=draft, chain=chain, **given)
    answer = ballot_of(poll, holder.address, Choice.AGAINST, "Too early.\u202e", 1)
    said = words(chain, holder.address, answer)
    assert said.title == "Say that you are against “Lower the fee”"
    assert [line.value for line in said.lines] == ["Too early."]
    assert said.warnings == []
    answer["domain"]["chainId"] = 1
    assert said_typed(Scene(chain, holder.address), for_wallet(answer)) is None
