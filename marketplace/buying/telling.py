"""What a transaction did, in sentences: one for each kind of event that our contracts emit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from contracts.currencies import Currency, currency_of
from contracts.models import Chain, Event
from contracts.names import COIN, DAY
from marketplace.onchain.models.listings import NOT_OFFERED, ListingState, Plan
from marketplace.onchain.models.returns import PurchaseReturn

from .receipts import what_of
from .transfers import Names, Party, Transfer

Args = Mapping[str, Any]

MODELS = {"modelId", "id", "parent"}
AMOUNTS = {"amount", "price", "paid", "ceiling", "inPerM", "outPerM", "royalty", "fee", "lineage"}
MOMENTS = {"until", "ruleBy", "validUntil", "readyAt", "from", "expiry"}
ADDRESS_LENGTH = 42
LATEST = 2**33  # seconds since 1970: what lies beyond means for ever

REFERRED = "RevenueSplitter.Referred"
# In the order in which one of them is the title of a transaction that has several.
SENTENCES: dict[str, str | Promise] = {
    "ModelMarketplace.AccessPurchased": lazy("%(buyer)s bought %(what)s to %(modelId)s for %(paid)s"),
    "ModelMarketplace.PurchaseRefunded": lazy("%(amount)s was paid back to %(buyer)s for %(modelId)s, by %(by)s"),
    "ModelMarketplace.DisputeOpened": lazy(
        "%(buyer)s disputed a purchase of %(modelId)s; %(amount)s waits for a ruling until %(ruleBy)s"
    ),
    "ModelMarketplace.DisputeAnswered": lazy("The seller answered the dispute of %(buyer)s about %(modelId)s"),
    "ModelMarketplace.DisputeRuled": lazy("%(by)s ruled for the %(winner)s over %(amount)s paid for %(modelId)s"),
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
RANK = {kind: place for place, kind in enumerate(SENTENCES)}


def kind_of(event: Event) -> str:
    """Return the contract and the name of an event, as one."""
    return f"{event.contract}.{event.name}"


def model_ids(events: Iterable[Event]) -> set[str]:
    """Return the ids of the models that events name."""
    found = {_model_id(value) for event in events for key, value in event.args.items() if key in MODELS}
    return found - {"0x" + "0" * 64}


class Teller:
    """Puts the events of one transaction into words. ``models`` are names by model id.

    ``returned`` are the purchases among them that were taken back since, by their ref.
    """

    def __init__(
        self,
        chain: Chain,
        events: Sequence[Event],
        names: Names,
        models: Mapping[str, str],
        returned: Mapping[str, PurchaseReturn] | None = None,
    ) -> None:
        self.returned = returned or {}
        self.chain, self.events, self.names, self.models = chain, events, names, models
        tokens = [_flat(event.args).get("token") for event in events]
        # Some events name no token; the others of their transaction do.
        self._token = str(next((token for token in tokens if token), COIN))

    @property
    def title(self) -> str:
        """The sentence of what the transaction was for."""
        told = sorted((event for event in self.events if kind_of(event) in RANK), key=lambda each: RANK[kind_of(each)])
        return self.sentence(told[0]) if told else _("A change to the contracts of this marketplace")

    @property
    def sentences(self) -> list[str]:
        """What happened besides the title, in the chain's order, each sentence once."""
        told = dict.fromkeys(self.sentence(event) for event in self.events)
        return [sentence for sentence in told if sentence != self.title]

    def sentence(self, event: Event) -> str:
        """Return what one event says."""
        pattern = SENTENCES.get(kind_of(event))
        if pattern is None:
            return _("%(contract)s noted: %(name)s") % {"contract": event.contract, "name": event.name}
        args = _flat(event.args)
        pattern = self._special(kind_of(event), args) or pattern
        pattern = str(pattern)
        words = {key: self._word(key, value, args) for key, value in args.items()} | self._more(args)
        return pattern % {key: self._in_place(key, word, pattern) for key, word in words.items()}

    def _in_place(self, key: str, word: str, pattern: str) -> str:
        """Return a word as it stands in the sentence: only at its beginning the visitor has a capital letter."""
        return _("you") if word == _("You") and not pattern.startswith(f"%({key})s") else word

    def _special(self, kind: str, args: Args) -> str:
        """Return the sentence of an event that says something else than its kind, empty for the others."""
        if kind == "ModelMarketplace.PlanSet" and args["price"] == NOT_OFFERED:
            return _("%(plan)s to %(modelId)s is no longer sold")
        if kind == "ModelMarketplace.AccessPurchased":
            counted = args["plan"] == Plan.SUBSCRIPTION or int(args["quantity"]) > 1
            return str(PURCHASES.get((args["recipient"].lower() != args["buyer"].lower(), counted), ""))
        if kind == "ModelMarketplace.PurchaseRefunded" and args["by"].lower() == args["buyer"].lower():
            return _("%(amount)s was paid back to %(buyer)s for %(modelId)s")
        if kind != "AccessPass.TransferSingle":
            return ""
        n = int(args["value"])
        if args["from"] == COIN:
            return ngettext(
                "A pass of %(id)s was made for %(to)s", "%(value)s passes of %(id)s were made for %(to)s", n
            )
        if args["to"] == COIN:
            return ngettext(
                "A pass of %(id)s was taken back from %(from)s",
                "%(value)s passes of %(id)s were taken back from %(from)s",
                n,
            )
        return ngettext(
            "A pass of %(id)s went from %(from)s to %(to)s",
            "%(value)s passes of %(id)s went from %(from)s to %(to)s",
            n,
        )

    def transfers(self) -> list[Transfer]:
        """Return who paid what to whom by it."""
        # What is passed on of a fee is noted before the purchase that the fee is of.
        told = sorted(self.events, key=lambda event: kind_of(event) == REFERRED)
        return [each for event in told for each in self._transfers(kind_of(event), _flat(event.args))]

    def _transfers(self, kind: str, args: Args) -> list[Transfer]:
        make = FLOWS.get(kind)
        return make(self, args) if make else []

    def currency(self, args: Args) -> Currency:
        """Return what amounts of an event are counted in."""
        return currency_of(self.chain, str(args.get("token") or self._token))

    def _word(self, key: str, value: Any, args: Args) -> str:
        if key in MODELS:
            return self.models.get(_model_id(value)) or f"{_model_id(value)[:10]}…"
        if isinstance(value, str) and value.startswith("0x") and len(value) == ADDRESS_LENGTH:
            return self.names.party(value).text
        if key in AMOUNTS:
            return self.currency(args).brief_text(int(value))
        if key in MOMENTS:
            return _moment(int(value))
        if key == "day":
            return date_format(datetime.fromtimestamp(int(value) * DAY, UTC), "j F Y")
        return str(value)

    def _more(self, args: Args) -> dict[str, str]:
        more = {"winner": _("buyer") if args.get("forBuyer") else _("seller")}
        if "plan" in args:
            more["plan"] = str(Plan(args["plan"]).label).lower()
            more["what"] = what_of(args["plan"], int(args.get("quantity", 1)))
        if "state" in args and args["state"] in ListingState.values:
            more["state"] = str(ListingState(args["state"]).label).lower()
        if "bps" in args and not isinstance(args["bps"], list):
            more["bps"] = f"{int(args['bps']) / 100:g}"
        more["sharers"] = str(len(args["recipients"])) if "recipients" in args else ""
        return more


def _purchase(teller: Teller, args: Args) -> list[Transfer]:
    party, market, currency = teller.names.party, teller.names.market, teller.currency(args)
    paid, fee = int(args["paid"]), int(args["fee"])
    seller = party(str(args["modelId"])[:ADDRESS_LENGTH])
    # The first day on which it can be the seller's, as the receipt says it.
    day = date_format(datetime.fromtimestamp((int(args["maturityDay"]) + 1) * DAY, UTC), "j M")
    since = teller.returned.get(args["ref"])
    held = _("the sale, held until %(day)s") % {"day": day}
    if since and since.is_paid_back:
        held = _("the sale, held until it was paid back")
    elif since and since.is_disputed:
        held = _("the sale, held until a ruling")
    percent = f"{round(fee * 100 / paid, 2) if paid else 0:g}"
    return [
        Transfer(party(args["buyer"]), market, what_of(args["plan"], int(args["quantity"])), paid, currency),
        Transfer(market, seller, held, paid - fee, currency),
        Transfer(market, Party(_("Protocol")), _("fee, %(percent)s %%") % {"percent": percent}, fee, currency),
    ]


def _referred(teller: Teller, args: Args) -> list[Transfer]:
    sent, amount = _("of the fee, for sending the buyer"), int(args["amount"])
    return [Transfer(Party(_("Protocol")), teller.names.party(args["referrer"]), sent, amount, teller.currency(args))]


def _simple(payer: str, payee: str, purpose: str | Promise) -> Callable[[Teller, Args], list[Transfer]]:
    """Return what makes a row of an event; an empty name is the marketplace."""

    def made(teller: Teller, args: Args) -> list[Transfer]:
        def side(name: str) -> Party:
            return teller.names.party(args[name]) if name else teller.names.market

        return [Transfer(side(payer), side(payee), str(purpose), int(args["amount"]), teller.currency(args))]

    return made


def _resale(teller: Teller, args: Args) -> list[Transfer]:
    party, currency = teller.names.party, teller.currency(args)
    price, royalty = int(args["price"]), int(args["royalty"])
    seller = party(_model_id(args["id"])[:ADDRESS_LENGTH])
    return [
        Transfer(party(args["buyer"]), party(args["holder"]), _("passes"), price - royalty, currency),
        Transfer(party(args["buyer"]), seller, _("royalty"), royalty, currency),
    ]


FLOWS: dict[str, Callable[[Teller, Args], list[Transfer]]] = {
    "ModelMarketplace.AccessPurchased": _purchase,
    "AccessPass.Resold": _resale,
    REFERRED: _referred,
    "RevenueSplitter.Credited": _simple("", "account", lazy("credited, to withdraw")),
    "RevenueSplitter.Withdrawn": _simple("", "account", lazy("withdrawn")),
    "InferenceEscrow.Deposited": _simple("from", "", lazy("deposit for calls")),
    "InferenceEscrow.Charged": _simple("payer", "", lazy("calls")),
    "InferenceEscrow.Withdrawn": _simple("", "payer", lazy("deposit, withdrawn")),
}


def _flat(args: Args) -> dict[str, Any]:
    """Return the arguments with those of their structs beside them."""
    structs = [value for value in args.values() if isinstance(value, dict)]
    return {**args, **{key: value for struct in structs for key, value in struct.items()}}


def _model_id(value: Any) -> str:
    """Return a model's id; a pass names it by the same number."""
    return value if isinstance(value, str) and value.startswith("0x") else f"0x{int(value):064x}"


def _moment(seconds: int) -> str:
    if seconds > LATEST:
        return _("further notice")
    return _("%(when)s UTC") % {"when": date_format(datetime.fromtimestamp(seconds, UTC), "j F Y, H:i")}
