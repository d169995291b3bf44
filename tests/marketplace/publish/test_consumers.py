"""A draft's socket is for its owner alone, and says when its checks have come further."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.models import Session
from django.db import transaction
from pytest_django import DjangoDbBlocker

from accounts.models import User
from common.sockets import NOT_FOUND
from marketplace.checks.models import Check, CheckState, Inspection
from marketplace.checks.names import CARD, CONTENT, HASH, blob_subject
from marketplace.checks.recording import begin, progress, write
from marketplace.publish.models import Draft
from tests.sockets import cookie_of, do, heard, opened

SHA256 = "5e" * 32
OTHERS = "6f" * 32


@pytest.fixture
def draft(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Draft]:
    """A draft with a file, in rows that sockets see; taken back afterwards."""
    with django_db_blocker.unblock():
        users = [User.objects.create(address=f"0x{number:040x}") for number in (0xD1, 0xD2)]
        made = Draft.objects.create(user=users[0])
        Inspection.objects.create(subject=made.subject, blobs=[SHA256], key="0" * 64)
        try:
            yield made
        finally:
            Check.objects.filter(subject__in=[made.subject, blob_subject(SHA256), blob_subject(OTHERS)]).delete()
            Inspection.objects.filter(subject=made.subject).delete()
            for user in users:
                user.delete()
            Session.objects.all().delete()


def test_only_the_owner_hears_of_a_draft(draft: Draft) -> None:
    cookies = [b"", cookie_of(User.objects.exclude(pk=draft.user_id).get(address=f"0x{0xD2:040x}"))]
    own = cookie_of(draft.user)
    none = "/ws/drafts/11111111-2222-3333-4444-555555555555"

    async def story() -> None:
        for path, cookie in [*((f"/ws/drafts/{draft.pk}", each) for each in cookies), (none, own)]:
            async with opened(path, cookie) as socket:
                assert await heard(socket) == {"closed": NOT_FOUND}

    async_to_sync(story)()


def test_what_is_found_is_told_once_it_is_committed_and_many_at_once_together(draft: Draft) -> None:
    own, blob = cookie_of(draft.user), blob_subject(SHA256)

    def undone() -> None:
        with transaction.atomic():
            write(draft.subject, CARD, CheckState.PASSED)
            transaction.set_rollback(True)

    async def is_told(socket: Any, work: Any, *given: Any, **more: Any) -> None:
        await do(work, *given, **more)
        assert await heard(socket) == {"changed": True}
        assert await socket.receive_nothing(0.6)  # for longer than what is told together

    async def story() -> None:
        async with opened(f"/ws/drafts/{draft.pk}", own) as socket:
            assert (await socket.receive_output(5))["type"] == "websocket.accept"
            await do(undone)
            await do(write, blob_subject(OTHERS), CONTENT, CheckState.PASSED)
            assert await socket.receive_nothing(0.3)
            await is_told(socket, write, draft.subject, CARD, CheckState.PASSED)
            await is_told(socket, begin, blob, HASH, todo=9)  # of a file of the draft's
            await is_told(socket, progress, blob, HASH, 3)
            for _ in range(20):
                await do(write, draft.subject, CARD, CheckState.PASSED)
            said = 0
            while not await socket.receive_nothing(0.8):
                assert await heard(socket) == {"changed": True}
                said += 1
            assert 1 <= said < 10

    async_to_sync(story)()
