"""Who may run a model: by access of their own, or by free use; and what a moderator has hidden. No engine is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from inference.access import Visitor, around, block_of, is_known
from inference.actions import start_call
from inference.errors import ModelHiddenError
from inference.models import Call, UsageWindow
from marketplace.ground.decisions import Category
from tests import anvil

from .conftest import CHAT
from .hiding import WHY, hidden

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("listings")]

ANONYMOUS = Visitor.of("203.0.113.7", None)


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


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("", "unknown"),
        ("no address", "unknown"),
    ],
)
def test_neighbours_share_a_block(address: str, block: str) -> None:
    assert block_of(address) == block


@pytest.mark.parametrize(
    ("block", "network"),
    [
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1::/64", "2001:db8:1::/48"),
        ("203.0.113.0/24", ""),
        ("unknown", ""),
    ],
)
def test_blocks_of_a_48_share_it(block: str, network: str) -> None:
    assert around(block) == network


def test_a_fresh_wallet_counts_as_anonymous_and_an_old_one_for_itself() -> None:
    user = User.objects.create(address="0x" + "b" * 40)
    assert start(holder(user)).payer == "203.0.113.0/24"
    User.objects.filter(pk=user.pk).update(date_joined=timezone.now() - timedelta(days=2))
    user.refresh_from_db()
    assert start(holder(user)).payer == user.address


def test_another_chain_s_session_does_not_hold(owner: User) -> None:
    assert start(Visitor.of("203.0.113.7", owner, 1)).access == "free"


def holder(user: User) -> Visitor:
    return Visitor.of("203.0.113.7", user, 31337)


def test_a_wallet_with_a_balance_is_known(owner: User, settings: Any) -> None:
    fresh, rich = (holder(User.objects.create(address="0x" + each * 20)) for each in ("3c", "4d"))
    assert rich.user
    cache.clear()
    assert not is_known(rich)  # the chain has no endpoint: silence is no balance
    cache.clear()
    with anvil.running() as node:
        settings.RPC_URLS = {"anvil": [node]}
        assert rich.user
        anvil.call(node, "anvil_setBalance", rich.user.address, "0x1")
        assert [is_known(each) for each in (fresh, rich, Visitor.of("203.0.113.7", None))] == [False, True, False]
        assert start(rich).payer == rich.user.address
        assert start(fresh).payer == "203.0.113.0/24"
    assert is_known(rich)  # for ten minutes the answer is kept
    cache.clear()
