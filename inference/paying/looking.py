"""Looks once a minute after keys that were used lately, and tells their owners what they want to know in time."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from accounts.notifications.making import notify
from contracts.currencies import currency_of
from inference.keys.models import ApiKey
from inference.keys.windows import Window, day_of, windows_of_all

from .balances import purse_of
from .telling import CAP, ENDS, LOW

LEVELS = (100, 95, 80, 50)  # per cent of a cap, the highest first
LATELY = timedelta(days=1)
WEEK = timedelta(days=7)
MANY = 500  # keys at once


def look() -> int:
    """Tell what is to be told; return how many notices that were. Doing it again tells nothing twice."""
    now = timezone.now()
    used = ApiKey.objects.live(now).filter(days__day__gte=day_of(now - LATELY)).distinct()
    told = 0
    owners: dict[User, list[ApiKey]] = defaultdict(list)
    for key in used.select_related("user", "chain").order_by("pk").iterator(chunk_size=MANY):
        owners[key.user].append(key)
    for keys in owners.values():
        for key, windows in windows_of_all(keys, now).items():
            told += sum(_tell_cap(key, window, now) for window in windows) + _tell_end(key, now)
    return told + sum(_tell_low(user, now) for user in owners)


def _tell_cap(key: ApiKey, window: Window, now: datetime) -> bool:
    """Tell of the highest level that a cap has reached, once in its span; a cap that was changed is another one."""
    if not window.limit or key.chain is None:
        return False
    level = next((level for level in LEVELS if window.percent >= level), None)
    if level is None:
        return False
    currency = currency_of(key.chain, key.token)
    data = {
        "key": str(key.pk),
        "name": key.name,
        "cap": window.cap.value,
        "level": level,
        "spent": currency.text(currency.cut(window.spent)),
        "limit": currency.text(window.limit),
    }
    once = f"{key.pk} {window.cap.value} {window.begins or ''} {window.limit} {level}"
    return notify(user=key.user, kind=CAP.name, key=once, data=data, happened_at=now)


def _tell_end(key: ApiKey, now: datetime) -> bool:
    if key.expires_at is None or key.expires_at - now > WEEK:
        return False
    last = key.expires_at - timedelta(seconds=1)
    data = {"key": str(key.pk), "name": key.name, "day": date_format(last, "j M Y")}
    once = f"{key.pk} {key.expires_at.isoformat()}"
    return notify(user=key.user, kind=ENDS.name, key=once, data=data, happened_at=now)


def _tell_low(user: User, now: datetime) -> int:
    """Tell of balances that run low, once for each deposit."""
    told = 0
    for fund in purse_of(user).funds.values():
        if not fund.is_low:
            continue
        data = {"left": fund.currency.text(fund.currency.cut(fund.available))}
        once = f"{fund.chain.pk} {fund.token} {fund.deposit_tx}"
        told += notify(user=user, kind=LOW.name, key=once, data=data, happened_at=now)
    return told
