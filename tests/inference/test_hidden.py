"""What a moderator has hidden runs for those who hold access, and in grave cases for nobody. No engine is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from inference.access import Visitor
from inference.actions import start_call
from inference.errors import ModelHiddenError
from inference.models import Call, UsageWindow
from marketplace.ground.decisions import Category
from marketplace.moderation.hiding import hide_listing

from .conftest import CHAT

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("listings")]

ANONYMOUS = Visitor.of("203.0.113.7", None)
WHY = "Its files open a shell."


@contextmanager
def hidden(category: Category) -> Iterator[None]:
    """Hide the chat model inside a transaction that is taken back: decisions cannot be deleted."""
    with transaction.atomic():
        moderator = User.objects.create(address="0x" + "1" * 40, is_staff=True)
        hide_listing(moderator=moderator, name=CHAT, category=category, reason=WHY)
        yield
        transaction.set_rollback(True)


def start(visitor: Visitor) -> Call:
    return start_call(visitor=visitor, listing=CHAT, texts=["Hello"])


def test_free_use_ends_and_holders_go_on(owner: User) -> None:
    holder = Visitor.of("203.0.113.7", owner, 31337)
    with hidden(Category.SPAM):
        for visitor in (ANONYMOUS, Visitor.of("203.0.113.7", User.objects.get(address="0x" + "1" * 40), 31337)):
            with pytest.raises(ModelHiddenError, match=f"only those who bought access .* Spam: {WHY}"):
                start(visitor)
        assert not UsageWindow.objects.exists()
        assert start(holder).access == "owner"
    assert start(ANONYMOUS).access == "free"


@pytest.mark.parametrize("category", [Category.MALWARE, Category.UNLAWFUL])
def test_malware_and_what_is_unlawful_runs_for_nobody(owner: User, category: Category) -> None:
    holder = Visitor.of("203.0.113.7", owner, 31337)
    with hidden(category):
        for visitor in (ANONYMOUS, holder):
            with pytest.raises(ModelHiddenError, match="nobody may run it") as refused:
                start(visitor)
            assert refused.value.data == {"category": category, "reason": WHY}
        assert not Call.objects.exists()


def test_the_playground_says_so(client: Client) -> None:
    path = f"/playground/{CHAT}"
    assert client.get(path).status_code == 200
    with hidden(Category.SPAM):
        answer = client.get(path)
        assert answer.status_code == 403
        assert WHY in answer.content.decode()
        assert client.get("/playground/inference-tests/search").status_code == 200
