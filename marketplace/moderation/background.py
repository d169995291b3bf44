"""What a moderator looks at beside a content: what happened to it, its author's record, and cases like it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case as When
from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models import When as If
from django_stubs_ext import StrOrPromise

from marketplace.ground.cases import Case, CaseStep
from marketplace.ground.decisions import LIMITING, Action, Category, ModerationDecision

MOST = 30  # of each list
ALIKE = 3
LOOKED_AT = 300  # decided cases of one kind and category that are compared by their words


@dataclass(frozen=True)
class Happened:
    """One line of a history. ``by`` is an address, "" where nobody in particular did it."""

    at: datetime
    what: StrOrPromise
    by: str = ""
    why: str = ""
    decision: ModerationDecision | None = None


@dataclass(frozen=True)
class Record:
    """What was decided about other things of the same author."""

    decisions: list[ModerationDecision]

    @property
    def against(self) -> int:
        """How many of them took something, and were not taken back."""
        return sum(each.action in LIMITING and not getattr(each, "is_undone", False) for each in self.decisions)


@dataclass(frozen=True)
class Background:
    """All of it, for one case."""

    history: list[Happened]
    record: Record
    alike: list[Case]


def background_of(case: Case) -> Background:
    """Return what is known around a case. Three queries."""
    decisions = list(_decisions(case))
    about = [each for each in decisions if (each.content, each.key) == (case.content, case.key)]
    others = [each for each in decisions if (each.content, each.key) != (case.content, case.key)]
    return Background(_history(case, about), Record(others), list(cases_like(case)))


def _decisions(case: Case) -> QuerySet[ModerationDecision]:
    """Return those about the content, and those about other things of its author."""
    undone = ModerationDecision.objects.filter(undoes=OuterRef("pk")).values("pk")[:1]
    whole = ModerationDecision.objects.annotate(is_undone=Subquery(undone)).order_by("-made_at", "-pk")
    here = whole.filter(content=case.content, key=case.key)[:MOST]
    if not case.author:
        return here
    return here.union(whole.filter(case__author=case.author)[:MOST]).order_by("-made_at", "-id")


def _history(case: Case, decisions: list[ModerationDecision]) -> list[Happened]:
    return sorted(_lines(case, decisions), key=lambda each: each.at, reverse=True)


def _lines(case: Case, decisions: list[ModerationDecision]) -> Iterator[Happened]:
    yield Happened(case.opened_at, case.get_source_display(), why=case.summary)
    for step in CaseStep.objects.filter(case=case)[:MOST]:
        yield Happened(step.at, step.get_step_display(), step.by)
    for each in decisions:
        category = f": {Category(each.category).label}" if each.category else ""
        what = f"{each.get_action_display()}{category}"
        yield Happened(each.made_at, what, each.moderator, each.reason, each)


def cases_like(case: Case) -> QuerySet[Case]:
    """Return the decided cases that are most like one: by author, category, and the words that brought them up."""
    decided = Case.objects.exclude(closed_at=None).exclude(pk=case.pk).order_by("-closed_at")
    near = decided.filter(content=case.content, category=case.category).values("pk")[:LOOKED_AT]
    found = Q(pk__in=Subquery(near))
    if case.author:
        found |= Q(pk__in=Subquery(decided.filter(author=case.author).values("pk")[:LOOKED_AT]))
    last = ModerationDecision.objects.filter(case=OuterRef("pk")).order_by("-pk")
    same = When(If(author=case.author, then=1), default=0, output_field=IntegerField()) if case.author else Value(0)
    return (
        Case.objects.filter(found)
        .annotate(
            likeness=TrigramSimilarity("summary", case.summary),
            same_author=same,
            last_action=Subquery(last.values("action")[:1]),
            last_category=Subquery(last.values("category")[:1]),
        )
        .order_by(-(F("likeness") + F("same_author")), "-closed_at")[:ALIKE]
    )


def outcome_of(case: Case) -> str:
    """Return in words how a case that ``cases_like`` found was decided."""
    action, category = getattr(case, "last_action", None), getattr(case, "last_category", None)
    if not action:
        return ""
    said = str(Action(action).label)
    return f"{said}, {str(Category(category).label).lower()}" if category else said
