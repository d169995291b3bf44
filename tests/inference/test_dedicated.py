"""Engines of one's own: who may have one, one at a time, and how each ends."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from inference.dedicated_models import DedicatedEngine, EngineState


@pytest.fixture
def holder(db: None) -> User:
    return User.objects.create(address="0x" + "a" * 40)


def engine(user: User, state: EngineState, **columns: object) -> DedicatedEngine:
    ended = None if state in ("queued", "starting", "healthy", "stopping") else timezone.now()
    made = {"listing": "corner/chat", "version": "1.0.0", "key_digest": "0" * 64, "key_hint": "…", **columns}
    return DedicatedEngine.objects.create(user=user, state=state, ended_at=ended, **made)


def test_the_database_keeps_one_engine_a_person_and_one_running_on_the_machine(holder: User) -> None:
    other = User.objects.create(address="0x" + "b" * 40)
    engine(holder, EngineState.HEALTHY)
    engine(other, EngineState.STOPPED)
    with pytest.raises(IntegrityError, match="engine_one_each"), transaction.atomic():
        engine(holder, EngineState.QUEUED)
    with pytest.raises(IntegrityError, match="engine_one_at_a_time"), transaction.atomic():
        engine(other, EngineState.STARTING)
    engine(other, EngineState.QUEUED)
