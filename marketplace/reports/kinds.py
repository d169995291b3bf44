"""The kinds of notices about reports, decisions and appeals."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.notifications.kinds import Data, Kind

from .outcome_words import appeal_title, report_text, report_title

TOPIC = gettext_lazy("Reports and decisions")


def _statement(data: Data) -> str:
    return reverse("reason-statement", args=[data["statement"]])


def _decided(data: Data) -> str:
    by_program = data.get("automated")
    words = _("A program has decided about %(title)s") if by_program else _("Moderators have decided about %(title)s")
    return words % {"title": data["title"]}


def _lifted(data: Data) -> str:
    by_program = data.get("automated")
    by_person = _("Moderators have lifted a decision about %(title)s")
    words = _("A decision about %(title)s was lifted") if by_program else by_person
    return words % {"title": data["title"]}


def _own_report(data: Data) -> str:
    return f"{reverse('own-reports')}#report-{data['report']}"


REPORT_DECIDED = Kind(
    name="report-decided",
    topic=TOPIC,
    label=gettext_lazy("What became of your reports"),
    hint=gettext_lazy("When a moderator has decided about what you reported."),
    icon="flag",
    title=report_title,
    text=report_text,
    path=_own_report,
)
STATEMENT = Kind(
    name="statement-of-reasons",
    topic=TOPIC,
    label=gettext_lazy("A decision about what is yours"),
    hint=gettext_lazy("When something of yours is restricted: what, why, by which rule, and how to appeal."),
    icon="info",
    title=_decided,
    text=lambda _data: _("The statement of reasons says what was decided, why, by which rule, and how to appeal."),
    path=_statement,
)
LIFTED = Kind(
    name="decision-lifted",
    topic=TOPIC,
    label=gettext_lazy("A decision about what is yours was lifted"),
    hint=gettext_lazy("When what was restricted is given back."),
    icon="check",
    title=_lifted,
    path=_statement,
)
APPEAL_DECIDED = Kind(
    name="appeal-decided",
    topic=TOPIC,
    label=gettext_lazy("What became of your appeal"),
    hint=gettext_lazy("When another moderator has decided about your appeal."),
    icon="gavel",
    title=appeal_title,
    text=lambda data: data.get("reason", ""),
    path=_statement,
)
KINDS = (REPORT_DECIDED, STATEMENT, LIFTED, APPEAL_DECIDED)
