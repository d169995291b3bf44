"""What is said in a dispute, and the files that go with it: kept once, and for good."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import User
from common.limits import TooManyError
from inference.retention import forget_old
from marketplace.files.cids import cid_of
from marketplace.files.errors import FileNotFoundHereError, NotAnImageError
from marketplace.files.models import StoredFile
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.returns import saying
from marketplace.returns.actions import prepare_closing
from marketplace.returns.errors import (
    DisputeClosedError,
    DisputeNotFoundError,
    DisputeOverdueError,
    NothingSaidError,
    TooManyFilesError,
    TooManyStatementsError,
)
from marketplace.returns.finding import find_attachment
from marketplace.returns.saying import UNSENT, attach_file, forget_unsent, send_statement, take_off_file
from marketplace.returns.statements import MOST_FILES, MOST_STATEMENTS, Attachment, Side, Statement
from tests.marketplace.buying.test_at_once import MANY, at_once
from tests.marketplace.files.test_images import picture
from tests.marketplace.returns.story import bought, disputed, moderator, rule
from tests.marketplace.shop import OTHER, SELLER, Shop
from tests.moderators import make_moderator

LOG = b"10:04 asked in English, answered in French\n"


def seller(shop: Shop) -> User:
    return User.objects.get(address=shop.address(SELLER))


def attach(user: User, made: PurchaseReturn, name: str = "run.log", content: bytes = LOG) -> Attachment:
    return attach_file(user=user, receipt=made.receipt, name=name, content=content)


def send(user: User, made: PurchaseReturn, text: str = "It answers in English here.", once: str = "a") -> Statement:
    return send_statement(user=user, receipt=made.receipt, text=text, once=once)


def test_the_seller_answers_and_the_answer_names_its_files(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    files = [attach(seller(shop), made), attach(seller(shop), made, "shot.png", picture())]
    said = send(seller(shop), made)
    assert (said.side, said.author) == (Side.SELLER, shop.address(SELLER))
    assert cid_of(bytes(said.content)) == said.cid
    document = json.loads(bytes(said.content))
    assert [each["cid"] for each in document["files"]] == [each.file_id for each in files]
    assert document["files"][0] == {"name": "run.log.txt", "type": "text/plain", "cid": cid_of(LOG)}
    assert (document["text"], document["dispute"]) == (said.text, made.receipt)
    assert not Attachment.objects.of(made).waiting(shop.address(SELLER))
    assert [each.statement_id for each in Attachment.objects.of(made)] == [said.pk] * 2


def test_both_sides_and_a_moderator_may_add_and_nobody_else(shop: Shop) -> None:
    order = bought(shop, referrer=shop.address(OTHER))
    made = disputed(shop, order)
    for user in (shop.buyer, seller(shop), moderator(shop)):
        send(user, made)
    assert [each.side for each in Statement.objects.of(made)] == [Side.BUYER, Side.SELLER, Side.MODERATOR]
    stranger = User.objects.create(address=shop.address(5))
    # A moderator who earns by the sale is none of it.
    referrer = make_moderator(shop.address(OTHER))
    for user in (stranger, referrer):
        with pytest.raises(DisputeNotFoundError):
            send(user, made)
        with pytest.raises(DisputeNotFoundError):
            attach(user, made)


def test_the_same_is_said_once_however_often_it_is_sent(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    first = send(seller(shop), made)
    assert send(seller(shop), made).pk == first.pk
    assert send(seller(shop), made, once="b").pk != first.pk
    assert send(seller(shop), made, "It still does.").pk != first.pk
    assert Statement.objects.count() == 3


def test_at_once_it_is_said_once_and_files_are_kept_once(committed: Shop) -> None:
    made = disputed(committed, bought(committed))
    user = seller(committed)
    try:
        files = at_once(lambda: attach(user, made).pk)
        assert len(set(files)) == 1
        said = at_once(lambda: send(user, made).pk)
        assert len(said) == MANY
        assert len(set(said)) == 1
        assert StoredFile.objects.count() == Attachment.objects.count() == 1
    finally:
        with connection.cursor() as cursor:  # no row can be deleted, so all go at once
            cursor.execute("truncate marketplace_attachment, marketplace_statement, marketplace_storedfile")


def test_nothing_can_be_sent_but_text_or_a_file(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    for text in ("", "  \n", "\u200b", "a" * 4_001):
        with pytest.raises(NothingSaidError):
            send(seller(shop), made, text)
    attach(seller(shop), made)
    assert send(seller(shop), made, "").text == ""


def test_what_was_said_stays(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    attach(seller(shop), made)
    said = send(seller(shop), made)
    attempts: list[Any] = [
        lambda: Statement.objects.update(text="It works."),
        lambda: said.delete(),
        lambda: Attachment.objects.update(name="other.txt"),
        lambda: Attachment.objects.all().delete(),
    ]
    for attempt in attempts:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    take_off_file(user=seller(shop), receipt=made.receipt, cid=cid_of(LOG))
    assert Attachment.objects.count() == 1


def test_a_file_can_be_taken_off_before_it_is_sent_and_is_gone(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    attach(seller(shop), made)
    attach(shop.buyer, made)
    take_off_file(user=seller(shop), receipt=made.receipt, cid=cid_of(LOG))
    take_off_file(user=seller(shop), receipt=made.receipt, cid=cid_of(LOG))
    assert StoredFile.objects.count() == 1  # the buyer's is the same
    take_off_file(user=shop.buyer, receipt=made.receipt, cid=cid_of(LOG))
    assert not StoredFile.objects.exists()


def test_a_file_is_the_parties_and_before_it_is_sent_its_senders(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    cid = attach(seller(shop), made).file_id
    stranger = User.objects.create(address=shop.address(OTHER))

    def readers() -> list[bool]:
        found = []
        for user in (seller(shop), shop.buyer, moderator(shop), stranger, None):
            try:
                found.append(find_attachment(user, made.receipt, cid).file.read() == LOG)
            except FileNotFoundHereError:
                found.append(False)
        return found

    assert readers() == [True, False, False, False, False]
    send(seller(shop), made)
    assert readers() == [True, True, True, False, False]
    other = "0x" + "ab" * 32
    with pytest.raises(FileNotFoundHereError):
        find_attachment(seller(shop), other, cid)


def test_a_side_may_attach_and_say_so_much_and_no_more(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    for number in range(MOST_FILES):
        attach(seller(shop), made, content=b"log %d" % number)
    with pytest.raises(TooManyFilesError):
        attach(seller(shop), made, content=b"one more")
    assert attach(seller(shop), made, content=b"log 0")  # is there already
    for number in range(MOST_STATEMENTS):
        send(seller(shop), made, f"Reason {number}.")
    with pytest.raises(TooManyStatementsError):
        send(seller(shop), made, "One more.")
    send(shop.buyer, made)
    attach(shop.buyer, made)


def test_a_user_may_try_so_often_a_day(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saying, "FILES_A_DAY", 2)
    monkeypatch.setattr(saying, "STATEMENTS_A_DAY", 1)
    made = disputed(shop, bought(shop))
    with pytest.raises(NotAnImageError):
        attach(seller(shop), made, "a.png")  # what is refused counts: it was decoded
    attach(seller(shop), made)
    with pytest.raises(TooManyError):
        attach(seller(shop), made)
    send(seller(shop), made)
    with pytest.raises(TooManyError):
        send(seller(shop), made, once="b")
    send(shop.buyer, made)


def test_after_its_end_nothing_is_added(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    attach(seller(shop), made)
    rule(shop, made, for_buyer=True)
    for user in (shop.buyer, seller(shop), moderator(shop)):
        with pytest.raises(DisputeClosedError):
            send(user, made)
        with pytest.raises(DisputeClosedError):
            attach(user, made)


def test_after_the_time_for_a_ruling_nothing_is_added(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    # Well before: the time of a test's chain may be some seconds ahead.
    PurchaseReturn.objects.update(rule_by=made.taken_at - timedelta(hours=1))
    with pytest.raises(DisputeOverdueError):
        send(seller(shop), made)


def test_what_was_not_sent_before_the_end_goes_a_day_later(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    sent, kept = attach(seller(shop), made, "sent.log", b"sent"), attach(shop.buyer, made)
    send(seller(shop), made)
    old = timezone.now() - 2 * UNSENT
    Attachment.objects.filter(statement=None).update(added_at=old)
    assert forget_unsent() == 0  # it can still be sent
    rule(shop, made, for_buyer=True)
    shop.index()
    young = Attachment.objects.filter(pk=kept.pk)
    young.update(added_at=timezone.now())
    assert forget_unsent() == 0
    young.update(added_at=old)
    assert forget_old() == 1
    assert list(Attachment.objects.all()) == [sent]
    assert list(StoredFile.objects.values_list("cid", flat=True)) == [sent.file_id]
    assert forget_unsent() == 0


def test_what_was_said_outlives_a_chain_that_changes(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    said = send(seller(shop), made)
    shop.pay(prepare_closing(user=shop.buyer, receipt=made.receipt))  # which folds the return anew
    shop.index(3)
    again = PurchaseReturn.objects.get(receipt=made.receipt)
    assert again.pk != made.pk
    assert list(Statement.objects.of(again)) == [said]
