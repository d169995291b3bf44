"""What stands between a draft and its proposal, before any wallet opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.models import Chain
from governance.calls.simulating import Simulation
from governance.ground.lattice import exactly, whole
from governance.onchain.holdings import tally_of
from governance.onchain.models.power import POWER
from governance.onchain.models.proposals import OnchainProposal
from governance.onchain.models.settings import SettingFact

from .beginnings import has_hints
from .kinds import Step
from .models import Draft

DONE, OPEN = "done", "open"


@dataclass(frozen=True)
class Check:
    """One thing that has to be so. ``state`` is done, or open where there is something to do; ``href`` leads there."""

    name: str
    state: str
    detail: str = ""
    href: str = ""


@dataclass(frozen=True)
class Standing:
    """What the chain says of a proposer: votes now, what is needed, and the proposal that is not decided yet."""

    votes: int
    threshold: int
    live: OnchainProposal | None


def standing_of(chain: Chain, account: str, now: datetime) -> Standing:
    """Return how somebody stands as a proposer, at a time of the chain. Two queries."""
    setting = SettingFact.objects.filter(chain=OuterRef("pk"), name="ProposalThresholdSet")
    newest = setting.order_by("-block_number", "-log_index").values("new_value")[:1]
    parts: dict[str, Any] = {"votes": tally_of(POWER, account), "threshold": Subquery(newest)}
    found = Chain.objects.filter(pk=chain.pk).annotate(**parts).values(*parts).get()
    last = OnchainProposal.objects.filter(chain=chain, proposer=account, deadline__gte=now, canceled_at=None)
    live = last.order_by("-number").first()
    return Standing(int(found["votes"]), int(found["threshold"] or 0), live)


def checks_of(draft: Draft, steps: Sequence[Step], standing: Standing) -> list[Check]:
    """Return what has to be so for the draft to be proposed, but for the simulation."""
    page = reverse("draft", args=[draft.key])
    return [_written(draft, page), _acting(steps, page), _power(standing), _alone(standing)]


def _written(draft: Draft, page: str) -> Check:
    if not draft.title:
        return Check(_("Title and text"), OPEN, _("Give it a title: it is what voters see first."), f"{page}#title")
    if not draft.text:
        return Check(_("Title and text"), OPEN, _("Say why: voters read it before anything else."), f"{page}#text")
    if has_hints(draft.text):
        return Check(_("Title and text"), DONE, _("Some of the hints it began with still stand in it."), f"{page}#text")
    return Check(_("Title and text"), DONE)


def _acting(steps: Sequence[Step], page: str) -> Check:
    name = _("Actions")
    missing = [step for step in steps if step.call is None]
    if not steps:
        return Check(name, OPEN, _("A proposal does at least one thing on chain."), f"{page}#actions")
    if missing:
        text = ngettext("One action is not complete.", "%(n)s actions are not complete.", len(missing))
        return Check(name, OPEN, text % {"n": len(missing)}, f"{page}#action-{missing[0].place}")
    text = ngettext("%(n)s call", "%(n)s calls", len(steps))
    return Check(name, DONE, text % {"n": len(steps)})


def _power(standing: Standing) -> Check:
    name = _("Votes to propose")
    words = {"votes": whole(standing.votes), "needed": whole(standing.threshold)}
    # The contract looks at the second before, so an equal number is enough.
    if standing.votes >= standing.threshold:
        return Check(name, DONE, _("You have %(votes)s of the %(needed)s that it takes.") % words)
    words["missing"] = exactly(standing.threshold - standing.votes)
    text = _(
        "You have %(votes)s of the %(needed)s votes that it takes. Have others delegate %(missing)s to you, or ask one "
        "of the co-signers to propose it."
    )
    return Check(name, OPEN, text % words, reverse("delegates"))


def _alone(standing: Standing) -> Check:
    name = _("One proposal at a time")
    live = standing.live
    if live is None:
        return Check(name, DONE, _("None of yours is being voted on."))
    words = {"number": live.number, "until": date_format(live.deadline, "j M, H:i")}
    text = _("Your proposal No. %(number)s is not decided yet. You can propose again after %(until)s UTC.") % words
    return Check(name, OPEN, text, reverse("proposal", args=[live.number]))


def trial_check(trial: Simulation | None, guards: int) -> Check:
    """Return what a trial run came to, ``guards`` calls before the draft's own; None: there is nothing to try yet."""
    name = _("Trial run")
    if trial is None:
        return Check(name, OPEN, _("Once an action is complete, it is tried on the chain."))
    return Check(name, DONE if trial.succeeds else OPEN, trial_sentence(trial, guards))


def trial_sentence(trial: Simulation, guards: int) -> str:
    """Return in a sentence what a trial run came to."""
    if trial.trouble:
        return _("Nobody knows yet whether it would work. %(trouble)s") % {"trouble": trial.trouble}
    if trial.succeeds:
        return _("Tried at block %(block)s: every call succeeds.") % {"block": f"{trial.block:,}"}
    place = (trial.failing or 0) - guards
    if place > 0:
        words = {"place": str(place), "reason": trial.reason}
        return _("As things stand, action %(place)s would be refused: %(reason)s") % words
    return _("As things stand, it would be refused: %(reason)s") % {"reason": trial.reason}
