"""The numbers that the DAO sets, who may do what, and what was stopped in an emergency."""

from __future__ import annotations

import csv
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from common.access import public
from common.htmx import render_page
from common.text import as_cell
from governance.ground.home import home_chain, now_on

from .changes import Course, courses_of
from .definitions import GROUPS
from .step_plot import StepPlot, step_plot

COLUMNS = ("time", "chain", "parameter", "old", "new", "unit", "proposal", "title", "transaction", "block")


@dataclass(frozen=True)
class Shown:
    """A number as the page has it: its course on the home chain, and on every other that has it."""

    course: Course
    elsewhere: list[Course]
    plot: StepPlot | None


@public()
def parameters(request: HttpRequest) -> HttpResponse:
    """Every number that a proposal can change: meaning, bounds, value, history, and what would change it."""
    chain = home_chain()
    now = now_on(chain)
    courses = courses_of(chain, now)
    others = {each.definition.key: [] for each in courses[chain.pk]}  # type: dict[str, list[Course]]
    for pk, found in courses.items():
        for each in found if pk != chain.pk else []:
            others[each.definition.key].append(each)
    shown = [Shown(each, others[each.definition.key], step_plot(each.changes, now)) for each in courses[chain.pk]]
    groups = [
        (key, label, [each for each in shown if each.course.definition.group == key]) for key, label in GROUPS.items()
    ]
    changed = sum(len(each.course.changed) for each in shown)
    context = {"chain": chain, "now": now, "groups": groups, "changed": changed, "final": chain.final_block()}
    return render_page(request, "governance/rules/parameters.html", context)


@public()
def parameters_csv(request: HttpRequest) -> HttpResponse:
    """Every change of every number on every chain, the oldest first within its number."""
    chain = home_chain()
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="parameters.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for found in courses_of(chain, now_on(chain)).values():
        for course in found:
            writer.writerows(_rows(course))
    return response


def _rows(course: Course) -> list[tuple[object, ...]]:
    definition, short_name = course.definition, course.chain.short_name
    return [
        (
            each.time.isoformat(),
            short_name,
            definition.key,
            "" if each.old is None else each.old,
            each.new,
            definition.unit,
            each.by.number if each.by else "",
            as_cell(each.by.title) if each.by else "",
            each.tx_hash,
            each.block_number,
        )
        for each in course.changes
    ]
