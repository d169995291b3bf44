"""Sentences of power: roles of the access manager and of the timelock, and which function stands under which role."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from contracts.chain.permissions import TIMELOCK_ROLES
from contracts.names import GUARD, TREASURY
from contracts.roles import ADMIN, ROLES

from .reading import Call
from .units import span
from .words import (
    MANAGER,
    PUBLIC,
    Said,
    Scene,
    Warned,
    function_name,
    quoted,
    role_name,
    says,
    unread_inside,
    warnings_of,
)

TIMELOCK_NAMES = {
    "PROPOSER_ROLE": lazy("the right to schedule on the timelock"),
    "EXECUTOR_ROLE": lazy("the right to execute on the timelock"),
    "CANCELLER_ROLE": lazy("the right to cancel on the timelock"),
    "DEFAULT_ADMIN_ROLE": lazy("the timelock’s own administration"),
}
MOST_FUNCTIONS = 12  # named in a sentence


def _powers(role: int) -> str:
    """Return what a role of ours may do."""
    if role == ADMIN:
        return _("The administrator can change every role, and call every restricted function that has no role.")
    found = next((each for each in ROLES.values() if each.id == role), None)
    if found is None:
        return ""
    named = (f"{contract}.{name}" for contract, names in found.functions.items() for name in names)
    return _("It may call %(functions)s.") % {"functions": ", ".join(named)}


def _grave(scene: Scene, role: int, account: str) -> list[Warned]:
    """Return a warning where a role that only a contract of ours should have goes elsewhere."""
    if role == ADMIN and account != scene.ours.get(TREASURY):
        text = _("The administrator rules over the protocol without any vote. Today that is the DAO’s timelock.")
        return [Warned(_("It gives all power away"), text, serious=True)]
    if role == ROLES["GUARDIAN"].id and account != scene.ours.get(GUARD):
        text = _("The guardian’s contract holds this role today, and its mandate ends by itself. This one would not.")
        return [Warned(_("A guardian without an end"), text, serious=True)]
    return []


@says(MANAGER, "grantRole")
def _grant(scene: Scene, call: Call) -> Said:
    role, account, delay = int(call.args["roleId"]), call.args["account"], int(call.args["executionDelay"])
    words = {"role": role_name(role), "who": scene.who_exactly(account), "delay": span(delay)}
    title = _("Give %(role)s to %(who)s")
    if delay:
        title = _("Give %(role)s to %(who)s, who then has to announce each call %(delay)s ahead")
    return Said(title % words, _powers(role), warnings=_grave(scene, role, account), kind="role")


@says(MANAGER, "revokeRole")
def _revoke(scene: Scene, call: Call) -> Said:
    role, account = int(call.args["roleId"]), call.args["account"]
    words = {"role": role_name(role), "who": scene.who_exactly(account)}
    warned = []
    if role == ADMIN and account == scene.ours.get(TREASURY):
        text = _("Nobody could change the protocol any more: no parameter, no role, no pause.")
        warned = [Warned(_("The DAO gives up its power"), text, serious=True)]
    return Said(_("Take %(role)s from %(who)s") % words, _powers(role), warnings=warned, kind="role")


@says(MANAGER, "renounceRole")
def _renounce(scene: Scene, call: Call) -> Said:
    role = int(call.args["roleId"])
    grave = Warned(_("The DAO gives up its power"), _("Nobody could give it back but an administrator."), serious=True)
    return Said(_("Have the DAO give up %(role)s") % {"role": role_name(role)}, warnings=[grave], kind="role")


@says(MANAGER, "labelRole")
def _label(scene: Scene, call: Call) -> Said:
    words = {"role": role_name(int(call.args["roleId"])), "label": quoted(call.args["label"])}
    return Said(_("Call %(role)s “%(label)s”") % words, kind="role")


@says(MANAGER, "setRoleAdmin")
def _role_admin(scene: Scene, call: Call) -> Said:
    words = {"role": role_name(int(call.args["roleId"])), "admin": role_name(int(call.args["admin"]))}
    return Said(_("Let who has %(admin)s give and take %(role)s") % words, kind="role")


@says(MANAGER, "setRoleGuardian")
def _role_guardian(scene: Scene, call: Call) -> Said:
    words = {"role": role_name(int(call.args["roleId"])), "guardian": role_name(int(call.args["guardian"]))}
    title = _("Let who has %(guardian)s cancel what was announced under %(role)s")
    return Said(title % words, kind="role")


@says(MANAGER, "setGrantDelay")
def _grant_delay(scene: Scene, call: Call) -> Said:
    words = {"role": role_name(int(call.args["roleId"])), "delay": span(int(call.args["newDelay"]))}
    return Said(_("Let %(role)s begin %(delay)s after it is given") % words, kind="role")


@says(MANAGER, "setTargetFunctionRole")
def _function_role(scene: Scene, call: Call) -> Said:
    target, role = call.args["target"], int(call.args["roleId"])
    contract, selectors = scene.contract(target), call.args["selectors"]
    named = [function_name(contract, each) for each in selectors[:MOST_FUNCTIONS]]
    more = len(selectors) - len(named)
    functions = ", ".join(named) + (_(" and %(n)s more") % {"n": more} if more else "")
    words = {"role": role_name(role), "functions": functions or "–", "who": scene.who_exactly(target)}
    warned = []
    if role == PUBLIC:
        text = _("Everybody could call what only the DAO or a role may call today.")
        warned = [Warned(_("Open to everybody"), text, serious=True)]
    title = _("Let who has %(role)s call %(functions)s of %(who)s")
    return Said(title % words, warnings=warned, kind="role")


@says(MANAGER, "setTargetAdminDelay")
def _target_delay(scene: Scene, call: Call) -> Said:
    words = {"who": scene.who_exactly(call.args["target"]), "delay": span(int(call.args["newDelay"]))}
    return Said(_("Let changes of who may call %(who)s be announced %(delay)s ahead") % words, kind="role")


@says(MANAGER, "setTargetClosed")
def _closed(scene: Scene, call: Call) -> Said:
    words = {"who": scene.who_exactly(call.args["target"])}
    if not call.args["closed"]:
        return Said(_("Open the restricted functions of %(who)s again") % words, kind="role")
    text = _("Nobody, the DAO included, can call them until they are opened again.")
    return Said(_("Close the restricted functions of %(who)s") % words, text, kind="role")


@says(MANAGER, "updateAuthority")
def _authority(scene: Scene, call: Call) -> Said:
    new = call.args["newAuthority"]
    words = {"target": scene.who_exactly(call.args["target"]), "new": scene.who_exactly(new)}
    warned = []
    if new != scene.ours.get(MANAGER):
        text = _("That contract alone then says who may call what, and this DAO may have no say in it.")
        warned = [Warned(_("It gives power away"), text, serious=True)]
    return Said(_("Put %(target)s under the authority of %(new)s") % words, warnings=warned, kind="role")


@says(MANAGER, "execute", "schedule")
def _through(scene: Scene, call: Call) -> Said:
    inner = scene.within(call.args["target"], 0, call.args["data"])
    title = _("Through the access manager: %(inner)s")
    if call.function == "schedule":
        title = _("Announce to the access manager: %(inner)s")
    return Said(title % {"inner": inner.title}, warnings=inner.warnings, kind="call", parts=(inner.title,))


@says(MANAGER, "multicall")
def _several(scene: Scene, call: Call) -> Said:
    inner = [scene.within(call.target, 0, each) for each in call.args["data"][:MOST_FUNCTIONS]]
    parts = tuple(each.title for each in inner)
    more = len(call.args["data"]) - len(parts)
    words = {"parts": "; ".join(parts) + (_(" and %(n)s more") % {"n": more} if more else "")}
    warnings = list(dict.fromkeys([*warnings_of(inner), *([unread_inside()] if more else [])]))
    return Said(_("Together: %(parts)s") % words, warnings=warnings, kind="role", parts=parts)


def timelock_role(role: str) -> str:
    """Return what a right on the timelock is called."""
    name = TIMELOCK_ROLES.get(role, "")
    return str(TIMELOCK_NAMES[name]) if name in TIMELOCK_NAMES else _("the timelock’s role %(role)s") % {"role": role}


@says(TREASURY, "grantRole")
def _timelock_grant(scene: Scene, call: Call) -> Said:
    words = {"role": timelock_role(call.args["role"]), "who": scene.who_exactly(call.args["account"])}
    text = _("Only the governor has such a right today. Whoever else has it can move the treasury without a vote.")
    warned = [Warned(_("A way around the vote"), text, serious=True)]
    return Said(_("Give %(role)s to %(who)s") % words, warnings=warned, kind="role")


@says(TREASURY, "revokeRole", "renounceRole")
def _timelock_revoke(scene: Scene, call: Call) -> Said:
    account = call.args.get("account", call.args.get("callerConfirmation", ""))
    words = {"role": timelock_role(call.args["role"]), "who": scene.who_exactly(account)}
    text = _("Without the governor’s rights no proposal could be queued or executed any more.")
    return Said(_("Take %(role)s from %(who)s") % words, warnings=[Warned(_("Look twice"), text)], kind="role")


@says(TREASURY, "execute", "executeBatch", "schedule", "scheduleBatch", "cancel")
def _timelock_call(scene: Scene, call: Call) -> Said:
    words = {"function": call.function}
    text = _("The timelock takes such orders from the governor alone, so it refuses this.")
    return Said(_("Have the timelock call its own %(function)s") % words, text, kind="call")
