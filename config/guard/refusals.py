"""What the guard itself says no to: a small page for people, problem+json (RFC 9457) for programs."""

import base64
import hashlib
import json
from dataclasses import dataclass
from html import escape
from string import Template

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import metrics
from common.errors import PROBLEM_JSON, problem
from common.headers import SECURITY

from .protocol import Headers, Scope, Send, answer, header

PROTOCOL = "/v1/"  # where clients of OpenAI's protocol ask, which read errors of their own form alone
PROGRAMS = ("/api/", PROTOCOL)  # where nobody reads pages
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
PLAIN: Headers = [(name.lower().encode(), value.encode()) for name, value in SECURITY.items()]
GUARDED: Headers = [
    (b"content-security-policy", f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'".encode()),
    (b"cache-control", b"no-store"),
    *PLAIN,
]  # fmt: skip


@dataclass(frozen=True)
class Refusal:
    """Why a request goes no further. ``code`` names it in metrics and in problem+json."""

    status: int
    code: str
    title: str | Promise
    detail: str | Promise
    retry_after: int | None = None  # seconds
    allow: str = ""  # the methods that are taken


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
FOREIGN_HOST = Refusal(
    400,
    "unknown-host",
    _("This site has another name"),
    _("The request names a host that this site does not answer to. Please check the address."),
)
UNKNOWN_METHOD = Refusal(
    405,
    "method-not-allowed",
    _("That cannot be done here"),
    _("This address does not take that method; the header Allow names those it takes."),
    allow="DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
)
TOO_MANY_PARAMETERS = Refusal(
    400,
    "too-many-parameters",
    _("That is too much to ask at once"),
    _("The address has more parameters than this site reads."),
)
NOT_LET_IN = Refusal(
    403,
    "not-let-in",
    _("This is not open to you"),
    _("Nothing is open at this address to the page or the program that asked."),
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
HEAD_TOO_SLOW = Refusal(
    408,
    "headers-too-slow",
    _("The request took too long"),
    _("The headers of the request did not arrive in time. Please check your connection and try again."),
)
HEAD_TOO_LARGE = Refusal(
    431,
    "headers-too-large",
    _("That is too much to ask at once"),
    _("The address and the headers of the request are larger than this site accepts."),
)
BUSY = Refusal(
    503,
    "busy",
    _("The site is busy"),
    _("Every worker is occupied at the moment. Please try again in 5 seconds."),
    retry_after=5,
)
CROWDED = Refusal(
    503,
    "too-many-connections",
    _("Too many connections"),
    _("More connections are open than this site keeps. Please close some, or try again in 5 seconds."),
    retry_after=5,
)
FAILED = Refusal(
    500,
    "failed",
    _("Something broke on our side"),
    _("The error is recorded with the number of your request. Nothing you did caused it, and nothing was half saved."),
)


async def refuse(refusal: Refusal, scope: Scope, send: Send) -> None:
    """Answer with the refusal, and close the connection: what the client still sends is not read."""
    is_page = not scope["path"].startswith(PROGRAMS) and b"text/html" in header(scope["headers"], b"accept")
    headers, body = refusal_of(refusal, is_page=is_page, is_protocol=scope["path"].startswith(PROTOCOL))
    await answer(send, refusal.status, headers, b"" if scope["method"] == "HEAD" else body)


def refusal_of(refusal: Refusal, *, is_page: bool, is_protocol: bool = False) -> tuple[Headers, bytes]:
    """Return headers and body of the answer that says no, and count it."""
    metrics.REFUSALS.labels(refusal.code).inc()
    kind, body = ("text/html; charset=utf-8", _page(refusal)) if is_page else (PROBLEM_JSON, _problem(refusal))
    if is_protocol:
        kind, body = "application/json", _protocol(refusal)
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        *GUARDED,
    ]
    if refusal.retry_after:
        headers.append((b"retry-after", b"%d" % refusal.retry_after))
    if refusal.allow:
        headers.append((b"allow", refusal.allow.encode()))
    return headers, body


def guarded(headers: Headers) -> Headers:
    """Return the headers of any answer with those of ``common.headers`` that it lacks."""
    present = {name for name, _ in headers}
    return [*headers, *(pair for pair in PLAIN if pair[0] not in present)]


def _page(refusal: Refusal) -> bytes:
    title, detail, home = (escape(str(text)) for text in (refusal.title, refusal.detail, _("Go to the home page")))
    return PAGE.substitute(title=title, detail=detail, home=home, style=STYLE).encode()


def _problem(refusal: Refusal) -> bytes:
    return problem(refusal.status, refusal.code, str(refusal.detail)).content


def _protocol(refusal: Refusal) -> bytes:
    kind = "server_error" if refusal.status >= 500 else "invalid_request_error"
    error = {"message": str(refusal.detail), "type": kind, "code": refusal.code.replace("-", "_"), "param": None}
    return json.dumps({"error": error}).encode()
