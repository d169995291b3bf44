"""What this app keeps about people (``accounts.personal``)."""

from django.utils.translation import gettext_lazy as _

from accounts.personal import NOBODY, held, register

from .delegates.models import DelegateStatement
from .drafts.models import Cosignature, Draft, PollBallot
from .relay.models import SignedMessage

VOTES = _(
    "Votes, delegations and answers to polls that you have signed: results stand on them, and can be counted again."
)


def _leave_drafts(address: str) -> int:
    """Delete drafts; of those that others have answered or that became a proposal, only what they said."""
    drafts = Draft.objects.filter(author=address)
    shared = drafts.exclude(polls=None, offers=None, cosignatures=None).values_list("pk", flat=True)
    left = Draft.objects.filter(pk__in=list(shared))
    left.update(author=NOBODY, title="", text="", actions=[])
    return Draft.objects.filter(author=address).delete()[0]


def register_all() -> None:
    """Register every table of the app that names people."""
    register(
        held(DelegateStatement, "author", name="delegate statements"),
        held(Cosignature, "supporter", name="co-signatures"),
        held(Draft, "author", name="drafts", erase=_leave_drafts, order=1),
        held(PollBallot, "voter", name="answers to polls", kept=VOTES),
        held(SignedMessage, "account", "delegatee", name="signed votes and delegations", kept=VOTES),
    )
