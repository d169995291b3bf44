"""safetensors: eight bytes of length, a header in JSON, then the numbers without a hole between them."""

from __future__ import annotations

import struct
from collections import Counter
from typing import Any

from common import strict_json

from .errors import LIMIT, FormatError
from .errors import marked as _
from .source import Source
from .values import FileFacts

KIND = "safetensors"
MOST_HEADER = 16 * 2**20  # the format allows 100 MB; the largest published ones have under 1 MB
MOST_TENSORS = 100_000
MOST_DIMENSIONS = 16
MOST_NAME = 1_000
MOST_META = 100  # pairs of strings that are kept of what its writer added
BITS = {
    "F64": 64,
    "I64": 64,
    "U64": 64,
    "C64": 64,
    "F32": 32,
    "I32": 32,
    "U32": 32,
    "F16": 16,
    "BF16": 16,
    "I16": 16,
    "U16": 16,
    "I8": 8,
    "U8": 8,
    "BOOL": 8,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "F4": 4,
}
PACKED = ("qweight", "weight_packed", "quant_state", "absmax", "_blocks")  # several weights stand in one number


def looks_like(head: bytes, size: int) -> bool:
    """Say whether a file begins as one of these: a length that it can have, then an object."""
    if len(head) < 9:
        return False
    return struct.unpack("<Q", head[:8])[0] <= size - 8 and head[8:9] == b"{"


def read(source: Source) -> FileFacts:
    """Return what the header says, once every tensor has its bytes, and every byte its tensor."""
    length = struct.unpack("<Q", source.at(0, 8))[0]
    if length > source.size - 8:
        raise FormatError(_("Its header would be longer than the file."), kind=KIND)
    if length > MOST_HEADER:
        raise FormatError(
            _("Its header has %(size)s bytes; at most 16 MiB are read."), code=LIMIT, kind=KIND, size=length
        )
    header = _header(source.at(8, length))
    meta = header.pop("__metadata__", {})
    if not header:
        raise FormatError(_("It holds no tensor."), kind=KIND)
    if len(header) > MOST_TENSORS:
        raise FormatError(
            _("It has %(count)s tensors; at most 100,000 are read."), code=LIMIT, kind=KIND, count=len(header)
        )
    dtypes, weights = _covered(header, source.size - 8 - length)
    return FileFacts(KIND, {**_counted(header, dtypes, weights), "metadata": _meta(meta)})


def _header(content: bytes) -> dict[str, Any]:
    try:
        header = strict_json.loads(content.decode())
    except ValueError as error:
        raise FormatError(_("Its header is no valid JSON."), kind=KIND) from error
    if not isinstance(header, dict):
        raise FormatError(_("Its header is no object in JSON."), kind=KIND)
    return header


def _covered(header: dict[str, Any], room: int) -> tuple[Counter[str], Counter[str]]:
    """Return bytes and weights by kind of number; refuses tensors that overlap, leave holes or are of another size."""
    dtypes: Counter[str] = Counter()
    weights: Counter[str] = Counter()
    places = []
    for name, tensor in header.items():
        dtype, count, begin, end = _tensor(name, tensor)
        places.append((begin, end))
        dtypes[dtype] += end - begin
        weights[dtype] += count
    done = 0
    for begin, end in sorted(places):
        if begin < done:
            raise FormatError(_("Two of its tensors lie over each other."), kind=KIND)
        if begin > done:
            raise FormatError(_("There are bytes between its tensors that belong to none."), kind=KIND)
        done = end
    if done > room:
        raise FormatError(_("A tensor reaches beyond the end of the file."), kind=KIND)
    if done < room:
        raise FormatError(
            _("There are %(count)s bytes behind its tensors that belong to none."), kind=KIND, count=room - done
        )
    return dtypes, weights


def _tensor(name: str, tensor: Any) -> tuple[str, int, int, int]:
    """Return one tensor's kind of number, how many it has, and where its bytes begin and end."""
    if len(name) > MOST_NAME:
        raise FormatError(_("The name of a tensor is too long."), code=LIMIT, kind=KIND)
    if not isinstance(tensor, dict) or set(tensor) != {"dtype", "shape", "data_offsets"}:
        raise FormatError(_("A tensor lacks its dtype, shape or offsets, or has more than these."), kind=KIND)
    dtype, shape, offsets = tensor["dtype"], tensor["shape"], tensor["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BITS:
        raise FormatError(_("A tensor has a kind of number that is not known."), kind=KIND)
    if not _are_sizes(shape) or len(shape) > MOST_DIMENSIONS:
        raise FormatError(_("The shape of a tensor is no list of sizes."), kind=KIND)
    if not _are_sizes(offsets) or len(offsets) != 2:  # where it begins and ends
        raise FormatError(_("The offsets of a tensor are no two numbers."), kind=KIND)
    count = 1
    for side in shape:
        count *= side
    begin, end = offsets
    if count * BITS[dtype] != (end - begin) * 8:
        raise FormatError(_("The size of a tensor does not fit its shape."), kind=KIND)
    return dtype, count, begin, end


def _are_sizes(value: Any) -> bool:
    # Of its own type: True counts as an int elsewhere.
    return isinstance(value, list) and all(type(each) is int and 0 <= each < 2**63 for each in value)


def _counted(header: dict[str, Any], dtypes: Counter[str], weights: Counter[str]) -> dict[str, Any]:
    is_packed = any(name.endswith(PACKED) for name in header)
    said: dict[str, Any] = {"tensors": len(header), "bytes": sum(dtypes.values()), "dtypes": dict(dtypes.most_common())}
    if not is_packed:
        said["parameters"] = sum(weights.values())
    return said


def _meta(meta: Any) -> dict[str, str]:
    """Return the first of what its writer added, which may hold anything."""
    if not isinstance(meta, dict) or not all(isinstance(value, str) for value in meta.values()):
        raise FormatError(_("What is added to its header is not text by name."), kind=KIND)
    return {name[:MOST_NAME]: meta[name][:MOST_NAME] for name in list(meta)[:MOST_META]}
