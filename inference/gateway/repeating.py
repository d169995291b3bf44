"""One name, one call: a question that is sent again under its ``Idempotency-Key`` gets the answer that there was.

The answer is kept, encrypted, for a day, and only because who asked wanted it by naming their question.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common.database import in_database
from common.locks import exclusive_until_commit
from common.sealing import seal, unseal
from inference.access import Visitor
from inference.kept_models import KEPT, KeptAnswer
from inference.keys.errors import KeyUnknownError
from inference.models import OPEN, Call

from .errors import ProtocolError

BEGINS = timedelta(seconds=60)  # in which a call begins, unless its server has died
MOST_NAME = 255
PATIENCE = 660.0  # seconds: longer than any answer takes
FIRST_LOOK, LAST_LOOK = 0.05, 0.5  # seconds between two looks at an answer that is being written

Kept = dict[str, Any]  # what was answered: call, model, created, choices, usage, error


def read_name(given: str) -> str:
    """Return what a request is called by who sends it, "" where it has no name. Raises ProtocolError."""
    if len(given) > MOST_NAME:
        words = _("An Idempotency-Key has at most %(most)d characters.") % {"most": MOST_NAME}
        raise ProtocolError(words, code="invalid_value", param="Idempotency-Key")
    return given


def _never(_kept: KeptAnswer) -> bool:
    return False


@transaction.atomic
def claim_name(
    *, visitor: Visitor, name: str, digest: str, waits: Callable[[KeptAnswer], bool] = _never
) -> tuple[KeptAnswer, bool]:
    """Return what stands under a name, and whether it is new, so that the caller has to answer it.

    A name belongs to a key, or to a user who asks without one. What is a day old, or was begun by a server that has
    died since, is begun anew; ``waits`` says of a question whose call has not begun that somebody still sees to it.
    Raises ProtocolError where something else was asked under that name, KeyUnknownError where nobody asks.
    """
    if visitor.user is None:
        raise KeyUnknownError
    whose = visitor.key.pk if visitor.key else f"user {visitor.user.pk}"
    hashed = hashlib.sha256(f"{whose} {name}".encode(errors="surrogatepass")).hexdigest()
    exclusive_until_commit(f"answer {hashed}")
    found = KeptAnswer.objects.filter(name_digest=hashed).first()
    if found and (found.created_at < timezone.now() - KEPT or (_is_dead(found) and not waits(found))):
        found.delete()
        found = None
    if found is None:
        return KeptAnswer.objects.create(user=visitor.user, name_digest=hashed, body_digest=digest), True
    if found.body_digest != digest:
        words = _("Something else was asked under this Idempotency-Key. Use another key for another request.")
        raise ProtocolError(words, status=HTTPStatus.UNPROCESSABLE_ENTITY, code="idempotency_key_reused")
    return found, False


def _is_dead(found: KeptAnswer) -> bool:
    """Whether nobody writes the answer any more."""
    if found.sealed is not None:
        return False
    if found.call_id is None:
        return found.created_at < timezone.now() - BEGINS
    # Who closes a call keeps its answer right after; only the sweep closes one that nobody writes.
    return not Call.objects.filter(pk=found.call_id, state__in=OPEN).exists() and (
        not Call.objects.filter(pk=found.call_id, ended_at__gt=timezone.now() - BEGINS).exists()
    )


def begin_answer(*, kept: KeptAnswer, call_id: UUID) -> bool:
    """Write down which call answers; return whether the name is still kept for it."""
    return bool(KeptAnswer.objects.filter(pk=kept.pk).update(call_id=call_id))


def keep_answer(*, kept: KeptAnswer, said: Kept) -> None:
    """Keep what was answered."""
    sealed = seal(json.dumps(said), bound_to=kept.bound_to)
    KeptAnswer.objects.filter(pk=kept.pk).update(sealed=sealed)


def drop_name(*, kept: KeptAnswer) -> None:
    """Forget a name under which nothing was answered and nothing charged, so that it can be asked again."""
    KeptAnswer.objects.filter(pk=kept.pk).delete()


def keep_answer_of(*, call: Call, said: Kept) -> None:
    """Keep what a call answered, where it has a name and nothing is kept there yet."""
    for kept in _named(call):
        keep_answer(kept=kept, said=said)


def drop_name_of(*, call: Call) -> None:
    """Forget the name of a call that came to nothing, where it has one, so that it can be asked again."""
    _named(call).delete()


def _named(call: Call) -> QuerySet[KeptAnswer]:
    # By the user, whose rows of a day are few: calls themselves are looked for here by nobody else.
    named = KeptAnswer.objects.filter(user=call.user_id, call_id=call.pk, sealed=None)
    return named if call.user_id else named.none()


def kept_in(kept: KeptAnswer) -> Kept | None:
    """Return the answer that is kept, None where it is still written."""
    found: Kept | None = None
    if kept.sealed is not None:
        found = json.loads(unseal(kept.sealed, bound_to=kept.bound_to))
    return found


async def answer_of(kept: KeptAnswer) -> Kept | None:
    """Wait for what was answered under a name; None where that came to nothing, and has to be asked again."""
    wait, waited = FIRST_LOOK, 0.0
    while waited < PATIENCE:
        state, said = await in_database(_look, kept)
        if state != "written":
            return said
        await asyncio.sleep(wait)
        waited, wait = waited + wait, min(LAST_LOOK, wait * 1.5)
    return None


def _look(kept: KeptAnswer) -> tuple[str, Kept | None]:
    """Return whether the answer is kept, still written or gone, and what it is."""
    found = KeptAnswer.objects.filter(pk=kept.pk).first()
    if found is None or (found.sealed is None and _is_dead(found)):
        return "gone", None
    if found.sealed is None:
        return "written", None
    return "kept", kept_in(found)
