"""Core ML (``Model.proto``): what goes in and comes out, and who made it. It is stored, and never run."""

from __future__ import annotations

import struct
from typing import Any

from .errors import FormatError
from .errors import marked as _
from .protobuf import BYTES, MOST_LOOKED_AT, VARINT, Walker
from .source import Source
from .values import FileFacts

KIND, WEIGHTS = "coreml", "coreml-weights"
NEWEST = 20  # specification versions; 9 is of 2024
# The kinds of model that its ``oneof`` knows: pipelines, trees, neural networks, programs and others.
MODELS = {
    *range(200, 210),
    *range(300, 310),
    *range(400, 410),
    *range(500, 510),
    *range(550, 610),
    900,
    *range(2000, 2010),
    3000,
}
PROGRAM = 502
BLOBS = 0xDEADBEEF  # with what an entry of a weights file begins
MOST_LISTED = 64
TYPES = {1: "int64", 2: "double", 3: "string", 4: "image", 5: "multi-array", 6: "dictionary", 7: "sequence", 8: "state"}
METADATA = {1: "description", 2: "version", 3: "author", 4: "license"}


def looks_like(source: Source) -> bool:
    """Say whether a file can be one: a small version, then a description, then a kind of model."""
    head = source.head(2)
    if len(head) < 2 or head[0] != 8 or not 0 < head[1] <= NEWEST:
        return False
    try:
        numbers = {number for number, *_rest in Walker(source, KIND, MOST_LOOKED_AT).fields(0, source.size)}
    except FormatError:
        return False
    return 2 in numbers and bool(numbers & MODELS) and 7 not in numbers  # 7: an ONNX graph


def are_weights(head: bytes) -> bool:
    """Say whether a file holds the numbers of a program: their count, a version, and the first entry's mark."""
    if len(head) < 68:  # a header of 64 bytes
        return False
    count, version = struct.unpack("<II", head[:8])
    return (
        0 < count < 2**24 and version in (1, 2) and not any(head[8:64]) and struct.unpack("<I", head[64:68])[0] == BLOBS
    )


def read(source: Source) -> FileFacts:
    """Return what the model states of itself."""
    walker = Walker(source, KIND)
    said: dict[str, Any] = {"inputs": [], "outputs": [], "metadata": {}}
    models = set()
    for number, wire, begin, end in walker.fields(0, source.size):
        if number == 1 and wire == VARINT:
            said["specification"] = begin
        elif number == 2 and wire == BYTES:
            said |= _description(walker, begin, end)
        elif number in MODELS and wire == BYTES:
            models.add(number)
    if len(models) != 1:
        raise FormatError(_("It holds no model, or several."), kind=KIND)
    said["is_program"] = PROGRAM in models
    return FileFacts(KIND, said)


def _description(walker: Walker, begin: int, end: int) -> dict[str, Any]:
    inputs: list[dict[str, Any]] = []
    outputs: list[dict[str, Any]] = []
    metadata: dict[str, str] = {}
    for number, wire, first, last in walker.fields(begin, end):
        if wire != BYTES:
            continue
        if number == 1 and len(inputs) < MOST_LISTED:
            inputs.append(_feature(walker, first, last))
        elif number == 10 and len(outputs) < MOST_LISTED:
            outputs.append(_feature(walker, first, last))
        elif number == 100:
            for key, kind, a, b in walker.fields(first, last):
                if key in METADATA and kind == BYTES:
                    metadata[METADATA[key]] = walker.text(a, b, 1_000)
    return {"inputs": inputs, "outputs": outputs, "metadata": metadata}


def _feature(walker: Walker, begin: int, end: int) -> dict[str, str]:
    feature = {"name": "", "dtype": ""}
    for number, wire, first, last in walker.fields(begin, end):
        if wire != BYTES:
            continue
        if number == 1:
            feature["name"] = walker.text(first, last, 200)
        elif number == 3:
            kinds = [TYPES[inner] for inner, *_rest in walker.fields(first, last) if inner in TYPES]
            feature["dtype"] = kinds[0] if kinds else ""
    return feature
