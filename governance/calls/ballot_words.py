"""What the demo wallet says of proposals and votes: proposing, voting, queueing, executing, stopping, pausing."""

from __future__ import annotations

from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from eth_utils.crypto import keccak

from contracts.names import DAO, GUARD
from governance.onchain.models.power import PowerFact
from governance.onchain.models.proposals import OnchainProposal, Support
from marketplace.wallet.words import Args, Caution, Line, Scene, Words, says

from .explaining import Explained, explain
from .records import Records
from .units import lattice, moment, span
from .words import quoted, whole

RELAY = "VoteRelay"
MOST_ACTIONS = 5  # that the window lists
MOST_NUMBER = 2**63 - 1
CHOICES = {
    Support.FOR: lambda: _("Vote for %(title)s"),
    Support.AGAINST: lambda: _("Vote against %(title)s"),
    Support.ABSTAIN: lambda: _("Abstain on %(title)s"),
}


def proposal_of(scene: Scene, number: int) -> OnchainProposal | None:
    """Return a proposal by its number."""
    return OnchainProposal.objects.filter(chain=scene.chain, number=number).first() if number <= MOST_NUMBER else None


def title_of(proposal: OnchainProposal | None, number: int) -> str:
    """Return how a sentence names a proposal."""
    if proposal is None:
        return _("proposal %(n)s, which is not known here") % {"n": number}
    return f"“{quoted(proposal.title)}”"


def vote_words(scene: Scene, number: int, support: int, reason: str) -> Words:
    """Return a vote in words, whether it is sent or signed."""
    proposal = proposal_of(scene, number)
    words = {"title": title_of(proposal, number)}
    warnings: list[Caution] = []
    lines: list[Line] = []
    if support not in CHOICES:
        warnings.append(Caution(_("It is no vote"), _("The contract knows for, against and abstain."), serious=True))
    if proposal:
        lines, more = _weight(scene, proposal)
        warnings += more
    if reason:
        lines.append(Line(_("Your reason, for everybody to read"), quoted(reason)))
    title = CHOICES[Support(support)]() if support in CHOICES else _("Vote on %(title)s in an unknown way")
    text = _("A vote counts once and cannot be changed. Your LATTICE stays where it is.")
    until = proposal.deadline if proposal else None
    return Words(title % words, text, lines, warnings=warnings, until=until)


def _weight(scene: Scene, proposal: OnchainProposal) -> tuple[list[Line], list[Caution]]:
    """Return how many votes it counts with, and what is wrong with that."""
    now = scene.chain.head_time()
    votes = PowerFact.objects.power_at(scene.chain, scene.sender, min(proposal.snapshot, now))
    at, until = (f"{date_format(time, 'j M Y, H:i')} UTC" for time in (proposal.snapshot, proposal.deadline))
    lines = [
        Line(_("Your votes, as of %(when)s") % {"when": at}, lattice(votes)),
        Line(_("Proposal"), str(proposal.number)),
        Line(_("Voting ends"), until),
    ]
    if votes or now <= proposal.snapshot:
        return lines, []
    text = _("Only votes that you had before the vote began count: your own that you had delegated, and others’.")
    return lines, [Caution(_("You have no votes here"), text, serious=True)]


@says(DAO, "castVote", "castVoteWithReason", "castVoteWithReasonAndParams")
def _vote(scene: Scene, args: Args) -> Words:
    return vote_words(scene, args["proposalId"], args["support"], args.get("reason", ""))


@says(DAO, "castVoteBySig", "castVoteWithReasonAndParamsBySig")
def _signed_vote(scene: Scene, args: Args) -> Words:
    number, voter = args["proposalId"], args["voter"]
    words = {"who": scene.who(voter), "title": title_of(proposal_of(scene, number), number)}
    title = _("Hand in the vote that %(who)s has signed on %(title)s")
    return Words(
        title % words, _("You pay the network fee, and the vote counts as theirs."), [Line(_("Voter"), whole(voter))]
    )


@says(RELAY, "relay")
def _relay(scene: Scene, args: Args) -> Words:
    words = {"n": f"{len(args['ballots']):,}"}
    text = _("You pay the network fee. A ballot that the DAO refuses stops none of the others.")
    return Words(_("Hand in %(n)s signed ballots") % words, text)


@says(DAO, "propose")
def _propose(scene: Scene, args: Args) -> Words:
    description = args["description"]
    drafted = OnchainProposal(number=0, description=description)
    records = Records(scene.chain)
    delay, period = (int(records.setting(name) or 0) for name in ("VotingDelaySet", "VotingPeriodSet"))
    actions = explain(scene.chain, args["targets"], args["values"], args["calldatas"])
    lines = [
        *_actions(actions),
        Line(_("The vote begins in"), span(delay)),
        Line(_("and lasts"), span(period)),
    ]
    text = _("Text and actions are fixed from then on. You can cancel it until the vote begins.")
    return Words(_("Propose “%(title)s”") % {"title": quoted(drafted.title)}, text, lines, warnings=_grave(actions))


def _actions(actions: list[Explained]) -> list[Line]:
    """Return a line for each action, with those that only look at code counted."""
    told = [each for each in actions if not each.is_guard]
    lines = [Line(_("Action %(n)s") % {"n": each.number}, each.title) for each in told[:MOST_ACTIONS]]
    if len(told) > MOST_ACTIONS:
        lines.append(Line(_("More actions"), str(len(told) - MOST_ACTIONS)))
    return lines


def _grave(actions: list[Explained]) -> list[Caution]:
    return [
        Caution(str(warning.title), str(warning.text), serious=True)
        for each in actions
        for warning in each.warnings
        if warning.serious
    ]


def _named(scene: Scene, args: Args) -> OnchainProposal | None:
    """Return the proposal that a call names by its batch and its text's hash."""
    same: dict[str, Any] = {"targets": list(args["targets"]), "calldatas": list(args["calldatas"])}
    found = OnchainProposal.objects.filter(chain=scene.chain, **same).order_by("-number")[:20]
    return next((each for each in found if _digest(each.description) == args["descriptionHash"]), None)


def _digest(text: str) -> str:
    return f"0x{keccak(text=text).hex()}"


@says(DAO, "queue")
def _queue(scene: Scene, args: Args) -> Words:
    proposal = _named(scene, args)
    delay = int(Records(scene.chain).setting("MinDelayChange") or 0)
    text = _("Anybody may do this. It waits in the timelock for %(time)s, and then anybody can execute it.")
    words = {"title": title_of(proposal, 0), "time": span(delay)}
    return Words(_("Queue %(title)s") % words, text % words, _actions(_explained(scene, args)))


@says(DAO, "execute")
def _execute(scene: Scene, args: Args) -> Words:
    actions = _explained(scene, args)
    words = {"title": title_of(_named(scene, args), 0)}
    text = _("Anybody may do this. All of it happens, or nothing.")
    return Words(_("Execute %(title)s") % words, text, _actions(actions), warnings=_grave(actions))


@says(DAO, "cancel")
def _cancel(scene: Scene, args: Args) -> Words:
    words = {"title": title_of(_named(scene, args), 0)}
    text = _("It can never be voted on or executed again; it would have to be proposed anew.")
    return Words(_("Cancel %(title)s") % words, text)


@says(GUARD, "cancel")
def _stop(scene: Scene, args: Args) -> Words:
    words = {"title": title_of(_named(scene, args), 0)}
    text = _(
        "As the guardian’s member you stop what the DAO votes on, or has voted for. Everybody sees that it was you."
    )
    return Words(_("Stop %(title)s") % words, text, _actions(_explained(scene, args)))


@says(GUARD, "pause")
def _pause(scene: Scene, args: Args) -> Words:
    words = {"until": moment(args["until"])}
    text = _("Listing, buying, rating and settling stop until then. It ends by itself, and then rests for 30 days.")
    return Words(_("Pause the market until %(until)s") % words, text)


def _explained(scene: Scene, args: Args) -> list[Explained]:
    return explain(scene.chain, args["targets"], args["values"], args["calldatas"])
