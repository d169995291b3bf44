"""Django's Redis cache with a client that is kept: making one takes longer than a request to Redis."""

from functools import cached_property
from typing import Any

from django.core.cache.backends import redis


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
