"""What a real call tells of the upstream that answered it, or did not."""

from __future__ import annotations

from django.conf import settings

from .errors import EngineBusyError, EngineError, NotTakenError
from .reasons import reason_of
from .standing import note_answer, note_failure


def answered(engine: str) -> None:
    """Take down that a call was answered to its end."""
    if engine not in settings.ENGINES:
        note_answer(engine)


def failed(engine: str, error: EngineError) -> None:
    """Take down that a call was not answered. One that is busy, or cannot do what somebody wanted, does its part."""
    if engine not in settings.ENGINES and not isinstance(error, (EngineBusyError, NotTakenError)):
        note_failure(engine, reason_of(error))
