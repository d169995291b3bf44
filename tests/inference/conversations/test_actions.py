"""Sharing a conversation: only what was really answered, once, within limits, and gone when it is revoked."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.personal import holdings
from accounts.restrictions import RestrictedError, Scope, restrict
from common.errors import DomainError
from inference.conversations.actions import revoke_link, share_conversation
from inference.conversations.errors import (
    ConversationTooLongError,
    NothingToShareError,
    SharedNotFoundError,
    TooManyLinksError,
    UnprovenError,
)
from inference.conversations.models import MOST_SHARED, SharedConversation
from inference.conversations.reading import MOST_SENT
from inference.errors import BadQuestionError, TooLongError
from tests import databases, services
from tests.inference.keys.holders import at_once, holder

from .told import MODEL, sent, talk

Turns = list[dict[str, Any]]


def share(user: User, said: str, once: uuid.UUID | None = None) -> SharedConversation:
    """Share something."""
    return share_conversation(user=user, listing=MODEL, sent=said, once=once or uuid.uuid4())


@pytest.mark.django_db
def test_what_is_shared_is_what_was_said_and_what_is_proven_of_it() -> None:
    user = holder()
    made = share(user, sent(user, ("Hi\u200b ", "A 😀\n"), ("And?", "More."), system="Be brief."))
    assert [each["content"] for each in made.turns] == ["Hi", "A 😀\n", "And?", "More."]
    assert made.turns[1] | {"at": ""} == {
        "role": "assistant",
        "content": "A 😀\n",
        "listing": MODEL,
        "version": "1.2.0",
        "settings": {"system": "Be brief."},
        "tokens": 11,
        "prompt_tokens": 7,
        "first_token_ms": None,
        "seconds": None,
        "paid_by": "free",
        "state": "done",
        "at": "",
    }
    assert len(made.secret) >= 32
    assert made.secret not in str(made.pk)
    assert (made.gist, made.answers) == ("Hi", 2)


def _other_words(turns: Turns) -> Turns:
    return [*turns[:1], turns[1] | {"content": "I hate you."}]


def _other_question(turns: Turns) -> Turns:
    return [turns[0] | {"content": "What is a fraud?"}, *turns[1:]]


def _other_proof(turns: Turns) -> Turns:
    return [*turns[:1], turns[1] | {"proof": turns[1]["proof"][:-1] + "\ud83d"}]


def _no_proof(turns: Turns) -> Turns:
    return [*turns[:1], {"role": "assistant", "content": turns[1]["content"]}]


def _proof_of_another(turns: Turns) -> Turns:
    return talk(holder(2), ("What?", "That."))


def _of_another_model(turns: Turns) -> Turns:
    return talk(holder(), ("What?", "That."), listing="acme/other")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "bend",
    [_other_words, _other_question, _other_proof, _no_proof, _proof_of_another, _of_another_model],
    ids=lambda bend: bend.__name__,
)
def test_nobody_puts_words_into_a_models_mouth(bend: Callable[[Turns], Turns]) -> None:
    user = holder()
    with pytest.raises(UnprovenError):
        share(user, json.dumps(bend(talk(user, ("What?", "That.")))))
    assert not SharedConversation.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("", NothingToShareError),
        ("{}", NothingToShareError),
        ("[1]", NothingToShareError),
        ("[" * 100_000, NothingToShareError),
        ('[{"role": "user", "content": "Hi"}]', NothingToShareError),
        (
            '[{"role": "system", "content": "Hi"}, {"role": "assistant", "content": "x", "proof": "x"}]',
            BadQuestionError,
        ),
        ('[{"role": "assistant", "content": "x", "proof": "x"}]', BadQuestionError),
        ('[{"role": "user", "content": 7}, {"role": "assistant", "content": "x", "proof": "x"}]', BadQuestionError),
        (json.dumps([{"role": "user", "content": "x"}] * 41 + [{"role": "assistant"}]), TooLongError),
        ('"' + "x" * 1_000_000 + '"', ConversationTooLongError),
        ("[" + " " * MOST_SENT + "]", ConversationTooLongError),
    ],
    ids=range(11),
)
def test_what_cannot_be_read_is_refused_in_a_sentence(said: str, error: type[DomainError]) -> None:
    with pytest.raises(error):
        share(holder(), said)


@pytest.mark.django_db
def test_a_question_that_has_no_answer_yet_is_left_out() -> None:
    user = holder()
    turns = [*talk(user, ("What?", "That.")), {"role": "user", "content": "And?"}]
    assert len(share(user, json.dumps(turns)).turns) == 2


@pytest.mark.django_db
def test_who_is_paused_shares_nothing() -> None:
    user = holder()
    restrict(address=user.address, scopes=[Scope.WRITING], decision=1, until=None)
    with pytest.raises(RestrictedError):
        share(user, sent(user))


@pytest.mark.django_db
def test_only_its_owner_revokes_a_link_and_then_it_is_gone() -> None:
    user, other = holder(), holder(2)
    made = share(user, sent(user))
    with pytest.raises(SharedNotFoundError):
        revoke_link(user=other, pk=made.pk)
    with pytest.raises(SharedNotFoundError):
        share_conversation(user=other, listing=MODEL, sent=sent(other), once=made.pk)
    revoke_link(user=user, pk=made.pk)
    revoke_link(user=user, pk=made.pk)
    assert not SharedConversation.objects.exists()


@pytest.mark.django_db
def test_it_is_in_the_export_and_erased_with_the_account() -> None:
    user = holder()
    made = share(user, sent(user))
    (holding,) = [each for each in holdings() if each.name == "shared conversations"]
    (row,) = holding.export(user.address, 10)
    assert row["turns"] == made.turns
    assert holding.erase
    holding.erase(user.address)
    assert not SharedConversation.objects.exists()


@pytest.fixture
def user(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    """Somebody in a database whose rows all threads see."""
    own = f"shared_{services.WORKER}"
    with django_db_blocker.unblock(), databases.copied(migrated_database, own) as name, databases.named(name):
        yield holder(3)


def test_every_write_at_once(user: User) -> None:
    said = sent(user)
    rows = (SharedConversation(user=user, listing=MODEL, turns=[{}]) for _n in range(MOST_SHARED - 2))
    SharedConversation.objects.bulk_create(rows)
    # One page, sent many times at once, makes one link.
    once = uuid.uuid4()
    same = at_once(lambda _n: share(user, said, once))
    assert {each.pk for each in same} == {once}
    # Room for one more is room for one more.
    got = at_once(lambda _n: share(user, said))
    assert got.count(TooManyLinksError(1).code) == len(got) - 1
    # Revoked many times at once it is gone, and there is room again.
    assert at_once(lambda _n: revoke_link(user=user, pk=once)) == [None] * 8
    assert SharedConversation.objects.count() == MOST_SHARED - 1
