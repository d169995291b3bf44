"""Sentences of what sellers and moderators set of a listing."""

from __future__ import annotations

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.names import COIN, MARKET, SPLITTER
from marketplace.onchain.models.listings import NOT_OFFERED, Plan
from marketplace.onchain.models.pricing import NO_RATE

from .words import Args, Caution, Line, Scene, Words, moment, per_cent, says

PLANS = {
    Plan.LASTING: lambda price: _("%(price)s a pass") % {"price": price},
    Plan.SUBSCRIPTION: lambda price: _("%(price)s for 30 days") % {"price": price},
    Plan.METERED: lambda price: _("%(price)s a call") % {"price": price},
}
NO_LIST = "0x" + "0" * 64  # the root of no access list; as a parent, no model


def _named(scene: Scene, args: Args) -> dict[str, str]:
    return {"model": scene.model(args["modelId"])}


def _plan(scene: Scene, terms: Args) -> str:
    price = scene.sum(terms["token"], terms["price"])
    # Any number can be asked for; the contract refuses those that are no plan.
    return PLANS[terms["plan"]](price) if terms["plan"] in PLANS else _("%(price)s, by no plan") % {"price": price}


@says(MARKET, "list")
def _list(scene: Scene, args: Args) -> Words:
    terms = args["terms"]
    lines = [Line(_("Price"), _plan(scene, plan)) for plan in terms["plans"]]
    lines += [Line(_("By use"), _rate(scene, rates)) for rates in terms["rates"]]
    if terms["parent"] != NO_LIST:
        words = {"part": per_cent(terms["royaltyBps"]), "model": scene.model(terms["parent"])}
        lines.append(Line(_("Royalty"), _("%(part)s to the seller of %(model)s") % words))
    if terms["recipients"]:
        lines.append(Line(_("Shared among"), str(len(terms["recipients"]))))
    lines.append(Line(_("Metadata"), terms["metadata"]))
    return Words(_("List %(model)s for sale") % _named(scene, terms), _listed(), lines)


def _listed() -> str:
    return _("It can be bought from the block on that holds this. You can pause the sale at any time.")


@says(MARKET, "listModel")
def _list_model(scene: Scene, args: Args) -> Words:
    lines = [
        Line(_("Price"), PLANS[Plan.LASTING](scene.sum(COIN, args["price"]))),
        Line(_("Metadata"), args["metadata"]),
    ]
    return Words(_("List %(model)s for sale") % _named(scene, args), _listed(), lines)


@says(MARKET, "setPlan")
def _set_plan(scene: Scene, args: Args) -> Words:
    terms, words = args["terms"], _named(scene, args)
    if terms["price"] == NOT_OFFERED:
        text = _("Nobody can buy it by this plan any more. What was bought stays.")
        return Words(
            _("Take a plan off %(model)s") % words,
            text,
            [Line(_("Plan"), str(dict(Plan.choices).get(terms["plan"], terms["plan"])))],
        )
    words["price"] = _plan(scene, terms)
    text = _("For purchases from now on. What was bought stays as it was.")
    return Words(_("Sell %(model)s at %(price)s") % words, text)


@says(MARKET, "setRates")
def _set_rates(scene: Scene, args: Args) -> Words:
    lines = [Line(_("By use"), _rate(scene, args["rates"]))]
    return Words(_("Set what use of %(model)s costs") % _named(scene, args), _("It counts after ten minutes."), lines)


def _rate(scene: Scene, rates: Args) -> str:
    if NO_RATE in (rates["inPerM"], rates["outPerM"]):
        return _("not offered")
    words = {
        name: scene.money(rates["token"], rates[key]) for name, key in (("read", "inPerM"), ("written", "outPerM"))
    }
    return _("%(read)s read, %(written)s written, for 1,000,000 tokens") % words


@says(MARKET, "setPricing")
def _set_pricing(scene: Scene, args: Args) -> Words:
    terms = args["terms"]
    lines = [
        Line(_("Sales a day aimed at"), str(terms["target"]) if terms["target"] else _("none: the price stands still")),
        Line(_("Lowest"), per_cent(terms["floorBps"])),
        Line(_("Highest"), per_cent(terms["capBps"])),
        Line(_("Quality adds up to"), per_cent(terms["premiumBps"])),
        *(
            Line(_("From %(n)s on") % {"n": each["from"]}, _("%(part)s less") % {"part": per_cent(each["discountBps"])})
            for each in terms["tiers"]
        ),
    ]
    return Words(_("Let the price of %(model)s move") % _named(scene, args), "", lines)


@says(MARKET, "setAccessList")
def _access_list(scene: Scene, args: Args) -> Words:
    if args["root"] == NO_LIST:
        return Words(_("Let everybody buy %(model)s") % _named(scene, args))
    text = _("Everybody else is refused by the contract.")
    return Words(
        _("Let only a list of accounts buy %(model)s") % _named(scene, args), text, [Line(_("List"), args["root"])]
    )


@says(MARKET, "setSearchTerms")
def _set_search_terms(scene: Scene, args: Args) -> Words:
    words = {"model": scene.model(args["modelId"])}
    terms = [bytes.fromhex(term[2:]).rstrip(b"\0").decode(errors="replace") for term in args["terms"]]
    text = _("Contracts find the model by these words, and by no earlier ones.")
    return Words(_("Set the search words of %(model)s") % words, text, [Line(_("Words"), ", ".join(terms) or "–")])


@says(MARKET, "setMetadata")
def _metadata(scene: Scene, args: Args) -> Words:
    text = _("It says on chain which version is the newest. The earlier ones stay readable.")
    return Words(
        _("Publish new metadata of %(model)s") % _named(scene, args), text, [Line(_("Metadata"), args["metadata"])]
    )


@says(MARKET, "pauseListing")
def _pause(scene: Scene, args: Args) -> Words:
    return Words(
        _("Pause the sale of %(model)s") % _named(scene, args), _("Access and payouts go on. You can resume it.")
    )


@says(MARKET, "resumeListing")
def _resume(scene: Scene, args: Args) -> Words:
    return Words(_("Sell %(model)s again") % _named(scene, args), _("At the prices that were set last."))


@says(MARKET, "retireListing")
def _retire(scene: Scene, args: Args) -> Words:
    last = Caution(_("This cannot be undone"), _("The model can never be sold under this id again."), serious=True)
    text = _("Access and payouts go on.")
    return Words(_("End the sale of %(model)s for good") % _named(scene, args), text, warnings=[last])


@says(MARKET, "suspend")
def _suspend(scene: Scene, args: Args) -> Words:
    until = moment(args["until"])
    if until is None or until <= timezone.now():
        return Words(_("End the suspension of %(model)s") % _named(scene, args), _("It can be bought again."))
    text = _("Nobody can buy it until then. Access, refunds and payouts go on.")
    return Words(
        _("Suspend the sale of %(model)s") % _named(scene, args),
        text,
        [Line(_("Until"), date_format(until, "j M Y, H:i"))],
    )


@says(MARKET, "setFeatured")
def _feature(scene: Scene, args: Args) -> Words:
    titles = {True: _("Feature %(model)s"), False: _("Stop featuring %(model)s")}
    return Words(titles[args["featured"]] % _named(scene, args))


@says(SPLITTER, "setSplit")
def _split(scene: Scene, args: Args) -> Words:
    shares = zip(args["recipients"], args["bps"], strict=False)
    lines = [Line(scene.who(each), per_cent(bps)) for each, bps in shares]
    title = ngettext(
        "Pay what %(model)s earns to %(n)s account", "Share what %(model)s earns among %(n)s accounts", len(lines)
    )
    words = {**_named(scene, args), "n": len(lines)}
    return Words(title % words, _("For sales from now on. What was sold stays shared as it was."), lines)
