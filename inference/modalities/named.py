"""A question that is sent again under its ``Idempotency-Key`` is the same call here as it is in ``/v1``.

Who sends it again is given the answer, or is told that it is still to come and where, as who sent it first.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext_lazy as _

from common.errors import NotSignedInError
from inference.access import Visitor
from inference.actions import finish_call
from inference.errors import AnswerGoneError, EngineBusyError
from inference.gateway.errors import AsProblemError, ProtocolError
from inference.gateway.repeating import begin_answer as begin_kept
from inference.gateway.repeating import claim_name, drop_name, kept_in, read_name
from inference.kept_models import KeptAnswer
from inference.models import Call, CallState
from inference.senses import Told
from inference.upstream_wishes import Wish

from .actions import Reply, begin_answer, look_again
from .turns import TurnLostError, find_turn, turn_of

SOON, LOOK = 4.0, 0.05  # seconds that a call may take to begin, and between two looks whether it has


class NamelessError(NotSignedInError):
    """A name is given by nobody, so that anybody might give the same."""

    detail = _("An Idempotency-Key has to be somebody's: send an API key with it, or sign in.")


def named_answer(
    *,
    visitor: Visitor,
    name: str,
    listing: str,
    asked: Mapping[str, Any],
    provider: Mapping[str, Any] | None,
    wish: Wish,
    wait: float,
) -> tuple[Reply, bool]:
    """Return what became of a question under its name, and whether it had been asked before.

    Raises NamelessError, AsProblemError where the name is too long or stands for another question, EngineBusyError
    where who sent it first has not begun its call yet, and as ``begin_answer`` and ``look_again`` do.
    """
    if visitor.user is None:
        raise NamelessError
    said = json.dumps(["infer", listing.lower(), asked, provider], sort_keys=True)
    own: dict[str, Any] = {"visitor": visitor, "digest": hashlib.sha256(said.encode()).hexdigest(), "waits": _waits}
    ends = time.monotonic() + max(wait, SOON)
    while True:
        try:
            kept, is_new = claim_name(name=read_name(name), **own)
        except ProtocolError as error:
            raise AsProblemError(error) from error
        if is_new:
            with _freeing(kept):
                more: dict[str, Any] = {"name": _turn(kept), "began": partial(_begin, kept)}
                return begin_answer(visitor=visitor, listing=listing, asked=asked, wish=wish, wait=wait, **more), False
        if reply := _standing(kept, visitor, wait):
            return reply, True
        if time.monotonic() > ends:
            raise EngineBusyError
        time.sleep(LOOK)


@contextmanager
def _freeing(kept: KeptAnswer) -> Iterator[None]:
    """Free the name again where nothing comes of it."""
    with ExitStack() as stack:
        stack.callback(drop_name, kept=kept)
        yield
        stack.pop_all()  # it is answered, or still to come


def _begin(kept: KeptAnswer, call: Call) -> None:
    """Write down which call answers. Raises AnswerGoneError, and closes it, where the name is another's by now."""
    if not begin_kept(kept=kept, call_id=call.pk):
        finish_call(call_id=call.pk, state=CallState.STOPPED)
        raise AnswerGoneError


def _standing(kept: KeptAnswer, visitor: Visitor, wait: float) -> Reply | None:
    """Return how a named question stands; None where its call has yet to begin, or to be begun anew."""
    if said := kept_in(kept):
        call = Call.objects.get(pk=said["call"])
        return Reply(UUID(said["id"]), call.listing, call, Told(said["output"]))
    try:
        waiting = find_turn(name=_turn(kept), visitor=visitor)
        where = _turn(kept) if waiting else kept.call_id
        return look_again(visitor=visitor, name=where, wait=wait) if where else None
    except (TurnLostError, AnswerGoneError):
        if kept.call_id and Call.objects.filter(pk=kept.call_id, state=CallState.DONE).exists():
            raise  # it was charged
        drop_name(kept=kept)
        return None


def _waits(kept: KeptAnswer) -> bool:
    """Whether a question whose call has not begun stands in a queue."""
    return kept.call_id is None and turn_of(_turn(kept)) is not None


def _turn(kept: KeptAnswer) -> UUID:
    """Return the name under which it waits in turn: the same for whoever sends it again."""
    return uuid5(UUID(kept.name_digest[:32]), f"turn {kept.pk}")
