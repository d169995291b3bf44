"""What some of the demo's people say about themselves. They are invented, and say so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accounts.models import User
from marketplace.people.actions import write_profile
from marketplace.people.models import Profile
from marketplace.scores.models import Review

BUYER, SELLER = 1, 2
SAID: dict[int, dict[str, Any]] = {
    BUYER: {
        "name": "Ines",
        "bio": "I look for small models that run on a laptop, and I write down what they get wrong.",
        "links": [],
    },
    SELLER: {
        "name": "Tomás",
        "bio": (
            "I adapt open models for *short, dull tasks* and keep them running.\n\n"
            "- Questions about a model: below it, so that others find the answer\n"
            "- Something does not work: refund it first, then tell me\n\n"
            "This is a person of the demo: nobody real stands behind the name."
        ),
        "links": ["https://example.org/pocket-lab"],
    },
}
REVIEWERS = ("Amara", "Bruno", "Chiara", "Dmitri", "Elif", "Femke", "Goran", "Hana", "Jonas", "Katja", "Liam", "Nadia")
BUYS = "I buy small models, try them, and say what I found. This is a person of the demo: nobody real stands behind it."


def seed_profiles(accounts: Sequence[str]) -> None:
    """Write the profiles that are not there yet: of those who are named here, and of all who have written a review."""
    people = {accounts[number]: said for number, said in SAID.items()}
    authors = sorted(set(Review.objects.values_list("author", flat=True)) - people.keys(), key=accounts.index)
    for author, name in zip(authors, REVIEWERS, strict=False):
        people[author] = {"name": name, "bio": BUYS, "links": []}
    for address, said in people.items():
        user, _ = User.objects.get_or_create(address=address)
        if not Profile.objects.filter(address=address).exists():
            write_profile(user=user, **said)
