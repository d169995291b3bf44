"""Archives are not taken: a folder's files are uploaded themselves. What is inside is looked at to say what to do.

Nothing is unpacked: of some members the first bytes are read, through decompressors that are told where to stop.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from . import pickles
from .errors import ARCHIVE, PICKLE, FormatError
from .errors import marked as _
from .source import Source

SIGNATURES = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"PK\x07\x08": "zip",
    b"\x1f\x8b": "gzip",
    **{b"BZh%d1AY&SY" % level: "bzip2" for level in range(1, 10)},
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    b"!<arch>\n": "ar",
    b"MSCF\x00": "cab",
    b"xar!": "xar",
}
TAR_MARK, TAR_PLACE, BLOCK = b"ustar", 257, 512
END, END_SIZE, MOST_COMMENT = b"PK\x05\x06", 22, 2**16
MEMBER = b"PK\x01\x02"
MOST_MEMBERS, MOST_PEEKED, PEEK = 1_000, 20, 64 * 2**10
TORCH = _(
    "It is a PyTorch file with a pickle inside: loading it can run any code on a buyer's machine, so it is not sold "
    "here. Convert it on your own machine, and upload the result: tensors = torch.load(path, weights_only=True), then "
    "safetensors.torch.save_file(tensors, 'model.safetensors')."
)
UNPACK = _("It is an archive (%(of)s). Upload the files of the folder themselves: buyers see and check each one.")
BOTH = _("It is an archive as well: a ZIP begins inside it, so two programs would read two different files.")


def kind_of(source: Source) -> str:
    """Return what kind of archive a file begins as; "" where it is none."""
    head = source.head(BLOCK)
    if head[TAR_PLACE : TAR_PLACE + len(TAR_MARK)] == TAR_MARK:
        return "tar"
    return next((kind for mark, kind in SIGNATURES.items() if head.startswith(mark)), "")


def refuse(source: Source, kind: str) -> FormatError:
    """Return the refusal of an archive: what it is, and what to do instead."""
    peeks = {"zip": _zip_members, "tar": _tar_members, "gzip": _gzip_member}
    try:
        hostile = {sign for content in peeks[kind](source) for sign in _pickled(content)} if kind in peeks else set()
    except FormatError:
        return FormatError(UNPACK, code=ARCHIVE, kind=kind, of=kind)
    if hostile:
        return FormatError(TORCH, code=PICKLE, kind=kind, hostile=tuple(sorted(hostile - {""})))
    return FormatError(UNPACK, code=ARCHIVE, kind=kind, of=kind)


def hides_zip(source: Source) -> bool:
    """Say whether a file that is something else ends as a ZIP: readers of those begin at the end."""
    tail = source.tail(END_SIZE + MOST_COMMENT)
    place = tail.rfind(END)
    while place >= 0:
        if _directory(source, tail[place : place + END_SIZE], source.size - len(tail) + place):
            return True
        place = tail.rfind(END, 0, place)
    return False


def _directory(source: Source, end: bytes, place: int) -> bool:
    """Say whether a directory of members stands before its end."""
    if len(end) < END_SIZE:
        return False
    count, size = struct.unpack("<HI", end[10:16])
    # One without members, or of the kind for large files, is no less an archive to a reader.
    return count == 0xFFFF or (0 < size <= place and source.at(place - size, 4) == MEMBER)


def _pickled(content: bytes) -> Iterator[str]:
    """Yield what is hostile in a pickle, "" for one that only is one."""
    if pickles.is_pickle(content):
        yield ""
        yield from pickles.signs(content)


def _zip_members(source: Source) -> Iterator[bytes]:
    """Yield the beginnings of some members, read from one local header to the next as a stream has them."""
    for place in _local_headers(source):
        fixed = source.at(place, 30)
        method, packed, name, extra = (
            struct.unpack("<H", fixed[8:10])[0],
            struct.unpack("<I", fixed[18:22])[0],
            *struct.unpack("<HH", fixed[26:30]),
        )
        begin = place + 30 + name + extra
        # What is written as a stream states no size here.
        length = min(packed or PEEK, PEEK, source.size - begin)
        if length > 0:
            content = source.at(begin, length)
            yield _inflated(content, -15) if method == 8 else content  # deflate


def _local_headers(source: Source) -> list[int]:
    """Return where members begin, from the directory at the end; the first of the file where there is none."""
    tail = source.tail(END_SIZE + MOST_COMMENT)
    found = tail.rfind(END)
    if found < 0 or len(tail) < found + END_SIZE:
        return [0]
    count, _size, place = struct.unpack("<HII", tail[found + 10 : found + 20])
    places = [0] if source.head(4) == b"PK\x03\x04" else []
    for _each in range(min(count, MOST_MEMBERS)):
        if place + 46 > source.size:
            break
        entry = source.at(place, 46)
        if entry[:4] != MEMBER:
            break
        name, extra, comment = struct.unpack("<HHH", entry[28:34])
        label = source.at(place + 46, min(name, 512))
        member = struct.unpack("<I", entry[42:46])[0]
        is_likely = label.endswith((b".pkl", b".pickle", b".pt", b".bin", b".npy"))
        places.insert(0, member) if is_likely else places.append(member)
        place += 46 + name + extra + comment
    return [each for each in places if each + 30 <= source.size][:MOST_PEEKED]


def _tar_members(source: Source) -> Iterator[bytes]:
    place = 0
    for _each in range(MOST_MEMBERS):
        if place + BLOCK > source.size:
            return
        try:
            size = int(source.at(place + 124, 12).rstrip(b" \x00") or b"0", 8)
        except ValueError:
            return
        if size < 0 or size > source.size:
            return
        yield source.at(place + BLOCK, min(size, PEEK, source.size - place - BLOCK))
        place += BLOCK + -(-size // BLOCK) * BLOCK


def _gzip_member(source: Source) -> Iterator[bytes]:
    content = _inflated(source.head(PEEK), 31)
    yield content
    if content[TAR_PLACE : TAR_PLACE + len(TAR_MARK)] == TAR_MARK:
        yield content[BLOCK:]


def _inflated(content: bytes, form: int) -> bytes:
    """Return the first bytes of what was deflated, never more than a peek."""
    try:
        return zlib.decompressobj(form).decompress(content, PEEK)
    except zlib.error:
        return b""
