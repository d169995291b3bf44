"""What reviews add to packages below: kinds of content, kinds of notices, and what is done again and again."""

from __future__ import annotations

from accounts.notifications import kinds
from common.queue import repeat
from marketplace.ground import contents as ground

from . import contents, crowds, notices


def register() -> None:
    """Register it all; the app does so when it is made ready."""
    ground.register(*contents.KINDS, crowds.KIND)
    kinds.register(*notices.KINDS)
    repeat("marketplace.scores.tasks.follow_chains", minutes=1)
    repeat("marketplace.scores.tasks.judge_all", minutes=1_440)
