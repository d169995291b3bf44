"""Sentences of what a proposal decides about models and disputes."""

from __future__ import annotations

from django.utils.translation import gettext as _

from contracts.names import ESCROW, MARKET

from .reading import Call
from .units import FOREVER, moment
from .words import Said, Scene, quoted, says


@says(MARKET, "setFeatured")
def _featured(scene: Scene, call: Call) -> Said:
    words = {"model": scene.model(call.args["modelId"])}
    if call.args["featured"]:
        return Said(_("Feature %(model)s") % words, kind="listing")
    return Said(_("No longer feature %(model)s") % words, kind="listing")


@says(MARKET, "suspend", "setSuspension")
def _suspend(scene: Scene, call: Call) -> Said:
    until = int(call.args["until"])
    words = {"model": scene.model(call.args["modelId"]), "until": moment(until)}
    text = _("It cannot be bought or found on chain meanwhile. Refunds, payouts and use of what was bought go on.")
    if until <= scene.records.time():
        return Said(_("End the suspension of %(model)s") % words, kind="listing")
    if until >= FOREVER:
        return Said(_("Suspend %(model)s without an end") % words, text, kind="listing")
    return Said(_("Suspend %(model)s until %(until)s") % words, text, kind="listing")


@says(MARKET, "ruleDispute")
def _rule(scene: Scene, call: Call) -> Said:
    bought = call.args["p"]
    words = {
        "model": scene.model(call.args["modelId"]),
        "sum": scene.money(bought["token"], int(bought["paid"])),
        "buyer": scene.who_exactly(call.args["buyer"]),
    }
    text = _("The reason given: %(reason)s") % {"reason": quoted(call.args["reason"])}
    title = _("Rule for the seller of %(model)s over the %(sum)s that %(buyer)s paid")
    if call.args["forBuyer"]:
        title = _("Rule for the buyer of %(model)s: %(buyer)s gets %(sum)s back")
    return Said(title % words, text, kind="dispute")


@says(ESCROW, "settle")
def _settle(scene: Scene, call: Call) -> Said:
    words = {"n": f"{len(call.args['charges']):,}"}
    return Said(_("Charge the escrow for %(n)s calls of models") % words, kind="call")
