"""The page that explains the formulas, and what anybody can check the figures with."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.access import public
from common.errors import NotFoundError
from common.prose import render_written
from marketplace.ground.caching import KEEP
from marketplace.ground.formulas import Formula
from marketplace.listings.performance import FORMULA as PERFORMANCE

from . import formulas, recompute
from .models import FORMULAS, ExportPart, Reckoning, Role
from .summary import least_of, parts_of

# By the names that pages link to, in the order of the page.
SHOWN = {"seller": FORMULAS[Role.SELLER], "reviewer": FORMULAS[Role.REVIEWER], "performance": PERFORMANCE}
SCRIPTS = {"recompute.py": recompute, "formulas.py": formulas}
MOST_DIGITS = 9  # of a power of ten that is written out
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@require_safe
@public(cache_seconds=KEEP)
def reputation(request: HttpRequest) -> HttpResponse:
    """How reputations and performance are reckoned, with the numbers in force, and how to check them."""
    newest: dict[str, Formula] = {}
    for formula in Formula.objects.filter(name__in=SHOWN.values()).order_by("name", "version"):
        newest[formula.name] = formula
    context = {
        "formulas": [
            {
                "anchor": anchor,
                "formula": newest[name],
                "least": least_of(anchor, newest[name]),
                "parts": parts_of(anchor, newest[name]),
                "text": in_words(newest[name]),
            }
            for anchor, name in SHOWN.items()
        ],
        "reckonings": Reckoning.objects.select_related("chain").order_by("chain", "-pk").distinct("chain"),
        "home": settings.HOME_CHAIN,
        "scripts": list(SCRIPTS),
    }
    return render(request, "marketplace/reputation/reputation.html", context)


@require_safe
@public()
def reputation_export(request: HttpRequest) -> HttpResponse:
    """What the last reckoning of a chain was made from besides the chain, and its results; in pieces."""
    chain = request.GET.get("chain", settings.HOME_CHAIN).replace("\x00", "")
    last = Reckoning.objects.filter(chain__short_name=chain).order_by("-pk").first()
    if last is None:
        raise NotFoundError
    response = StreamingHttpResponse(_pieces(last), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="export.json"'
    return cast(HttpResponse, response)  # middleware and marks treat both alike


@require_safe
@public(cache_seconds=KEEP)
def reputation_script(request: HttpRequest, name: str) -> HttpResponse:
    """One of the two files that recompute an export, which need nothing of this site."""
    module = SCRIPTS.get(name)
    if module is None or module.__file__ is None:
        raise NotFoundError
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    text = Path(module.__file__).read_text(encoding="utf-8")
    return HttpResponse(text, content_type="text/x-python; charset=utf-8", headers=headers)


def _told(value: int) -> str:
    """Return a number as people read it: a power of ten of many digits by its exponent, such as 10¹⁵."""
    digits = str(value)
    if len(digits) > MOST_DIGITS and digits.strip("0") == "1":
        return "10" + str(len(digits) - 1).translate(RAISED)
    return str(intcomma(value))


def in_words(formula: Formula) -> str:
    """Return a formula's text as HTML, with its numbers where it names them."""
    text = formula.text
    for name, value in formula.parameters.items():
        text = text.replace(f"`{name}`", f"**{_told(value)}**")
    return render_written(text)


def _pieces(last: Reckoning) -> Iterator[bytes]:
    for number in ExportPart.objects.filter(reckoning=last).order_by("number").values_list("number", flat=True):
        yield gzip.decompress(bytes(ExportPart.objects.get(reckoning=last, number=number).content))
