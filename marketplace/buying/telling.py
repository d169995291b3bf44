"""What a transaction did, in sentences: one for each kind of event that our contracts emit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.template.defaultfilters import capfirst
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

from .event_words import (
    FOR_YOU,
    GIFT,
    LONG,
    OTHERS,
    PURCHASED,
    PURCHASES,
    RANK,
    REFERRED,
    REFUNDED,
    SENTENCES,
    TOLD,
    Args,
    Titles,
)
from .receipts import Share, what_of
from .transfers import Names, Party, Transfer, protocol

MODELS = {"modelId", "id", "parent"}
AMOUNTS = {"amount", "price", "paid", "ceiling", "inPerM", "outPerM", "royalty", "fee", "lineage"}
MOMENTS = {"until", "ruleBy", "validUntil", "readyAt", "from", "expiry"}
ADDRESS_LENGTH = 42
LATEST = 2**33  # seconds since 1970: what lies beyond means for ever


def kind_of(event: Event) -> str:
    """Return the contract and the name of an event, as one."""
    return f"{event.contract}.{event.name}"


def model_ids(events: Iterable[Event]) -> set[str]:
    """Return the ids of the models that events name."""
    found = {_model_id(value) for event in events for key, value in event.args.items() if key in MODELS}
    return found - {"0x" + "0" * 64}


@dataclass(frozen=True)
class Sold:
    """What is known of a transaction's purchases by their ref: what took them back since, and who shares them."""

    returned: Mapping[str, PurchaseReturn] = field(default_factory=dict)
    shares: Mapping[str, Sequence[Share]] = field(default_factory=dict)


class Teller:
    """Puts the events of one transaction into words. ``models`` are names by model id."""

    def __init__(
        self,
        chain: Chain,
        events: Sequence[Event],
        names: Names,
        models: Mapping[str, str],
        sold: Sold | None = None,
    ) -> None:
        self.sold = sold or Sold()
        self.chain, self.events, self.names, self.models = chain, events, names, models
        tokens = [_flat(event.args).get("token") for event in events]
        # Some events name no token; the others of their transaction do.
        self._token = str(next((token for token in tokens if token), COIN))

    @property
    def title(self) -> str:
        """The sentence of what the transaction was for."""
        if self._main is None:
            return _("A change to the contracts of this marketplace")
        titles = self._titles(self._main)
        return self._said(self._main, str(titles[0])) if titles else self.sentence(self._main)

    @property
    def line(self) -> str:
        """Who did it, where the title does not say so; else empty."""
        titles = self._titles(self._main) if self._main else None
        return capfirst(self._said(self._main, str(titles[1]))) if self._main and titles else ""

    @property
    def sentences(self) -> list[str]:
        """What happened besides the title, in the chain's order, each sentence once."""
        main = self.sentence(self._main) if self._main else None
        told = dict.fromkeys(self.sentence(event) for event in self.events)
        return [sentence for sentence in told if sentence != main]

    @property
    def is_governing(self) -> bool:
        """Whether the transaction was for something that a higher app tells: a deed of the DAO's."""
        return self._main is not None and kind_of(self._main) in TOLD

    @property
    def proposal(self) -> int:
        """The number of the proposal that the transaction was about, 0 where it was about none."""
        return int(self._main.args.get("proposalId", 0)) if self._main else 0

    @cached_property
    def _main(self) -> Event | None:
        """The event that the transaction was for."""
        told = [event for event in self.events if kind_of(event) in RANK]
        return min(told, key=lambda each: RANK[kind_of(each)], default=None)

    def _titles(self, event: Event) -> Titles | None:
        """Return a title and the line below it, for what a stranger did and what is long; None for the rest."""
        kind, args = kind_of(event), _flat(event.args)
        if kind not in OTHERS or not self.sentence(event).startswith("0x"):
            return LONG.get(kind)
        whose, titles = FOR_YOU.get(kind, ("", OTHERS[kind]))
        if whose and self.names.party(args[whose]).name == _("You"):
            return titles
        is_gift = kind == PURCHASED and args["recipient"].lower() != args["buyer"].lower()
        return GIFT if is_gift else OTHERS[kind]

    def sentence(self, event: Event) -> str:
        """Return what one event says."""
        pattern = SENTENCES.get(kind_of(event))
        if pattern is None:
            return _("%(contract)s noted: %(name)s") % {"contract": event.contract, "name": event.name}
        return self._said(event, self._special(kind_of(event), _flat(event.args)) or str(pattern))

    def _said(self, event: Event, pattern: str) -> str:
        args = _flat(event.args)
        words = {key: self._word(key, value, args) for key, value in args.items()} | self._more(args)
        if told := TOLD.get(kind_of(event)):
            words |= {key: write(self.chain, args[key]) for key, write in told.words.items()}
            words |= told.more(self.chain, args) if told.more else {}
        return pattern % {key: self._in_place(key, word, pattern) for key, word in words.items()}

    def _in_place(self, key: str, word: str, pattern: str) -> str:
        """Return a word as it stands in the sentence: only at its beginning the visitor has a capital letter."""
        return _("you") if word == _("You") and not pattern.startswith(f"%({key})s") else word

    def _special(self, kind: str, args: Args) -> str:
        """Return the sentence of an event that says something else than its kind, empty for the others."""
        if kind == "ModelMarketplace.PlanSet" and args["price"] == NOT_OFFERED:
            return _("%(plan)s to %(modelId)s is no longer sold")
        if kind == PURCHASED:
            counted = args["plan"] == Plan.SUBSCRIPTION or int(args["quantity"]) > 1
            return str(PURCHASES.get((args["recipient"].lower() != args["buyer"].lower(), counted), ""))
        if kind == REFUNDED and args["by"].lower() == args["buyer"].lower():
            return _("%(buyer)s took a refund of %(amount)s for %(modelId)s")
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
            return date_format(datetime.fromtimestamp(int(value) * DAY, UTC), "j M Y")
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
    since = teller.sold.returned.get(args["ref"])
    held = _("held until %(day)s") % {"day": day}
    if since and since.is_paid_back:
        held = _("held until it was paid back")
    elif since and since.is_disputed:
        held = _("held until a ruling")
    shares = teller.sold.shares.get(args["ref"]) or [Share(seller.address, paid - fee)]
    percent = f"{round(fee * 100 / paid, 2) if paid else 0:g}"
    return [
        Transfer(party(args["buyer"]), market, what_of(args["plan"], int(args["quantity"])), paid, currency),
        *(
            Transfer(market, each.party(teller.names, seller), each.purpose(seller, held), each.amount, currency)
            for each in shares
        ),
        Transfer(market, protocol(), _("fee, %(percent)s %%") % {"percent": percent}, fee, currency),
    ]


def _referred(teller: Teller, args: Args) -> list[Transfer]:
    sent, amount = _("of the fee, for sending the buyer"), int(args["amount"])
    return [Transfer(protocol(), teller.names.party(args["referrer"]), sent, amount, teller.currency(args))]


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
    PURCHASED: _purchase,
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
    return _("%(when)s UTC") % {"when": date_format(datetime.fromtimestamp(seconds, UTC), "j M Y, H:i")}
