"""Reports and the log of decisions for programs."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from accounts.visitors import user_of
from common.access import member_api, public_api
from common.links import MOST
from common.pages import page_of
from marketplace.ground.decisions import Category

from .log_views import NEWEST, as_exported, filtered
from .models import MOST_TEXT, Report
from .reporting import Said, report_content

router = Router(tags=["Moderation"])
MOST_ITEMS = 500
Reportable = Literal["listing", "version", "review", "answer", "comment", "profile"]
Done = Literal["", "nothing", "label", "hide", "suspend", "pause", "show"]
Why = Literal["malware", "unlawful", "licence", "deceptive", "broken", "spam", "other"]


class ReportToSend(Schema):
    """What you report."""

    content: Reportable
    key: str = Field(
        min_length=1, max_length=193, description="`owner/name`, `owner/name@1.0.0`, a review’s id, an address."
    )
    category: Why
    text: str = Field(min_length=1, max_length=MOST_TEXT, description="What is against the rules, and where.")
    evidence: str = Field("", max_length=MOST, description="Address of a page that shows it.")


class ReportItem(Schema):
    """A report of yours."""

    id: str
    content: str
    key: str
    category: str
    made_at: datetime
    outcome: str = Field(description="Empty while it waits; then `upheld`, `rejected` or `overturned`.")


class LogItem(Schema):
    """One decision, as it is hashed."""

    number: int
    previous: str = Field(description="Hash of the entry before it; zeros before the first.")
    hash: str = Field(description="SHA-256 of the 32 bytes of `previous` and of `payload` in UTF-8.")
    payload: str = Field(description="Canonical JSON (RFC 8785), without anything about a person.")


class LogPage(Schema):
    """Decisions, the newest first."""

    items: list[LogItem]
    next: str = Field(description="`cursor` of what is older; empty at the end.")


class LogQuery(Schema):
    """Which decisions to list."""

    action: Done = Field("", description="What was done.")
    category: Literal["", Why] = Field("", description="Why.")
    until: int | None = Field(None, ge=1, lt=10**15, description="Number of the newest entry.")
    limit: int = Field(50, ge=1, le=MOST_ITEMS, description="Items in one answer.")
    cursor: str = Field("", max_length=1000, description="`next` of the answer before.")


@router.post("/reports", response={201: ReportItem}, summary="Report something")
@member_api
def post_report(request: HttpRequest, body: ReportToSend) -> Status[dict[str, Any]]:
    """Report a content; one that you have reported is returned as it is. Send the page's token as `X-CSRFToken`."""
    said = Said(Category(body.category), body.text, body.evidence)
    return Status(201, _item(report_content(user=user_of(request), content=body.content, key=body.key, said=said)))


@router.get("/moderation/log", response=LogPage, summary="The log of moderators’ decisions")
@public_api
def list_decisions(request: HttpRequest, query: Query[LogQuery]) -> dict[str, Any]:
    """Return what moderators decided: each entry is bound to the one before it, and the head of a day is on chain."""
    given = {"action": query.action, "category": query.category, "from": str(query.until or "")}
    page = page_of(filtered(given), NEWEST, limit=query.limit, cursor=query.cursor)
    return {"items": [as_exported(entry) for entry in page.items], "next": page.next}


def _item(report: Report) -> dict[str, Any]:
    names = ("content", "key", "category", "made_at", "outcome")
    return {"id": str(report.public_id), **{name: getattr(report, name) for name in names}}
