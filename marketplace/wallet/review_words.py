"""What the demo wallet says of a review before it is signed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from common.text import with_hidden_shown
from marketplace.listings.models import listings_on
from marketplace.scores.models import LEAST, MOST, PART_WORDS, PARTS
from marketplace.scores.signing import DOMAIN, REVIEW, STATEMENT

from .typed_words import signs
from .words import Args, Caution, Line, Scene, Words


@signs(DOMAIN, "Review", REVIEW)
def _review(scene: Scene, args: Args) -> Words:
    words = {"model": with_hidden_shown(args["listing"]), "n": args["rating"]}
    lines = [Line(_("Your text, for everybody to read"), with_hidden_shown(args["text"]) or "–")]
    lines += [Line(PART_WORDS[part], _("%(n)s of 5") % {"n": args[part]}) for part in PARTS if args[part]]
    lines += [Line(_("Version"), with_hidden_shown(args["version"]) or "–")]
    text = _("A signature only: it costs no gas, and you can change or withdraw the review later.")
    title = _("Review %(model)s: %(n)s of 5") % words
    return Words(title, text, lines, warnings=_warned(scene, args))


def _warned(scene: Scene, args: Args) -> list[Caution]:
    """Return what is wrong: another account, another model than it names, or words that are not the site's."""
    found = []
    if args["author"] != scene.sender:
        found.append(Caution(_("It names another account"), args["author"], serious=True))
    is_ours = args["statement"] == STATEMENT and LEAST <= args["rating"] <= MOST
    found_there = listings_on([(scene.chain.pk, args["model"])]).get((scene.chain.pk, args["model"]))
    if not is_ours or found_there is None or found_there.name != args["listing"]:
        text = _("What you would sign is not what this site has under that name now. Load the page again.")
        found.append(Caution(_("It is about something else"), text, serious=True))
    return found
