"""The public log of moderators' decisions: a page, an export, and the script that checks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from common.access import public
from common.limits import limit_client
from common.pages import SortOrder, bounded_int, page_of
from contracts.models import AnchorFact, Chain
from contracts.names import ANCHORS
from marketplace.ground.caching import KEEP
from marketplace.ground.decisions import Action, Category, Content
from marketplace.ground.log import LogEntry, LogQuerySet
from marketplace.ground.rules import Rule, find_rule

from . import verify_log as script
from .anchors import anchors_among

A_PAGE = 50
AN_HOUR, HOUR = 30, 3_600  # exports of one network
AT_ONCE = 2_000  # rows of the export that are read together
NEWEST = SortOrder("newest", F("number"), descending=True, parse=bounded_int)
DIGITS = 15  # of a number that somebody asks for
FILTERS = ("action", "category", "from")


@dataclass(frozen=True)
class Shown:
    """An entry as the page shows it."""

    entry: LogEntry
    anchor: AnchorFact | None

    @cached_property
    def says(self) -> dict[str, Any]:
        """What stands in its payload."""
        said: dict[str, Any] = json.loads(self.entry.payload)
        return said

    @property
    def action(self) -> str:
        """What was done, in words."""
        return str(dict(Action.choices).get(self.entry.action, self.entry.action))

    @property
    def category(self) -> str:
        """Why, in a word or two."""
        return str(dict(Category.choices).get(self.entry.category, ""))

    @property
    def content(self) -> str:
        """What kind of thing it is about."""
        return str(dict(Content.choices).get(self.says["content"], ""))

    @property
    def rule(self) -> Rule | None:
        """The rule that it rests on."""
        return find_rule(self.says["rule"])


@require_safe
@public(cache_seconds=KEEP)
def moderation_log(request: HttpRequest) -> HttpResponse:
    """Every decision, the newest first; each is bound to the one before it, and the head of each day is on chain."""
    cursor, given = request.GET.get("cursor", ""), {name: request.GET.get(name, "") for name in FILTERS}
    page = page_of(filtered(given), NEWEST, limit=A_PAGE, cursor=cursor)
    anchored = anchors_among(page.items)
    query = {name: value for name, value in given.items() if value}
    here = reverse("moderation-log")
    context = {
        "entries": [Shown(entry, anchored.by_number.get(entry.number)) for entry in page.items],
        "latest": anchored.latest,
        "chain": Chain.objects.filter(short_name=settings.HOME_CHAIN).first(),
        "contract": ANCHORS,
        "actions": Action.choices,
        "categories": Category.choices,
        "given": given,
        "is_filtered": bool(query),
        "first": f"{here}?{urlencode(query)}" if cursor else "",
        "next": f"{here}?{urlencode({**query, 'cursor': page.next})}" if page.next else "",
    }
    return render(request, "marketplace/reports/log.html", context)


@require_safe
@public()
def moderation_log_export(request: HttpRequest) -> HttpResponse:
    """The whole log, an entry a line, the first one first. Raises TooManyError."""
    limit_client("log-export", str(request.META.get("REMOTE_ADDR", "")), AN_HOUR, HOUR)
    response = StreamingHttpResponse(_lines(), content_type="application/jsonl")
    response["Content-Disposition"] = 'attachment; filename="moderation-log.jsonl"'
    return cast(HttpResponse, response)  # middleware and marks treat both alike


@require_safe
@public(cache_seconds=KEEP)
def verify_script(request: HttpRequest) -> HttpResponse:
    """The script that checks an export, which needs nothing of this site."""
    text = Path(script.__file__).read_text(encoding="utf-8")
    headers = {"Content-Disposition": 'attachment; filename="verify.py"'}
    return HttpResponse(text, content_type="text/x-python; charset=utf-8", headers=headers)


def filtered(given: dict[str, str]) -> LogQuerySet:
    """Return the entries that fit what is chosen; what is no choice is none."""
    entries = LogEntry.objects.all()
    if given["action"] in Action.values:
        entries = entries.filter(action=given["action"])
    if given["category"] in Category.values:
        entries = entries.filter(category=given["category"])
    number = given["from"]
    if number.isascii() and number.isdecimal() and len(number) <= DIGITS:
        entries = entries.filter(number__lte=int(number))
    return entries


def as_exported(entry: LogEntry) -> dict[str, Any]:
    """Return an entry as the export and the API give it."""
    return {"number": entry.number, "previous": entry.previous, "hash": entry.hash, "payload": entry.payload}


def _lines() -> Iterator[str]:
    after = 0
    while rows := list(LogEntry.objects.filter(number__gt=after).order_by("number")[:AT_ONCE]):
        yield "".join(f"{json.dumps(as_exported(entry), ensure_ascii=False)}\n" for entry in rows)
        after = rows[-1].number
