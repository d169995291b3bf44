"""What the demo wallet says of ballots and delegations that are signed, in our contracts' own domains."""

from __future__ import annotations

from django.utils.translation import gettext as _

from contracts.names import DAO, TOKEN
from governance.ground.signed_kinds import BALLOT, DELEGATION, EXTENDED_BALLOT
from marketplace.wallet.typed_words import signs
from marketplace.wallet.words import Args, Caution, Line, Scene, Words, moment

from .ballot_words import vote_words
from .holder_words import delegation_words
from .words import whole


@signs(DAO, "Ballot", BALLOT)
@signs(DAO, "ExtendedBallot", EXTENDED_BALLOT)
def _ballot(scene: Scene, args: Args) -> Words:
    said = vote_words(scene, args["proposalId"], args["support"], args.get("reason", ""))
    text = _("A signature only: it costs no gas. Whoever has it can bring this vote to the chain, once, and no other.")
    warnings = [*_other(scene, args), *said.warnings]
    return Words(said.title, text, said.lines, warnings=warnings, until=said.until)


def _other(scene: Scene, args: Args) -> list[Caution]:
    """Return what is wrong with a ballot of somebody else, or with one that says more than its vote and its reason."""
    found = []
    if args["voter"] != scene.sender:
        found.append(Caution(_("It names another account"), whole(args["voter"]), serious=True))
    if args.get("params", "0x") != "0x":
        text = _("The DAO counts a vote without its parameters, and no page here adds any.")
        found.append(Caution(_("It holds parameters"), text, serious=True))
    return found


@signs(TOKEN, "Delegation", DELEGATION)
def _delegation(scene: Scene, args: Args) -> Words:
    said = delegation_words(scene, args["delegatee"].lower())
    text = _("A signature only: it costs no gas. Whoever has it can bring this delegation to the chain, once.")
    lines = [*said.lines, Line(_("Your LATTICE"), _("stays in your wallet"))]
    return Words(said.title, text, lines, warnings=said.warnings, until=moment(args["expiry"]))
