"""A discussion as one visitor sees it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.models import User

from .actions import may_bring_back
from .finding import Thread, Threads
from .models import Comment, Discussion
from .naming import Names, comment_path, names_for
from .subjects import Badge, Topic, badges_of
from .texts import gist_of, rendered


@dataclass(frozen=True)
class Said:
    """A comment as it is shown. ``name`` is that of its author's account, "" without one."""

    comment: Comment
    html: SafeString
    name: str
    badges: Sequence[Badge]
    answers: str  # the name or address of whom it answers, where that is another reply
    is_pinned: bool
    look: Look

    @property
    def is_own(self) -> bool:
        """Whether the visitor wrote it."""
        return self.look.user is not None and self.look.user.address == self.comment.author

    @property
    def may_change(self) -> bool:
        """Whether the visitor may edit it."""
        return self.is_own and self.comment.is_shown and self.look.may_write

    @property
    def may_bring_back(self) -> bool:
        """Whether the visitor has just deleted it, and may take that back."""
        return self.is_own and may_bring_back(self.comment, self.look.now)

    @property
    def may_reply(self) -> bool:
        """Whether the visitor may answer it."""
        return self.comment.is_shown and self.look.may_write

    @property
    def path(self) -> str:
        """Its permalink."""
        return comment_path(self.comment)

    @property
    def gist(self) -> str:
        """Its beginning."""
        return gist_of(self.comment.text) if self.comment.is_shown else ""


@dataclass(frozen=True)
class SaidThread:
    """A comment with replies as they are shown; ``more`` are on its own page."""

    said: Said
    replies: list[Said]
    more: int


@dataclass(frozen=True)
class Look:
    """Who looks at which discussion, and when."""

    topic: Topic
    discussion: Discussion
    user: User | None
    now: datetime

    @classmethod
    def at(cls, topic: Topic, discussion: Discussion, user: User | None) -> Look:
        """Return a look at this moment."""
        return cls(topic, discussion, user, timezone.now())

    @property
    def may_lead(self) -> bool:
        """Whether the visitor may lock it and pin an answer."""
        return self.topic.is_led_by(self.user)

    @property
    def is_open(self) -> bool:
        """Whether members may write in it."""
        return self.discussion.locked_at is None and not self.topic.is_hidden

    @property
    def may_write(self) -> bool:
        """Whether the visitor may write in it."""
        return self.user is not None and not self.topic.is_hidden and (self.is_open or self.may_lead)

    def shown(self, comments: Sequence[Comment]) -> list[Said]:
        """Return comments as they are shown. Queries: one for names, and those of the subject's badges."""
        return self.teller(comments).all(comments)

    def threads(self, threads: Threads) -> tuple[Said | None, list[SaidThread]]:
        """Return the pinned answer and a page of threads as they are shown, by the same queries."""
        pinned = self.discussion.pinned
        comments = threads.comments()
        teller = self.teller([*comments, *([pinned] if pinned else [])])
        return teller.one(pinned) if pinned else None, [teller.thread(each) for each in threads.items]

    def teller(self, comments: Sequence[Comment]) -> Teller:
        """Return what shows comments."""
        answered = [each.answers.author for each in comments if each.answers]
        authors = {each.author for each in comments}
        texts = [each.text for each in comments if each.is_shown]
        names = names_for({*authors, *answered}, texts) if comments else Names({}, {})
        return Teller(self, names, badges_of(self.topic, authors) if authors else {})


@dataclass(frozen=True)
class Teller:
    """Shows comments, with the names and badges that were read for them."""

    look: Look
    names: Names
    badges: dict[str, list[Badge]]

    def all(self, comments: Iterable[Comment]) -> list[Said]:
        """Return comments as they are shown."""
        return [self.one(each) for each in comments]

    def thread(self, thread: Thread) -> SaidThread:
        """Return a thread as it is shown."""
        return SaidThread(self.one(thread.comment), self.all(thread.replies), thread.more)

    def one(self, comment: Comment) -> Said:
        """Return a comment as it is shown."""
        text = comment.text if comment.is_shown else ""
        above = comment.answers if comment.answers_id != comment.root_id else None
        return Said(
            comment=comment,
            html=rendered(text, self.names.paths_in(text)) if text else SafeString(),
            name=self.names.accounts.get(comment.author, ""),
            badges=self.badges.get(comment.author, []),
            answers=self.names.accounts.get(above.author, above.author) if above else "",
            is_pinned=self.look.discussion.pinned_id == comment.pk,
            look=self.look,
        )
