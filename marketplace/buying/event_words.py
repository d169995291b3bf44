"""The sentence of each kind of event that our contracts emit, and the titles of what a stranger did.

What the DAO's contracts emit is told from above, by ``tells``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from contracts.models import Chain

Titles = tuple[str | Promise, str | Promise]
Args = Mapping[str, Any]
Write = Callable[[Chain, Any], str]

PURCHASED, REFUNDED = "ModelMarketplace.AccessPurchased", "ModelMarketplace.PurchaseRefunded"
DISPUTED, RULED = "ModelMarketplace.DisputeOpened", "ModelMarketplace.DisputeRuled"
REFERRED = "RevenueSplitter.Referred"
# In the order in which one of them is the title of a transaction that has several.
SENTENCES: dict[str, str | Promise] = {
    PURCHASED: lazy("%(buyer)s bought %(what)s to %(modelId)s for %(paid)s"),
    REFUNDED: lazy("%(by)s refunded %(amount)s to %(buyer)s for %(modelId)s"),
    DISPUTED: lazy("%(buyer)s disputed a purchase of %(modelId)s; %(amount)s waits for a ruling until %(ruleBy)s"),
    "ModelMarketplace.DisputeAnswered": lazy("The seller answered the dispute of %(buyer)s about %(modelId)s"),
    RULED: lazy("%(by)s ruled for the %(winner)s over %(amount)s paid for %(modelId)s"),
    "AccessPass.Resold": lazy("%(buyer)s bought %(quantity)s passes of %(id)s from %(holder)s for %(price)s"),
    "ModelMarketplace.ModelListed": lazy("%(seller)s listed %(modelId)s"),
    "InferenceEscrow.Charged": lazy("%(amount)s was charged to %(payer)s for calls of %(modelId)s"),
    "InferenceEscrow.Deposited": lazy("%(from)s deposited %(amount)s for calls of %(payer)s"),
    "InferenceEscrow.Withdrawn": lazy("%(payer)s withdrew %(amount)s of a deposit"),
    "InferenceEscrow.WithdrawalRequested": lazy("%(payer)s asked for %(amount)s of a deposit, ready on %(readyAt)s"),
    "RevenueSplitter.Withdrawn": lazy("%(account)s withdrew %(amount)s"),
    "RevenueSplitter.Distributed": lazy("%(amount)s of sales of %(modelId)s was paid out, of %(day)s"),
    "RevenueSplitter.ReferralDistributed": lazy("%(amount)s was paid out to %(referrer)s for buyers sent, of %(day)s"),
    "ModelMarketplace.PlanSet": lazy("The price of %(plan)s to %(modelId)s is %(price)s"),
    "ModelMarketplace.ListingStateChanged": lazy("%(modelId)s is now: %(state)s"),
    "ModelMarketplace.AccessListSet": lazy("Who can buy %(modelId)s was set"),
    "ModelMarketplace.SubscriptionMoved": lazy("The subscription of %(account)s to %(modelId)s ends on %(expiry)s now"),
    "ModelMarketplace.FeaturedSet": lazy("Whether %(modelId)s is featured was set"),
    "AccessPass.ResaleShared": lazy(
        "Of a resale of %(id)s %(fee)s is the marketplace’s fee, and %(lineage)s goes to the model that it derives from"
    ),
    "AccessPass.Offered": lazy("%(holder)s put passes of %(id)s up for sale"),
    "AccessPass.OfferWithdrawn": lazy("%(holder)s took an offer of passes of %(id)s back"),
    "AccessPass.ResaleSet": lazy("The seller set whether passes of %(id)s may be resold"),
    "AccessPass.TransfersAllowed": lazy("The seller set whether passes of %(id)s may be given on"),
    "AccessPass.TransferSingle": lazy("%(value)s passes of %(id)s went from %(from)s to %(to)s"),
    "AccessPass.TransferBatch": lazy("Passes went from %(from)s to %(to)s"),
    "Ratings.ModelRated": lazy("%(rater)s rated %(modelId)s with %(rating)s of 5"),
    "Ratings.RatingVoided": lazy("The rating of %(modelId)s by %(rater)s no longer counts"),
    "Pricing.PricingSet": lazy("How the price of %(modelId)s moves was set"),
    "Pricing.RatesSet": lazy(
        "A million tokens of %(modelId)s cost %(inPerM)s in and %(outPerM)s out, from %(from)s on"
    ),
    "Pricing.CallPriceSet": lazy("What a call of %(modelId)s costs was set, from %(from)s on"),
    "Pricing.DemandMoved": lazy("Demand moved the price of %(modelId)s"),
    "RevenueSplitter.SplitSet": lazy("Sales of %(modelId)s are shared among %(sharers)s"),
    "RevenueSplitter.RoyaltySet": lazy("%(modelId)s pays %(bps)s %% of its sales to the seller of %(parent)s"),
    "RevenueSplitter.Referred": lazy("%(amount)s of the fee goes to %(referrer)s for sending the buyer"),
    "RevenueSplitter.Credited": lazy("%(amount)s was credited to %(account)s, to withdraw"),
    "RevenueSplitter.Held": lazy("%(amount)s of sales of %(modelId)s is held until a ruling"),
    "RevenueSplitter.Released": lazy("%(amount)s of sales of %(modelId)s goes to the seller’s side again"),
    "RevenueSplitter.FeeVaultSet": lazy("Fees go to %(feeVault)s from now on"),
    "InferenceEscrow.Authorised": lazy("%(payer)s allowed a key to spend up to %(ceiling)s until %(validUntil)s"),
    "InferenceEscrow.Revoked": lazy("%(payer)s took a key’s allowance back"),
    "ModelSearch.TermsPosted": lazy("Search terms of %(modelId)s were posted"),
    "ProtocolParameters.ParameterSet": lazy("The parameter %(key)s was set from %(oldValue)s to %(newValue)s"),
    "ProtocolParameters.PausedUntil": lazy("%(by)s paused sales until %(until)s"),
    "ProtocolParameters.TokenSet": lazy("Whether sales may be paid in %(token)s was set"),
    "Registry.Registered": lazy("%(current)s is registered as %(name)s"),
    "DemoDollar.Transfer": lazy("%(from)s sent demo dollars to %(to)s"),
    "DemoDollar.Approval": lazy("%(owner)s let %(spender)s take demo dollars"),
    "DemoDollar.AuthorizationUsed": lazy("A payment that %(authorizer)s signed was made"),
    "DemoDollar.AuthorizationCanceled": lazy("%(authorizer)s took a signed payment back"),
    "AccessManager.RoleGranted": lazy("A role in the protocol was given to %(account)s"),
    "AccessManager.RoleRevoked": lazy("%(account)s lost a role in the protocol"),
    "AccessManager.OperationScheduled": lazy("%(caller)s scheduled a call of %(target)s"),
    "AccessManager.OperationExecuted": lazy("A scheduled call was made"),
    "AccessManager.OperationCanceled": lazy("A scheduled call was cancelled"),
    "AccessManager.TargetFunctionRoleUpdated": lazy("Who may call functions of %(target)s was set"),
}
# A purchase is said in its own way where it is a gift, and where what was bought is counted.
PURCHASES: dict[tuple[bool, bool], str | Promise] = {
    (False, True): lazy("%(buyer)s bought %(what)s of %(modelId)s for %(paid)s"),
    (True, False): lazy("%(buyer)s gave %(recipient)s %(what)s to %(modelId)s for %(paid)s"),
    (True, True): lazy("%(buyer)s gave %(recipient)s %(what)s of %(modelId)s for %(paid)s"),
}
# The title of what a stranger did, and the line below it that names them: a title must not begin with an address.
OTHERS: dict[str, Titles] = {
    PURCHASED: (lazy("%(modelId)s sold for %(paid)s"), lazy("%(what)s, bought by %(buyer)s")),
    REFUNDED: (lazy("%(amount)s was paid back for %(modelId)s"), lazy("Refunded by %(by)s")),
    DISPUTED: (
        lazy("A purchase of %(modelId)s is disputed"),
        lazy("%(amount)s waits for a ruling until %(ruleBy)s. Opened by %(buyer)s"),
    ),
    RULED: (
        lazy("A dispute over %(modelId)s was ruled for the %(winner)s"),
        lazy("Over %(amount)s, by %(by)s"),
    ),
    "AccessPass.Resold": (
        lazy("%(id)s resold for %(price)s"),
        lazy("%(quantity)s passes, from %(holder)s to %(buyer)s"),
    ),
    "ModelMarketplace.ModelListed": (lazy("%(modelId)s was listed"), lazy("By %(seller)s")),
    "InferenceEscrow.Deposited": (lazy("%(amount)s was deposited for calls"), lazy("By %(from)s, for %(payer)s")),
    "InferenceEscrow.Withdrawn": (lazy("%(amount)s of a deposit was withdrawn"), lazy("By %(payer)s")),
    "RevenueSplitter.Withdrawn": (lazy("%(amount)s was withdrawn"), lazy("By %(account)s")),
}
# What says too much for a title is parted, whoever did it.
LONG: dict[str, Titles] = {
    DISPUTED: (
        lazy("%(buyer)s disputed a purchase of %(modelId)s"),
        lazy("%(amount)s waits for a ruling until %(ruleBy)s"),
    ),
}
GIFT: Titles = (lazy("%(modelId)s sold for %(paid)s"), lazy("%(what)s, bought by %(buyer)s for %(recipient)s"))
# The same where it was done for the visitor, whom the named argument is.
FOR_YOU: dict[str, tuple[str, Titles]] = {
    PURCHASED: (
        "recipient",
        (lazy("You were given %(modelId)s"), lazy("%(what)s, bought by %(buyer)s for %(paid)s")),
    ),
    REFUNDED: ("buyer", (lazy("You got %(amount)s back for %(modelId)s"), lazy("Refunded by %(by)s"))),
}
RANK = {kind: place for place, kind in enumerate(SENTENCES)}


@dataclass(frozen=True)
class Told:
    """How an event of a higher app's contracts is told.

    ``words`` write arguments by their name, ``more`` gives what the sentence needs besides. ``other`` are the title and
    its line for what a stranger did, ``own`` those for what says too much for a title, whoever did it.
    """

    sentence: str | Promise
    words: Mapping[str, Write] = field(default_factory=dict)
    more: Callable[[Chain, Args], Mapping[str, str]] | None = None
    other: Titles | None = None
    own: Titles | None = None


TOLD: dict[str, Told] = {}


def tells(kinds: Mapping[str, Told]) -> None:
    """Register how events are told. A transaction that has one of them is named after it, in their order."""
    for place, (kind, told) in enumerate(kinds.items()):
        TOLD[kind], SENTENCES[kind], RANK[kind] = told, told.sentence, place - len(kinds)
        for titles, kept in ((told.other, OTHERS), (told.own, LONG)):
            if titles:
                kept[kind] = titles
