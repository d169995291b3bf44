"""The addresses ``/uploads/`` and ``/uploads/<id>``: who may do what there, before a byte of a file is read."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.conf import settings

from common import metrics
from common.database import retried
from common.errors import DomainError
from common.limits import limit, limit_client
from config.guard.protocol import Headers, Receive, Scope, Send, header
from marketplace.files import parts, uploading
from marketplace.files.blobs import Upload
from marketplace.files.digests import Digest
from marketplace.files.errors import OffsetError, UploadBusyError, UploadNotFoundError

from . import words
from .answers import Body, Reply, give, reply_to, state_of
from .errors import BadHeaderError, CrowdedError, KindError, MethodError, VersionError
from .receiving import Receiving, in_thread
from .visitors import Visitor, check_origin, visitor_of

PER_MINUTE, PER_NETWORK = 1_200, 3_600  # requests of an account, and of a network address
REHASHED = 64 * 1024 * 1024  # bytes that are hashed again at once; of more, a task hashes the whole
DIGESTS = 32  # uploads whose digest is kept between two requests: a quarter of a MiB each
DEAD = 2.0  # seconds without a byte, after which who comes back need not wait for the connection's end
PATIENCE = 3.0  # seconds until an upload is somebody else's


class Uploads:
    """ASGI application."""

    def __init__(self) -> None:
        self._receiving: dict[UUID, Receiving] = {}
        self._digests: OrderedDict[UUID, Digest] = OrderedDict()
        self._seats: Counter[int] = Counter()  # requests that send, by user

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = Body(scope["headers"], receive)
        try:
            reply = await self._answer(scope, body.receive)
        except DomainError as error:
            reply = reply_to(error)
        if reply:
            await give(reply, scope, body, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Reply | None:
        """Return what is said, None where nobody listens any more."""
        method, headers = words.method_of(scope), scope["headers"]
        upload = words.upload_of(scope["path"])
        if method == "OPTIONS":
            return Reply(204, {"Tus-Max-Size": str(settings.UPLOAD_MOST)})
        if upload is None and not words.is_root(scope["path"]):
            raise UploadNotFoundError
        if method not in (("GET", "HEAD", "PATCH", "DELETE") if upload else ("POST",)):
            raise MethodError
        if method != "GET" and header(headers, b"tus-resumable").decode("latin1") != words.VERSION:
            raise VersionError
        if method not in ("GET", "HEAD"):
            check_origin(headers)
        visitor = await retried(_enter, headers, str((scope.get("client") or [""])[0]))
        if upload is None:
            return await self._begin(scope, receive, visitor)
        if method == "PATCH":
            return await self._go_on(upload, scope, receive, visitor)
        if method == "DELETE":
            return await self._cancel(upload, visitor)
        with suppress(UploadBusyError):  # it says then what the disk was seen to have
            await self._wait_for(upload, patience=0)
        found, here = await retried(_look, visitor, upload)
        return state_of(found, here) if method == "GET" else Reply(200, _standing(found, here))

    async def _begin(self, scope: Scope, receive: Receive, visitor: Visitor) -> Reply | None:
        headers = scope["headers"]
        size, said = words.number_in(headers, "Upload-Length"), words.metadata_in(headers)
        sends = words.has_body(headers)
        checksum = words.checksum_in(headers)
        if sends:
            _check_kind(scope)
        with self._seat(visitor.user.pk):
            upload = await retried(
                uploading.begin_upload,
                user=visitor.user,
                path=said.get("path") or said.get("filename", ""),
                size=size,
                expected=said.get("sha256", "").lower(),
            )
            here = await self._first(upload, receive, visitor, checksum) if sends or not size else 0
        place = {"Location": f"{words.ROOT}{upload.pk}", "Upload-Offset": str(here)}
        return None if here is None else Reply(201, place)

    async def _first(
        self, upload: Upload, receive: Receive, visitor: Visitor, checksum: words.Checksum | None
    ) -> int | None:
        """Take what comes with the beginning. Where it breaks off, nothing stays: nobody has learnt the address."""
        here = None
        try:
            here = await self._receive(upload, 0, receive, visitor, checksum)
        finally:
            if here is None:
                self._digests.pop(upload.pk, None)
                await asyncio.shield(retried(uploading.cancel_upload, user=visitor.user, upload_id=upload.pk))
        return here

    async def _go_on(self, upload_id: UUID, scope: Scope, receive: Receive, visitor: Visitor) -> Reply | None:
        headers = scope["headers"]
        _check_kind(scope)
        offset, checksum = words.number_in(headers, "Upload-Offset"), words.checksum_in(headers)
        upload, here = await retried(_look, visitor, upload_id)
        if here != offset:
            raise OffsetError(offset=here)
        if upload.blob_id:
            return Reply(204, {"Upload-Offset": str(here)})  # all of it was here already: there is nothing to take
        with self._seat(visitor.user.pk):
            came = await self._receive(upload, offset, receive, visitor, checksum)
        return None if came is None else Reply(204, {"Upload-Offset": str(came)})

    async def _cancel(self, upload_id: UUID, visitor: Visitor) -> Reply:
        await retried(uploading.own_upload, visitor.user, upload_id)
        await self._wait_for(upload_id)
        self._digests.pop(upload_id, None)
        await retried(uploading.cancel_upload, user=visitor.user, upload_id=upload_id)
        return Reply(204, {})

    async def _receive(
        self, upload: Upload, offset: int, receive: Receive, visitor: Visitor, checksum: words.Checksum | None
    ) -> int | None:
        """Take what a request sends; return how many bytes are here then, None where the client has left."""
        receiving = None
        try:
            async with self._held(upload.pk) as part:
                # Somebody may have sent some in the meantime.
                found, here = await retried(_look, visitor, upload.pk)
                if here != offset or found.blob_id:
                    raise OffsetError(offset=here)
                digest = await self._digest(upload.pk, part, offset)
                await in_thread(part.go_on_at, offset)
                receiving = Receiving(part, upload.pk, range(offset, upload.size), digest, visitor, checksum)
                self._receiving[upload.pk] = receiving
                try:
                    await receiving.take(receive)
                finally:
                    self._remember(upload, receiving)
                    if receiving.offset == upload.size:
                        await asyncio.shield(self._finish(upload, receiving))
        finally:
            if receiving:
                del self._receiving[upload.pk]
                receiving.over.set()
        return receiving.offset if receiving.has_ended else None

    async def _finish(self, upload: Upload, receiving: Receiving) -> None:
        digest = receiving.digest
        found = await in_thread(digest.finish) if digest and digest.size == upload.size else None
        await retried(uploading.finish_upload, upload_id=upload.pk, found=found)

    @asynccontextmanager
    async def _held(self, upload: UUID) -> AsyncIterator[parts.Part]:
        """Hold an upload's file. Raises UploadBusyError where another request sends to it."""
        await self._wait_for(upload)
        part = await in_thread(parts.open_part, upload)
        try:
            yield part
        finally:
            await in_thread(part.close)

    async def _wait_for(self, upload: UUID, patience: float | None = None) -> None:
        """Wait a moment for a request that sends to the upload, and end it if its connection seems dead."""
        if not (other := self._receiving.get(upload)):
            return
        if time.monotonic() - other.heard_at > DEAD:
            other.give_way()
            patience = None
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE if patience is None else patience):
                await other.over.wait()
        if upload in self._receiving:
            raise UploadBusyError

    async def _digest(self, upload: UUID, part: parts.Part, offset: int) -> Digest | None:
        """Return what an upload's bytes come to so far, None where that takes too long to find out."""
        digest = self._digests.pop(upload, None)
        if digest and digest.size == offset:
            return digest
        if offset > REHASHED:
            return None
        digest = await in_thread(part.digest, offset)
        return digest if digest.size == offset else None

    def _remember(self, upload: Upload, receiving: Receiving) -> None:
        digest = receiving.digest
        if digest and digest.size == receiving.offset < upload.size:
            self._digests[upload.pk] = digest
            if len(self._digests) > DIGESTS:
                self._digests.popitem(last=False)

    @property
    def at_once(self) -> int:
        """How many requests send now."""
        return self._seats.total()

    def _seat(self, user: int) -> Any:
        """Hold a seat for a block: where all are taken, whose sender hardly sends. Raises CrowdedError."""
        if self.at_once >= settings.UPLOADS_AT_ONCE and self._seats[user] < settings.UPLOADS_AT_ONCE_PER_USER:
            slow = [each for each in self._receiving.values() if each.is_slow]
            if slow:
                min(slow, key=attrgetter("pace")).give_place()
                return _Seat(self._seats, user, more=1)  # the other one is left in a moment
        return _Seat(self._seats, user)


class _Seat:
    """A place among those that send."""

    def __init__(self, seats: Counter[int], user: int, more: int = 0) -> None:
        self.seats, self.user, self.most = seats, user, settings.UPLOADS_AT_ONCE + more

    def __enter__(self) -> None:
        is_full = self.seats.total() >= self.most
        if is_full or self.seats[self.user] >= settings.UPLOADS_AT_ONCE_PER_USER:
            raise CrowdedError
        self.seats[self.user] += 1
        metrics.UPLOADS.set(self.seats.total())

    def __exit__(self, *_: object) -> None:
        self.seats[self.user] -= 1
        if not self.seats[self.user]:
            del self.seats[self.user]
        metrics.UPLOADS.set(self.seats.total())


def _enter(headers: Headers, client: str) -> Visitor:
    limit_client("upload-requests", client, PER_NETWORK, 60)
    visitor = visitor_of(headers)
    limit(f"upload-requests:{visitor.user.pk}", PER_MINUTE, 60)
    return visitor


def _look(visitor: Visitor, upload_id: UUID) -> tuple[Upload, int]:
    upload = uploading.own_upload(visitor.user, upload_id)
    return upload, uploading.offset_of(upload)


def _check_kind(scope: Scope) -> None:
    if header(scope["headers"], b"content-type").split(b";")[0].strip().lower() != words.KIND:
        raise KindError
    length = header(scope["headers"], b"content-length")
    if length and not length.isdigit():
        raise BadHeaderError("Content-Length")


def _standing(upload: Upload, here: int) -> dict[str, str]:
    return {"Upload-Offset": str(here), "Upload-Length": str(upload.size)}
