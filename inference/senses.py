"""Asks the engines that sleep: the owner of their processes starts one, and answers now or later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from uuid import UUID

from common.outbound import Outbound, OutboundError, UnreachableError

from .errors import AnswerGoneError, EngineBusyError, EngineGoneError, EngineWarmingError, UnreadableInputError
from .servers import Engine

ANSWER_BYTES = 12_000_000
SLACK = 3.0  # seconds beyond what was waited for, until the owner is taken for dead
CONNECTIONS = 16


@dataclass(frozen=True)
class Told:
    """What became of a question so far: its answer, or how many wait before it."""

    said: dict[str, Any] | None = None
    before: int = 0
    starting: bool = False


@lru_cache
def _outbound() -> Outbound:
    return Outbound(CONNECTIONS)


def ask_sense(engine: Engine, *, question: UUID, asked: Mapping[str, Any], wait: float) -> Told:
    """Ask, and wait so many seconds for the answer.

    Raises EngineWarmingError where the owner is not there yet, EngineBusyError where too many wait, EngineGoneError
    where the engine failed, UnreadableInputError where it could not read what was sent.
    """
    body = {"id": str(question), "kind": engine.name, "asked": dict(asked), "wait": wait}
    return _told(engine, "/answers", body, wait)


def look_at(engine: Engine, *, question: UUID, wait: float) -> Told:
    """Return what became of a question, after so many seconds at most.

    Raises as ``ask_sense`` does, and AnswerGoneError where the owner does not know it.
    """
    return _told(engine, f"/answers/{question}?wait={wait}", None, wait)


def _told(engine: Engine, path: str, body: object, wait: float) -> Told:
    bounds: dict[str, Any] = {"seconds": wait + SLACK, "most_bytes": ANSWER_BYTES, "headers": engine.headers}
    url = engine.url + path
    try:
        found = _outbound().get(url, **bounds) if body is None else _outbound().post(url, body, **bounds)
        told = json.loads(found.body)
    except UnreachableError as error:
        raise EngineWarmingError from error
    except (OutboundError, ValueError) as error:
        raise EngineGoneError from error
    if found.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise EngineBusyError
    if found.status == HTTPStatus.NOT_FOUND:
        raise AnswerGoneError
    if found.status == HTTPStatus.ACCEPTED:
        return Told(before=int(told["before"]), starting=bool(told["starting"]))
    if found.status != HTTPStatus.OK or "failed" in told:
        raise EngineGoneError
    if "refused" in told:
        raise UnreadableInputError(str(told["refused"]))
    return Told(said=told["said"])
