"""Every number of the guard in one place."""

from __future__ import annotations

from dataclasses import dataclass, replace

KIB, MIB = 1024, 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one web process grants. Sizes are bytes, times are seconds."""

    threads: int = 8
    patience: float = 2.0  # how long a request waits for a thread

    head_bytes: int = 64 * KIB  # the request's line and headers; besides a body, its framing and trailers
    head_fields: int = 100
    head_seconds: float = 10.0  # for all of it, from the first byte or from the opening of the connection
    linger_seconds: float = 60.0  # until a closed connection must have been read empty

    frame_bytes: int = 64 * KIB  # a message on a websocket
    small_frames: int = 100  # pings and pieces of messages on one, in ``frame_seconds``
    frame_seconds: float = 10.0

    body_bytes: int = 2_500_000
    body_seconds: float = 10.0  # for the whole body, however it dribbles
    bodies_bytes: int = 64 * MIB  # all bodies held at once

    upload_bytes: int = 5_200_000  # a body with one file of 5 MB and a message; only where ``asgi`` says so
    upload_seconds: float = 150.0  # for such a body: a phone that sends 300 kbit/s
    uploads_bytes: int = 32 * MIB  # all of them at once, apart from other bodies

    outbox_bytes: int = 1 * MIB  # what a thread may hand over before the client has read it
    stall_seconds: float = 30.0  # how long a client may read nothing

    cache_bytes: int = 32 * MIB  # a shelf; there are two
    cache_entries: int = 4096  # a shelf
    entry_bytes: int = 512 * KIB
    key_bytes: int = 1 * KIB

    def of_uploads(self) -> Limits:
        """Return the limits of the few addresses that take a file."""
        return replace(
            self,
            body_bytes=self.upload_bytes,
            body_seconds=self.upload_seconds,
            bodies_bytes=self.uploads_bytes,
        )
