"""What became of a report or an appeal, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.notifications.kinds import Data

from .models import Outcome


def report_title(data: Data) -> str:
    """Return the line that a reporter is told."""
    words = {
        Outcome.UPHELD: _("Your report of “%(title)s” was upheld"),
        Outcome.REJECTED: _("Your report of “%(title)s” was not upheld"),
        Outcome.OVERTURNED: _("A decision after your report of “%(title)s” was overturned on appeal"),
    }
    return words[Outcome(data["outcome"])] % {"title": data["title"]}


def report_text(data: Data) -> str:
    """Return the sentences below it."""
    words = {
        Outcome.UPHELD: _("Moderators have acted on it. Thank you."),
        Outcome.REJECTED: _(
            "Moderators have looked at it and found no breach of the rules. If it changes, you can report it again."
        ),
        Outcome.OVERTURNED: _("Another moderator has looked at it again and given it back."),
    }
    return words[Outcome(data["outcome"])]


def appeal_title(data: Data) -> str:
    """Return the line that whoever appealed is told."""
    words = {
        Outcome.UPHELD: _("Your appeal about “%(title)s” was upheld"),
        Outcome.REJECTED: _("Your appeal about “%(title)s” was not upheld"),
    }
    return words[Outcome(data["outcome"])] % {"title": data["title"]}
