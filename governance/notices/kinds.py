"""The kinds of notices that the DAO gives."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.addresses import checksum
from accounts.notifications.kinds import Data, Kind
from common.templatetags.look import hash_short
from governance.onchain.models.proposals import ProposalState, Support

TOPIC = gettext_lazy("The DAO")
MOST_REASON = 500  # characters


def _path(data: Data) -> str:
    return reverse("proposal", args=[data["number"]])


def _named(words: str, data: Data) -> str:
    return words % {"number": data["number"], "title": data["title"]}


def _when(text: str) -> str:
    return _("%(time)s UTC") % {"time": date_format(datetime.fromisoformat(text), "j M Y, H:i")}


def _ends(data: Data) -> str:
    return _("The vote ends on %(time)s.") % {"time": _when(data["deadline"])}


def _own_title(data: Data) -> str:
    words = {
        ProposalState.DEFEATED: _("Your proposal %(number)d was defeated: %(title)s"),
        ProposalState.SUCCEEDED: _("Your proposal %(number)d has passed: %(title)s"),
        ProposalState.QUEUED: _("Your proposal %(number)d is queued: %(title)s"),
        ProposalState.EXECUTED: _("Your proposal %(number)d was executed: %(title)s"),
        ProposalState.EXPIRED: _("Your proposal %(number)d has expired: %(title)s"),
        ProposalState.CANCELED: _("Your proposal %(number)d was cancelled: %(title)s"),
    }
    return _named(words[ProposalState(data["state"])], data)


def _own_text(data: Data) -> str:
    words = {
        ProposalState.SUCCEEDED: _("Anybody can queue it now. It expires if nobody does until %(until)s."),
        ProposalState.QUEUED: _("Anybody can execute it from %(until)s on."),
        ProposalState.EXPIRED: _("Nobody acted on it in time. To try again, propose it anew."),
    }
    text = words.get(ProposalState(data["state"]), "")
    return text % {"until": _when(data["until"])} if data["until"] else text


def _voted_title(data: Data) -> str:
    words = {
        Support.AGAINST: _("Your delegate %(delegate)s voted against proposal %(number)d: %(title)s"),
        Support.FOR: _("Your delegate %(delegate)s voted for proposal %(number)d: %(title)s"),
        Support.ABSTAIN: _("Your delegate %(delegate)s abstained on proposal %(number)d: %(title)s"),
    }
    return words[Support(data["support"])] % {**data, "delegate": hash_short(checksum(data["delegate"]))}


def _voted_text(data: Data) -> str:
    return _("“%(reason)s”") % {"reason": data["reason"]} if data["reason"] else _("Without a reason.")


OPEN = Kind(
    name="proposal-open",
    topic=TOPIC,
    label=gettext_lazy("A proposal to vote on"),
    hint=gettext_lazy("When voting opens and you had votes at its snapshot."),
    icon="vote",
    title=lambda data: _named(_("You can vote on proposal %(number)d: %(title)s"), data),
    text=_ends,
    path=_path,
)
ENDING = Kind(
    name="proposal-ending",
    topic=TOPIC,
    label=gettext_lazy("A vote that ends without yours"),
    hint=gettext_lazy("A day before the end, if you have not voted."),
    icon="hourglass",
    title=lambda data: _named(_("Proposal %(number)d ends within a day, without your vote: %(title)s"), data),
    text=_ends,
    path=_path,
)
OWN = Kind(
    name="own-proposal",
    topic=TOPIC,
    label=gettext_lazy("What becomes of your proposals"),
    hint=gettext_lazy("Passed, defeated, queued, executed, expired or cancelled."),
    icon="flag",
    title=_own_title,
    text=_own_text,
    path=_path,
)
VOTED = Kind(
    name="delegate-voted",
    topic=TOPIC,
    label=gettext_lazy("Your delegate’s votes"),
    hint=gettext_lazy("How the delegate who held your votes at the snapshot voted, with the reason."),
    icon="user-check",
    title=_voted_title,
    text=_voted_text,
    path=_path,
)
KINDS = (OPEN, ENDING, OWN, VOTED)
