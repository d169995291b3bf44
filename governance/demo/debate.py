"""What the demo's people say about proposals. No transaction is sent."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from governance.onchain.models.proposals import OnchainProposal
from governance.proposals.discussed import SUBJECT, key_of
from marketplace.demo.talk import VOTER, Line, talk

# Of anvil's accounts: who proposed what, as ``proposals`` has it.
PLAIN_WORDS, SHOPFRONT, VECTOR_WORKS, HOLDER = 5, 6, 7, 33

DEBATES: dict[int, tuple[Line, ...]] = {
    10: (
        Line(VOTER, 60, "Who decides that a guide is good enough to be paid for? The text names no reviewer."),
        Line(
            PLAIN_WORDS,
            58,
            "A fair point. I shall publish each as a draft in this discussion, and count it as written only after a "
            "week without an objection that was left unanswered:\n\n1. draft here\n2. a week for remarks\n3. then it "
            "goes out under CC BY 4.0",
            answers=0,
            is_pinned=True,
        ),
        Line(HOLDER, 40, "Twelve in a year is one a month. I would rather see **four** that are kept up to date."),
        Line(PLAIN_WORDS, 36, "Keeping them up to date for a year is part of the price, so it is in there.", answers=2),
    ),
    12: (
        Line(
            VECTOR_WORKS,
            20,
            "If no seller asks for a premium yet, what does the cap protect today? It costs a vote of everybody.",
        ),
        Line(
            SHOPFRONT,
            18,
            "It tells a seller who plans to use it what to expect. Changing it later, when somebody relies on 25 %, "
            "would be the unfriendly way round.",
            answers=0,
        ),
    ),
}


def seed_debate(accounts: Sequence[str]) -> None:
    """Let people talk about the proposals that are open or to come, each line once."""
    now = timezone.now()
    there = OnchainProposal.objects.filter(number__in=DEBATES).order_by("number")
    for number in there.values_list("number", flat=True):
        talk(SUBJECT, key_of(number), DEBATES[number], accounts, now)
