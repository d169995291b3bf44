"""Structured logs: one event a line, JSON for machines or readable for people, the request id on each.

No line holds a query string (search terms are personal, links may carry secrets), the key of a draft, an API key, a
cookie or a local variable, and no value can forge a line: control characters are escaped.
"""

import asyncio
import re
import sys
from datetime import UTC, datetime
from json import dumps as json_text
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

FLUSHED = 0.2  # seconds
_form = {"json": False, "waiting": False}  # how lines are written, and whether some wait to go out
KEYS = re.compile(r"(/(?:drafts|polls)/)[0-9a-f]{24}(?![0-9a-f])")  # whoever knows one may read what it is of
API_KEYS = re.compile(r"(ctr_[0-9A-Za-z]{4})[0-9A-Za-z]{45}")  # as inference.keys.minting makes them
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def configure(*, json: bool) -> dict[str, Any]:
    """Set structlog up and return Django's ``LOGGING``."""
    _form["json"] = json
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    quiet = {"handlers": [], "propagate": False, "level": "CRITICAL"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter(json=json)},
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stdout"}},
        "root": {"handlers": ["out"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "uvicorn": {"handlers": [], "propagate": True},
            "django-q": {"handlers": [], "propagate": True, "level": "WARNING"},  # else three lines for each task
            "httpx": quiet,  # a line for each question to a chain or an engine
            "uvicorn.error": {"handlers": [], "propagate": True},
            "uvicorn.access": quiet,  # config.guard writes the line per request
            "django.server": quiet,
            "django.request": quiet,  # django-structlog writes the line per exception
        },
    }


def access(**line: Any) -> None:
    """Write the line about a request that was answered at once, as ``configure`` has it, past all of structlog: that
    costs more than the answer. It goes out with the next line, or within FLUSHED seconds from now.
    """
    stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    line["path"] = masked(line["path"])
    told = {"event": "request", "level": "info", "logger": "web", "timestamp": stamp, **escaped(None, "", line)}
    if _form["json"]:
        text = json_text(told)
    else:
        text = f"{stamp} [info] request [web] " + " ".join(f"{key}={value}" for key, value in line.items())
    sys.stdout.write(f"{text}\n")
    if not _form["waiting"]:
        _form["waiting"] = True
        asyncio.get_running_loop().call_later(FLUSHED, _flush)


def _flush() -> None:
    _form["waiting"] = False
    sys.stdout.flush()


def formatter(*, json: bool) -> dict[str, Any]:
    """Return the formatter that writes every line, whether it came through structlog or through ``logging``."""
    ending: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if json
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stdout.isatty(),
                sort_keys=False,
                pad_event_to=0,
                exception_formatter=structlog.dev.plain_traceback,  # the default one prints local variables
            )
        ]
    )
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        "foreign_pre_chain": [structlog.contextvars.merge_contextvars, *SHARED],
    }


def without_query(logger: Any, name: str, event: EventDict) -> EventDict:
    """Cut the query off django-structlog's ``request`` ("GET /path?query"), and mask the keys in it."""
    if isinstance(request := event.get("request"), str):
        event["request"] = masked(request.partition("?")[0])
    return event


def masked(path: str) -> str:
    """Return a path without the keys that open what it leads to."""
    return KEYS.sub(r"\1…", path)


def escaped(logger: Any, name: str, event: EventDict) -> EventDict:
    """Escape control characters in every text, so that no visitor can write a line of his own, and mask API keys."""
    for key, value in event.items():
        if not isinstance(value, str):
            continue
        if CONTROL.search(value):
            event[key] = value = CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), value)
        if "ctr_" in value:
            event[key] = API_KEYS.sub(r"\1…", value)
    return event


SHARED: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
    without_query,
    escaped,
]
