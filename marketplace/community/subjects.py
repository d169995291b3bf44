"""What can be discussed: each kind of subject registers how it is found, by its natural key, and whose it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django_stubs_ext import StrOrPromise

from accounts.models import User
from accounts.moderators import is_moderator
from common.text import well_formed

from .errors import SubjectNotFoundError
from .models import group_of, name_of


@dataclass(frozen=True)
class Badge:
    """What somebody is to the subject, in a word. ``is_owner`` marks those who may lead its discussion."""

    label: StrOrPromise
    is_owner: bool = False


@dataclass(frozen=True)
class Topic:
    """One thing that is discussed.

    ``subject`` and ``key`` name it, ``path`` is its own page, ``discussion`` that of its discussion, ``feed`` and
    ``api`` the same for programs. ``owners`` are addresses. ``crumbs`` are (path, label) of what stands above it.
    """

    subject: str
    key: str
    title: str
    path: str
    discussion: str
    feed: str
    api: str
    owners: frozenset[str]
    owner_badge: Badge
    crumbs: Sequence[tuple[str, StrOrPromise]] = field(default=())
    is_hidden: bool = False

    @property
    def name(self) -> str:
        """Subject and key as one."""
        return name_of(self.subject, self.key)

    @property
    def group(self) -> str:
        """The name under which sockets hear of it."""
        return group_of(self.name)

    def is_led_by(self, user: User | None) -> bool:
        """Whether somebody may lock it and pin its answer: its owners, and moderators."""
        return user is not None and (user.address in self.owners or is_moderator(user))


Badges = Mapping[str, Sequence[Badge]]


def _nothing(_key: str, _comments: int) -> None:
    return None


@dataclass(frozen=True)
class Kind:
    """A kind of subject.

    ``path`` makes a label and the path of the discussion of a key, without a query. ``find`` returns the topic of a
    key, None where there is none. ``badges`` says what some addresses are to it besides its owners, only where that is
    so. ``counted`` is told how many comments are shown, in the transaction that changes it.
    """

    name: str
    path: Callable[[str], tuple[str, str]]
    find: Callable[[str], Topic | None]
    badges: Callable[[Topic, Collection[str]], Badges]
    counted: Callable[[str, int], object] = _nothing


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Add kinds; their packages do so when the app is made ready."""
    _kinds.update((kind.name, kind) for kind in kinds)


def kind_of(subject: str) -> Kind:
    """Return a kind by its name; raises SubjectNotFoundError."""
    if subject not in _kinds:
        raise SubjectNotFoundError
    return _kinds[subject]


def find_topic(subject: str, key: str) -> Topic:
    """Return what is discussed under a natural key; raises SubjectNotFoundError."""
    topic = kind_of(subject).find(well_formed(key))
    if topic is None:
        raise SubjectNotFoundError
    return topic


def find_path(subject: str, key: str) -> tuple[str, str]:
    """Return what a discussion is called in a list, and its path; no query, so it may be gone."""
    return _kinds[subject].path(key) if subject in _kinds else (key, "")


def badges_of(topic: Topic, addresses: Collection[str]) -> dict[str, list[Badge]]:
    """Return what each of some addresses is to a topic."""
    found = kind_of(topic.subject).badges(topic, addresses)
    own = {address: [topic.owner_badge] if address in topic.owners else [] for address in addresses}
    return {address: [*own[address], *found.get(address, ())] for address in addresses}
