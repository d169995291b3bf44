"""Django's Redis cache with a client that is kept: making one takes longer than a request to Redis.

Most of what is kept can be made again, so pages work without Redis: ``get`` finds nothing and ``set`` keeps nothing.
Code that relies on a value being kept uses ``add``, ``incr`` and ``count_more``, which raise RedisError.
"""

from functools import cached_property
from typing import Any, cast

import structlog
from django.core.cache import DEFAULT_CACHE_ALIAS, caches
from django.core.cache.backends import redis
from redis.exceptions import RedisError

from .traces import spoil

log = structlog.get_logger(__name__)


class Client(redis.RedisCacheClient):
    """A client of the one server; its pool of connections is safe among threads, and so is it."""

    @cached_property
    def _kept(self) -> Any:
        return super().get_client(write=True)

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        return self._kept


class RedisCache(redis.RedisCache):
    """The cache of the settings."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = Client

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return what is kept, or ``default``."""
        spoil()  # it may be another value by the next time
        try:
            return super().get(key, default, version)
        except RedisError as error:
            _miss(error)
            return default

    def set(self, key: str, value: Any, *given: Any, **named: Any) -> None:
        """Keep it, if that can be done."""
        try:
            super().set(key, value, *given, **named)
        except RedisError as error:
            _miss(error)

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget it; say whether it was kept."""
        try:
            return bool(super().delete(key, version))
        except RedisError as error:
            _miss(error)
            return False

    def count(self, lives: list[tuple[str, int]]) -> list[int]:
        """Count one more of each key; see ``count_more``."""
        asked = self._cache.get_client(write=True).pipeline()
        for key, seconds in lives:
            kept = self.make_and_validate_key(key)
            asked.incr(kept)
            asked.expire(kept, seconds)
        counts: list[int] = asked.execute()[::2]
        return counts


def count_more(lives: list[tuple[str, int]]) -> list[int]:
    """Count one more of each key, which ends so many seconds after the last time; return their counts.

    One request to Redis, however many: of the time that a page takes to be counted, most is the way there. Raises
    RedisError.
    """
    return cast(RedisCache, caches[DEFAULT_CACHE_ALIAS]).count(lives)


def _miss(error: RedisError) -> None:
    log.warning("the cache does not answer", reason=type(error).__name__)
