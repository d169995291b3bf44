"""What some of the demo's people say about themselves. They are invented, and say so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accounts.models import User
from marketplace.people.actions import write_profile
from marketplace.people.models import Profile

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


def seed_profiles(accounts: Sequence[str]) -> None:
    """Write the profiles that are not there yet."""
    for number, said in SAID.items():
        user, _ = User.objects.get_or_create(address=accounts[number])
        if not Profile.objects.filter(address=user.address).exists():
            write_profile(user=user, **said)
