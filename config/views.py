"""The API's reference as a page of the site, made from the OpenAPI document that programs read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.access import public

from .api import api

SCRIPT = settings.BASE_DIR / "inference" / "gateway" / "pay_one_call.py"
# What stands in the examples for the parts of an address; 1 for a number.
NAMED = defaultdict(lambda: "1", owner="BAAI", name="bge-m3", address="0x000000000000000000000000000000000000dEaD")


@dataclass(frozen=True)
class Field:
    """A parameter or a field of an answer."""

    name: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Field]
    answer: list[Field]

    @property
    def example(self) -> str:
        """A call that runs as it stands, apart from the host."""
        known = {field.name for field in self.parameters}
        asked = {"q": "minilm", "limit": "3"} if "q" in known else {"name": "BAAI/bge-m3"}
        query = "&".join(f"{name}={value}" for name, value in asked.items() if name in known and "{" not in self.path)
        return self.path.format_map(NAMED) + (f"?{query}" if query else "")

    @property
    def is_open(self) -> bool:
        """Whether the example can simply be opened: it reads, and needs nobody to be signed in."""
        return self.method == "GET" and "saved" not in self.path


@public(cache_seconds=300)
def api_docs(request: HttpRequest) -> HttpResponse:
    """Every operation with its parameters and answer."""
    base = f"{request.scheme}://{request.get_host()}/v1"
    return render(request, "api_docs.html", {"operations": _operations(), "base": base, "script": SCRIPT.read_text()})


@require_safe
@public(cache_seconds=300)
def pay_script(request: HttpRequest) -> HttpResponse:
    """Give the script that pays one call without an account."""
    return HttpResponse(SCRIPT.read_bytes(), content_type="text/x-python; charset=utf-8")


@cache
def _operations() -> list[Operation]:
    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    return [
        Operation(
            operation["operationId"],
            method.upper(),
            path,
            operation["summary"],
            operation.get("description", ""),
            [_field(entry["name"], entry["schema"], entry["required"]) for entry in operation.get("parameters", [])],
            _answer(schema, operation),
        )
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def _answer(schema: dict[str, Any], operation: dict[str, Any]) -> list[Field]:
    """Return the fields of a good answer or of its items, those of a list within indented as ``items[].name``.

    Of an answer that has several forms they are the first one's, and its description says the others.
    """
    contents = [answer.get("content", {}) for answer in operation["responses"].values()]
    answers = [content for content in contents if "application/json" in content]
    if not answers:
        return []
    entry = answers[0]["application/json"]["schema"]
    body = _resolved(schema, entry.get("anyOf", [entry])[0])
    body = _resolved(schema, body["items"]) if body.get("type") == "array" else body
    fields = []
    for name, entry in body["properties"].items():
        fields.append(_field(name, entry, name in body.get("required", [])))
        inner = _resolved(schema, entry.get("items", {}))
        fields += [_field(f"{name}[].{key}", value, True) for key, value in inner.get("properties", {}).items()]
    return fields


def _resolved(schema: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    reference = entry.get("$ref", "")
    found: dict[str, Any] = schema["components"]["schemas"][reference.rpartition("/")[2]] if reference else entry
    return found


def _field(name: str, entry: dict[str, Any], required: bool) -> Field:
    return Field(name, _type(entry), required, entry.get("description", ""))


def _type(entry: dict[str, Any]) -> str:
    """Return a schema's type in words: ``integer``, ``string (date)``, ``array of string``, ``integer or null``."""
    if "anyOf" in entry:
        return " or ".join(map(_type, entry["anyOf"]))
    if "$ref" in entry:
        return "object"
    if entry.get("type") == "array":
        return f"array of {_type(entry['items'])}"
    form = f" ({entry['format']})" if "format" in entry else ""
    return f"{entry.get('type', 'any')}{form}"
