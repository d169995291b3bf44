"""What an action comes to, in plain figures; each is computed from what is recorded, and says of what."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from contracts.models import Tally
from contracts.names import COIN, DAY
from governance.onchain.models.power import POWER, PowerFact, TransferFact
from governance.onchain.models.proposals import BPS, PERCENT, QUORUM_FLOOR_BPS, SENTINEL

from .figures import Effect
from .sales import Sales, shares_of
from .units import lattice, span
from .words import Said, Scene

FEES = ("feeBps", "referralBps", "stakersBps", "bonusCapBps")
PERIODS = ("VotingDelaySet", "VotingPeriodSet", "LateQuorumVoteExtensionSet", "MinDelayChange")
# In the order in which they are told.
SIDES = {
    "treasury": (lazy("The treasury gets"), lazy("At the last 30 days’ sales the treasury gets")),
    "stakers": (lazy("Stakers get"), lazy("At the last 30 days’ sales stakers get")),
    "bonus": (lazy("The bonus pool gets"), lazy("At the last 30 days’ sales the bonus pool gets")),
    "referrers": (lazy("Referrers get"), lazy("At the last 30 days’ sales referrers get")),
    "sellers": (lazy("Sellers get"), lazy("At the last 30 days’ sales sellers get")),
}


def effects_of(scene: Scene, said: Said) -> list[Effect]:
    """Return what an action comes to; nothing where nothing is recorded that tells it.

    To be called before the next action is put into words: what that one sets is not yet in the records.
    """
    key, after, before = said.sets or ("", 0, None)
    if before is None or after == before:
        return []
    if key in FEES:
        return list(_fees(scene, key, before, after))
    if key == "refundWindow":
        return list(_refunds(scene, before, after))
    if key in PERIODS:
        return list(_periods(scene, key, before, after))
    if key == "QuorumNumeratorUpdated":
        return list(_quorum(scene, before, after))
    return list(_threshold(scene, before, after)) if key == "ProposalThresholdSet" else []


def _fees(scene: Scene, key: str, before: int, after: int) -> Iterator[Effect]:
    """Yield who gets how much more or less, by currency; the first figure says of which sales."""
    terms = {each: scene.records.parameter(each) for each in FEES}
    # An index that is not complete must say nothing: a guess about money would stand beside a ballot.
    if None in terms.values():
        return
    then = {each: int(value or 0) for each, value in terms.items()}
    sales = Sales.of(scene.records)
    since = _("%(sales)s, since %(day)s") % {"sales": _sold(scene, sales), "day": sales.since_text}
    found = []
    for token, (gross, referred) in sales.by_token.items():
        is_coin, currency = token == COIN, scene.currency(token)
        old = shares_of({**then, key: before}, gross, referred, is_coin=is_coin)
        new = shares_of({**then, key: after}, gross, referred, is_coin=is_coin)
        for side in SIDES:
            difference = new[side] - old[side]
            # Integers, rounded as the contract rounds: whoever gets the same to the wei is not named.
            if difference:
                amount = currency.brief_text(abs(difference))
                value = _("%(sum)s a month less") if difference < 0 else _("%(sum)s a month more")
                found.append((side, value % {"sum": amount}))
    if not found:
        yield Effect(_("At the last 30 days’ sales"), _("nobody gets more or less"), since)
    for place, (side, value) in enumerate(found):
        yield Effect(SIDES[side][0 if place else 1], value, "" if place else since)


def _sold(scene: Scene, sales: Sales) -> str:
    sums = [scene.currency(token).brief_text(gross) for token, (gross, _part) in sales.by_token.items() if gross]
    return _("Sales of %(sums)s") % {"sums": _(" and ").join(sums)} if sums else _("No sales")


def _refunds(scene: Scene, before: int, after: int) -> Iterator[Effect]:
    longer = _("%(time)s longer") if after > before else _("%(time)s shorter")
    difference = longer % {"time": span(abs(after - before))}
    yield Effect(_("Buyers can return a purchase"), difference, _("From the execution on; earlier sales keep theirs"))
    sales = Sales.of(scene.records)
    sums = _sold(scene, sales)
    note = _("%(sales)s, since %(day)s") % {"sales": sums, "day": sales.since_text}
    yield Effect(_("Sellers wait for their money"), difference, note)


def _periods(scene: Scene, key: str, before: int, after: int) -> Iterator[Effect]:
    found = {each: scene.records.setting(each) for each in PERIODS}
    if not all(found.values()):
        return
    old, new = ({**{each: int(value) for each, value in found.items()}, key: value} for value in (before, after))
    course = ("VotingDelaySet", "VotingPeriodSet", "MinDelayChange")
    spans = [sum(each[name] for name in course) for each in (old, new)]
    if spans[0] != spans[1]:
        label = _("From the proposal to its execution it takes at least")
        yield Effect(label, _("%(after)s, not %(before)s") % {"after": span(spans[1]), "before": span(spans[0])})
    # The staking contract's own sum: whoever leaves has to outlive every vote that they may have decided.
    waits = [sum(each.values()) + DAY for each in (old, new)]
    label = _("Stakers who leave wait")
    note = _("A whole vote with its late quorum and its timelock, and a day")
    yield Effect(label, _("%(after)s, not %(before)s") % {"after": span(waits[1]), "before": span(waits[0])}, note)


def _quorum(scene: Scene, before: int, after: int) -> Iterator[Effect]:
    minted = TransferFact.objects.filter(chain=scene.records.chain, sender=COIN).aggregate(all=Sum("amount"))["all"]
    supply = int(minted or 0)
    rows = scene.records.known(PowerFact.objects.filter(account=SENTINEL)).order_by("-block_number", "-log_index")
    votable = supply - int(rows.values_list("votes", flat=True).first() or 0)
    if not votable:
        return
    old, new = (max(votable * n // PERCENT, supply * QUORUM_FLOOR_BPS // BPS) for n in (before, after))
    words = {"after": lattice(new), "before": lattice(old)}
    note = _("Of %(votable)s that can vote now") % {"votable": lattice(votable)}
    yield Effect(_("Votes for and abstentions that a proposal needs"), _("%(after)s, not %(before)s") % words, note)


def _threshold(scene: Scene, before: int, after: int) -> Iterator[Effect]:
    if scene.records.until:
        return  # who could propose then is not kept
    held = Tally.objects.filter(chain=scene.records.chain, kind=POWER).exclude(key=SENTINEL)
    counts = {limit: held.filter(amount__gte=limit).count() for limit in (before, after)}
    words = {"after": f"{counts[after]:,}", "before": f"{counts[before]:,}"}
    yield Effect(_("Accounts that can propose with their votes of now"), _("%(after)s, not %(before)s") % words)
