"""What the demo wallet says of support for a draft, and of an answer in a poll, before they are signed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from common.text import well_formed
from governance.calls.words import quoted
from marketplace.wallet.typed_words import signs
from marketplace.wallet.words import Args, Caution, Line, Scene, Words

from .content import ANSWERS, BALLOT, CHOICES, DOMAIN, SUPPORT, SUPPORTS, content_hash
from .models import Choice, Draft, Poll

ANSWERED = {
    CHOICES[Choice.FOR]: lambda: _("Say that you are for “%(title)s”"),
    CHOICES[Choice.AGAINST]: lambda: _("Say that you are against “%(title)s”"),
    CHOICES[Choice.ABSTAIN]: lambda: _("Abstain in the poll on “%(title)s”"),
}


@signs(DOMAIN, "Support", SUPPORT)
def _support(scene: Scene, args: Args) -> Words:
    draft = Draft.objects.filter(key=well_formed(args["draft"]), chain=scene.chain).first()
    is_true = draft is not None and (draft.title, content_hash(draft)) == (args["title"], args["content"])
    text = _("A signature only: it costs no gas, is no vote, and changes nothing on chain.")
    warnings = _warned(scene, args["supporter"], is_true=is_true and args["statement"] == SUPPORTS)
    return Words(_("Support the draft “%(title)s”") % {"title": quoted(args["title"])}, text, warnings=warnings)


@signs(DOMAIN, "PollBallot", BALLOT)
def _answer(scene: Scene, args: Args) -> Words:
    poll = Poll.objects.filter(key=well_formed(args["poll"]), chain=scene.chain).first()
    is_true = poll is not None and (poll.title, poll.content) == (args["title"], args["content"])
    is_true = is_true and args["statement"] == ANSWERS and args["choice"] in ANSWERED
    title = ANSWERED[args["choice"]]() if args["choice"] in ANSWERED else _("Answer the poll on “%(title)s”")
    lines = [Line(_("Your reason, for everybody to read"), quoted(args["reason"]))] if args["reason"] else []
    text = _("A signature only: it costs no gas, has no force, and you can sign another answer later.")
    warnings = _warned(scene, args["voter"], is_true=is_true)
    return Words(title % {"title": quoted(args["title"])}, text, lines, warnings=warnings)


def _warned(scene: Scene, account: str, *, is_true: bool) -> list[Caution]:
    """Return what is wrong: another account, or a text that is not what the site has under this name."""
    found = []
    if account != scene.sender:
        found.append(Caution(_("It names another account"), account, serious=True))
    if not is_true:
        text = _("What you would sign is not what this site has under that name now. Load the page again.")
        found.append(Caution(_("It is about something else"), text, serious=True))
    return found
