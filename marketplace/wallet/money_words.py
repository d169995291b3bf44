"""Sentences of money that is credited, drawn, allowed or paid in: the splitter, tokens, the escrow."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from contracts.chain import codec
from contracts.chain.client import client
from contracts.currencies import ERC20
from contracts.names import DEMO_DOLLAR, ESCROW, SPLITTER

from .words import UNLIMITED, Args, Caution, Line, Scene, Words, day_text, is_coin, moment, per_cent, says, signed

FAUCET = 1_000 * 10**6  # smallest units of the demo dollar, as its contract gives at once


def view(scene: Scene, contract: str, function: str, *args: object) -> int:
    """Return the number that one of our contracts answers. Raises ChainError."""
    data = codec.call_data(contract, function, list(args))
    answer = client(scene.chain).eth_call(scene.chain.deployment[contract], data)
    return int(codec.decode_result(contract, function, answer))


@says(SPLITTER, "withdraw", "withdrawTo")
def _withdraw(scene: Scene, args: Args) -> Words:
    token, recipient = args["token"], args.get("recipient", scene.sender)
    drawn = view(scene, SPLITTER, "credits", scene.sender, token)
    words = {"sum": scene.sum(token, drawn), "who": scene.who(recipient)}
    if recipient != scene.sender:
        lines = [Line(_("%(who)s gets") % words, words["sum"]), Line(_("To"), recipient)]
        return Words(_("Withdraw %(sum)s to %(who)s") % words, _("All of your credit in this currency."), lines)
    lines = [Line(_("You get"), signed(drawn, scene.currency(token)), comes=True)]
    return Words(_("Withdraw %(sum)s") % words, _("All of your credit in this currency."), lines, {token: drawn})


@says(SPLITTER, "distribute")
def _distribute(scene: Scene, args: Args) -> Words:
    words = {"model": scene.model(args["modelId"]), "day": day_text(args["day"])}
    text = _("It credits the shares of what matured. Nobody's wallet is paid by it; each draws its own credit.")
    lines = [Line(scene.who(each), per_cent(bps)) for each, bps in zip(args["recipients"], args["bps"], strict=False)]
    return Words(_("Credit what %(model)s earned, matured on %(day)s") % words, text, lines)


@says(SPLITTER, "distributeReferral")
def _referral(scene: Scene, args: Args) -> Words:
    words = {"day": day_text(args["day"]), "who": scene.who(args["referrer"])}
    return Words(_("Credit what referrals earned for %(who)s, matured on %(day)s") % words)


@says(ERC20, "faucet")
def _faucet(scene: Scene, args: Args) -> Words:
    token = args["token"]
    if token != scene.chain.deployment.get(DEMO_DOLLAR):  # others may call anything by that name
        words = {"function": "faucet", "who": scene.who(token)}
        return Words(_("Call %(function)s of %(who)s") % words, _("The wallet does not know what it does."))
    lines = [Line(_("You get"), signed(FAUCET, scene.currency(token)), comes=True)]
    text = _("They cost nothing and are worth nothing. You can get some once in 24 hours.")
    return Words(_("Get %(sum)s") % {"sum": scene.sum(token, FAUCET)}, text, lines, {token: FAUCET})


@says(ERC20, "approve")
def _approve(scene: Scene, args: Args) -> Words:
    token, who = args["token"], scene.who(args["spender"])
    words = {"who": who, "sum": scene.sum(token, args["value"]), "unit": scene.currency(token).unit}
    if not args["value"]:
        text = _("What is left of an earlier permission ends.")
        return Words(_("Forbid %(who)s to take your %(unit)s") % words, text)
    warnings = allowance_warnings(scene, token, args["spender"], args["value"])
    title = (
        _("Let %(who)s take up to %(sum)s") if args["value"] < UNLIMITED else _("Let %(who)s take all your %(unit)s")
    )
    text = _("It stands until it is used up or you forbid it.")
    return Words(title % words, text, [Line(_("Who may take it"), who)], warnings=warnings)


def allowance_warnings(scene: Scene, token: str, spender: str, value: int) -> list[Caution]:
    """Return what to know of an allowance: of an account that nobody vouches for, or without a limit."""
    warnings = []
    if not scene.contract(spender):
        text = _("%(who)s is none of the marketplace's contracts. It could take this at any time.")
        warnings.append(Caution(_("Who may take it is unknown"), text % {"who": spender}, serious=True))
    if value >= UNLIMITED:
        text = _("It allows all that you have of %(unit)s, now and later.") % {"unit": scene.currency(token).unit}
        warnings.append(Caution(_("There is no limit"), text, serious=True))
    return warnings


@says(ERC20, "transfer", "transferFrom")
def _transfer(scene: Scene, args: Args) -> Words:
    token, owner = args["token"], args.get("from", scene.sender)
    words = {"sum": scene.sum(token, args["value"]), "who": scene.who(args["to"]), "owner": scene.who(owner)}
    own = owner == scene.sender
    title = _("Send %(sum)s to %(who)s") if own else _("Move %(sum)s from %(owner)s to %(who)s")
    moves = {token: -args["value"]} if own else {}
    return Words(title % words, _("It cannot be taken back."), [Line(_("To"), args["to"])], moves)


@says(ERC20, "permit")
def _permit(scene: Scene, args: Args) -> Words:
    token = args["token"]
    words = {"who": scene.who(args["spender"]), "sum": scene.sum(token, args["value"])}
    lines = [Line(_("Whose"), scene.who(args["owner"]))]
    title = _("Hand in a permission: %(who)s may take %(sum)s") % words
    return Words(title, _("Its owner signed it before."), lines, until=moment(args["deadline"]))


@says(ESCROW, "deposit", "depositWithPermit")
def _deposit(scene: Scene, args: Args) -> Words:
    token, amount = args["token"], args["amount"]
    words = {"sum": scene.sum(token, amount), "who": scene.who(args["payer"])}
    title = _("Deposit %(sum)s for use by call") if args["payer"] == scene.sender else _("Deposit %(sum)s for %(who)s")
    moves = {} if is_coin(token) else {token: -amount}
    return Words(title % words, _("Metered use is paid from it. What is not used can be withdrawn."), moves=moves)


@says(ESCROW, "authorise", "depositAndAuthorise", "depositAndAuthoriseWithPermit")
def _authorise(scene: Scene, args: Args) -> Words:
    terms = args["authorisation"]
    token, amount = terms["token"], args.get("amount", 0)
    until = moment(terms["validUntil"])
    lines = [
        Line(_("At most, in all"), scene.money(token, terms["ceiling"])),
        Line(_("Until"), date_format(until, "j M Y, H:i") if until else _("without an end")),
        Line(_("Key"), terms["keyId"]),
    ]
    if amount:
        lines.insert(0, Line(_("Deposit"), scene.money(token, amount)))
    moves = {} if is_coin(token) else {token: -amount}
    title = _("Let an API key spend %(sum)s") % {"sum": scene.sum(token, terms["ceiling"])}
    return Words(title, _("It pays for calls from your deposit, never more than this."), lines, moves)


@says(ESCROW, "revoke")
def _revoke(scene: Scene, args: Args) -> Words:
    text = _("It can never be used again. What it used until now may still be charged for two days.")
    return Words(_("End an API key for good"), text, [Line(_("Key"), args["keyId"])])


@says(ESCROW, "requestWithdraw")
def _request_withdraw(scene: Scene, args: Args) -> Words:
    words = {"sum": scene.sum(args["token"], args["amount"])}
    if not args["amount"]:
        return Words(_("Take back your request to withdraw"))
    text = _("You can draw it when the delay is over; use that came before may still be charged.")
    return Words(_("Ask to withdraw %(sum)s of your deposit") % words, text)


@says(ESCROW, "withdraw", "withdrawTo")
def _withdraw_deposit(scene: Scene, args: Args) -> Words:
    recipient = args.get("recipient", scene.sender)
    words = {"unit": scene.currency(args["token"]).unit, "who": scene.who(recipient)}
    title = (
        _("Withdraw your deposit in %(unit)s") if recipient == scene.sender else _("Withdraw your deposit to %(who)s")
    )
    return Words(title % words, _("What you asked for, or what charges have left of it."))
