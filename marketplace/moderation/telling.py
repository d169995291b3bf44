"""Who hears of a decision, in its own transaction: the public log, the owner, the reporters, the other moderators."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.moderators import moderators
from accounts.notifications.kinds import Kind, register
from accounts.notifications.making import notify_all, told_to
from marketplace.ground.cases import Case, PendingDecision
from marketplace.ground.decisions import ModerationDecision
from marketplace.ground.log import write_entry
from marketplace.reports.statements import issue_statement

ASKED = "second-moderator"


def register_notices() -> None:
    """Let moderators be told that one of them waits for a second."""
    register(
        Kind(
            name=ASKED,
            topic=_("Moderation"),
            label=_("A second moderator is wanted"),
            hint=_("When another moderator’s decision waits for your answer."),
            icon="gavel",
            title=lambda data: str(_("A second moderator is wanted for %(key)s")) % {"key": data["key"]},
            text=lambda data: str(data["reason"]),
            path=lambda data: reverse("moderation-case", args=[data["case"]]),
        )
    )


def tell_decided(decision: ModerationDecision) -> None:
    """Give the owner a statement of reasons of a decision that was just made, and write it into the public log."""
    issue_statement(decision)
    write_entry(decision)


def tell_moderators(case: Case, asked: PendingDecision) -> None:
    """Tell the other moderators that one of them waits for a second."""
    others = User.objects.filter(address__in=moderators().exclude(account=asked.asked_by).values("account"))
    data = {"case": case.pk, "key": case.key, "reason": asked.reason[:300]}
    notify_all(kind=ASKED, chosen=told_to(others, f"asked:{asked.pk}", data, asked.asked_at))
