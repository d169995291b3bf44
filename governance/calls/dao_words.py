"""Sentences of the DAO's own settings, the treasury's caps and delay, and the guardian."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from contracts.names import COIN, DAO, FEE_VAULT, GUARD, SPLITTER, STAKING, TREASURY

from .protocol_words import change_title
from .reading import Call
from .records import MANDATE, SETTING
from .units import lattice, moment, per_cent, span
from .words import Change, Payment, Said, Scene, Warned, says, whole


def _votes(n: int) -> str:
    return _("%(n)s votes") % {"n": lattice(n)}


def _share(n: int) -> str:
    return _("%(n)s of what can vote") % {"n": f"{n:,}\N{NO-BREAK SPACE}%"}


# By function: the event that tells of the setting, its name, and how its values are written.
SETTINGS: dict[str, tuple[str, str | Promise, Callable[[int], str]]] = {
    "setVotingDelay": ("VotingDelaySet", lazy("the wait before a vote begins"), span),
    "setVotingPeriod": ("VotingPeriodSet", lazy("the length of a vote"), span),
    "setProposalThreshold": ("ProposalThresholdSet", lazy("what one needs to propose"), _votes),
    "updateQuorumNumerator": ("QuorumNumeratorUpdated", lazy("the quorum"), _share),
    "setLateQuorumVoteExtension": (
        "LateQuorumVoteExtensionSet",
        lazy("the time that is left to vote after a late quorum"),
        span,
    ),
}


def _setting(event: str, name: str | Promise, write: Callable[[int], str], scene: Scene, call: Call) -> Said:
    value, before = int(next(iter(call.args.values()))), scene.records.setting(event)
    was, after = write(int(before)) if before else "", write(value)
    scene.records.put(SETTING, event, value)
    text = _("Votes that have begun go on as they began.")
    sets = (event, value, int(before) if before else None)
    return Said(change_title(str(name), was, after), text, Change(str(name), was, after), sets=sets, kind="setting")


for _function, _about in SETTINGS.items():
    says(DAO, _function)(partial(_setting, *_about))


@says(TREASURY, "updateDelay")
def _delay(scene: Scene, call: Call) -> Said:
    name = lazy("the timelock’s delay")
    return _setting("MinDelayChange", name, span, scene, call)


@says(TREASURY, "setCaps")
def _caps(scene: Scene, call: Call) -> Said:
    batch, month = int(call.args["batchBps"]), int(call.args["monthBps"])
    words = {"batch": per_cent(batch), "month": per_cent(month)}
    kept = scene.records.setting("CapsSet").split()
    before = ""
    if len(kept) == 2:
        before = _caps_text(int(kept[0]), int(kept[1]))
    scene.records.put(SETTING, "CapsSet", f"{batch} {month}")
    text = _("Of each asset that is under the caps: the coin, LATTICE and the listed tokens.")
    title = _("Cap what leaves the treasury at %(batch)s a proposal and %(month)s in 30 days") % words
    change = Change(_("the treasury’s caps"), before, _caps_text(batch, month))
    return Said(title, text, change, kind="caps")


def _caps_text(batch: int, month: int) -> str:
    return _("%(batch)s a proposal, %(month)s in 30 days") % {"batch": per_cent(batch), "month": per_cent(month)}


@says(TREASURY, "listAsset")
def _list(scene: Scene, call: Call) -> Said:
    asset = call.args["asset"]
    words = {"unit": scene.currency(asset).unit, "address": whole(asset)}
    text = _("From then on no proposal can spend more of it than the caps allow.")
    return Said(_("Put the treasury’s %(unit)s (%(address)s) under its caps") % words, text, kind="caps")


@says(TREASURY, "unlistAsset")
def _unlist(scene: Scene, call: Call) -> Said:
    asset = call.args["asset"]
    words = {"unit": scene.currency(asset).unit, "address": whole(asset)}
    text = _("Possible only while the treasury holds none of it.")
    return Said(_("Take %(unit)s (%(address)s) out of the treasury’s caps") % words, text, kind="caps")


@says(GUARD, "appoint")
def _appoint(scene: Scene, call: Call) -> Said:
    member, end = call.args["member_"], int(call.args["mandateEnd_"])
    before = scene.records.mandate()
    words = {"who": scene.who_exactly(member), "end": moment(end)}
    scene.records.put(MANDATE, "", f"{member} {end}")
    was = _mandate(*before) if before else ""
    change = Change(_("the guardian’s member"), was, _mandate(member, end))
    text = _("The guardian can stop proposals and pause the market, nothing else.")
    if before and before[0] == member:
        title = _("Let %(who)s stay the guardian’s member until %(end)s")
    elif member == COIN:
        title = _("Leave the DAO without a guardian’s member")
    else:
        title = _("Make %(who)s the guardian’s member until %(end)s")
    return Said(title % words, text, change, kind="guardian")


def _mandate(member: str, end: int) -> str:
    return _("%(who)s until %(end)s") % {"who": whole(member), "end": moment(end)}


@says(DAO, "setProposalGuardian")
def _guardian(scene: Scene, call: Call) -> Said:
    place = call.args["newProposalGuardian"]
    words = {"who": scene.who_exactly(place)}
    warned = []
    if place != scene.ours.get(GUARD):
        text = _("It is not the guardian’s contract, whose mandate ends by itself: the DAO asks it for that end.")
        warned = [Warned(_("Another kind of guardian"), text, serious=True)]
    return Said(_("Let %(who)s cancel proposals, as their guardian") % words, warnings=warned, kind="guardian")


@says(DAO, "updateTimelock")
def _timelock(scene: Scene, call: Call) -> Said:
    words = {"who": scene.who_exactly(call.args[""])}
    refused = Warned(_("It would be refused"), _("The governor’s timelock is fixed for ever."), serious=True)
    return Said(_("Move the DAO’s powers to %(who)s") % words, warnings=[refused], kind="setting")


@says(DAO, "relay")
def _relay(scene: Scene, call: Call) -> Said:
    target, value = call.args["target"], int(call.args["value"])
    inner = scene.within(target, value, call.args["data"])
    title = _("Have the governor itself do this: %(inner)s") % {"inner": inner.title}
    return Said(title, warnings=inner.warnings, kind="call", parts=(inner.title,))


@says(FEE_VAULT, "release")
def _release(scene: Scene, call: Call) -> Said:
    token = call.args["token"]
    words = {"unit": scene.currency(token).unit}
    text = _("Anybody can do this at any time.")
    return Said(_("Divide the fees in %(unit)s that have come in") % words, text, kind="fees")


@says(STAKING, "notify")
def _notify(scene: Scene, call: Call) -> Said:
    words = {"sum": scene.money(COIN, call.value)}
    paid = Payment(COIN, call.value, call.target) if call.value else None
    text = _("It is streamed to the stakers over the week after the next.")
    return Said(_("Pay %(sum)s to those who stake LATTICE") % words, text, payment=paid, kind="payment")


@says(SPLITTER, "withdraw", "withdrawTo")
def _withdraw(scene: Scene, call: Call) -> Said:
    token = call.args["token"]
    words = {"unit": scene.currency(token).unit, "who": scene.who_exactly(call.args.get("recipient", ""))}
    if "recipient" in call.args:
        return Said(_("Withdraw the treasury’s credit in %(unit)s to %(who)s") % words, kind="payment")
    return Said(_("Withdraw the treasury’s credit in %(unit)s") % words, kind="fees")
