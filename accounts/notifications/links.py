"""Links that prove who may follow them: what a mail brings, and the secret addresses of feeds.

A signature stands for what would else be a table of secrets. It goes into the query of an address, which no log holds.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User

from .errors import FeedNotFoundError, LinkExpiredError, LinkInvalidError
from .models import FeedKey, MailAddress

CONFIRM, UNSUBSCRIBE, FEED = "notifications.confirm", "notifications.unsubscribe", "notifications.feed"
VALID = timedelta(days=1)  # of a link that confirms an address
ALL = ""  # stands for every kind
MOST_TOKEN = 1_000  # characters: what is longer was not made here


def site() -> str:
    """Return the origin at which people find the site: for addresses that go out without a request."""
    return str(settings.ORIGINS[0]) if settings.ORIGINS else ""


def address_of(name: str, token: str, host: str = "") -> str:
    """Return the whole address of a view that takes a token."""
    return f"{host or site()}{reverse(name)}?{urlencode({'token': token})}"


def confirming(address: MailAddress) -> str:
    """Return the token that whoever reads an address confirms it with."""
    return signing.dumps([address.pk, address.address], salt=CONFIRM)


def confirmed(token: str) -> MailAddress:
    """Return the address that a token confirms. Raises LinkInvalidError, LinkExpiredError."""
    try:
        pk, text = _read(token, CONFIRM, VALID)
    except signing.SignatureExpired as error:
        raise LinkExpiredError from error
    found = MailAddress.objects.select_related("user").filter(pk=pk, address=text).first()
    if found is None:  # it was changed or taken away
        raise LinkExpiredError
    return found


def unsubscribing(user: int, kind: str) -> str:
    """Return the token that ends a user's mail of a kind, or of ``ALL``."""
    return signing.dumps([user, kind], salt=UNSUBSCRIBE)


def unsubscribed(token: str) -> tuple[User, str]:
    """Return whose mail of which kind a token ends. Raises LinkInvalidError."""
    pk, kind = _read(token, UNSUBSCRIBE)
    user = User.objects.filter(pk=pk).first()
    if user is None:
        raise LinkInvalidError
    return user, str(kind)


def feeding(key: FeedKey) -> str:
    """Return the token that opens a user's feeds."""
    return signing.dumps([key.user_id, key.generation], salt=FEED)


def fed(token: str) -> User:
    """Return whose feeds a token opens. Raises FeedNotFoundError where it does not, or not any more."""
    try:
        pk, generation = _read(token, FEED)
    except LinkInvalidError as error:
        raise FeedNotFoundError from error
    keys = FeedKey.objects.filter(user=pk, generation=generation, is_on=True, user__is_active=True)
    found = keys.select_related("user").first()
    if found is None:
        raise FeedNotFoundError
    return found.user


def _read(token: str, salt: str, valid: timedelta | None = None) -> list[Any]:
    if len(token) > MOST_TOKEN:
        raise LinkInvalidError
    try:
        found: list[Any] = signing.loads(token, salt=salt, max_age=valid)
    except signing.SignatureExpired:
        raise
    except signing.BadSignature as error:
        raise LinkInvalidError from error
    return found
