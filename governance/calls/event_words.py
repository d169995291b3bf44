"""What the page of a transaction says of the DAO's events, and of those of the protocol's own contracts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from contracts.currencies import currency_of
from contracts.facts import text_of
from contracts.models import Chain
from contracts.names import COIN
from governance.ground.lattice import lattice_of
from governance.onchain.models.proposals import OnchainProposal, Support
from marketplace.buying.event_words import Args, Told, Write, tells

from . import units
from .role_words import timelock_role
from .words import function_name, quoted, role_name

VOTED = {
    Support.FOR: lazy("voted for"),
    Support.AGAINST: lazy("voted against"),
    Support.ABSTAIN: lazy("abstained on"),
}


def lattice(_chain: Chain, amount: Any) -> str:
    """Write an amount of LATTICE."""
    return units.lattice(int(amount))


def coin(chain: Chain, amount: Any) -> str:
    """Write an amount of the chain's coin."""
    return currency_of(chain, COIN).whole_text(int(amount))


def span(_chain: Chain, seconds: Any) -> str:
    """Write a length of time."""
    return units.span(int(seconds))


def moment(_chain: Chain, seconds: Any) -> str:
    """Write a time."""
    return units.moment(int(seconds))


def per_cent(_chain: Chain, bps: Any) -> str:
    """Write parts in 1/10,000."""
    return units.per_cent(int(bps))


def role(_chain: Chain, number: Any) -> str:
    """Write a role of the access manager."""
    return role_name(int(number))


def named(_chain: Chain, word: Any) -> str:
    """Write a text that stands in 32 bytes."""
    return quoted(text_of(str(word)))


def clean(_chain: Chain, text: Any) -> str:
    """Write a stranger's words."""
    return quoted(str(text))


def number(_chain: Chain, value: Any) -> str:
    """Write a number."""
    return f"{int(value):,}"


def _vote(_chain: Chain, args: Args) -> Mapping[str, str]:
    support = args["support"]
    voted = str(VOTED[Support(support)]) if support in VOTED else _("voted in an unknown way on")
    return {"voted": voted, "because": f": “{quoted(args['reason'])}”" if args["reason"] else ""}


def _title(_chain: Chain, args: Args) -> Mapping[str, str]:
    return {"title": quoted(OnchainProposal(number=args["proposalId"], description=args["description"]).title)}


def _parameter(chain: Chain, args: Args) -> Mapping[str, str]:
    key = text_of(args["key"])
    known = units.PARAMETERS.get(key)
    values = {"before": args["oldValue"], "after": args["newValue"]}
    said = {name: units.parameter_text(key, int(value), chain.coin) for name, value in values.items()}
    name = str(known[0]) if known else f"“{quoted(key)}”"
    return {"setting": name[:1].upper() + name[1:], **said}


def _function(chain: Chain, args: Args) -> Mapping[str, str]:
    target = str(args["target"]).lower()
    contract = next((name for name, place in chain.deployment.items() if place == target), "")
    return {"function": function_name(contract, args["selector"])}


def money(chain: Chain, token: str, amount: Any) -> str:
    """Write an amount of a token."""
    of_lattice = token.lower() == lattice_of(chain).token
    return (lattice_of(chain) if of_lattice else currency_of(chain, token)).whole_text(int(amount))


def _released(chain: Chain, args: Args) -> Mapping[str, str]:
    return {name: money(chain, args["token"], args[name]) for name in ("amount", "stakers", "bonus", "treasury")}


def _setting(name: Any, old: str, new: str, write: Write) -> Told:
    sentence = lazy("%(setting)s is %(new)s now; it was %(old)s")

    def more(chain: Chain, args: Args) -> Mapping[str, str]:
        said = str(name)
        return {"setting": said[:1].upper() + said[1:], "old": write(chain, args[old]), "new": write(chain, args[new])}

    return Told(sentence, more=more)


def _quorum(_chain: Chain, value: Any) -> str:
    return f"{int(value)}\N{NO-BREAK SPACE}%"


_CAST = Told(
    lazy("%(voter)s %(voted)s proposal %(proposalId)s with %(weight)s%(because)s"),
    {"weight": lattice},
    _vote,
    other=(lazy("A vote on proposal %(proposalId)s"), lazy("%(voter)s %(voted)s it with %(weight)s%(because)s")),
    own=(lazy("%(voter)s %(voted)s proposal %(proposalId)s"), lazy("With %(weight)s%(because)s")),
)
_ROLE_TIMES = {"roleId": role, "since": moment, "delay": span}
KINDS: dict[str, Told] = {
    "LatticeDAO.ProposalCreated": Told(
        lazy("%(proposer)s proposed “%(title)s”, as proposal %(proposalId)s"),
        {"voteStart": moment, "voteEnd": moment},
        _title,
        other=(lazy("“%(title)s” was proposed"), lazy("Proposal %(proposalId)s, by %(proposer)s")),
        own=(
            lazy("%(proposer)s proposed “%(title)s”"),
            lazy("Proposal %(proposalId)s; its vote begins on %(voteStart)s"),
        ),
    ),
    "LatticeDAO.ProposalExecuted": Told(lazy("Proposal %(proposalId)s was executed")),
    "LatticeDAO.ProposalQueued": Told(
        lazy("Proposal %(proposalId)s was queued; it can be executed from %(etaSeconds)s"),
        {"etaSeconds": moment},
        own=(lazy("Proposal %(proposalId)s was queued"), lazy("It can be executed from %(etaSeconds)s")),
    ),
    "Guardian.ProposalStopped": Told(
        lazy("%(by)s stopped proposal %(proposalId)s, as the guardian’s member"),
        other=(lazy("Proposal %(proposalId)s was stopped"), lazy("By %(by)s, the guardian’s member")),
    ),
    "LatticeDAO.ProposalCanceled": Told(lazy("Proposal %(proposalId)s was canceled")),
    "LatticeDAO.VoteCast": _CAST,
    "LatticeDAO.VoteCastWithParams": _CAST,
    "VoteRelay.BallotCast": Told(
        lazy("The signed vote of %(voter)s on proposal %(proposalId)s counts with %(weight)s"), {"weight": lattice}
    ),
    "VoteRelay.BallotRefused": Told(lazy("The signed vote of %(voter)s on proposal %(proposalId)s was refused")),
    "LatticeStaking.Staked": Told(
        lazy("%(account)s staked %(amount)s, and has %(staked)s staked now"),
        {"amount": lattice, "staked": lattice},
        other=(lazy("%(amount)s was staked"), lazy("By %(account)s, who has %(staked)s staked now")),
    ),
    "LatticeStaking.Unstaked": Told(
        lazy("%(account)s takes %(amount)s of a stake back; it is free from %(freeAt)s"),
        {"amount": lattice, "staked": lattice, "freeAt": moment},
        other=(lazy("%(amount)s leaves a stake"), lazy("By %(account)s, free from %(freeAt)s")),
        own=(lazy("%(account)s took back %(amount)s of a stake"), lazy("It is free from %(freeAt)s")),
    ),
    "LatticeStaking.Restaked": Told(
        lazy("%(account)s staked again the %(amount)s that were leaving"),
        {"amount": lattice, "staked": lattice},
        other=(lazy("%(amount)s was staked again"), lazy("By %(account)s")),
    ),
    "LatticeStaking.Withdrawn": Told(
        lazy("%(account)s freed %(amount)s of a stake"),
        {"amount": lattice},
        other=(lazy("%(amount)s of a stake was freed"), lazy("By %(account)s")),
    ),
    "LatticeStaking.RewardClaimed": Told(
        lazy("%(account)s claimed %(amount)s for staking"),
        {"amount": coin},
        other=(lazy("%(amount)s was claimed for staking"), lazy("By %(account)s, for %(recipient)s")),
    ),
    "FeeVault.Released": Told(
        lazy("Fees of %(amount)s: %(stakers)s to stakers, %(bonus)s to bonuses, %(treasury)s to the treasury"),
        more=_released,
        own=(
            lazy("Fees of %(amount)s were divided"),
            lazy("%(stakers)s to stakers, %(bonus)s to the bonus pool, %(treasury)s to the treasury"),
        ),
    ),
    "BonusPool.BonusClaimed": Told(
        lazy("%(seller)s claimed %(amount)s, the bonus of %(modelId)s in epoch %(epoch)s"),
        {"amount": coin},
        other=(lazy("%(amount)s of bonus was claimed"), lazy("By %(seller)s, for %(modelId)s in epoch %(epoch)s")),
    ),
    "LatticeFaucet.Given": Told(
        lazy("The faucet gave %(account)s %(amount)s"),
        {"amount": lattice},
        own=(lazy("The faucet gave %(amount)s"), lazy("To %(account)s")),
    ),
    "LatticeClaim.Claimed": Told(
        lazy("%(account)s got the %(amount)s that were kept for it"),
        {"amount": lattice},
        other=(lazy("%(amount)s was claimed"), lazy("For %(account)s")),
    ),
    "LatticeClaim.Swept": Told(lazy("%(amount)s that nobody claimed went to the treasury"), {"amount": lattice}),
    "LatticeVesting.ERC20Released": Told(lazy("%(amount)s that has vested was paid out to the contributors")),
    "LatticeVesting.EtherReleased": Told(lazy("%(amount)s was paid out to the contributors"), {"amount": coin}),
    "LatticeVesting.OwnershipTransferred": Told(lazy("What vests goes to %(newOwner)s from now on")),
    "LatticeToken.DelegateChanged": Told(
        lazy("%(delegator)s delegates to %(toDelegate)s"),
        other=(lazy("Votes were delegated"), lazy("By %(delegator)s to %(toDelegate)s, until now %(fromDelegate)s")),
    ),
    "LatticeToken.Transfer": Told(
        lazy("%(from)s sent %(value)s to %(to)s"),
        {"value": lattice},
        other=(lazy("%(value)s was sent"), lazy("By %(from)s to %(to)s")),
    ),
    "LatticeToken.Approval": Told(
        lazy("%(owner)s let %(spender)s take up to %(value)s"),
        {"value": lattice},
        other=(lazy("%(value)s may be taken"), lazy("From %(owner)s, by %(spender)s")),
    ),
    "LatticeDAO.ProposalExtended": Told(
        lazy("The vote on proposal %(proposalId)s lasts until %(extendedDeadline)s, because its quorum came late"),
        {"extendedDeadline": moment},
    ),
    "ProtocolParameters.ParameterSet": Told(
        lazy("%(setting)s is %(after)s now; it was %(before)s"),
        more=_parameter,
    ),
    "LatticeDAO.VotingDelaySet": _setting(
        lazy("the wait before a vote begins"), "oldVotingDelay", "newVotingDelay", span
    ),
    "LatticeDAO.VotingPeriodSet": _setting(lazy("the length of a vote"), "oldVotingPeriod", "newVotingPeriod", span),
    "LatticeDAO.ProposalThresholdSet": _setting(
        lazy("what one needs to propose"), "oldProposalThreshold", "newProposalThreshold", lattice
    ),
    "LatticeDAO.QuorumNumeratorUpdated": _setting(
        lazy("the quorum"), "oldQuorumNumerator", "newQuorumNumerator", _quorum
    ),
    "LatticeDAO.LateQuorumVoteExtensionSet": _setting(
        lazy("the time that is left to vote after a late quorum"), "oldVoteExtension", "newVoteExtension", span
    ),
    "Treasury.MinDelayChange": _setting(lazy("the timelock’s delay"), "oldDuration", "newDuration", span),
    "Treasury.CapsSet": Told(
        lazy("The treasury’s caps are %(batchBps)s a proposal and %(monthBps)s in 30 days now"),
        {"batchBps": per_cent, "monthBps": per_cent},
    ),
    "Treasury.AssetListed": Told(lazy("The treasury’s caps hold for %(asset)s from now on")),
    "Treasury.AssetUnlisted": Told(lazy("The treasury’s caps no longer hold for %(asset)s")),
    "Treasury.Spent": Told(
        lazy("%(amount)s left the treasury"),
        more=lambda chain, args: {"amount": money(chain, args["asset"], args["amount"])},
    ),
    "LatticeDAO.ProposalGuardianSet": Told(lazy("%(newProposalGuardian)s can cancel proposals from now on")),
    "LatticeDAO.TimelockChange": Told(lazy("The governor’s timelock is %(newTimelock)s")),
    "Guardian.MemberAppointed": Told(
        lazy("The guardian’s member is %(member)s now, until %(mandateEnd)s"), {"mandateEnd": moment}
    ),
    "BonusPool.RootSet": Told(
        lazy("The bonuses of epoch %(epoch)s are fixed, by the list %(cid)s"), {"epoch": number, "cid": clean}
    ),
    "Registry.Registered": Told(lazy("%(current)s is registered as %(name)s"), {"name": named}),
    "AccessManager.RoleGranted": Told(lazy("%(account)s has %(roleId)s from %(since)s on"), _ROLE_TIMES),
    "AccessManager.RoleRevoked": Told(lazy("%(account)s lost %(roleId)s"), {"roleId": role}),
    "AccessManager.RoleAdminChanged": Told(
        lazy("Who has %(admin)s gives and takes %(roleId)s"), {"roleId": role, "admin": role}
    ),
    "AccessManager.RoleGuardianChanged": Told(
        lazy("Who has %(guardian)s cancels what was announced under %(roleId)s"), {"roleId": role, "guardian": role}
    ),
    "AccessManager.RoleGrantDelayChanged": Told(
        lazy("Whoever is given %(roleId)s has it %(delay)s later"), _ROLE_TIMES
    ),
    "AccessManager.RoleLabel": Told(lazy("%(roleId)s is labelled “%(label)s”"), {"roleId": role, "label": clean}),
    "AccessManager.TargetFunctionRoleUpdated": Told(
        lazy("Who has %(roleId)s may call %(function)s of %(target)s"), {"roleId": role}, _function
    ),
    "AccessManager.TargetClosed": Told(
        lazy("Restricted functions of %(target)s were %(what)s"),
        more=lambda _chain, args: {"what": _("closed") if args["closed"] else _("opened")},
    ),
    "AccessManager.TargetAdminDelayUpdated": Told(
        lazy("Changes of who may call %(target)s are announced %(delay)s ahead"), {"delay": span, "since": moment}
    ),
    "Treasury.RoleGranted": Told(
        lazy("%(account)s has %(role)s now"), {"role": lambda _chain, value: timelock_role(str(value))}
    ),
    "Treasury.RoleRevoked": Told(
        lazy("%(account)s lost %(role)s"), {"role": lambda _chain, value: timelock_role(str(value))}
    ),
    "LatticeStaking.RewardAdded": Told(lazy("%(amount)s came for stakers"), {"amount": coin}),
    "BonusPool.Received": Told(lazy("%(amount)s came into the bonus pool"), {"amount": coin}),
    "LatticeToken.Locked": Told(
        lazy("%(amount)s of %(account)s cannot be sent while it is staked"), {"amount": lattice, "locked": lattice}
    ),
    "LatticeToken.Unlocked": Told(
        lazy("%(amount)s of %(account)s can be sent again"), {"amount": lattice, "locked": lattice}
    ),
    "LatticeToken.DelegateVotesChanged": Told(
        lazy("%(delegate)s votes with %(newVotes)s now"), {"previousVotes": lattice, "newVotes": lattice}
    ),
    "Treasury.CallScheduled": Told(
        lazy("A call of %(target)s waits in the timelock for %(delay)s"), {"delay": span, "value": coin}
    ),
    "Treasury.CallExecuted": Told(lazy("The timelock called %(target)s"), {"value": coin}),
    "Treasury.CallSalt": Told(lazy("The timelock noted whose batch it is")),
    "Treasury.Cancelled": Told(lazy("A batch of the timelock was canceled")),
    "Anchors.Anchored": Told(
        lazy("Epoch %(epoch)s of “%(kind)s” was anchored"), {"kind": named, "epoch": number, "cid": clean}
    ),
}


tells(KINDS)
