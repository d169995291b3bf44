"""Contents that can be reported, and decisions about them, for tests that need no listing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from accounts.models import User
from marketplace.ground import contents
from marketplace.ground.contents import Kind, Subject
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision

AUTHOR = "0x" + "a" * 40
MODERATOR = "0x" + "1" * 40
KEY = "0f0f0f0f-0000-4000-8000-000000000001"


def find(key: str) -> Subject | None:
    """Return the one comment of these tests, and as many as one likes whose key begins with ``many-``."""
    if key != KEY and not key.startswith("many-"):
        return None
    return Subject(Content.COMMENT, key, "A comment on tiny-embed", "/models/acme/tiny-embed#talk", AUTHOR, "Buy this!")


@contextmanager
def comments() -> Iterator[None]:
    """Let comments be these alone until the block ends."""
    before = contents._kinds.get(Content.COMMENT)
    contents.register(Kind(Content.COMMENT, find, lambda _key: None, lambda _key, _decision: None))
    try:
        yield
    finally:
        if before:
            contents.register(before)
        else:
            del contents._kinds[Content.COMMENT]


def user(digit: str = "b") -> User:
    """Return the user whose address repeats a digit."""
    return User.objects.get_or_create(address="0x" + digit * 40)[0]


def decide(action: Action = Action.HIDE, category: Category | None = Category.SPAM, **given: Any) -> ModerationDecision:
    """Write a decision about the comment; what takes nothing away has no category."""
    limits = action not in (Action.SHOW, Action.NOTHING)
    values = {"content": Content.COMMENT, "key": KEY, "reason": "It advertises something else.", "moderator": MODERATOR}
    values |= {"action": action, "category": category if limits and category else ""}
    return ModerationDecision.objects.create(**(values | given))
