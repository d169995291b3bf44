"""ONNX (``onnx.proto3``): which operators it needs, what goes in and comes out. It is stored, and never run."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .errors import FormatError
from .errors import marked as _
from .protobuf import BYTES, MOST_LOOKED_AT, VARINT, Walker
from .source import Source
from .values import FileFacts, Note

KIND = "onnx"
MOST_LISTED = 64
OPERATORS = 200
DTYPES = {
    1: "F32",
    2: "U8",
    3: "I8",
    4: "U16",
    5: "I16",
    6: "I32",
    7: "I64",
    9: "BOOL",
    10: "F16",
    11: "F64",
    16: "BF16",
}
EXTERNAL = 1  # TensorProto.data_location


def looks_like(source: Source) -> bool:
    """Say whether a file can be one: a small version first, and a graph among its fields."""
    if source.head(1) != b"\x08":
        return False
    try:
        return 7 in {
            number
            for number, wire, *_rest in Walker(source, KIND, MOST_LOOKED_AT).fields(0, source.size)
            if wire == BYTES
        }
    except FormatError:
        return False


def read(source: Source) -> FileFacts:
    """Return what the model states of itself."""
    walker = Walker(source, KIND)
    said: dict[str, Any] = {"opset": {}, "metadata": {}}
    graph = None
    for number, wire, begin, end in walker.fields(0, source.size):
        if number == 1 and wire == VARINT:
            said["ir_version"] = begin
        elif number in (2, 3) and wire == BYTES:
            said["producer" if number == 2 else "producer_version"] = walker.text(begin, end, 100)
        elif number == 7 and wire == BYTES:
            graph = (begin, end)
        elif number == 8 and wire == BYTES:
            domain, version = _pair(walker, begin, end)
            said["opset"][domain or "ai.onnx"] = version
        elif number == 14 and wire == BYTES and len(said["metadata"]) < MOST_LISTED:
            key, value = _texts(walker, begin, end)
            said["metadata"][key[:100]] = value[:1_000]
    if graph is None:
        raise FormatError(_("It holds no graph."), kind=KIND)
    said |= _graph(walker, *graph)
    notes = [Note("external", _("Some of its weights are kept in other files."))] if said.pop("is_external") else []
    return FileFacts(KIND, said, tuple(notes))


def _graph(walker: Walker, begin: int, end: int) -> dict[str, Any]:
    """Return operators, inputs, outputs and weights of a graph."""
    operators: Counter[str] = Counter()
    dtypes: Counter[str] = Counter()
    inputs: list[dict[str, Any]] = []
    outputs: list[dict[str, Any]] = []
    weights: set[str] = set()
    parameters, is_external = 0, False
    for number, wire, first, last in walker.fields(begin, end):
        if wire != BYTES:
            continue
        if number == 1:
            operators[_operator(walker, first, last)] += 1
        elif number == 5:
            name, dtype, count, size, elsewhere = _initializer(walker, first, last)
            weights.add(name)
            parameters += count
            dtypes[dtype] += size
            is_external |= elsewhere
        elif number in (11, 12):
            (inputs if number == 11 else outputs).append(_value(walker, first, last))
    return {
        "operators": dict(operators.most_common(OPERATORS)),
        # What has weights of its own is no input that a caller gives.
        "inputs": [each for each in inputs if each["name"] not in weights][:MOST_LISTED],
        "outputs": outputs[:MOST_LISTED],
        "parameters": parameters,
        "dtypes": dict(dtypes.most_common()),
        "is_external": is_external,
    }


def _operator(walker: Walker, begin: int, end: int) -> str:
    name = domain = ""
    for number, wire, first, last in walker.fields(begin, end):
        if wire == BYTES and number == 4:
            name = walker.text(first, last, 100)
        elif wire == BYTES and number == 7:
            domain = walker.text(first, last, 100)
    return f"{domain}.{name}" if domain and domain != "ai.onnx" else name


def _initializer(walker: Walker, begin: int, end: int) -> tuple[str, str, int, int, bool]:
    """Return a tensor of weights: name, kind of number, how many, bytes here, and whether they are in another file."""
    name, kind, count, size, is_external, has_shape = "", 0, 1, 0, False, False
    for number, wire, first, last in walker.fields(begin, end):
        if number == 1:
            sides = [first] if wire == VARINT else _packed(walker, first, last)
            for side in sides:
                count, has_shape = count * min(side, 2**40), True
            count = min(count, 2**62)
        elif number == 2 and wire == VARINT:
            kind = first
        elif number == 8 and wire == BYTES:
            name = walker.text(first, last, 200)
        elif number in (4, 5, 6, 7, 9, 10, 11) and wire == BYTES:
            size += last - first
        elif number == 14 and wire == VARINT:
            is_external = first == EXTERNAL
    return name, DTYPES.get(kind, "?"), count if has_shape or size else 0, size, is_external


def _packed(walker: Walker, begin: int, end: int) -> list[int]:
    sides: list[int] = []
    while begin < end and len(sides) < MOST_LISTED:
        side, begin = walker.varint(begin, end)
        sides.append(side)
    return sides


def _value(walker: Walker, begin: int, end: int) -> dict[str, Any]:
    """Return a ValueInfoProto: its name, kind of number and shape, whose sides may be names."""
    name, dtype = "", ""
    shape: list[int | str] = []
    for number, wire, first, last in walker.fields(begin, end):
        if number == 1 and wire == BYTES:
            name = walker.text(first, last, 200)
        elif number == 2 and wire == BYTES:
            dtype, shape = _type(walker, first, last)
    return {"name": name, "dtype": dtype, "shape": shape}


def _type(walker: Walker, begin: int, end: int) -> tuple[str, list[int | str]]:
    dtype = ""
    shape: list[int | str] = []
    for number, wire, first, last in walker.fields(begin, end):
        if number != 1 or wire != BYTES:  # a sequence, a map: no tensor
            continue
        for inner, kind, value, stop in walker.fields(first, last):
            if inner == 1 and kind == VARINT:
                dtype = DTYPES.get(value, "?")
            elif inner == 2 and kind == BYTES:
                shape = [_side(walker, a, b) for n, w, a, b in walker.fields(value, stop) if n == 1 and w == BYTES][:16]
    return dtype, shape


def _side(walker: Walker, begin: int, end: int) -> int | str:
    for number, wire, first, last in walker.fields(begin, end):
        if number == 1 and wire == VARINT:
            return first
        if number == 2 and wire == BYTES:
            return walker.text(first, last, 64)
    return ""


def _pair(walker: Walker, begin: int, end: int) -> tuple[str, int]:
    domain, version = "", 0
    for number, wire, first, last in walker.fields(begin, end):
        if number == 1 and wire == BYTES:
            domain = walker.text(first, last, 100)
        elif number == 2 and wire == VARINT:
            version = first
    return domain, version


def _texts(walker: Walker, begin: int, end: int) -> tuple[str, str]:
    key = value = ""
    for number, wire, first, last in walker.fields(begin, end):
        if wire == BYTES and number == 1:
            key = walker.text(first, last, 1_000)
        elif wire == BYTES and number == 2:
            value = walker.text(first, last, 1_000)
    return key, value
