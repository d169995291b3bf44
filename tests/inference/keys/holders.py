"""Who has keys in tests, and a database that other threads see."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

from accounts.legal.documents import label
from accounts.models import User
from common.errors import DomainError
from contracts.models import Chain
from inference.keys.actions import Caps, Made, create_key

TOKEN = "0x" + "0" * 40  # the coin


def holder(number: int = 1) -> User:
    """Return somebody who has accepted the terms."""
    found, _new = User.objects.get_or_create(address=f"0x{number:040x}", defaults={"accepted": label()})
    return found


def chain() -> Chain:
    """Return the chain that keys pay on."""
    found, _new = Chain.objects.get_or_create(
        pk=31_337,
        defaults={"name": "Anvil", "short_name": "anvil", "coin": "ETH", "confirmations": 3, "reorg_window": 64},
    )
    return found


def paying(user: User, **caps: int) -> Made:
    """Return a key that pays with the chain's coin, under caps such as ``total=10``."""
    return create_key(user=user, name="Bot", chain_id=chain().pk, token=TOKEN, caps=Caps(**caps))


def at_once(work: Callable[[int], Any], many: int = 8) -> list[Any]:
    """Return what each of many threads got out of the same work, begun at one moment, or the code of its error."""
    start = Barrier(many)

    def attempt(number: int) -> Any:
        try:
            connection.ensure_connection()
            start.wait(30)
            return work(number)
        except DomainError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as threads:
        return list(threads.map(attempt, range(many)))
