"""Drafts as pages and programs find them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString, mark_safe

from common.pages import KeysetChain, Page, SortOrder, bounded_text
from common.prose import render_answer
from contracts.models import Chain
from governance.ground.lattice import per_cent

from .models import Choice, Cosignature, Draft, DraftQuerySet, Poll, PollBallot, Visibility

A_PAGE = 30
SIGNERS = 25  # of a draft on a page
OWN, SIGNED, PUBLIC = "own", "signed", "public"


def _moment(value: object) -> Any:
    found = parse_datetime(bounded_text(value))
    if found is None or found.tzinfo is None:
        raise ValueError(value)
    return found


NEWEST = SortOrder("changed", F("changed_at"), descending=True, parse=_moment)


def drafts_of(chain: Chain, group: str, address: str, *, cursor: str = "") -> Page[Draft]:
    """Return a page of an account's own drafts, of those it has co-signed, or of the public ones. One query.

    Raises CursorError on a cursor that was not made here.
    """
    found = _group(Draft.objects.filter(chain=chain), group, address).with_proposals().with_support()
    listed = KeysetChain([(found.defer("text", "actions"), NEWEST)], limit=A_PAGE, cursor=cursor)
    return listed.page(listed.read())


def _group(drafts: DraftQuerySet, group: str, address: str) -> DraftQuerySet:
    if group == OWN:
        return drafts.filter(author=address)
    if group == SIGNED:
        return drafts.filter(cosignatures__supporter=address).exclude(visibility=Visibility.PRIVATE)
    return drafts.filter(visibility=Visibility.PUBLIC)


def prose(text: str) -> SafeString:
    """Return a text as HTML, sanitised."""
    return mark_safe(render_answer(text))  # noqa: S308  sanitised there


@dataclass(frozen=True)
class Signers:
    """Some co-signers, and the pages before and after them; 0 where there is none."""

    shown: list[Cosignature]
    before: int
    after: int
    count: int


@dataclass(frozen=True)
class Support:
    """Who has co-signed a draft: in its text of now, and in an earlier one. Votes are those of now."""

    current: list[Cosignature]
    earlier: list[Cosignature]

    @property
    def votes(self) -> int:
        """The votes of those who have signed what stands there now."""
        return sum(each.power for each in self.current)

    @property
    def all(self) -> list[Cosignature]:
        """Those of now, then the earlier ones."""
        return [*self.current, *self.earlier]

    def page(self, number: int) -> Signers:
        """Return a page of all of them, from 1 on; the last one where there is none of this number."""
        last = max(1, -(-len(self.all) // SIGNERS))
        number = min(max(number, 1), last)
        shown = self.all[(number - 1) * SIGNERS : number * SIGNERS]
        return Signers(shown, number - 1, number + 1 if number < last else 0, len(self.all))

    def has(self, address: str) -> bool:
        """Whether an account has signed what stands there now."""
        return any(each.supporter == address for each in self.current)

    def has_earlier(self, address: str) -> bool:
        """Whether it has signed an earlier text."""
        return any(each.supporter == address for each in self.earlier)


def support_for(draft: Draft, content: str) -> Support:
    """Return who has co-signed. One query."""
    found = list(Cosignature.objects.filter(draft=draft).with_power(draft.chain))
    current = [each for each in found if each.content == content]
    return Support(current, [each for each in found if each.content != content])


@dataclass(frozen=True)
class Answer:
    """One answer of a poll: votes at its snapshot in LATTICE's smallest unit, and how many gave it.

    ``share`` is its part of all votes in per cent, ``part`` the same in 1/1,000.
    """

    choice: Choice
    votes: int
    ballots: int
    share: str
    part: int


@dataclass(frozen=True)
class Result:
    """What holders have answered so far."""

    poll: Poll
    answers: list[Answer]
    is_open: bool

    @property
    def votes(self) -> int:
        """All votes that were given."""
        return sum(each.votes for each in self.answers)

    @property
    def ballots(self) -> int:
        """How many accounts have answered."""
        return sum(each.ballots for each in self.answers)


def result_of(poll: Poll) -> Result:
    """Return the answers of a poll that was read ``with_answers``: for, against and abstain in this order."""
    tally = {row["choice"]: (int(row["votes"]), row["accounts"]) for row in poll.answers}
    total = sum(votes for votes, _ballots in tally.values())
    answers = []
    for choice in (Choice.FOR, Choice.AGAINST, Choice.ABSTAIN):
        votes, ballots = tally.get(choice, (0, 0))
        part = votes * 1_000 // (total or 1)
        answers.append(Answer(choice, votes, ballots, per_cent(votes, total), part))
    return Result(poll, answers, poll.is_open(timezone.now()))


HEAVIEST = SortOrder("power", F("power"), descending=True, parse=lambda value: _votes(value))


def _votes(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**256:
        raise ValueError(value)
    return value


def ballots_of(poll: Poll, *, cursor: str = "") -> Page[PollBallot]:
    """Return a page of ballots, the most votes first. One query. Raises CursorError."""
    listed = KeysetChain([(PollBallot.objects.filter(poll=poll).with_power(), HEAVIEST)], limit=A_PAGE, cursor=cursor)
    return listed.page(listed.read())
