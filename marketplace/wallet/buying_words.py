"""Sentences of buying, of giving back, and of what holders do with their passes."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.names import COIN, MARKET, PASS
from marketplace.listings.offers import sale_terms
from marketplace.onchain.models.listings import Plan

from .words import Args, Caution, Line, Scene, Words, is_coin, moment, per_cent, says

NOBODY = COIN  # the zero address


def _what(plan: int, quantity: int) -> str:
    """Return what is bought, in words."""
    if plan == Plan.LASTING:
        return ngettext("%(n)s pass", "%(n)s passes", quantity) % {"n": quantity}
    return ngettext("%(n)s period of 30 days", "%(n)s periods of 30 days", quantity) % {"n": quantity}


@says(MARKET, "purchase", "purchaseWithProof")
def _purchase(scene: Scene, args: Args) -> Words:
    order = args["order"]
    model, token = scene.model(order["modelId"]), order["token"]
    price, what = scene.sum(token, order["maxPrice"]), _what(order["plan"], order["quantity"])
    is_gift = order["recipient"] != scene.sender
    lines = [Line(_("You get"), what, comes=True), Line(_("You pay"), scene.money(token, order["maxPrice"]))]
    if is_gift:
        lines[0] = Line(_("%(who)s gets") % {"who": scene.who(order["recipient"])}, what)
    if order["referrer"] != NOBODY:
        lines.append(Line(_("Sent by"), scene.who(order["referrer"])))
    words = {"model": model, "price": price, "who": scene.who(order["recipient"])}
    title = _("Give %(model)s to %(who)s for %(price)s") if is_gift else _("Buy %(model)s for %(price)s")
    moves = {} if is_coin(token) else {token: -order["maxPrice"]}
    return Words(title % words, _refundable(scene), lines, moves, until=moment(order["deadline"]))


@says(MARKET, "purchaseAccess")
def _purchase_access(scene: Scene, args: Args) -> Words:
    words = {"model": scene.model(args["modelId"]), "price": scene.money(COIN, scene.value)}
    lines = [Line(_("You get"), _what(Plan.LASTING, 1), comes=True), Line(_("You pay"), words["price"])]
    return Words(_("Buy %(model)s for %(price)s") % words, _refundable(scene), lines)


def _refundable(scene: Scene) -> str:
    last = timezone.now() + timedelta(days=sale_terms(scene.chain).refund_days)
    return _("Refundable until %(day)s.") % {"day": date_format(last, "j M")}


@says(MARKET, "permit")
def _allow(scene: Scene, args: Args) -> Words:
    said = scene.sum(args["token"], args["value"])
    return Words(
        _("Hand in your permission to take %(sum)s") % {"sum": said},
        _("You signed it before. It lets the marketplace take this much, once."),
        [Line(_("At most"), scene.money(args["token"], args["value"]))],
        until=moment(args["deadline"]),
    )


@says(MARKET, "refund")
def _refund(scene: Scene, args: Args) -> Words:
    bought, model = args["p"], scene.model(args["modelId"])
    paid = scene.sum(bought["token"], bought["paid"])
    words = {"sum": paid, "who": scene.who(args["buyer"]), "model": model}
    what = f"{_what(bought['plan'], bought['quantity'])}, {model}"
    if args["buyer"] != scene.sender:
        text = _("Your buyer gets all of the money back and loses the access. The amount leaves what you have sold.")
        lines = [Line(_("%(who)s gets") % words, paid), Line(_("They give back"), what)]
        return Words(_("Refund %(sum)s to %(who)s for %(model)s") % words, text, lines)
    text = _("You give up access and get all your money back as credit. Withdraw it from your account.")
    lines = [Line(_("You get, as credit"), f"+{paid}", comes=True), Line(_("You give back"), what)]
    return Words(_("Refund %(sum)s to %(who)s for %(model)s") % words, text, lines)


@says(MARKET, "openDispute")
def _open_dispute(scene: Scene, args: Args) -> Words:
    bought, words = args["p"], {"model": scene.model(args["modelId"])}
    paid = scene.sum(bought["token"], bought["paid"])
    return Words(
        _("Dispute your purchase of %(model)s") % words,
        _("A moderator rules on it. Until then the money waits, and you cannot run the model."),
        [
            Line(_("In dispute"), paid),
            Line(_("You give up for now"), _what(bought["plan"], bought["quantity"])),
            Line(_("Evidence"), args["evidence"] or "–"),
        ],
    )


@says(MARKET, "answerDispute")
def _answer_dispute(scene: Scene, args: Args) -> Words:
    bought, words = args["p"], {"model": scene.model(args["modelId"])}
    return Words(
        _("Answer a dispute about %(model)s") % words,
        _("Without a ruling in time the money then goes to you, and no longer back to the buyer."),
        [
            Line(_("In dispute"), scene.sum(bought["token"], bought["paid"])),
            Line(_("Buyer"), scene.who(args["buyer"])),
            Line(_("Answer"), args["answer"] or "–"),
        ],
    )


@says(MARKET, "ruleDispute")
def _rule(scene: Scene, args: Args) -> Words:
    bought = args["p"]
    sides = {True: _("Rule for the buyer of %(model)s"), False: _("Rule for the seller of %(model)s")}
    effects = {
        True: _("The buyer is credited with all of the money."),
        False: _("The buyer has the access back, and the money goes to the seller."),
    }
    lines = [
        Line(_("In dispute"), scene.sum(bought["token"], bought["paid"])),
        Line(_("Buyer"), scene.who(args["buyer"])),
        Line(_("Reason"), args["reason"] or "–"),
    ]
    return Words(sides[args["forBuyer"]] % {"model": scene.model(args["modelId"])}, effects[args["forBuyer"]], lines)


@says(MARKET, "closeDispute")
def _close(scene: Scene, args: Args) -> Words:
    bought = args["p"]
    text = _("You take the dispute back: the access comes back, and the money goes to the seller.")
    if args["buyer"] != scene.sender:
        text = _("If you are the seller, you give in and the buyer is credited. Else the time for a ruling is over.")
    lines = [Line(_("In dispute"), scene.sum(bought["token"], bought["paid"]))]
    return Words(_("End the dispute about %(model)s") % {"model": scene.model(args["modelId"])}, text, lines)


@says(MARKET, "rateModel")
def _rate(scene: Scene, args: Args) -> Words:
    words = {"model": scene.model(args["modelId"]), "n": args["rating"]}
    text = _("It takes the place of an earlier rating of yours, and stands on chain for everybody to see.")
    lines = [Line(_("Review"), args["review"])] if args["review"] else []
    return Words(_("Rate %(model)s %(n)s of 5") % words, text, lines)


@says(PASS, "safeTransferFrom", "safeBatchTransferFrom")
def _transfer(scene: Scene, args: Args) -> Words:
    pairs = zip(args["ids"], args["values"], strict=False) if "ids" in args else [(args["id"], args["value"])]
    lines = [Line(_("You give"), f"{_what(Plan.LASTING, count)}, {scene.model(model)}") for model, count in pairs]
    words = {"who": scene.who(args["to"]), "n": len(lines)}
    title = ngettext("Give your passes to %(who)s", "Give passes of %(n)s models to %(who)s", len(lines)) % words
    text = _("It cannot be taken back. Whoever has the passes may run the model; you may not any more.")
    return Words(title, text, [*lines, Line(_("To"), args["to"])])


@says(PASS, "setApprovalForAll")
def _operator(scene: Scene, args: Args) -> Words:
    who = {"who": scene.who(args["operator"])}
    if not args["approved"]:
        return Words(_("Forbid %(who)s to move your passes") % who)
    about = Caution(
        _("It allows all of your passes"),
        _("%(who)s may move every pass that you have, now and later, until you forbid it.") % who,
        serious=not scene.contract(args["operator"]),
    )
    return Words(_("Let %(who)s move all of your passes") % who, warnings=[about])


@says(PASS, "offer")
def _offer(scene: Scene, args: Args) -> Words:
    token, each = args["token"], args["unitPrice"]
    words = {"n": args["quantity"], "model": scene.model(args["id"]), "price": scene.sum(token, each)}
    offered = ngettext(
        "Offer %(n)s pass of %(model)s for %(price)s", "Offer %(n)s passes of %(model)s for %(price)s each", words["n"]
    )
    text = _("Anybody may accept it until it ends. The money is credited to you, without the seller's part.")
    return Words(offered % words, text, until=moment(args["deadline"]))


@says(PASS, "withdrawOffer")
def _withdraw_offer(scene: Scene, args: Args) -> Words:
    return Words(_("Take back your offer of %(model)s") % {"model": scene.model(args["id"])})


@says(PASS, "accept")
def _accept(scene: Scene, args: Args) -> Words:
    token, price = args["token"], args["unitPrice"] * args["quantity"]
    words = {"model": scene.model(args["id"]), "price": scene.sum(token, price), "who": scene.who(args["holder"])}
    lines = [
        Line(_("%(who)s gets") % {"who": scene.who(args["recipient"])}, _what(Plan.LASTING, args["quantity"])),
        Line(_("You pay"), scene.money(token, price)),
    ]
    moves = {} if is_coin(token) else {token: -price}
    text = _("Second hand: a resale cannot be refunded.")
    return Words(_("Buy %(model)s from %(who)s for %(price)s") % words, text, lines, moves)


@says(PASS, "allowTransfers")
def _transfers(scene: Scene, args: Args) -> Words:
    titles = {True: _("Allow transfers of %(model)s"), False: _("Forbid transfers of %(model)s")}
    text = _("It is about passes that can no longer be refunded.")
    return Words(titles[args["allowed"]] % {"model": scene.model(args["modelId"])}, text)


@says(PASS, "allowResale")
def _resale(scene: Scene, args: Args) -> Words:
    titles = {True: _("Allow resale of %(model)s"), False: _("Forbid resale of %(model)s")}
    lines = [Line(_("Your part of each resale"), per_cent(args["royaltyBps"]))] if args["allowed"] else []
    return Words(titles[args["allowed"]] % {"model": scene.model(args["modelId"])}, lines=lines)
