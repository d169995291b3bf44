"""What is sealed opens with its key, for what it belongs to, and for nothing else."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from common.sealing import SealedError, is_newest, read_key, seal, unseal

WORDS = "sk-of-a-seller-0123"


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def test_what_is_sealed_comes_back_and_is_never_the_same_twice() -> None:
    one, two = (seal(WORDS, bound_to="upstream:a") for _ in range(2))
    assert one != two
    assert WORDS.encode() not in one
    assert unseal(one, bound_to="upstream:a") == unseal(memoryview(two), bound_to="upstream:a") == WORDS


@pytest.mark.parametrize("bound_to", ["upstream:b", "", "upstream:a "])
def test_it_opens_for_nothing_else(bound_to: str) -> None:
    sealed = seal(WORDS, bound_to="upstream:a")
    with pytest.raises(SealedError):
        unseal(sealed, bound_to=bound_to)


def test_a_changed_byte_anywhere_is_noticed() -> None:
    sealed = seal(WORDS, bound_to="a")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(SealedError) as refused:
            unseal(changed, bound_to="a")
        assert WORDS not in str(refused.value)
    for short in (b"", sealed[:5], sealed[:25], sealed + b"x"):
        with pytest.raises(SealedError):
            unseal(short, bound_to="a")


def test_keys_are_rotated_without_losing_anything(settings: Any) -> None:
    old, new = new_key(), new_key()
    settings.SEALING_KEYS = [old]
    sealed = seal(WORDS, bound_to="a")
    settings.SEALING_KEYS = [new, old]
    assert unseal(sealed, bound_to="a") == WORDS
    assert not is_newest(sealed)
    again = seal(WORDS, bound_to="a")
    assert is_newest(again)
    settings.SEALING_KEYS = [new]
    assert unseal(again, bound_to="a") == WORDS
    with pytest.raises(SealedError):
        unseal(sealed, bound_to="a")


@pytest.mark.parametrize("text", ["", "short", "x" * 44, "A" * 43 + "=", base64.b64encode(b"1" * 31).decode()])
def test_a_weak_key_is_refused(text: str, settings: Any) -> None:
    settings.SEALING_KEYS = [text]
    with pytest.raises(ImproperlyConfigured):
        seal(WORDS, bound_to="a")


def test_without_a_key_nothing_is_sealed(settings: Any) -> None:
    settings.SEALING_KEYS = []
    with pytest.raises(ImproperlyConfigured):
        seal(WORDS, bound_to="a")


def test_a_key_may_be_written_as_urls_write_it() -> None:
    raw = b"\xfb\xff" * 8 + bytes(range(16))
    assert read_key(base64.urlsafe_b64encode(raw).decode()) == read_key(base64.b64encode(raw).decode()) == raw
