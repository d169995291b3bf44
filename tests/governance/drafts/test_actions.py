"""Drafts are kept, shared and supported: what is allowed, and what two tabs and two people make of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.restrictions import RestrictedError, Restriction, Scope
from common.errors import DomainError
from contracts.errors import RetryableChainError
from contracts.models import Chain
from governance.delegates.actions import write_statement
from governance.drafts import actions as acting
from governance.drafts.content import content_hash, description_of, support_of
from governance.drafts.errors import (
    AlreadyProposedError,
    ChangedElsewhereError,
    DraftNotFoundError,
    DraftRefusedError,
    NoPowerError,
    NotShareableError,
    SignatureRefusedError,
    TooManyDraftsError,
)
from governance.drafts.models import MOST_DRAFTS, MOST_TEXT, Cosignature, Draft, Offer, Visibility
from governance.onchain.models.proposals import OnchainProposal
from tests import databases
from tests.factories.governance import WHOLE, power, proposal
from tests.services import WORKER

from .conftest import THRESHOLD, Person, voter, voting_chain

FEE = {"kind": "set-feeBps", "fields": {"value": "2"}}
# What no key has signed, the account's contract is asked about; here no chain answers.
NOT_SIGNED = (SignatureRefusedError, RetryableChainError)
BATCH = (["0x" + "ab" * 20], [10**30], ["0x1234"])


def save(who: Person, draft: Draft, version: int, text: str, tab: str = "one") -> Draft:
    return acting.save_draft(
        user=who.user, key=draft.key, version=version, tab=tab, title="Lower the fee", text=text, actions=[FEE]
    )


@pytest.fixture
def draft(chain: Chain, author: Person) -> Draft:
    return acting.begin_draft(user=author.user, chain=chain, title="Lower the fee", text="Why.", actions=[FEE])


def test_a_tab_does_not_overwrite_what_another_has_saved(draft: Draft, author: Person) -> None:
    assert save(author, draft, 1, "First.").version == 2
    # The same page again, without having heard of its own last save.
    assert save(author, draft, 1, "Second.").version == 3
    with pytest.raises(ChangedElsewhereError) as refused:
        save(author, draft, 1, "Old tab.", tab="two")
    assert refused.value.data == {"version": 3}
    draft.refresh_from_db()
    assert draft.text == "Second."
    # Told of it, the person saves over it; then the first tab is the old one.
    assert save(author, draft, 3, "Old tab.", tab="two").version == 4
    with pytest.raises(ChangedElsewhereError):
        save(author, draft, 3, "Third.")


def test_saving_the_same_again_changes_nothing(draft: Draft, author: Person) -> None:
    saved = save(author, draft, 1, "First.")
    assert save(author, draft, 0, "First.", tab="two").version == saved.version


def test_only_the_author_writes_shares_or_deletes(draft: Draft, holder: Person) -> None:
    acts = (
        lambda: save(holder, draft, 1, "Mine now."),
        lambda: acting.share_draft(user=holder.user, key=draft.key, visibility=Visibility.PUBLIC),
        lambda: acting.delete_draft(user=holder.user, key=draft.key),
        lambda: acting.find_draft(draft.key, holder.address),
        lambda: acting.note_offer(user=holder.user, draft=draft, batch=BATCH, text="x"),
    )
    for act in acts:
        with pytest.raises(DraftNotFoundError):
            act()
    assert Draft.objects.get().text == "Why."


def test_limits_are_said(draft: Draft, author: Person, chain: Chain) -> None:
    with pytest.raises(DraftRefusedError, match="8,000"):
        save(author, draft, 1, "x" * (MOST_TEXT + 1))
    with pytest.raises(DraftRefusedError, match="20 actions"):
        acting.begin_draft(user=author.user, chain=chain, actions=[FEE] * 21)
    raw = {"kind": "raw", "fields": {f"f{place}": "x" * 4_000 for place in range(13)}}
    with pytest.raises(DraftRefusedError, match="together"):
        acting.begin_draft(user=author.user, chain=chain, actions=[raw, raw])
    assert acting.begin_draft(user=author.user, chain=chain, actions=[raw]).actions == [raw]
    Draft.objects.bulk_create(Draft(chain=chain, author=author.address) for _ in range(MOST_DRAFTS - 2))
    with pytest.raises(TooManyDraftsError):
        acting.begin_draft(user=author.user, chain=chain)


def test_what_cannot_be_seen_or_turns_text_around_is_not_kept(draft: Draft, author: Person) -> None:
    kept = acting.save_draft(
        user=author.user,
        key=draft.key,
        version=1,
        tab="",
        title="Pay\u202e \u200b0\x00x",
        text="a\x07\r\nb\ud800",
        actions=[{"kind": "nothing", "fields": {}}, {"kind": "raw", "fields": {"calldata": "0x\x00"}}],
    )
    assert kept.title.startswith("Pay")
    assert "\u202e" not in kept.title
    assert "\x00" not in kept.title + str(kept.actions)
    assert kept.text == "a\nb\ufffd"
    assert [each["kind"] for each in kept.actions] == ["raw"]


def test_a_co_signature_is_over_the_text_that_was_signed(draft: Draft, author: Person, holder: Person) -> None:
    with pytest.raises(DraftNotFoundError):
        acting.cosign_draft(user=holder.user, key=draft.key, signature="0x")
    with pytest.raises(NotShareableError):
        acting.cosign_draft(user=author.user, key=draft.key, signature="0x")
    draft = acting.share_draft(user=author.user, key=draft.key, visibility=Visibility.LINK)
    signature = holder.sign(support_of(draft, holder.address))
    acting.cosign_draft(user=holder.user, key=draft.key, signature=signature)
    acting.cosign_draft(user=holder.user, key=draft.key, signature=signature)
    assert [each.content for each in Cosignature.objects.all()] == [content_hash(draft)]
    save(author, draft, 1, "Something else.")
    changed = acting.find_draft(draft.key, holder.address)
    assert content_hash(changed) != Cosignature.objects.get().content
    with pytest.raises(NOT_SIGNED):
        acting.cosign_draft(user=holder.user, key=draft.key, signature=signature)
    acting.cosign_draft(user=holder.user, key=draft.key, signature=holder.sign(support_of(changed, holder.address)))
    assert Cosignature.objects.get().content == content_hash(changed)
    acting.withdraw_support(user=holder.user, key=draft.key)
    acting.withdraw_support(user=holder.user, key=draft.key)
    assert not Cosignature.objects.exists()


def test_nobody_co_signs_for_others_or_without_votes(
    draft: Draft, author: Person, holder: Person, stranger: Person
) -> None:
    draft = acting.share_draft(user=author.user, key=draft.key, visibility=Visibility.LINK)
    with pytest.raises(NoPowerError):
        acting.cosign_draft(user=stranger.user, key=draft.key, signature="0x")
    typed = support_of(draft, holder.address)
    for signature in (author.sign(typed), holder.sign({**typed, "domain": {**typed["domain"], "chainId": 1}}), "x", ""):
        with pytest.raises(NOT_SIGNED):
            acting.cosign_draft(user=holder.user, key=draft.key, signature=signature)
    assert not Cosignature.objects.exists()


def offered(draft: Draft, author: Person, **given: Any) -> OnchainProposal:
    """Make the proposal that the draft was offered as; ``given`` differs from it."""
    targets, values, calldatas = BATCH
    parts = {"targets": targets, "values": values, "calldatas": calldatas, "description": description_of(draft)}
    made = {"proposer": author.address, "proposed_block": 101, **parts, **given}
    return proposal(draft.chain, OnchainProposal.objects.count() + 1, **made)


def test_a_draft_is_the_proposal_that_its_author_made_of_it(draft: Draft, author: Person, holder: Person) -> None:
    acting.note_offer(user=author.user, draft=draft, batch=BATCH, text=description_of(draft))
    acting.note_offer(user=author.user, draft=draft, batch=BATCH, text=description_of(draft))
    assert Offer.objects.count() == 1
    for other in (
        {"proposer": holder.address},
        {"description": "# Lower the fee"},
        {"calldatas": ["0x1235"]},
        {"values": [10**30 + 1]},
        {"proposed_block": 3},
    ):
        offered(draft, author, **other)
    assert acting.find_draft(draft.key, author.address).proposals == []
    first = offered(draft, author)
    second = offered(draft, author)
    assert acting.find_draft(draft.key, author.address).proposals == [second.number, first.number]
    with pytest.raises(AlreadyProposedError):
        save(author, draft, 1, "Later.")
    # A reorganisation takes both back.
    first.delete()
    second.delete()
    assert acting.find_draft(draft.key, author.address).proposals == []
    assert save(author, draft, 1, "Later.").text == "Later."


def twice(act: Any) -> list[str]:
    """Do something in two threads at once; return what became of each."""
    said: list[str] = []
    start = threading.Barrier(2)

    def run() -> None:
        try:
            start.wait()
            act()
            said.append("done")
        except DomainError as error:
            said.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sorted(said)


@pytest.fixture
def committed(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database of the test's own, where other threads see what is written."""
    with (
        databases.copied(migrated_database, f"drafts_apart_{WORKER}") as name,
        databases.named(name),
        django_db_blocker.unblock(),
    ):
        yield


def test_two_at_once_make_one(committed: None) -> None:
    chain = voting_chain()
    author, holder = voter(chain, 101, 2 * THRESHOLD), voter(chain, 102, WHOLE)
    draft = acting.begin_draft(user=author.user, chain=chain, title="Lower the fee")
    assert twice(lambda: save(author, draft, 1, f"{threading.get_ident()}", tab=f"{threading.get_ident()}")) == [
        "changed-elsewhere",
        "done",
    ]
    draft = acting.share_draft(user=author.user, key=draft.key, visibility=Visibility.LINK)
    signature = holder.sign(support_of(draft, holder.address))
    assert twice(lambda: acting.cosign_draft(user=holder.user, key=draft.key, signature=signature)) == ["done"] * 2
    assert Cosignature.objects.count() == 1
    batch = lambda: acting.note_offer(user=author.user, draft=draft, batch=BATCH, text="x")  # noqa: E731
    assert twice(batch) == ["done"] * 2
    assert Offer.objects.count() == 1
    Draft.objects.bulk_create(Draft(chain=chain, author=author.address) for _ in range(MOST_DRAFTS - 2))
    assert twice(lambda: acting.begin_draft(user=author.user, chain=chain)) == ["done", "too-many-drafts"]
    assert twice(lambda: acting.delete_draft(user=author.user, key=draft.key)) == ["done", "draft-not-found"]


def test_power_of_now_stands_beside_a_co_signature(draft: Draft, author: Person, holder: Person) -> None:
    draft = acting.share_draft(user=author.user, key=draft.key, visibility=Visibility.LINK)
    acting.cosign_draft(user=holder.user, key=draft.key, signature=holder.sign(support_of(draft, holder.address)))
    power(draft.chain, holder.address, 7 * WHOLE, since=draft.chain.head_time())
    assert [each.power for each in Cosignature.objects.with_power(draft.chain)] == [7 * WHOLE]
    assert User.objects.filter(address=holder.address).exists()


def test_who_is_paused_shows_nobody_more_than_before(draft: Draft, author: Person) -> None:
    acting.share_draft(user=author.user, key=draft.key, visibility=Visibility.LINK)
    Restriction.objects.create(address=author.user.address, scope=Scope.WRITING, decision=1)
    for refused in (
        lambda: save(author, draft, 1, "Something else."),
        lambda: acting.share_draft(user=author.user, key=draft.key, visibility=Visibility.PUBLIC),
        lambda: write_statement(user=author.user, author=author.user.address, text="I vote."),
    ):
        with pytest.raises(RestrictedError):
            refused()
    acting.share_draft(user=author.user, key=draft.key, visibility=Visibility.PRIVATE)
    assert save(author, draft, 1, "For myself.").text == "For myself."
    assert write_statement(user=author.user, author=author.user.address, text="") is None
