"""Single-use numbers: each lives five minutes in Redis, and deleting it is how it is used."""

import secrets
from datetime import timedelta

from django.core.cache import cache
from redis.exceptions import RedisError

from .errors import SignInClosedError

LIFETIME = timedelta(minutes=5)


def issue() -> str:
    """Return a new nonce of 128 random bits. Raises SignInClosedError where it cannot be kept."""
    # EIP-4361 allows letters and digits only.
    nonce = secrets.token_hex(16)
    try:
        cache.add(_key(nonce), True, LIFETIME.total_seconds())
    except RedisError as error:
        raise SignInClosedError from error
    return nonce


def spend(nonce: str) -> bool:
    """Use the nonce up; say whether it could be. Of uses at the same time one gets True: Redis deletes a key once."""
    return cache.delete(_key(nonce))


def _key(nonce: str) -> str:
    return f"sign-in-nonce:{nonce}"
