"""What the demo's people say about models: questions, answers, and one that is pinned. No transaction is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from marketplace.community.actions import post_comment
from marketplace.community.following import follow
from marketplace.community.leading import pin_comment
from marketplace.community.models import Comment, Followed

# Of anvil's accounts, as the demo wallet has them.
BUYER, SELLER, VOTER = 1, 2, 3
FIRST_BUYER, SECOND_BUYER, VECTOR_WORKS = 8, 9, 7
MARK = "demo-talk"


@dataclass(frozen=True)
class Line:
    """What somebody said ``hours`` before the demo opened, in answer to the line of that place, if to any."""

    account: int
    hours: float
    text: str
    answers: int | None = None
    is_pinned: bool = False


MODELS: dict[str, tuple[Line, ...]] = {
    "pocket-lab/smollm2-chat": (
        Line(
            FIRST_BUYER,
            76,
            "Does a pass cover the next version too, or would I have to buy again when 1.1.0 comes?",
        ),
        Line(
            SELLER,
            74,
            "It covers **every version**: a pass is for the model, not for one release of it. What changes with a "
            "release stands in its card.",
            answers=0,
            is_pinned=True,
        ),
        Line(FIRST_BUYER, 73, "That settles it, thank you.", answers=1),
        Line(
            VOTER,
            30,
            "Languages other than English?\n\n> languages: English\n\nis all that the card says.",
        ),
        Line(
            SELLER,
            28,
            "English only. It has 135 million parameters and was made for short English replies; in other languages it "
            "makes up words. Try your own sentence on this page first: that costs nothing.",
            answers=3,
        ),
    ),
    "pocket-lab/smollm2-monthly": (
        Line(SECOND_BUYER, 5, "@pocket-lab, is a month extended or begun anew when I pay for a second one early?"),
        Line(SELLER, 3.5, "Extended: the second month begins where the first ends.", answers=0),
    ),
    "vector-works/minilm-embeddings": (
        Line(SECOND_BUYER, 50, "How long may a text be before its end is cut off?"),
        Line(
            VECTOR_WORKS,
            47,
            "256 tokens, about 200 words of English. Cut longer texts into paragraphs and keep a vector of each; what "
            "is beyond is not read at all.",
            answers=0,
            is_pinned=True,
        ),
    ),
}


def seed_talk(accounts: Sequence[str]) -> None:
    """Let people talk about models, each line once. The buyer follows a seller, a model and what is said of it."""
    now = timezone.now()
    for key, lines in MODELS.items():
        talk("listing", key, lines, accounts, now)
    buyer = user_of(accounts[BUYER])
    listing = next(iter(MODELS))
    for what, key in (
        (Followed.SELLER, "pocket-lab"),
        (Followed.MODEL, listing),
        (Followed.DISCUSSION, f"listing/{listing}"),
    ):
        follow(user=buyer, what=what, key=key)


def talk(subject: str, key: str, lines: Sequence[Line], accounts: Sequence[str], now: datetime) -> None:
    """Have people say these lines about a subject, each once; where it was done already, nothing changes."""
    if Comment.objects.filter(discussion__subject=subject, discussion__key=key, once=f"{MARK}-0").exists():
        return
    said: list[Comment] = []
    for place, line in enumerate(lines):
        user, above = user_of(accounts[line.account]), None if line.answers is None else said[line.answers]
        comment = post_comment(
            user=user,
            subject=subject,
            key=key,
            text=line.text,
            answers=above.public_id if above else "",
            once=f"{MARK}-{place}",
            at=now - timedelta(hours=line.hours),
        )
        said.append(comment)
        if line.is_pinned:
            pin_comment(user=user, public_id=comment.public_id, is_pinned=True)


def user_of(address: str) -> User:
    """Return the user of an address."""
    return User.objects.get_or_create(address=address)[0]
