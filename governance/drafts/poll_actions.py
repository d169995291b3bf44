"""Polls on drafts: opened by the author, answered by signature, counted by votes at a time in the past. No force."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.limits import limit
from common.text import clean_text
from contracts.chain import signatures
from contracts.names import DAY
from governance.ground.home import now_on
from governance.onchain.models.power import PowerFact

from .actions import SIGNATURES_A_DAY
from .content import ballot_of, content_hash
from .errors import (
    BallotOvertakenError,
    DraftNotFoundError,
    DraftRefusedError,
    NoPowerError,
    NotShareableError,
    PollClosedError,
    PollNotFoundError,
    PollOpenError,
    SignatureRefusedError,
)
from .models import MOST_REASON, Choice, Draft, Poll, PollBallot

LEAST_DAYS, MOST_DAYS = 1, 14
POLLS_A_DAY = 10


def find_poll(key: str) -> Poll:
    """Return a poll with its answers and draft: whoever has its address may read it. Raises PollNotFoundError."""
    found = Poll.objects.filter(key=key).with_answers().select_related("draft", "chain").first()
    if found is None:
        raise PollNotFoundError
    return found


def open_poll(*, user: User, key: str, days: int) -> Poll:
    """Ask the holders about a draft as it is now, for so many days. Votes count as of the last block of now.

    Raises NotShareableError, PollOpenError, DraftRefusedError, DraftNotFoundError and TooManyError.
    """
    if not LEAST_DAYS <= days <= MOST_DAYS:
        words = {"least": LEAST_DAYS, "most": MOST_DAYS}
        raise DraftRefusedError(_("A poll lasts %(least)s to %(most)s days.") % words)
    limit(f"polls:{user.address}", POLLS_A_DAY, DAY)
    with transaction.atomic():
        found = Draft.objects.select_for_update(of=("self",)).select_related("chain")
        draft = found.filter(key=key, author=user.address).first()
        if draft is None:
            raise DraftNotFoundError
        if not draft.is_shared:
            raise NotShareableError
        if not draft.title:
            raise DraftRefusedError(_("Give the draft a title first: it is what is asked."))
        now = timezone.now()
        if draft.polls.filter(ends_at__gt=now).exists():
            raise PollOpenError
        asked = {"title": draft.title, "content": content_hash(draft), "snapshot": now_on(draft.chain)}
        return Poll.objects.create(
            draft=draft, chain=draft.chain, opened_at=now, ends_at=now + timedelta(days=days), **asked
        )


def next_number(poll: Poll, address: str) -> int:
    """Return the number of an account's next ballot."""
    return (poll.ballots.filter(voter=address).values_list("number", flat=True).first() or 0) + 1


def check_voting(user: User, poll: Poll, choice: int, reason: str) -> str:
    """Return the reason as it is signed. Raises PollClosedError, NoPowerError and DraftRefusedError."""
    if not poll.is_open():
        raise PollClosedError
    if choice not in Choice.values:
        raise DraftRefusedError(_("Choose for, against or abstain."))
    reason = clean_text(reason)
    if len(reason) > MOST_REASON:
        raise DraftRefusedError(_("A reason has at most %(most)s characters.") % {"most": MOST_REASON})
    if not PowerFact.objects.power_at(poll.chain, user.address, poll.snapshot):
        raise NoPowerError(_("Your wallet had no votes when this poll was opened, so it has no say in it."))
    return reason


def cast_poll_vote(*, user: User, key: str, choice: int, reason: str, number: int, signature: str) -> PollBallot:
    """Keep a signed ballot in place of the account's earlier one. The same one again changes nothing.

    Raises what ``check_voting`` does, SignatureRefusedError, BallotOvertakenError, PollNotFoundError, TooManyError, and
    RetryableChainError where an account's contract has to be asked and the chain does not answer.
    """
    poll = find_poll(key)
    reason = check_voting(user, poll, choice, reason)
    limit(f"drafts-signed:{user.address}", SIGNATURES_A_DAY, DAY)
    typed = ballot_of(poll, user.address, choice, reason, number)
    if not signatures.verify(user.address, typed, signature, poll.chain):
        raise SignatureRefusedError
    said = {"choice": choice, "reason": reason, "number": number, "signature": signature}
    return _keep_ballot(user, poll, said)


@transaction.atomic
def _keep_ballot(user: User, poll: Poll, said: dict[str, object]) -> PollBallot:
    now = Poll.objects.select_for_update().get(pk=poll.pk)
    if not now.is_open():
        raise PollClosedError
    kept = now.ballots.filter(voter=user.address).first()
    if kept and kept.number == said["number"] and kept.signature == said["signature"]:
        return kept
    # Signed as a number: an old ballot that somebody brings again is never the last one.
    if said["number"] != (kept.number if kept else 0) + 1:
        raise BallotOvertakenError
    values = {**said, "signed_at": timezone.now()}
    ballot, _made = PollBallot.objects.update_or_create(poll=now, voter=user.address, defaults=values)
    return ballot
