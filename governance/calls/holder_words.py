"""What the demo wallet says of LATTICE: delegating, staking, rewards, the faucet, claims, and dividing fees."""

from __future__ import annotations

from datetime import timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from contracts.currencies import ERC20
from contracts.models import Tally
from contracts.names import BONUS_POOL, CLAIM, COIN, DAY, FAUCET, FEE_VAULT, STAKING, TOKEN, VESTING
from governance.ground.lattice import ONE
from governance.onchain.models.power import BALANCE, OnchainDelegation
from governance.onchain.models.staking import LEAVING, STAKED
from marketplace.wallet.money_words import view
from marketplace.wallet.words import SENTENCES, Args, Caution, Line, Scene, Words, moment, says, signed

from .records import Records
from .units import lattice, span
from .words import whole

PORTION = 3_000_000 * ONE  # as the faucet gives at once

# LATTICE is an ERC-20 token like any other where it is sent or allowed.
for _function in ("transfer", "transferFrom", "approve", "permit"):
    says(TOKEN, _function)(SENTENCES[ERC20, _function])


def _tally(scene: Scene, kind: str) -> int:
    """Return what is kept of the sender's LATTICE."""
    found = Tally.objects.filter(chain=scene.chain, kind=kind, key=scene.sender).values_list("amount", flat=True)
    return int(found.first() or 0)


def delegation_words(scene: Scene, delegatee: str) -> Words:
    """Return a delegation in words, whether it is sent or signed."""
    held = _tally(scene, BALANCE)
    rows = OnchainDelegation.objects.filter(chain=scene.chain, delegator=scene.sender)
    before = rows.values_list("delegate", flat=True).first() or COIN
    words = {"who": scene.who(delegatee), "votes": lattice(held)}
    lines = [Line(_("Votes"), words["votes"]), Line(_("Until now"), _nobody(scene, before))]
    text = _("Your LATTICE stays yours. It counts in votes that begin from now on; you can change it at any time.")
    if delegatee == COIN:
        return Words(_("Let nobody vote with your LATTICE"), text, lines)
    if delegatee == scene.sender:
        return Words(_("Vote with your LATTICE yourself"), text, lines)
    lines.insert(0, Line(_("Delegate"), whole(delegatee)))
    return Words(_("Let %(who)s vote with your %(votes)s") % words, text, lines, warnings=_none(held))


def _nobody(scene: Scene, delegate: str) -> str:
    return _("nobody") if delegate == COIN else scene.who(delegate)


def _none(held: int) -> list[Caution]:
    if held:
        return []
    return [Caution(_("You have no LATTICE"), _("What you get later then votes through this delegate."))]


@says(TOKEN, "delegate")
def _delegate(scene: Scene, args: Args) -> Words:
    return delegation_words(scene, args["delegatee"])


@says(TOKEN, "delegateBySig")
def _delegate_for(scene: Scene, args: Args) -> Words:
    words = {"who": scene.who(args["delegatee"])}
    text = _("Its holder signed it before. You pay the network fee.")
    return Words(_("Hand in a signed delegation to %(who)s") % words, text, until=moment(args["expiry"]))


def _cooldown(scene: Scene) -> int:
    """Return how long a stake takes to be taken back, in seconds: LatticeStaking's."""
    records = Records(scene.chain)
    parts = ("VotingDelaySet", "VotingPeriodSet", "LateQuorumVoteExtensionSet", "MinDelayChange")
    return sum(int(records.setting(name) or 0) for name in parts) + DAY


@says(STAKING, "stake")
def _stake(scene: Scene, args: Args) -> Words:
    amount, held = args["amount"], _tally(scene, STAKED)
    lines = [
        Line(_("Staked after it"), lattice(held + amount)),
        Line(_("To take it back takes"), span(_cooldown(scene))),
    ]
    text = _("It stays in your wallet and keeps its votes, but cannot be sent. It earns a part of the fees.")
    return Words(_("Stake %(sum)s") % {"sum": lattice(amount)}, text, lines, warnings=_too_much(scene, amount))


def _too_much(scene: Scene, amount: int) -> list[Caution]:
    free = _tally(scene, BALANCE) - _tally(scene, STAKED) - _tally(scene, LEAVING)
    if amount <= free:
        return []
    text = _("You have %(free)s that is not staked.") % {"free": lattice(max(0, free))}
    return [Caution(_("It is more than you can stake"), text, serious=True)]


@says(STAKING, "unstake")
def _unstake(scene: Scene, args: Args) -> Words:
    amount = args["amount"]
    free = scene.chain.head_time() + timedelta(seconds=_cooldown(scene))
    lines = [
        Line(_("Still staked"), lattice(max(0, _tally(scene, STAKED) - amount))),
        Line(_("Free from"), date_format(free, "j M Y, H:i")),
    ]
    text = _("It earns nothing from now on, and keeps its votes. All that is leaving waits for the later day.")
    return Words(_("Take back %(sum)s of your stake") % {"sum": lattice(amount)}, text, lines)


@says(STAKING, "restake")
def _restake(scene: Scene, args: Args) -> Words:
    leaving = _tally(scene, LEAVING)
    lines = [Line(_("Staked after it"), lattice(_tally(scene, STAKED) + leaving))]
    return Words(_("Stake again the %(sum)s that were leaving") % {"sum": lattice(leaving)}, lines=lines)


@says(STAKING, "withdraw")
def _withdraw(scene: Scene, args: Args) -> Words:
    words = {"sum": lattice(_tally(scene, LEAVING))}
    text = _("It was in your wallet all along; from now on you can send it.")
    return Words(_("Free %(sum)s of your stake") % words, text)


@says(STAKING, "claim")
def _claim(scene: Scene, args: Args) -> Words:
    amount, recipient = view(scene, STAKING, "claimable", scene.sender), args["recipient"]
    words = {"sum": scene.money(COIN, amount), "who": scene.who(recipient)}
    text = _("Your part of the fees for staking until now. What is earned in this second comes on top.")
    if recipient != scene.sender:
        lines = [Line(_("%(who)s gets") % words, words["sum"]), Line(_("To"), whole(recipient))]
        return Words(_("Claim %(sum)s for %(who)s") % words, text, lines)
    lines = [Line(_("You get"), signed(amount, scene.currency(COIN)), comes=True)]
    return Words(_("Claim %(sum)s") % words, text, lines, {COIN: amount})


@says(STAKING, "notify")
def _notify(scene: Scene, args: Args) -> Words:
    words = {"sum": scene.money(COIN, scene.value)}
    return Words(_("Give %(sum)s to those who stake LATTICE") % words, _("It cannot be taken back."))


@says(FAUCET, "faucet")
def _faucet(scene: Scene, args: Args) -> Words:
    lines = [Line(_("You get"), f"+{lattice(PORTION)}", comes=True)]
    text = _("They cost nothing and are worth nothing: this is a demonstration. You can get some once in 24 hours.")
    return Words(_("Get %(sum)s") % {"sum": lattice(PORTION)}, text, lines, {scene.chain.deployment[TOKEN]: PORTION})


@says(CLAIM, "claim")
def _early(scene: Scene, args: Args) -> Words:
    words = {"sum": lattice(args["amount"]), "who": scene.who(args["account"])}
    if args["account"] != scene.sender:
        return Words(_("Claim %(sum)s for %(who)s") % words, _("They go to that account, whoever sends this."))
    lines = [Line(_("You get"), f"+{words['sum']}", comes=True)]
    return Words(_("Claim your %(sum)s") % words, lines=lines)


@says(CLAIM, "sweep")
def _sweep(scene: Scene, args: Args) -> Words:
    return Words(_("Move the LATTICE that nobody claimed into the treasury"))


@says(VESTING, "release")
def _release_vested(scene: Scene, args: Args) -> Words:
    return Words(_("Pay out what has vested to the contributors"), _("Anybody may do this."))


@says(FEE_VAULT, "release")
def _release(scene: Scene, args: Args) -> Words:
    words = {"unit": scene.currency(args["token"]).unit}
    text = _("Anybody may do this. Stakers, the bonus pool and the treasury get their parts; you get nothing of it.")
    return Words(_("Divide the fees in %(unit)s") % words, text)


@says(BONUS_POOL, "claim")
def _bonus(scene: Scene, args: Args) -> Words:
    recipient = args["recipient"]
    words = {
        "sum": scene.money(COIN, args["amount"]),
        "model": scene.model(args["modelId"]),
        "epoch": f"{args['epoch']:,}",
        "who": scene.who(recipient),
    }
    own = recipient == scene.sender
    lines = [Line(_("You get"), signed(args["amount"], scene.currency(COIN)), comes=True)] if own else []
    moves = {COIN: args["amount"]} if own else {}
    title = _("Claim %(sum)s, the bonus of %(model)s in epoch %(epoch)s")
    text = "" if own else _("It goes to %(who)s.") % words
    return Words(title % words, text, lines, moves)
