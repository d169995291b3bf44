"""A history: only for who switched it on, sealed, bounded, one's own, and gone when it is erased."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.personal import holdings
from common.errors import DomainError
from inference.asked import read_messages
from inference.conversations.errors import (
    ConversationTooLongError,
    HistoryOffError,
    NothingToShareError,
    PastNotFoundError,
)
from inference.conversations.keeping import (
    KEPT,
    MOST_KEPT,
    erase_conversation,
    erase_conversations,
    keep_conversation,
    switch_off_history,
    switch_on_history,
)
from inference.conversations.past import history_of, rows_of
from inference.conversations.past_models import HistoryChoice, PastConversation
from inference.conversations.proofs import told_by
from inference.conversations.reading import MOST_SENT
from inference.retention import forget_old
from tests import databases, services
from tests.inference.keys.holders import at_once, holder

from .told import MODEL, sent, talk

OLD_KEY, NEW_KEY = "b2xkIGtleSBmb3IgdGVzdHMsIG9mIDMyIGJ5dGVzISE=", "bmV3IGtleSBmb3IgdGVzdHMsIG9mIDMyIGJ5dGVzISE="


def keeps(number: int = 1) -> User:
    """Return somebody whose history is switched on."""
    user = holder(number)
    switch_on_history(user=user)
    return user


def keep(
    user: User, said: str, pk: uuid.UUID | None = None, *, begins: bool = True, version: int | None = None
) -> PastConversation:
    """Keep something."""
    own = pk or uuid.uuid4()
    return keep_conversation(user=user, pk=own, listing=MODEL, sent=said, begins=begins, version=version)


@pytest.mark.django_db
def test_nothing_is_kept_of_who_did_not_ask_for_it() -> None:
    user = holder()
    with pytest.raises(HistoryOffError):
        keep(user, sent(user))
    switch_on_history(user=user)
    made = keep(user, sent(user))
    assert switch_off_history(user=user, erase=False) == 0
    with pytest.raises(HistoryOffError):
        keep(user, sent(user), made.pk, begins=False)
    assert PastConversation.objects.count() == 1
    assert switch_off_history(user=user, erase=True) == 1
    assert not PastConversation.objects.exists()
    assert not HistoryChoice.objects.exists()


@pytest.mark.django_db
def test_it_is_kept_sealed_and_opens_as_it_was() -> None:
    user = keeps()
    said = talk(user, ("Where is  the\nsecret?", "Under **the** stone."), system="Be brief.")
    made = keep(user, json.dumps(said))
    again = keep(user, json.dumps([*said, *talk(user, ("x", "y"))]), made.pk, begins=False)
    row = PastConversation.objects.get(pk=again.pk)
    for sealed in (row.sealed_title, row.sealed_turns):
        assert b"secret" not in bytes(sealed)
        assert b"stone" not in bytes(sealed)
    assert (row.title, row.answers, row.read, row.written) == ("Where is the secret?", 2, 7, 11)
    assert row.paid_by == ["free"]
    turns = row.turns
    assert turns[1]["told"]["settings"] == {"system": "Be brief."}
    # Its answer still proves itself, so that it can be shared; one whose proof does not fit is kept without.
    assert told_by(turns[1]["proof"], user=user, messages=read_messages(turns[:1]), answer=turns[1]["content"])
    assert turns[3] == {"role": "assistant", "content": "y"}
    shown = history_of(user, MODEL, row.pk)
    assert "<strong>the</strong>" in json.loads(shown.opened)["turns"][1]["html"]
    assert [each.title for each in shown.rows] == ["Where is the secret?"]
    assert shown.rows[0].href == f"/playground/{MODEL}?past={row.pk}"
    assert (shown.rows[0].costs, shown.is_on) == ("free", True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("", NothingToShareError),
        ("[1]", NothingToShareError),
        ('[{"role": "user", "content": "Hi"}]', NothingToShareError),
        ("[" + " " * MOST_SENT + "]", ConversationTooLongError),
    ],
    ids=range(4),
)
def test_what_cannot_be_kept_is_said(said: str, error: type[DomainError]) -> None:
    with pytest.raises(error):
        keep(keeps(), said)


@pytest.mark.django_db
def test_an_answer_of_odd_text_is_kept_as_text_that_a_page_can_show() -> None:
    user = keeps()
    made = keep(user, '[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "\\ud83d<b>"}]')
    assert json.loads(history_of(user, MODEL, made.pk).opened)["turns"][1]["html"].count("<b>") == 0


@pytest.mark.django_db
def test_two_pages_that_go_on_with_one_conversation_lose_nothing() -> None:
    user = keeps()
    first = ("Hi", "Hello.")
    made = keep(user, sent(user, first))
    assert made.version == 1
    here = keep(user, sent(user, first, ("A", "In this tab.")), made.pk, begins=False, version=1)
    there = keep(user, sent(user, first, ("B", "In that one.")), made.pk, begins=False, version=1)
    assert (here.pk, here.version) == (made.pk, 2)
    assert (there.pk != made.pk, there.version, there.listing) == (True, 1, MODEL)
    rows = {row.pk: [each["content"] for each in row.turns] for row in PastConversation.objects.all()}
    assert rows == {made.pk: ["Hi", "Hello.", "A", "In this tab."], there.pk: ["Hi", "Hello.", "B", "In that one."]}
    # Sent again it is at the same place, and each goes on by itself.
    said = sent(user, first, ("B", "In that one."))
    assert keep(user, said, made.pk, begins=False, version=1).pk == there.pk
    more = sent(user, first, ("B", "In that one."), ("C", "On."))
    assert keep(user, more, there.pk, begins=False, version=2).pk == there.pk
    # Who knows what is kept may write an answer anew; and who has missed an answer of ours, yet has all words, goes on.
    assert keep(user, sent(user, ("Hi", "Anew.")), made.pk, begins=False, version=2).pk == made.pk
    for known in (None, 1, 99):
        assert keep(user, sent(user, ("Hi", "Anew."), ("D", "E")), made.pk, begins=False, version=known).pk == made.pk
    assert PastConversation.objects.count() == 2


@pytest.mark.django_db
def test_it_is_nobody_elses() -> None:
    user, other = keeps(), keeps(2)
    made = keep(user, sent(user))
    for begins in (True, False):
        with pytest.raises(PastNotFoundError):
            keep(other, sent(other), made.pk, begins=begins)
    with pytest.raises(PastNotFoundError):
        erase_conversation(user=other, pk=made.pk)
    with pytest.raises(PastNotFoundError):
        history_of(other, MODEL, made.pk)
    with pytest.raises(PastNotFoundError):
        history_of(user, "acme/other", made.pk)
    assert erase_conversations(user=other) == 0
    assert not history_of(other, MODEL, None).rows
    erase_conversation(user=user, pk=made.pk)
    erase_conversation(user=user, pk=made.pk)
    with pytest.raises(PastNotFoundError):  # a page that is still open does not bring back what was erased
        keep(user, sent(user), made.pk, begins=False)
    assert not PastConversation.objects.exists()


def kept_many(user: User, many: int) -> None:
    """Keep many that nobody opens."""
    figures: dict[str, Any] = {"answers": 1, "read": 1, "written": 1, "paid_by": []}
    rows = (
        PastConversation(user=user, listing=MODEL, sealed_title=b"", sealed_turns=b"", **figures) for _n in range(many)
    )
    PastConversation.objects.bulk_create(rows)


@pytest.mark.django_db
def test_the_oldest_goes_when_there_are_too_many_and_when_its_time_is_over() -> None:
    user = keeps()
    oldest = keep(user, sent(user))
    PastConversation.objects.filter(pk=oldest.pk).update(changed_at=timezone.now() - KEPT + timedelta(hours=1))
    kept_many(user, MOST_KEPT - 1)
    forget_old()
    assert PastConversation.objects.filter(pk=oldest.pk).exists()
    newest = keep(user, sent(user))
    assert PastConversation.objects.count() == MOST_KEPT
    assert not PastConversation.objects.filter(pk=oldest.pk).exists()
    PastConversation.objects.filter(pk=newest.pk).update(changed_at=timezone.now() - KEPT)
    forget_old()
    assert PastConversation.objects.count() == MOST_KEPT - 1


@pytest.mark.django_db
def test_it_is_exported_with_its_words_and_erased_with_the_account() -> None:
    user = keeps()
    keep(user, sent(user, ("Hi", "Words")))
    by_name = {each.name: each for each in holdings()}
    (row,) = by_name["conversations kept"].export(user.address, 10)
    assert [each["content"] for each in row["turns"]] == ["Hi", "Words"]
    assert "proof" not in str(row)
    (choice,) = by_name["whether conversations are kept"].export(user.address, 10)
    assert choice["since"]
    for name in ("conversations kept", "whether conversations are kept"):
        erase = by_name[name].erase
        assert erase
        erase(user.address)
    assert not PastConversation.objects.exists()
    assert not HistoryChoice.objects.exists()


@pytest.mark.django_db
def test_keys_are_rotated_and_what_no_key_opens_is_said_so(settings: Any) -> None:
    settings.SEALING_KEYS = [OLD_KEY]
    user = keeps()
    made = keep(user, sent(user))
    settings.SEALING_KEYS = [NEW_KEY, OLD_KEY]
    call_command("reseal")
    settings.SEALING_KEYS = [NEW_KEY]
    row = PastConversation.objects.get(pk=made.pk)
    assert (len(row.turns), row.title) == (2, "What is a **slice**?")
    settings.SEALING_KEYS = [OLD_KEY]
    call_command("reseal")
    assert rows_of([row])[0].title == "Its words cannot be opened any more"
    with pytest.raises(PastNotFoundError):
        history_of(user, MODEL, row.pk)
    (holding,) = [each for each in holdings() if each.name == "conversations kept"]
    assert [each["turns"] for each in holding.export(user.address, 10)] == [[]]


@pytest.fixture
def user(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    """Somebody in a database whose rows all threads see."""
    own = f"kept_{services.WORKER}"
    with django_db_blocker.unblock(), databases.copied(migrated_database, own) as name, databases.named(name):
        yield holder(4)


def test_every_write_at_once(user: User) -> None:
    assert at_once(lambda _n: switch_on_history(user=user)) == [None] * 8
    said, pk = sent(user), uuid.uuid4()
    # One page, sent many times at once, is one conversation.
    assert {each.pk for each in at_once(lambda _n: keep(user, said, pk))} == {pk}
    assert PastConversation.objects.count() == 1
    # Many pages that each know the same version, at once: one goes on, all others stand beside it.
    ways = at_once(lambda n: keep(user, sent(user, (f"Q{n}", "A")), pk, begins=False, version=8))
    assert sorted(each.pk == pk for each in ways) == [False] * 7 + [True]
    assert {row.turns[0]["content"] for row in PastConversation.objects.all()} == {f"Q{n}" for n in range(8)}
    PastConversation.objects.exclude(pk=pk).delete()
    # As many as there may be, and no more.
    kept_many(user, MOST_KEPT - 2)
    at_once(lambda _n: keep(user, said))
    assert PastConversation.objects.count() == MOST_KEPT
    assert at_once(lambda _n: erase_conversation(user=user, pk=pk)) == [None] * 8
    left = PastConversation.objects.count()
    assert sum(at_once(lambda _n: erase_conversations(user=user))) == left > 0
    assert not PastConversation.objects.exists()
