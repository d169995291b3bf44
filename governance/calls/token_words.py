"""Sentences of ERC-20 tokens, LATTICE among them: what leaves the treasury, and what its caps refuse."""

from __future__ import annotations

from django.utils.translation import gettext as _

from contracts.currencies import ERC20
from contracts.names import CLAIM, DEMO_DOLLAR, TOKEN, TREASURY, VESTING

from .reading import Call
from .words import Payment, Said, Scene, Warned, says

UNLIMITED = 2**128  # smallest units; an allowance of as many has no limit that anybody would reach
TOKENS = (ERC20, TOKEN, DEMO_DOLLAR) if ERC20 != DEMO_DOLLAR else (ERC20, TOKEN)


def _transfer(scene: Scene, call: Call) -> Said:
    amount, to = int(call.args["value"]), call.args["to"]
    words = {"sum": scene.money(call.target, amount), "who": scene.who_exactly(to)}
    owner = call.args.get("from", scene.ours.get(TREASURY, ""))
    if owner != scene.ours.get(TREASURY, ""):
        words["owner"] = scene.who_exactly(owner)
        return Said(_("Move %(sum)s from %(owner)s to %(who)s") % words, kind="payment")
    paid = Payment(call.target, amount, to)
    return Said(_("Pay %(sum)s to %(who)s") % words, payment=paid, warnings=token_warnings(scene, call), kind="payment")


def token_warnings(scene: Scene, call: Call) -> list[Warned]:
    """Return what to know of a token that neither the market nor the treasury knows."""
    if scene.knows_token(call.target):
        return []
    text = _("%(token)s is no currency of the market, and the treasury’s caps do not hold for it.")
    return [Warned(_("The token is unknown"), text % {"token": scene.who_exactly(call.target)}, serious=True)]


def _approve(scene: Scene, call: Call) -> Said:
    amount, spender = int(call.args["value"]), call.args["spender"]
    words = {
        "sum": scene.money(call.target, amount),
        "who": scene.who_exactly(spender),
        "unit": scene.currency(call.target).unit,
    }
    warned = [
        *token_warnings(scene, call),
        Warned(
            _("Somebody could take it later"),
            _("The treasury refuses this for every asset under its caps; for others nothing bounds what is taken."),
            serious=True,
        ),
    ]
    if amount >= UNLIMITED:
        title = _("Let %(who)s take all of the treasury’s %(unit)s, now and later")
    else:
        title = _("Let %(who)s take up to %(sum)s from the treasury")
    return Said(title % words, warnings=warned, kind="allowance")


def _permit(scene: Scene, call: Call) -> Said:
    words = {"who": scene.who_exactly(call.args["spender"]), "owner": scene.who_exactly(call.args["owner"])}
    return Said(_("Hand in a permission of %(owner)s for %(who)s to take its tokens") % words, kind="allowance")


for _token in TOKENS:
    says(_token, "transfer", "transferFrom")(_transfer)
    says(_token, "approve")(_approve)
    says(_token, "permit")(_permit)


@says(TOKEN, "delegate")
def _delegate(scene: Scene, call: Call) -> Said:
    words = {"who": scene.who_exactly(call.args["delegatee"])}
    text = _("What the treasury holds never votes, and it refuses this call.")
    return Said(_("Delegate the treasury’s votes to %(who)s") % words, text, kind="call")


@says(VESTING, "release")
def _vested(scene: Scene, call: Call) -> Said:
    return Said(_("Pay out what has vested to the contributors"), _("Anybody can do this at any time."), kind="call")


@says(CLAIM, "sweep")
def _sweep(scene: Scene, call: Call) -> Said:
    text = _("Possible once the time to claim is over; anybody can do it.")
    return Said(_("Move the LATTICE that nobody claimed into the treasury"), text, kind="call")
