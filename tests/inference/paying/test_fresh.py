"""A new secret waits for one showing: sealed, for one session, and not for long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from django.core.cache import cache

from inference.keys.minting import new_secret
from inference.paying import fresh


def test_one_of_many_at_once_takes_it() -> None:
    pk, secret = uuid4(), new_secret()
    fresh.keep_secret(session="a" * 32, pk=pk, secret=secret)
    assert fresh.take_secret(session="b" * 32, pk=pk) == ""
    assert fresh.take_secret(session="a" * 32, pk=uuid4()) == ""
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _number: fresh.take_secret(session="a" * 32, pk=pk), range(8)))
    assert sorted(taken) == [""] * 7 + [secret]


def test_it_waits_sealed_and_not_for_ever(settings: Any) -> None:
    pk, secret = uuid4(), new_secret()
    fresh.keep_secret(session="a" * 32, pk=pk, secret=secret)
    place = fresh._place("a" * 32, pk)
    assert "a" * 32 not in place
    assert secret.encode() not in cache.get(place)
    assert cache.touch(place, 0)
    assert fresh.take_secret(session="a" * 32, pk=pk) == ""
    fresh.keep_secret(session="a" * 32, pk=pk, secret=secret)
    settings.SEALING_KEYS = ["c2VhbGluZyBrZXkgdGhhdCBpcyBhbm90aGVyIG9uZSE="]  # pragma: allowlist secret
    assert fresh.take_secret(session="a" * 32, pk=pk) == ""
