"""What a file is, by its bytes alone, and what it says. Untrusted files are read through ``apart.read_apart``."""

from __future__ import annotations

import re
import struct
from typing import BinaryIO

from . import archives, coreml, gguf, jsons, onnx, pickles, safetensors, texts
from .errors import LIMIT, PICKLE, PROGRAM, UNKNOWN, FormatError
from .errors import marked as _
from .source import Source
from .values import FileFacts

HEAD = 64 * 2**10
MOST_TEXT = 16 * 2**20
PROGRAMS = {
    b"\x7fELF": "ELF",
    b"MZ": "Windows",
    b"\xfe\xed\xfa\xce": "Mach-O",
    b"\xfe\xed\xfa\xcf": "Mach-O",
    b"\xce\xfa\xed\xfe": "Mach-O",
    b"\xcf\xfa\xed\xfe": "Mach-O",
    b"\xca\xfe\xba\xbe": "Java or Mach-O",
    b"\x00asm": "WebAssembly",
    b"dex\n": "Android",
    b"\x1bLua": "Lua",
    b"L\x00\x00\x00\x01\x14\x02\x00": "Windows shortcut",
}
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
SOUNDS = (b"ID3", b"fLaC", b"OggS", b"\xff\xfb", b"\xff\xf3")
HDF5, NPY, TFLITE = b"\x89HDF\r\n\x1a\n", b"\x93NUMPY", b"TFL3"
_NPY_HEADER = re.compile(
    rb"\{'descr': '[<>|=](?P<kind>[biufcSU?])(?P<width>\d{1,6})', 'fortran_order': (?:True|False), "
    rb"'shape': \((?P<shape>[0-9, ]{0,200})\), \} *\n?"
)
_WORDS = re.compile(rb"\[\s*(?:true|false|null)\b")
_PYC = re.compile(rb"[\x00-\xff]{1}[\x0c-\x0f]\r\n")


def read_file(file: BinaryIO) -> FileFacts:
    """Return what a file is and says; raises FormatError for what is broken, hostile or not sold here."""
    try:
        return _read(Source(file))
    except MemoryError as error:
        raise FormatError(_("It takes more memory to read than any model does."), code=LIMIT) from error


def _read(source: Source) -> FileFacts:
    if not source.size:
        raise FormatError(_("It is empty."))
    head = source.head(HEAD)
    refused = _refused(source, head)
    if refused:
        raise refused
    found = _known(source, head)
    # Texts end as they please; of numbers nobody sees the end.
    if found.kind not in (jsons.KIND, texts.KIND, texts.SCRIPT) and archives.hides_zip(source):
        raise FormatError(archives.BOTH, kind=found.kind)
    return found


def _refused(source: Source, head: bytes) -> FormatError | None:
    """Return why a file is not taken whatever it is called; None where it may be."""
    program = next((of for mark, of in PROGRAMS.items() if head.startswith(mark)), "")
    # Two letters begin many a text.
    if (program and (program != "Windows" or b"\x00" in head[:64])) or _PYC.match(head):
        text = _("It is a program (%(of)s). Models are sold here, and nothing that runs by itself.")
        return FormatError(
            text, code=PROGRAM, kind="program", hostile=(f"{program or 'Python'} program",), of=program or "Python"
        )
    if kind := archives.kind_of(source):
        return archives.refuse(source, kind)
    if pickles.is_pickle(head):
        return pickles.refused(head)
    if head.startswith(HDF5):
        text = _(
            "It is HDF5, which can hold code of Keras. Convert it: load it on your own machine, and save safetensors."
        )
        return FormatError(text, code=PICKLE, kind="hdf5")
    return None


def _known(source: Source, head: bytes) -> FileFacts:
    if head.startswith(gguf.MAGIC):
        return gguf.read(source)
    if safetensors.looks_like(head, source.size) or _claims_header(head):
        return safetensors.read(source)
    if head.startswith(NPY):
        return _npy(source)
    if head.startswith(PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return FileFacts("image")
    if head.startswith(SOUNDS) or (head[:4] == b"RIFF" and head[8:12] == b"WAVE") or head[4:8] == b"ftyp":
        return FileFacts("media")
    if coreml.are_weights(head):
        return FileFacts(coreml.WEIGHTS, {"bytes": source.size})
    if coreml.looks_like(source):
        return coreml.read(source)
    if onnx.looks_like(source):
        return onnx.read(source)
    if _is_sentencepiece(head):
        return FileFacts("sentencepiece")
    return _text(source, head)


def _claims_header(head: bytes) -> bool:
    """Say whether a length stands before an object, even one that no file has: a broken file has to be told as such."""
    return len(head) > 8 and head[8:9] == b"{" and not _is_printable(head[:8])


def _text(source: Source, head: bytes) -> FileFacts:
    if not _may_be_text(head):
        text = _(
            "What it is cannot be told. Sold here are safetensors, GGUF, ONNX and Core ML, with the texts and JSON "
            "that belong to them."
        )
        kind = "tflite" if head[4:8] == TFLITE else ""
        raise FormatError(text, code=UNKNOWN, kind=kind)
    bare = head.lstrip(b"\xef\xbb\xbf" + jsons.BLANK)
    if _is_json(bare):
        if source.size > jsons.MOST_OUTLINED:
            raise FormatError(
                _("It is larger than any JSON that is read: at most 64 MiB."), code=LIMIT, kind=jsons.KIND
            )
        return _json(source.at(0, source.size))
    if source.size > MOST_TEXT:
        raise FormatError(_("It is larger than any text that is read: at most 16 MiB."), code=LIMIT, kind=texts.KIND)
    return texts.read(source.at(0, source.size))


def _json(content: bytes) -> FileFacts:
    try:
        found = jsons.read(content)
    except FormatError as error:
        if error.code != LIMIT and len(content) <= MOST_TEXT and jsons.is_lines(content):
            return texts.read(content)
        raise
    if len(content) <= jsons.MOST_WHOLE:
        notes = texts.secret_notes(content.decode())
        return FileFacts(found.kind, found.says, (*found.notes, *notes))
    return found


def _is_json(bare: bytes) -> bool:
    """Say whether a text begins as an object or a list of JSON, and not as a template, a word list or Markdown."""
    if bare[:1] == b"{":
        return bare[:2] not in (b"{%", b"{{", b"{#", b"{-")
    inner = bare[1:].lstrip(jsons.BLANK)[:1]
    return bare[:1] == b"[" and (not inner or inner in b'[{"-0123456789]' or bool(_WORDS.match(bare)))


def _may_be_text(head: bytes) -> bool:
    controls = sum(head.count(bytes([each])) for each in (*range(9), *range(14, 27), *range(28, 32)))
    return b"\x00" not in head and controls <= len(head) // 100


def _is_printable(content: bytes) -> bool:
    return all(32 <= byte < 127 or byte in jsons.BLANK for byte in content)


def _is_sentencepiece(head: bytes) -> bool:
    """Say whether a file begins with a piece of a vocabulary: a text and its score."""
    if len(head) < 12 or head[0] != 0x0A or head[2] != 0x0A:
        return False
    end = 4 + head[3]
    return head[1] >= head[3] + 7 - 5 and head[end : end + 1] == b"\x15" and head[2 + head[1] : 3 + head[1]] == b"\x0a"


def _npy(source: Source) -> FileFacts:
    """Return what an array of numpy is; one of objects is a pickle."""
    major = source.at(6, 1)[0]
    place = 10 if major == 1 else 12
    length = struct.unpack("<H" if major == 1 else "<I", source.at(8, place - 8))[0]
    if length > HEAD:
        raise FormatError(_("Its header is longer than any array's."), code=LIMIT, kind="npy")
    header = source.at(place, length)
    found = _NPY_HEADER.fullmatch(header)
    if not found:
        if b"O" in header.split(b"fortran_order")[0].replace(b"descr", b""):
            raise FormatError(pickles.HOW, code=PICKLE, kind="npy")
        raise FormatError(_("Its header is none that numpy writes for plain numbers."), kind="npy")
    count = 1
    for side in found["shape"].replace(b",", b" ").split():
        count *= int(side)
    width = int(found["width"]) * (4 if found["kind"] == b"U" else 1)
    if count * width != source.size - place - length:
        raise FormatError(_("The size of the array does not fit its shape."), kind="npy")
    return FileFacts("npy", {"bytes": count * width})
