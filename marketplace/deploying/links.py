"""Links to one file for one account, for programs that have no session: short-lived, and worth nothing without access.

A link says who asked, on which chain, and for which file. Whoever gives it away gives their own access away for that
hour, and not a second longer than they have it: access is asked at every request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from marketplace.listings.versions import VersionFile

from .errors import LinkEndedError

SALT = "marketplace.deploying.links"
GOOD_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Link:
    """What a link stands for."""

    user: User
    chain_id: int | None
    file: VersionFile


def link_to(user: User, chain_id: int | None, file: VersionFile) -> str:
    """Return the path of a link to a file, good for an hour."""
    token = signing.dumps([user.pk, chain_id, file.pk, file.blob_id[:16]], salt=SALT)
    return reverse("linked-file", args=[token, file.path.rpartition("/")[2]])


def ends_at() -> datetime:
    """Return until when a link of now is good."""
    return timezone.now() + GOOD_FOR


def opened(token: str) -> Link:
    """Return what a link stands for. Raises LinkEndedError. Two queries."""
    try:
        said: Any = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
        user_id, chain_id, file_id, digest = said
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise LinkEndedError from error
    files = VersionFile.objects.select_related("blob", "version__decision", "version__listing__owner")
    file = (
        files.select_related("version__listing__suspension").filter(pk=file_id, blob__sha256__startswith=digest).first()
    )
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if file is None or user is None:
        raise LinkEndedError
    return Link(user, chain_id, file)
