"""Takes a stream of server-sent events apart, as the HTML standard says (section 9.2.6), within bounds."""

from __future__ import annotations

import re

EVENT_BYTES, STREAM_BYTES = 65_536, 4_000_000

_LINE_END = re.compile(b"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"


class EventReader:
    """Bytes in, in pieces of any size; the data of each event out.

    Comments, names of events and other fields are passed over. Bytes that are no UTF-8 become U+FFFD.
    """

    def __init__(self) -> None:
        self._read = 0  # bytes of all
        self._line, self._line_size = list[bytes](), 0  # the pieces of a line that has not ended
        self._data, self._data_size = list[bytes](), 0  # the lines of an event that has not ended
        self._first = True  # only the first line may begin with a byte order mark
        self._returned = False  # the last byte was CR, so that a LF now belongs to it

    def feed(self, chunk: bytes) -> list[str]:
        """Return the data of the events that end in this piece. Raises ValueError where they are too large."""
        self._read += len(chunk)
        if self._read > STREAM_BYTES:
            raise ValueError("The stream is longer than any answer.")
        if self._returned:
            self._returned, chunk = not chunk, chunk.removeprefix(b"\n")
        self._returned = self._returned or chunk.endswith(b"\r")
        *ended, rest = _LINE_END.split(chunk) if b"\r" in chunk else chunk.split(b"\n")
        events = [event for piece in ended if (event := self._end_line(piece))]
        if rest:
            self._add(rest)
        return events

    def end(self) -> list[str]:
        """Return the data of an event that only the end of the stream has ended."""
        last = self._end_line(b"") or self._end_line(b"")
        return [last] if last else []

    def _add(self, piece: bytes) -> None:
        self._line.append(piece)
        self._line_size += len(piece)
        if self._line_size + self._data_size > EVENT_BYTES:
            raise ValueError("An event is larger than any part of an answer.")

    def _end_line(self, piece: bytes) -> str:
        """Take the last piece of a line; return the data of the event that the line ends, if it ends one."""
        line = piece
        if self._line or len(piece) + self._data_size > EVENT_BYTES:
            self._add(piece)
            line = b"".join(self._line)
            self._line, self._line_size = [], 0
        if self._first:
            self._first, line = False, line.removeprefix(_BOM)
        if not line:
            if not self._data:
                return ""
            data, self._data, self._data_size = self._data, [], 0
            return b"\n".join(data).decode(errors="replace")
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
            self._data_size += len(value) + 1
        return ""
