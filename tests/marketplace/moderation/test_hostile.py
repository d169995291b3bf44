"""What a moderator could try who wants more than one moderator may."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from marketplace.ground.cases import Case, Priority, Source, open_case
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.ground.errors import OwnCaseError
from marketplace.moderation.claiming import claim_case, open_own_case
from marketplace.moderation.deciding import confirm_decision, decide_case, decline_decision
from marketplace.moderation.errors import (
    AlreadyDecidedError,
    AskerGoneError,
    ContentGoneError,
    NotOfferedError,
    SameJudgeError,
    TooLateToUndoError,
)
from marketplace.moderation.undoing import undo_decision
from marketplace.moderation.wishes import Wish
from marketplace.people.models import Profile
from marketplace.reports.appealing import appeal_decision
from marketplace.reports.models import ReasonStatement, Report
from tests.factories import reviews
from tests.marketplace.community.talk import owned, say
from tests.moderators import decided_by_two, make_moderator, take_role
from tests.waiting import until

from .test_deciding import HIDE, LABEL, MALWARE, NAME, SHOW, WHY, committed, decide, listing, now, owner, people

__all__ = ["committed", "listing", "owner", "people"]
BAD_LABEL = Wish(Action.LABEL, Category.MALWARE, reason=WHY)


def test_what_was_hidden_until_a_label_was_confirmed_is_shown_with_it(listing: object, people: list[User]) -> None:
    asked = decide(people[0], BAD_LABEL, meanwhile=True)
    assert now().suspension == asked.meanwhile
    made = confirm_decision(moderator=people[1], pk=asked.case_id, pending=asked.pk)
    assert (now().label, now().suspension) == (made, None)
    assert ModerationDecision.objects.get(undoes=asked.meanwhile).action == Action.SHOW
    assert ModerationDecision.objects.filter(case=asked.case_id).order_by("-pk").first() == made
    assert undo_decision(moderator=people[1], pk=made.pk).undoes == made
    assert (now().label, now().suspension) == (None, None)


def test_undoing_does_not_replace_what_was_decided_since(listing: object, people: list[User]) -> None:
    one, two, three = people
    decide(one, HIDE)
    shown = decide(three, SHOW)
    malware = decided_by_two(one, two, Content.LISTING, NAME, MALWARE)
    with pytest.raises(TooLateToUndoError):
        undo_decision(moderator=three, pk=shown.pk)
    assert now().suspension == malware


def test_what_a_confirmed_decision_replaced_is_not_undone(listing: object, owner: User, people: list[User]) -> None:
    asked = decide(people[0], MALWARE, meanwhile=True)
    made = confirm_decision(moderator=people[1], pk=asked.case_id, pending=asked.pk)
    with pytest.raises(TooLateToUndoError):
        undo_decision(moderator=people[0], pk=asked.meanwhile.pk)
    assert now().suspension == made
    assert not Case.objects.open().exists()


def test_who_confirmed_does_not_judge_an_appeal_against_what_hid_it_before(
    listing: object, owner: User, people: list[User]
) -> None:
    one, two, three = people
    asked = decide(one, MALWARE, meanwhile=True)
    first = ReasonStatement.objects.get(decision=asked.meanwhile)
    confirm_decision(moderator=two, pk=asked.case_id, pending=asked.pk)
    appeal = appeal_decision(user=owner, public_id=str(first.public_id), text="It is a test file.")
    for judge in (one, two):
        with pytest.raises(SameJudgeError):
            decide(judge, SHOW, appeal.case)
    decide(three, SHOW, appeal.case)
    assert now().suspension is None


def test_a_wish_of_who_is_no_moderator_any_more_is_not_confirmed(listing: object, people: list[User]) -> None:
    one, two, _three = people
    asked = decide(one, MALWARE)
    take_role(one.address)
    with pytest.raises(AskerGoneError):
        confirm_decision(moderator=two, pk=asked.case_id, pending=asked.pk)
    assert now().suspension is None
    decline_decision(moderator=two, pk=asked.case_id, pending=asked.pk, reason="")


def test_a_wish_of_who_has_a_part_in_it_since_is_not_confirmed(listing: object, people: list[User]) -> None:
    one, two, _three = people
    asked = decide(one, MALWARE)
    Report.objects.create(content="listing", key=NAME, category="spam", text="Mine.", reporter=one.address)
    with pytest.raises(AskerGoneError):
        confirm_decision(moderator=two, pk=asked.case_id, pending=asked.pk)


def test_a_confirmation_does_not_replace_what_was_decided_since(
    listing: object, owner: User, people: list[User]
) -> None:
    one, two, three = people
    decide(one, LABEL)
    statement = ReasonStatement.objects.get()
    appeal = appeal_decision(user=owner, public_id=str(statement.public_id), text="No.")
    asked = decide(one, Wish(Action.HIDE, Category.UNLAWFUL, reason=WHY))
    other = decide(three, MALWARE, appeal.case)
    made = confirm_decision(moderator=two, pk=appeal.case.pk, pending=other.pk)
    with pytest.raises(AlreadyDecidedError):
        confirm_decision(moderator=three, pk=asked.case_id, pending=asked.pk)
    assert now().suspension == made


def test_nobody_undoes_what_they_have_a_part_in_since(listing: object, people: list[User]) -> None:
    hidden = decide(people[0], HIDE)
    Report.objects.create(content="listing", key=NAME, category="spam", text="Mine.", reporter=people[0].address)
    with pytest.raises(OwnCaseError):
        undo_decision(moderator=people[0], pk=hidden.pk)


def test_whose_model_is_talked_about_does_not_decide_about_the_talk(db: None, people: list[User]) -> None:
    owned(people[0])
    said = say(people[1], "It does not work.")
    case = {"content": Content.COMMENT, "key": said.public_id}
    for part in (people[0], people[1]):
        with pytest.raises(OwnCaseError):
            open_own_case(moderator=part, **case)
    open_own_case(moderator=people[2], **case)


def test_who_bought_a_model_does_not_decide_about_its_reviews(db: None) -> None:
    made = reviews.model()
    review = made.buy_and_review(20, 1, "Bad.")
    made.buy(21, block=900)
    buyer = make_moderator(reviews.person(21).address)
    with pytest.raises(OwnCaseError):
        open_own_case(moderator=buyer, content=Content.REVIEW, key=review.key)
    stranger = make_moderator("0x" + "7" * 40)
    open_own_case(moderator=stranger, content=Content.REVIEW, key=review.key)


def test_who_reported_a_profile_does_not_pause_its_account(db: None, people: list[User]) -> None:
    user = User.objects.create(address="0x" + "e" * 40)
    Report.objects.create(
        content="profile", key=user.address, category="spam", text="Spam.", reporter=people[0].address
    )
    with pytest.raises(OwnCaseError):
        open_own_case(moderator=people[0], content=Content.ACCOUNT, key=user.address)


def test_a_case_about_what_is_gone_is_closed_without_action(db: None, people: list[User], client: Client) -> None:
    one, two, _three = people
    address = "0x" + "e" * 40
    Profile.objects.create(address=address, name="Me")
    case = open_case(content=Content.PROFILE, key=address, source=Source.REPORT, priority=Priority.HIGH, summary="Spam")
    asked = decide_case(moderator=one, pk=case.pk, wish=MALWARE)
    Profile.objects.all().delete()
    with pytest.raises(ContentGoneError):
        confirm_decision(moderator=two, pk=case.pk, pending=asked.pk)
    decline_decision(moderator=two, pk=case.pk, pending=asked.pk, reason="")
    with pytest.raises(NotOfferedError):
        decide_case(moderator=one, pk=case.pk, wish=HIDE)
    client.force_login(one)
    page = client.get(f"/moderation/cases/{case.pk}").text
    assert 'value="nothing"' in page
    assert 'value="hide"' not in page
    sent = client.post(f"/moderation/cases/{case.pk}/decide", {"action": "nothing", "reason": "It is gone."})
    assert sent.status_code == 302
    case.refresh_from_db()
    assert case.closed_at
    made = ModerationDecision.objects.get()
    assert (made.action, made.key) == (Action.NOTHING, address)
    assert undo_decision(moderator=one, pk=made.pk)
    assert claim_case(moderator=one, pk=case.pk)


def is_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from pg_locks where not granted)")
        return bool(cursor.fetchone()[0])


def test_what_comes_up_while_a_case_is_closed_opens_another(committed: list[User]) -> None:
    one = committed[0]
    about: dict[str, Any] = {"content": Content.LISTING, "key": "race/decision"}
    case = open_own_case(moderator=one, **about)

    def come_up() -> Case:
        try:
            return open_case(**about, source=Source.REPORT, priority=Priority.LOW, summary="Spam")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            decide_case(moderator=one, pk=case.pk, wish=HIDE)
            coming = threads.submit(come_up)
            until(lambda: coming.done() or is_waited_for())
        other = coming.result(30)
    assert (other.pk != case.pk, other.closed_at) == (True, None)


def test_where_every_moderator_took_part_both_pages_say_that_nobody_can_judge(
    listing: object, owner: User, people: list[User], client: Client
) -> None:
    one, two, three = people
    take_role(three.address)
    decided_by_two(one, two, Content.LISTING, NAME, MALWARE)
    statement = ReasonStatement.objects.get()
    appeal = appeal_decision(user=owner, public_id=str(statement.public_id), text="It is a test file.")
    said = {one: "every moderator took part in", owner: "nobody can judge an appeal yet"}

    paths = {one: f"/moderation/cases/{appeal.case_id}", owner: reverse("reason-statement", args=[statement.public_id])}

    def pages() -> list[bool]:
        shown = []
        for user, words in said.items():
            client.force_login(user)
            shown.append(words in client.get(paths[user]).text)
        return shown

    assert pages() == [True, True]
    make_moderator(three.address)
    assert pages() == [False, False]
