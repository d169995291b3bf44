"""Odd input, and every address of the site to send it to."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.urls import URLPattern, URLResolver, converters, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern

NUMBERS = ["-1", "0", "9" * 20, "9" * 400, "1e999", "NaN", "١٢", "²", "1_000", "0x10", "+1", " 1 "]
TEXTS = [
    "",
    " ",
    "\x00",
    "\x01",
    "\x7f\x85",
    "\u200b",
    "\ufeff",
    "\u202e",
    "\ud800",
    "\udfff\ud800",
    "\uffff",
    "🤖",
    "+++",
    "İ",
    "ﷺ" * 100,
    "e" + "\u0301" * 500,
    "x" * 5_000,
    "'",
    '"',
    "\\",
    "o'brien",
    "'; drop table x; --",
    "%",
    "%s%s%n",
    "{0.__class__}",
    "{{ 7*7 }}",
    "<script>alert(1)</script>",
    "]]>",
    "&amp;",
    "../../etc/passwd",
    "//evil.example",
    "http://[",
    "http://[::1",
    "javascript:alert(1)",
    "a\r\nX-Odd: yes",
    "null",
    "[]",
    "{}",
    "& | ! ( ) :*",
    "((((((((",
    ":",
    "license:",
    "license:'",
    "params:<" + "9" * 400,
    "params:>=1..<",
    "released:9999-99-99",
    "lang:zh-CN",
    'q:"',
    "-",
    "--",
    "*",
    "..",
    "1..",
    "..1",
    "<b",
    ">=",
    "0000-00-00",
    "99999-01-01",
    "0x" + "00" * 20,
    "0x" + "zz" * 20,
    "0x" + "00" * 20 + "\n",
]
CURSORS: list[Any] = [
    [],
    {},
    None,
    0,
    "x",
    ["trending", 10**400, 1],
    ["trending", 1e308, 1],
    ["trending", -1e308, 10**30],
    ["trending", None, None],
    ["name", "\x00", 1],
    ["name", "x" * 600, 1],
    ["name", ["x"], 1],
    ["newest", "9999-99-99", 1],
    ["newest", "2024-01-01", -(2**63)],
    ["newest", "2024-01-01", 2**63 - 1],
    ["largest", 2**63, 1],
    ["smallest", True, False],
    ["relevance", "x", 1],
    ["relevance", [1, 2], {"a": 1}],
    ["cheapest", 10**78, 1],
    ["running", -(10**30), 1],
    ["most-used", 0.5, 1],
]
PARAMETERS = [
    "q",
    "sort",
    "task",
    "license",
    "size",
    "modality",
    "language",
    "availability",
    "library",
    "runnable",
    "price",
    "chain",
    "params",
    "context",
    "dims",
    "released",
    "limit",
    "cursor",
    "view",
    "typing",
    "m",
    "name",
    "next",
    "ref",
    "plan",
    "quantity",
    "token",
    "recipient",
    "referrer",
    "page",
    "p",
    "o",
    "e",
    "query",
    "message",
    "signature",
    "address",
    "chain_id",
    "hash",
    "tx_hash",
    "code",
    "text",
    "lines",
    "reason",
    "category",
    "evidence",
    "amount",
    "setting",
]
HEADERS = [
    "Accept", "Accept-Language", "Accept-Encoding", "Authorization", "Cookie", "If-None-Match", "If-Modified-Since",
    "Range", "Referer", "Origin", "HX-Request", "HX-Target", "HX-Current-URL", "HX-Trigger", "X-CSRFToken",
    "X-Requested-With", "User-Agent", "Content-Language",
]  # fmt: skip
PATHS = {
    "name": ["BAAI", "bge-m3", "x" * 96, "a..b"],
    "hash": ["0x" + "00" * 32, "0x" + "ff" * 32],
    "slug": ["anvil", "no-such-chain", "x" * 300],
    "int": ["0", "1", "9" * 19, "9" * 400],
    "str": ["x", "%00", "%ED%A0%80", "%F0%9F%A4%96", "a'b", "x" * 300, "%0A"],
    "path": ["x", "../x", "%00"],
}


def cursor(value: Any) -> str:
    """Return a cursor as the site writes them."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


VALUES = [*TEXTS, *NUMBERS, *map(cursor, CURSORS), cursor(["name", "x", 1])[:-3], "====", "é" * 10]


def encoded(value: str) -> str:
    """Return a text as it stands in an address, half characters too."""
    return quote(value.encode("utf-8", "surrogatepass"), safe="")


def routes() -> Iterator[list[str]]:
    """Yield for each route of the site its addresses, with each odd value that they can hold, one at a time."""
    for parts in _routes(get_resolver().url_patterns, []):
        fillings = max((len(PATHS[kind]) for _, kind in parts if kind), default=1)
        yield [
            "/" + "".join(PATHS[kind][number % len(PATHS[kind])] if kind else text for text, kind in parts)
            for number in range(fillings)
        ]


Parts = list[tuple[str, str]]  # a literal text and "", or "" and a kind of PATHS


def _routes(patterns: list[URLPattern | URLResolver], before: Parts) -> Iterator[Parts]:
    for pattern in patterns:
        parts = [*before, *_parts(pattern.pattern)]
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, parts)
        else:
            yield parts


def _parts(pattern: Any) -> Parts:
    if isinstance(pattern, RegexPattern):
        return [(_example(pattern), "")]
    assert isinstance(pattern, RoutePattern)
    rest, parts = str(pattern), []
    for name, converter in pattern.converters.items():
        kind = next(key for key, value in converters.get_converters().items() if value is converter)
        marker = f"<{kind}:{name}>" if f"<{kind}:{name}>" in rest else f"<{name}>"
        text, _, rest = rest.partition(marker)
        parts += [(text, ""), ("", kind if kind in PATHS else "str")]
    return [*parts, (rest, "")]


def _example(pattern: RegexPattern) -> str:
    """Return something that an address by a regular expression may be."""
    text = str(pattern).removeprefix("^").removesuffix("$")
    return "metadata/x.json" if "metadata" in text else "auth/user/" if "app_label" in text else text
