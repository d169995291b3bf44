"""What could be taken from others, or left behind, by exporting and erasing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import User
from accounts.personal import holdings
from contracts.names import COIN
from marketplace.buying.orders import Order
from marketplace.community import taking_out
from marketplace.community.leading import pin_comment
from marketplace.community.models import Discussion
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.listings.models import Listing
from marketplace.people import erasing, exporting, tasks
from marketplace.people.finding import links_of
from marketplace.people.models import Erasure
from marketplace.reports.reporting import Said, report_content
from tests.factories import reviews
from tests.marketplace.community.talk import NAME, owned, person, say

from .test_exporting import files_of

pytestmark = pytest.mark.django_db


def wanted(user: User) -> None:
    erasing.ask_erasure(user=user, signed_at=timezone.now())
    Erasure.objects.update(due_at=timezone.now())


def test_who_is_reported_does_not_read_in_their_data_what_was_said() -> None:
    owned(person(1))
    said = say(person(2))
    words = Said(Category.SPAM, "I know this man from work.")
    report_content(user=person(3), content="comment", key=said.public_id, said=words)
    asked = exporting.ask_export(user=person(2))
    tasks.make_export(asked.pk)
    files = files_of(asked)
    assert "cases.json" in files
    assert "from work" not in "".join(files.values())
    assert person(3).address not in "".join(files.values()).lower()


def test_what_is_erased_counts_nowhere_and_is_pinned_nowhere() -> None:
    owned(person(1))
    said, _other = say(person(2), "Mine"), say(person(3), "Theirs")
    pin_comment(user=person(1), public_id=said.public_id, is_pinned=True)
    assert Listing.objects.get(name=NAME).comments == 2
    wanted(person(2))
    assert erasing.erase_due() == 1
    discussion = Discussion.objects.get()
    assert (discussion.comments, discussion.pinned, discussion.pinned_by) == (1, None, "")
    assert Listing.objects.get(name=NAME).comments == 1


def test_one_who_cannot_be_erased_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = person(1), person(2)
    wanted(one)
    wanted(two)
    erase = erasing.erase

    def failing(*, address: str) -> Any:
        if address == one.address:
            raise IntegrityError
        return erase(address=address)

    monkeypatch.setattr(erasing, "erase", failing)
    assert erasing.erase_due() == 1
    assert list(User.objects.filter(pk__in=(one.pk, two.pk))) == [one]


def test_who_is_named_by_an_order_that_nobody_paid_does_not_read_it() -> None:
    made, other, named = reviews.model(), reviews.person(20), reviews.person(21)
    Order.objects.create(
        ref=reviews.word(9), chain=made.chain, buyer=other.address, referrer=named.address, recipient=named.address,
        listing_name=made.listing.name, model_id=made.model_id, plan=1, quantity=1, token=COIN, price=1, max_price=1,
        license_accepted_at=timezone.now(), deadline=timezone.now(),
    )  # fmt: skip
    [orders] = [each for each in holdings() if each.name == "orders"]
    assert [len(list(orders.export(each.address, 9))) for each in (other, named)] == [1, 0]
    made.buy(20, block=901, ref=reviews.word(9))
    assert [len(list(orders.export(each.address, 9))) for each in (other, named)] == [1, 1]


def test_what_moderators_give_back_of_who_was_erased_is_not_shown() -> None:
    owned(person(1))
    said = say(person(2), "Hidden words")
    hidden = ModerationDecision.objects.create(
        content=Content.COMMENT, key=said.public_id, action=Action.HIDE, category=Category.SPAM, reason="r"
    )
    taking_out.mark(said.public_id, hidden)
    wanted(person(2))
    assert erasing.erase_due() == 1
    taking_out.mark(said.public_id, None)
    said.refresh_from_db()
    assert not said.is_shown
    assert Discussion.objects.get().comments == Listing.objects.get(name=NAME).comments == 0


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://p\u0430ypal.com:8443/x/", "xn--pypal-4ve.com:8443/x"),
        ("https://example.org/", "example.org"),
        ("https://a..\u00e4/", "'a..\\xe4'"),
    ],
)
def test_a_link_shows_its_host_as_it_is_sent(link: str, shown: str) -> None:
    assert [each.text for each in links_of([link])] == [shown]
