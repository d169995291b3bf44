"""A sale is suspended on chain once two moderators agree, by nobody who has a part in it, and ends by itself."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.errors import NotAModeratorError
from accounts.models import User
from contracts.chain.preflight import WalletCall
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.ground.errors import OwnCaseError
from marketplace.moderation.claiming import open_own_case
from marketplace.moderation.deciding import decide_case
from marketplace.moderation.errors import DaysError, NotOnChainError
from marketplace.moderation.hiding import hide_listing, show_listing
from marketplace.moderation.noticing import log_direct_suspensions
from marketplace.moderation.suspending import prepare_suspension
from marketplace.moderation.wishes import Wish
from marketplace.money.verification import money_at
from marketplace.onchain.models.listings import ListingState
from tests.marketplace.returns.story import DAY, MODERATOR, bought, moderator, view
from tests.marketplace.shop import BUYER, SELLER, Shop
from tests.moderators import decided_by_two, give_role, make_moderator

NAME = "corner/chat"


def first(shop: Shop) -> User:
    """Another moderator, who asks; the other one has the role on the chain itself."""
    return make_moderator(shop.address(8))


def suspension(shop: Shop, days: int) -> ModerationDecision:
    wish = Wish(Action.SUSPEND, Category.BROKEN, reason="It is silent.", days=days)
    return decided_by_two(first(shop), moderator(shop), Content.LISTING, NAME, wish)


def suspend(shop: Shop, days: int) -> None:
    """Have two moderators agree, and the second send it."""
    shop.pay(prepare_suspension(user=moderator(shop), pk=suspension(shop, days).pk))


def ended(shop: Shop) -> WalletCall:
    shown = show_listing(moderator=moderator(shop), name=NAME, reason="It speaks again.")
    return prepare_suspension(user=moderator(shop), pk=shown.pk)


def test_two_moderators_suspend_the_sale_and_one_ends_it(shop: Shop) -> None:
    decision = suspension(shop, 30)
    assert (decision.moderator, decision.confirmed_by) == (shop.address(8), shop.address(MODERATOR))
    assert shop.listing.suspension == decision
    with pytest.raises(NotAModeratorError):
        prepare_suspension(user=shop.buyer, pk=decision.pk)
    shop.pay(prepare_suspension(user=moderator(shop), pk=decision.pk))
    shop.index()
    listing = shop.listing
    assert listing.offer
    assert listing.offer.onchain.state_now == ListingState.SUSPENDED
    assert listing.state == "suspended"
    shop.pay(ended(shop))
    shop.index()
    assert shop.listing.purchase_refusal == ""
    with pytest.raises(NotOnChainError):
        prepare_suspension(user=moderator(shop), pk=decision.pk)  # it is not in force any more


def test_a_suspension_differs_from_the_chain_at_no_time(shop: Shop) -> None:
    def differences() -> object:
        shop.index(1)
        return money_at(chain=shop.chain, number=shop.chain.head())[1].differences

    shop.send(SELLER, "ModelMarketplace", "pauseListing", shop.model_id)  # which stays so beneath it
    suspend(shop, 1)
    assert differences() == []
    assert shop.listing.state == "suspended"
    suspended = shop.chain.head()
    shop.rpc.call("evm_increaseTime", DAY + 60)
    assert differences() == []  # it ended, and no event says so
    assert view(shop, "ModelMarketplace", "stateOf", shop.model_id) == ListingState.PAUSED
    assert money_at(chain=shop.chain, number=suspended)[1].differences == []  # as of a block before its end
    shop.send(SELLER, "ModelMarketplace", "resumeListing", shop.model_id)
    show_listing(moderator=moderator(shop), name=NAME, reason="It speaks again.")
    suspend(shop, 7)
    assert differences() == []
    shop.pay(ended(shop))
    assert differences() == []


@pytest.mark.parametrize("days", [0, 31, -1])
def test_a_suspension_for_no_known_time_is_refused(shop: Shop, days: int) -> None:
    case = open_own_case(moderator=moderator(shop), content=Content.LISTING, key=NAME)
    wish = Wish(Action.SUSPEND, Category.BROKEN, reason="It is silent.", days=days)
    with pytest.raises(DaysError):
        decide_case(moderator=moderator(shop), pk=case.pk, wish=wish)


def test_nobody_suspends_or_shows_what_is_their_own_or_what_they_bought(shop: Shop) -> None:
    shop.send(SELLER, "RevenueSplitter", "setSplit", shop.model_id, [shop.address(5)], [10_000])
    bought(shop)
    decision = suspension(shop, 7)
    for number in (SELLER, 5, BUYER):
        give_role(shop.address(number))
        user = User.objects.get_or_create(address=shop.address(number))[0]
        with pytest.raises(OwnCaseError):
            show_listing(moderator=user, name=NAME, reason="It is mine.")
        with pytest.raises(OwnCaseError):
            prepare_suspension(user=user, pk=decision.pk)
    assert shop.listing.suspension
    show_listing(moderator=moderator(shop), name=NAME, reason="It speaks.")
    with pytest.raises(OwnCaseError):
        hide_listing(moderator=user, name=NAME, category=Category.OTHER, reason="To show it again later.")


def test_a_suspension_made_directly_on_the_chain_is_logged_once_as_such(shop: Shop) -> None:
    until = int(timezone.now().timestamp()) + 5 * DAY
    shop.send(MODERATOR, "ModelMarketplace", "suspend", shop.model_id, until)
    shop.index()
    assert log_direct_suspensions() == 0  # it is not final
    shop.index(3)
    assert (log_direct_suspensions(), log_direct_suspensions()) == (1, 0)
    decision = ModerationDecision.objects.get()
    assert (decision.key, decision.action, decision.moderator) == (NAME, Action.SUSPEND, "")
    assert decision.entry  # in the public log
    assert shop.listing.suspension is None  # the chain alone says so
    shop.pay(ended(shop))
    shop.index(3)
    assert shop.listing.purchase_refusal == ""


def test_a_suspension_that_was_decided_here_is_not_logged_again(shop: Shop) -> None:
    shop.rpc.call("evm_setTime", int(timezone.now().timestamp()))  # another test may have left its clock days ahead
    suspend(shop, 7)
    shop.index(3)
    assert log_direct_suspensions() == 0
