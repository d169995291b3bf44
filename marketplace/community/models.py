"""Discussions, what is said in them, and what people follow."""

from __future__ import annotations

import secrets
from hashlib import md5

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.models import Chain, address_field
from marketplace.ground.decisions import ModerationDecision

MOST_TEXT = 10_000  # characters of a comment
MOST_KEY = 193  # two names of 96 characters and the slash between them
MOST_ONCE = 64


def new_id() -> str:
    """Return 96 random bits as text: what a comment is called outside of the database."""
    return secrets.token_hex(12)


def name_of(subject: str, key: str) -> str:
    """Return what a discussion is followed by: its subject and key as one."""
    return f"{subject}/{key}"


def group_of(name: str) -> str:
    """Return the name under which sockets hear of a discussion: channel layers take few characters."""
    return md5(name.encode(), usedforsecurity=False).hexdigest()


class DiscussionQuerySet(models.QuerySet["Discussion"]):
    """Reads of discussions."""

    def about(self, subject: str, key: str) -> DiscussionQuerySet:
        """Return the discussion about something, if there is one yet."""
        return self.filter(subject=subject, key=key)


class Discussion(models.Model):
    """All that is said about one thing, which its natural key names: a listing's name, a proposal's chain and number.

    ``comments`` counts what is shown. ``pinned`` is the answer that its owner or a moderator put on top. While it is
    locked nobody but they may write.
    """

    subject = models.CharField(max_length=16)
    key = models.CharField(max_length=MOST_KEY)
    comments = models.PositiveIntegerField(default=0)
    pinned = models.OneToOneField("Comment", on_delete=models.SET_NULL, null=True, related_name="+")
    pinned_by = address_field(blank=True)
    locked_at = models.DateTimeField(null=True)
    locked_by = address_field(blank=True)
    begun_at = models.DateTimeField(default=timezone.now)

    is_followed: bool  # by the one who looks: what ``finding`` adds

    objects = DiscussionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "key"], name="discussion_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Subject and key as one."""
        return name_of(self.subject, self.key)


class CommentQuerySet(models.QuerySet["Comment"]):
    """Reads of comments."""

    def roots(self) -> CommentQuerySet:
        """Keep those that answer no other."""
        return self.filter(root=None)

    def shown(self) -> CommentQuerySet:
        """Keep those that everybody may read."""
        return self.filter(deleted_at=None, decision=None)

    def by(self, address: str) -> CommentQuerySet:
        """Keep what an address wrote, the newest first."""
        return self.filter(author=address).order_by("-written_at", "-pk")


class Comment(models.Model):
    """What somebody said. ``root`` is the comment below which it stands, ``answers`` the one that it replies to.

    ``replies`` counts those below it that are shown. ``decision`` is the moderators' one that took it out, if one did.
    ``once`` is of the form that it was sent by, so that two presses say it once. A deleted one keeps its place; its
    words are gone after a while.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_id)
    discussion = models.ForeignKey(Discussion, on_delete=models.PROTECT, related_name="all_comments")
    root = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="below")
    answers = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    author = address_field()
    text = models.TextField(max_length=MOST_TEXT, blank=True)
    replies = models.PositiveIntegerField(default=0)
    once = models.CharField(max_length=MOST_ONCE)
    written_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    decision = models.ForeignKey(ModerationDecision, on_delete=models.PROTECT, null=True, related_name="+")

    objects = CommentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["discussion", "author", "once"], name="comment_once"),
            models.CheckConstraint(
                condition=Q(root=None, answers=None) | Q(root__isnull=False, answers__isnull=False),
                name="comment_answers_below_root",
            ),
        ]
        indexes = [
            models.Index(fields=["discussion", "-written_at", "id"], name="comment_newest", condition=Q(root=None)),
            models.Index(fields=["discussion", "written_at", "id"], name="comment_oldest", condition=Q(root=None)),
            models.Index(fields=["discussion", "-replies", "id"], name="comment_replied", condition=Q(root=None)),
            models.Index(fields=["root", "written_at", "id"], name="comment_below", condition=Q(root__isnull=False)),
            models.Index(fields=["author", "-written_at"], name="comment_author"),
            models.Index(
                fields=["deleted_at"], name="comment_to_forget", condition=Q(deleted_at__isnull=False) & ~Q(text="")
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_shown(self) -> bool:
        """Whether everybody may read it."""
        return self.deleted_at is None and self.decision_id is None


class CommentEdition(models.Model):
    """What a comment said from ``at`` on, until it was edited."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="editions")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["comment", "at"], name="comment_edition")]

    def __str__(self) -> str:
        return f"{self.comment_id}, {self.at}"


class Followed(models.TextChoices):
    """What can be followed."""

    SELLER = "seller", _("Seller")
    MODEL = "model", _("Model")
    DISCUSSION = "discussion", _("Discussion")


class FollowingQuerySet(models.QuerySet["Following"]):
    """Reads of what is followed."""

    def of_outer_user(self, what: str, key: str) -> Exists:
        """Say of the users of an outer query whether they follow something."""
        return Exists(self.filter(user=OuterRef("pk"), what=what, key=key))


class Following(models.Model):
    """That a user wants to hear of something: a seller by the account's name, a model by the listing's, a discussion
    by its subject and key (``listing/owner/name``)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="following")
    what = models.CharField(max_length=16, choices=Followed)
    key = models.CharField(max_length=MOST_KEY + 17)
    since = models.DateTimeField(default=timezone.now)

    objects = FollowingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "what", "key"], name="following_once")]
        indexes = [models.Index(fields=["what", "key"], name="following_what")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.what} {self.key}"


class FactsSeen(models.Model):
    """How far a chain's events, and the listings that were joined with it, were looked at for those who follow."""

    chain = models.OneToOneField(Chain, on_delete=models.CASCADE, related_name="+")
    block_number = models.PositiveBigIntegerField(default=0)
    adoption = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.chain_id} until {self.block_number}"
