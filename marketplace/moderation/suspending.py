"""Carrying decisions to the chain: the transaction that suspends a model's sale, or ends that, for a wallet to sign."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from accounts.moderators import refuse_others
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.names import MARKET
from marketplace.ground.contents import Subject
from marketplace.ground.decisions import Action, Content, ModerationDecision
from marketplace.listings.errors import ListingNotFoundError, NotForSaleError
from marketplace.listings.models import Listing

from .errors import NotOnChainError
from .kinds import find_listing
from .parties import refuse_own_case
from .recording import in_force

LONGEST = timedelta(days=30)  # the contract's own bound
IN_THE_PAST = 1  # a time that ends a suspension


def prepare_suspension(*, user: User, pk: int) -> WalletCall:
    """Return the transaction that does on chain what a decision says: suspend until its end, or end a suspension.

    Two moderators have agreed on a suspension before it gets here. Raises NotAModeratorError, NotOnChainError,
    OwnCaseError, NotForSaleError for what is not on chain, RevertedError with the contract's reason (the role, or its
    bounds), TooLittleBalanceError, RetryableChainError.
    """
    refuse_others(user)
    decision = ModerationDecision.objects.filter(pk=pk, content=Content.LISTING).select_related("undoes").first()
    subject = find_listing(decision.key) if decision else None
    if decision is None or subject is None:
        raise ListingNotFoundError
    # Ending one as well, or moderators could lift the suspension of their own model.
    refuse_own_case(user, subject)
    listing = Listing.objects.named(decision.key).get()
    if listing.offer is None:
        raise NotForSaleError(listing.purchase_refusal)
    chain = listing.offer.chain
    until = IN_THE_PAST
    if decision.action == Action.SUSPEND and decision.until and in_force(decision, subject):
        # By the chain's clock, since the contract refuses what is beyond 30 days by its own.
        until = int((chain.head_time() + min(decision.until - timezone.now(), LONGEST)).timestamp())
    elif not ends_suspension(decision, subject):
        raise NotOnChainError
    return prepare_call(chain, user.address, MARKET, "suspend", [listing.offer.onchain.model_id, until])


def ends_suspension(decision: ModerationDecision, subject: Subject) -> bool:
    """Say whether a decision shows a listing again whose sale is still suspended on chain."""
    is_shown = decision.action == Action.SHOW and subject.decision is None
    return is_shown and subject.facts.get("suspended_until") is not None


def awaits_chain(decision: ModerationDecision, subject: Subject) -> bool:
    """Say whether a decision is still to be sent to the chain. No query."""
    is_suspended = subject.facts.get("suspended_until") is not None
    suspends = decision.action == Action.SUSPEND and subject.decision == decision and not is_suspended
    return bool(subject.facts.get("is_sold")) and (suspends or ends_suspension(decision, subject))
