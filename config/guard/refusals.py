"""What the guard itself says no to: a small page for people, problem+json (RFC 9457) for programs."""

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from string import Template

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import metrics
from common.errors import PROBLEM_JSON, problem

from .protocol import Headers, Scope, Send, answer, header

STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.125rem/1.6 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem}"
)
PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>$style</style>
</head>
<body><main><h1>$title</h1><p>$detail</p><p><a href="/">$home</a></p></main></body>
</html>
""")
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
SECURITY: Headers = [
    (b"content-security-policy", f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'".encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]  # fmt: skip


@dataclass(frozen=True)
class Refusal:
    """Why a request goes no further. ``code`` names it in metrics and in problem+json."""

    status: int
    code: str
    title: str | Promise
    detail: str | Promise
    retry_after: int | None = None  # seconds


class RefusedError(Exception):
    """Raised where a request turns out to be refused; carries why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


MALFORMED = Refusal(
    400,
    "malformed-request",
    _("This request is malformed"),
    _("The request contradicts itself, so it was not read. Please check the address or the program that sent it."),
)
TOO_SLOW = Refusal(
    408,
    "body-too-slow",
    _("The upload took too long"),
    _("The request did not arrive in time. Please check your connection and try again."),
)
TOO_LARGE = Refusal(
    413, "body-too-large", _("That is too much to send at once"), _("The request is larger than this site accepts.")
)
BUSY = Refusal(
    503,
    "busy",
    _("The site is busy"),
    _("Every worker is occupied at the moment. Please try again in a few seconds."),
    retry_after=5,
)


async def refuse(refusal: Refusal, scope: Scope, send: Send) -> None:
    """Answer with the refusal, and close the connection: what the client still sends is not read."""
    metrics.REFUSALS.labels(refusal.code).inc()
    wants_page = b"text/html" in header(scope["headers"], b"accept")
    kind, body = ("text/html; charset=utf-8", _page(refusal)) if wants_page else (PROBLEM_JSON, _problem(refusal))
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        *SECURITY,
    ]
    if refusal.retry_after:
        headers.append((b"retry-after", b"%d" % refusal.retry_after))
    await answer(send, refusal.status, headers, b"" if scope["method"] == "HEAD" else body)


def _page(refusal: Refusal) -> bytes:
    title, detail, home = (escape(str(text)) for text in (refusal.title, refusal.detail, _("Go to the home page")))
    return PAGE.substitute(title=title, detail=detail, home=home, style=STYLE).encode()


def _problem(refusal: Refusal) -> bytes:
    return problem(refusal.status, refusal.code, str(refusal.detail)).content
