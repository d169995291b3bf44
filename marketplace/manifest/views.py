"""The JSON Schema of citrate.toml at its address, which never changes."""

from __future__ import annotations

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from common.access import public

from .stored import SCHEMA_FILE


@public(cache_seconds=3600)
@require_safe
def manifest_schema(request: HttpRequest) -> HttpResponse:
    """The schema that editors and other programs ask for; from anywhere."""
    response = HttpResponse(_schema(), content_type="application/schema+json")
    response["Access-Control-Allow-Origin"] = "*"
    return response


@cache
def _schema() -> bytes:
    return SCHEMA_FILE.read_bytes()
