"""What the community registers elsewhere: subjects, notices, what moderators decide about, and work that repeats."""

from __future__ import annotations

from accounts.notifications import kinds
from common.queue import repeat
from marketplace.ground import contents

from . import listing_subject, pace, subjects, taking_out
from .notices import KINDS


def register() -> None:
    """Register all of it; the app does so when it is made ready."""
    subjects.register(listing_subject.KIND)
    pace.register(listing_subject.has_bought)
    contents.register(taking_out.KIND)
    kinds.register(*KINDS)
    repeat("marketplace.community.tasks.look", minutes=1)
    repeat("marketplace.community.tasks.forget", minutes=5)
