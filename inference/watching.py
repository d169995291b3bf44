"""Tries sellers' servers: when they are due, when their seller asks, and writes down what was found."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from django.db import connections, transaction
from django.utils import timezone

from .checking import write_checks
from .gallery import take_samples
from .health import write_runtimes
from .models import Probe, Upstream, UpstreamState
from .probing import Finding, examine
from .standing import LONGEST_WAIT, due, next_wait, note_answer, note_failure

log = structlog.get_logger(__name__)
AT_ONCE = 4  # servers that are asked at one time
MOST_A_LOOK = 12  # so that a look ends, and one server's silence holds nobody up for long
MOST_A_DAY = 300  # questions to one server


class Watch:
    """Looks after sellers' servers beside what its owner does, one look at a time: each may take a minute."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="sellers")
        self._look: Future[int] | None = None

    def go_on(self) -> None:
        """Look again, unless the last look is under way."""
        if self._look is None or self._look.done():
            self._look = self._worker.submit(_look)


@contextmanager
def _going_on(said: str, **of: Any) -> Iterator[None]:
    """Have the log say what failed, and go on: other servers, and the next look, have nothing to do with it."""
    try:
        yield
    except Exception:
        log.exception(said, **of)


def _look() -> int:
    with _going_on("sellers' servers could not be looked after"):
        try:
            return look_after()
        finally:
            connections.close_all()
    return 0


def look_after() -> int:
    """Try the servers that are due; return how many that were."""
    some = [each for each in due(timezone.now())[:MOST_A_LOOK] if _may_be_asked(each)]
    if not some:
        return 0
    with ThreadPoolExecutor(AT_ONCE) as askers:
        found = list(askers.map(_examined, some))
    for upstream, finding in zip(some, found, strict=True):
        if finding is None or not _is_recorded(upstream, finding):
            put_off(upstream)
    write_runtimes({each.listing for each in some})
    return len(some)


def _examined(upstream: Upstream) -> Finding | None:
    """Ask a server in a thread of its own; None where our own code failed, which says nothing of the server."""
    with _going_on("a server could not be tried", upstream=upstream.pk):
        try:
            return examine(upstream)
        finally:
            connections.close_all()
    return None


def _is_recorded(upstream: Upstream, finding: Finding) -> bool:
    """Write down what was found of one; where that fails, the others of the look are written down all the same."""
    with _going_on("what a server was found to do could not be written down", upstream=upstream.pk):
        record(upstream, finding)
        _sample(upstream.pk)
        return True
    return False


def put_off(upstream: Upstream) -> None:
    """Leave a server for a while that we failed to try: what stands of it stands, and the others have their turn."""
    Upstream.objects.filter(pk=upstream.pk).update(next_at=timezone.now() + next_wait(0))


def _may_be_asked(upstream: Upstream) -> bool:
    """Whether today's questions are not used up; where they are, it is left alone for a while."""
    since = timezone.now() - timedelta(days=1)
    if Probe.objects.filter(engine=upstream.engine, at__gt=since).count() < MOST_A_DAY:
        return True
    Upstream.objects.filter(pk=upstream.pk).update(next_at=timezone.now() + LONGEST_WAIT)
    return False


def try_upstream(upstream_id: int) -> None:
    """Try a server that its seller asks to have tried; a task (``common.queue``), which may run twice."""
    upstream = Upstream.objects.filter(pk=upstream_id).first()
    if upstream is None or not upstream.is_being_tried:
        return
    record(upstream, examine(upstream))
    _sample(upstream.pk)
    if upstream.listing:
        write_runtimes({upstream.listing})


def _sample(upstream_id: int) -> None:
    """Have a server that answers give its sample answers, where there are none yet."""
    upstream = Upstream.objects.filter(pk=upstream_id).first()
    if upstream:
        take_samples(upstream)


@transaction.atomic
def record(tried: Upstream, finding: Finding) -> None:
    """Write down what was found, unless the server was changed meanwhile: then it is another's finding."""
    now = timezone.now()
    upstream = Upstream.objects.select_for_update().filter(pk=tried.pk).first()
    if upstream is None or upstream.asks_like != tried.asks_like:
        return
    _keep(upstream, finding)
    upstream.probed_at = now
    upstream.save()
    if upstream.state != UpstreamState.OFF:
        if finding.answered:
            note_answer(upstream.engine, at=now, found=True)
        else:
            note_failure(upstream.engine, finding.says, at=now)
    if upstream.listing:
        finding.probe(upstream.engine).save()
    write_checks(upstream)


def _keep(upstream: Upstream, finding: Finding) -> None:
    """Take over what a server was found to do; what it did before stays, where nothing was heard now."""
    upstream.known_models = list(finding.known) or upstream.known_models
    upstream.context = finding.context or upstream.context
    upstream.model = upstream.model or finding.model
    if finding.answered:
        upstream.streams, upstream.tells_usage = finding.streams, finding.tells_usage
        upstream.first_token_ms = finding.first_token_ms
