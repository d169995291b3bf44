"""Tells whom a comment concerns: each person of each comment once, for the nearest reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import Account, User
from accounts.notifications.making import notify_all, told_to
from accounts.notifications.models import Notice

from .models import Comment, Followed, Following
from .naming import mentioned_users
from .notices import MENTION, NEW, OWN, REPLY
from .subjects import Topic
from .texts import gist_of

TOGETHER = timedelta(days=1)  # in which a discussion is told of once, until it was read


def tell_of_comment(topic: Topic, comment: Comment, author: User) -> None:
    """Tell whoever is answered, whoever is mentioned, the subject's owners, and those who follow the discussion."""
    data = _facts(topic, comment, author)
    told = {author.pk}
    if comment.answers:
        told |= _tell(
            REPLY.name, User.objects.filter(address=comment.answers.author).exclude(pk__in=told), comment, data
        )
    told |= _tell_mentioned(comment, data, told)
    owners = User.objects.filter(address__in=topic.owners).exclude(pk__in=told)
    told |= _tell(OWN.name, _not_waiting(owners, OWN.name, topic), comment, data)
    following = User.objects.filter(Following.objects.of_outer_user(Followed.DISCUSSION, topic.name))
    _tell_all(NEW.name, _not_waiting(following.exclude(pk__in=told), NEW.name, topic), comment, data)


def tell_of_mentions(topic: Topic, comment: Comment, author: User) -> None:
    """Tell whom an edited comment mentions; whoever was told of it is not told again."""
    told = set(Notice.objects.filter(key=comment.public_id).values_list("user", flat=True))
    _tell_mentioned(comment, _facts(topic, comment, author), {author.pk, *told})


def _tell_mentioned(comment: Comment, data: dict[str, Any], told: Iterable[int]) -> set[int]:
    mentioned = [user.pk for user in mentioned_users(comment.text)]
    return _tell(MENTION.name, User.objects.filter(pk__in=mentioned).exclude(pk__in=told), comment, data)


def _tell(kind: str, users: QuerySet[User], comment: Comment, data: dict[str, Any]) -> set[int]:
    """Tell a few users; return who they are, told or not: who does not want it is not told for another reason."""
    found = set(users.values_list("pk", flat=True))
    if found:
        _tell_all(kind, User.objects.filter(pk__in=found), comment, data)
    return found


def _tell_all(kind: str, users: QuerySet[User], comment: Comment, data: dict[str, Any]) -> int:
    return notify_all(kind=kind, chosen=told_to(users, comment.public_id, data, comment.written_at))


def _not_waiting(users: QuerySet[User], kind: str, topic: Topic) -> QuerySet[User]:
    """Keep users who have nothing unread of the day about the same discussion."""
    waiting = Notice.objects.filter(user=OuterRef("pk"), kind=kind, data__topic=topic.name).unread()
    return users.exclude(Exists(waiting.filter(created_at__gt=timezone.now() - TOGETHER)))


def _facts(topic: Topic, comment: Comment, author: User) -> dict[str, Any]:
    name = Account.objects.filter(user=author).values_list("name", flat=True).first()
    return {
        "author": author.address,
        "name": name or "",
        "about": topic.title,
        "topic": topic.name,
        "comment": comment.public_id,
        "gist": gist_of(comment.text),
    }
