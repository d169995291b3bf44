"""Sentences of the protocol's own numbers and names: parameters, currencies, the pause, the registry, bonuses."""

from __future__ import annotations

from django.utils.translation import gettext as _

from contracts.facts import text_of
from contracts.models import PAUSED_UNTIL, Parameter
from contracts.names import BONUS_POOL, COIN, PARAMETERS, SPLITTER

from .reading import Call
from .records import PARAMETER
from .units import PARAMETERS as KNOWN
from .units import coin_of, moment, parameter_text
from .words import ANCHORS, CODE_GUARD, REGISTRY, Change, Said, Scene, Warned, quoted, says, whole

ONE = 10**18


@says(PARAMETERS, "set")
def _set(scene: Scene, call: Call) -> Said:
    key, value = text_of(call.args["key"]), int(call.args["value"])
    coin, before = scene.records.chain.coin, scene.records.parameter(key)
    if key not in KNOWN:
        unknown = Warned(_("There is no such parameter"), _("The contract refuses to set it."), serious=True)
        words = {"key": quoted(key), "value": f"{value:,}"}
        return Said(_("Set the unknown parameter “%(key)s” to %(value)s") % words, warnings=[unknown], kind="parameter")
    name = str(KNOWN[key][0])
    after = parameter_text(key, value, coin)
    was = "" if before is None else parameter_text(key, before, coin)
    scene.records.put(PARAMETER, key, value)
    return Said(
        change_title(name, was, after),
        change=Change(name, was, after),
        sets=(key, value, before),
        kind="parameter",
    )


def change_title(name: str, before: str, after: str) -> str:
    """Return the sentence of a figure that is set, with what it was where that is known."""
    words = {"name": name, "before": before, "after": after}
    if not before:
        return _("Set %(name)s to %(after)s") % words
    if before == after:
        return _("Leave %(name)s at %(after)s, as it is") % words
    return _("Set %(name)s from %(before)s to %(after)s") % words


@says(PARAMETERS, "setToken")
def _set_token(scene: Scene, call: Call) -> Said:
    token, weight = call.args["token"], int(call.args["weight"])
    words = {"token": whole(token), "unit": scene.currency(token).unit}
    if not call.args["accepted"]:
        text = _("Prices in it can no longer be paid; what was sold keeps its terms.")
        return Said(_("Stop taking %(unit)s (%(token)s) in sales") % words, text, kind="currency")
    worth = coin_of(scene.records.chain.coin)(weight)
    text = _("In ratings, 10¹⁸ smallest units of its fees count as %(worth)s.") % {"worth": worth}
    return Said(_("Take the token %(token)s in sales") % words, text, kind="currency")


@says(PARAMETERS, "setPause", "pause")
def _pause(scene: Scene, call: Call) -> Said:
    until = int(call.args["until"])
    now, paused = scene.records.time(), _paused_until(scene)
    words = {"until": moment(until), "before": moment(paused)}
    text = _("Listing, buying, rating and settling stop; payouts, refunds and access go on.")
    if until <= now:
        if paused <= now:
            return Said(_("End the market’s pause"), _("As it stands now, the market is not paused."), kind="pause")
        return Said(_("End the market’s pause, which would last until %(before)s") % words, kind="pause")
    if paused > now:
        change = Change(_("the market’s pause"), words["before"], words["until"])
        title = _("Let the market’s pause last until %(until)s, instead of until %(before)s") % words
        return Said(title, text, change, kind="pause")
    return Said(_("Pause the market until %(until)s") % words, text, kind="pause")


def _paused_until(scene: Scene) -> int:
    found = Parameter.objects.filter(chain=scene.records.chain, key=PAUSED_UNTIL)
    return int(found.values_list("value", flat=True).first() or 0)


@says(REGISTRY, "register")
def _register(scene: Scene, call: Call) -> Said:
    key, current = call.args["name"], call.args["current"]
    before = scene.records.registered(key)
    before = "" if before == COIN else before
    words = {"name": quoted(text_of(key)), "address": whole(current), "before": whole(before) if before else ""}
    if current == COIN:
        text = _("Nothing stands under the name any more. Access and payouts of the contract go on.")
        return Said(_("Take the name %(name)s out of the registry") % words, text, kind="registry")
    change = Change(words["name"], words["before"], words["address"])
    if before:
        title = _("Register %(address)s as %(name)s, in the place of %(before)s") % words
        return Said(title, change=change, kind="registry")
    return Said(_("Register %(address)s as %(name)s") % words, change=change, kind="registry")


@says(BONUS_POOL, "setRoot")
def _root(scene: Scene, call: Call) -> Said:
    words = {"epoch": f"{int(call.args['epoch']):,}", "cid": quoted(call.args["cid"])}
    text = _("Sellers then claim what the list %(cid)s gives them. A root that is set can never be changed.") % words
    return Said(_("Fix the bonuses of epoch %(epoch)s") % words, text, kind="bonus")


@says(SPLITTER, "setFeeVault")
def _fee_vault(scene: Scene, call: Call) -> Said:
    place = call.args["feeVault_"]
    before = scene.ours.get("FeeVault", "")
    words = {"who": scene.who_exactly(place)}
    warned = Warned(
        _("All fees go there"),
        _("Whoever holds that address gets the fees of every payout from then on."),
        serious=place != before,
    )
    return Said(_("Send the protocol’s fees to %(who)s from now on") % words, warnings=[warned], kind="fees")


@says(ANCHORS, "anchor")
def _anchor(scene: Scene, call: Call) -> Said:
    words = {"kind": quoted(text_of(call.args["kind"])), "epoch": f"{int(call.args['epoch']):,}"}
    return Said(_("Anchor epoch %(epoch)s of “%(kind)s” on chain") % words, kind="anchor")


@says(CODE_GUARD, "requireHash")
def _require(scene: Scene, call: Call) -> Said:
    words = {"who": scene.who_exactly(call.args["target"])}
    text = _("If its code is another one when this is executed, nothing of the proposal happens.")
    return Said(_("Go on only if the code of %(who)s is unchanged") % words, text, kind="guard", is_guard=True)
