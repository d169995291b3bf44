"""GGUF, versions 2 and 3: pairs of keys and values, what tensors there are, and their bytes.

Everything in it is a length and that many things, so each length is compared with what is left of the file, and with
what anybody means, before anything is read.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from .errors import LIMIT, FormatError
from .errors import marked as _
from .source import Source
from .values import FileFacts

KIND = "gguf"
MAGIC = b"GGUF"
MOST_PAIRS, MOST_TENSORS, MOST_DIMENSIONS = 10_000, 100_000, 8
MOST_KEY, MOST_NAME, MOST_KEPT = 1_024, 512, 2_000
MOST_STRING = 8 * 2**20
MOST_ELEMENTS = 4_000_000  # of all lists together: the largest vocabularies have some 800,000 with their merges
DEEPEST = 2  # lists in lists
ALIGNMENT = 32
NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
STRING, LIST = 8, 9
# By ggml's number: name, weights in a block, bytes of a block.
TYPES = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 36),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
}
FILE_TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    32: "BF16",
}


def read(source: Source) -> FileFacts:
    """Return what the keys say and what the tensors come to, once all of them lie inside the file."""
    reader = _Reader(source)
    if source.at(0, 4) != MAGIC:
        raise FormatError(_("It does not begin as a GGUF file does."), kind=KIND)
    version = source.number("I")
    if version not in (2, 3):
        raise FormatError(_("It is GGUF of a version that is not read here: 2 and 3 are."), kind=KIND)
    tensors, pairs = source.number("Q"), source.number("Q")
    if pairs > MOST_PAIRS or tensors > MOST_TENSORS:
        raise FormatError(_("It names more keys or tensors than are read."), code=LIMIT, kind=KIND)
    said: dict[str, Any] = {}
    for _each in range(pairs):
        key = reader.string(MOST_KEY)
        if key in said:
            raise FormatError(_("A key stands twice in it."), kind=KIND)
        said[key] = reader.value(source.number("I"))
    alignment = said.get("general.alignment", ALIGNMENT)
    if type(alignment) is not int or not 8 <= alignment <= 2**16 or alignment & (alignment - 1):
        raise FormatError(_("Its tensors are to begin at places that no reader takes."), kind=KIND)
    return FileFacts(KIND, {**_facts(said), **_tensors(reader, tensors, alignment), "version": version})


class _Reader:
    """Reads values one after another, and counts what they come to."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.elements = 0

    def string(self, most: int = MOST_STRING) -> str:
        """Return a text; what of it is no UTF-8 is replaced."""
        length = self.source.number("Q")
        if length > most:
            raise FormatError(_("A text in it is too long: %(size)s bytes."), code=LIMIT, kind=KIND, size=length)
        return self.source.take(length).decode(errors="replace")

    def value(self, kind: int, depth: int = 0) -> Any:
        """Return a value: numbers and short texts as they are, of a list its length."""
        if kind == STRING:
            return self.string()[:MOST_KEPT]
        if kind == LIST:
            return self.list(depth + 1)
        if kind not in NUMBERS:
            raise FormatError(_("A value in it is of a kind that is not known."), kind=KIND)
        value = self.source.number(NUMBERS[kind])
        # JSON has no place for what is no number.
        return value if not isinstance(value, float) or abs(value) < float("inf") else None

    def list(self, depth: int) -> dict[str, int]:
        """Go through a list, and return how many it holds."""
        kind, count = self.source.number("I"), self.source.number("Q")
        if depth > DEEPEST:
            raise FormatError(_("Lists in it are nested too deeply."), code=LIMIT, kind=KIND)
        self.elements += count
        if self.elements > MOST_ELEMENTS:
            raise FormatError(_("Lists in it hold more than is read."), code=LIMIT, kind=KIND)
        if kind in WIDTHS:
            self.source.skip(count * WIDTHS[kind])
        elif kind in (STRING, LIST):
            for _each in range(count):
                self.skip_string() if kind == STRING else self.list(depth + 1)
        else:
            raise FormatError(_("A list in it is of a kind that is not known."), kind=KIND)
        return {"count": count}

    def skip_string(self) -> None:
        """Go on behind a text."""
        length = self.source.number("Q")
        if length > MOST_STRING:
            raise FormatError(_("A text in it is too long: %(size)s bytes."), code=LIMIT, kind=KIND, size=length)
        self.source.skip(length)


def _tensors(reader: _Reader, count: int, alignment: int) -> dict[str, Any]:
    """Return what the tensors come to; refuses those that lie outside the file, over each other or unaligned."""
    bytes_of: Counter[str] = Counter()
    weights, places, names = 0, [], set()
    for _each in range(count):
        name, of, number, size, offset = _tensor(reader)
        if name in names:
            raise FormatError(_("Two of its tensors have the same name."), kind=KIND)
        if offset % alignment:
            raise FormatError(_("A tensor does not begin where it has to."), kind=KIND)
        names.add(name)
        places.append((offset, offset + size))
        bytes_of[of] += size
        weights += number
    source = reader.source
    begin = -(-source.place // alignment) * alignment if count else source.place
    done = 0
    for first, last in sorted(places):
        if first < done:
            raise FormatError(_("Two of its tensors lie over each other."), kind=KIND)
        done = last
    if begin + done > source.size:
        raise FormatError(_("A tensor reaches beyond the end of the file."), kind=KIND)
    said: dict[str, Any] = {"tensors": count, "bytes": sum(bytes_of.values()), "dtypes": dict(bytes_of.most_common())}
    return {**said, "parameters": weights} if count else said


def _tensor(reader: _Reader) -> tuple[str, str, int, int, int]:
    """Return one tensor: name, kind of its numbers, how many, their bytes, and where they begin."""
    name, sides = reader.string(MOST_NAME), reader.source.number("I")
    if sides > MOST_DIMENSIONS:
        raise FormatError(_("A tensor has more dimensions than any model."), kind=KIND)
    shape = [reader.source.number("Q") for _each in range(sides)]
    kind, offset = reader.source.number("I"), reader.source.number("Q")
    if kind not in TYPES:
        raise FormatError(_("A tensor has a kind of number that is not known."), kind=KIND)
    of, block, width = TYPES[kind]
    number = 1
    for side in shape:
        number *= side
        if number > 2**62:
            raise FormatError(_("A tensor is larger than any file."), kind=KIND)
    if (shape[0] if shape else 1) % block:
        raise FormatError(_("The size of a tensor does not fit its kind of numbers."), kind=KIND)
    return name, of, number, number // block * width, offset


def _facts(pairs: dict[str, Any]) -> dict[str, Any]:
    """Return what the keys say, by names that are ours."""
    architecture = _text(pairs.get("general.architecture"))[:64]
    wanted = {
        "architecture": architecture,
        "model_name": _text(pairs.get("general.name")),
        "license": _text(pairs.get("general.license")),
        "context": _size(pairs.get(f"{architecture}.context_length")),
        "embedding_dim": _size(pairs.get(f"{architecture}.embedding_length")),
        "base_model": _text(pairs.get("general.base_model.0.repo_url")),
        "quantization": FILE_TYPES.get(_number(pairs.get("general.file_type")), ""),
        "vocabulary": _count(pairs.get("tokenizer.ggml.tokens")) or _size(pairs.get(f"{architecture}.vocab_size")),
        "chat_template": bool(pairs.get("tokenizer.chat_template")),
        "is_part": bool(pairs.get("split.count")),
    }
    return {name: value for name, value in wanted.items() if value not in (None, "", False)}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _size(value: Any) -> int | None:
    """Return a number that something can have; a key may hold anything."""
    return value if type(value) is int and 0 < value < 2**62 else None


def _number(value: Any) -> int:
    return value if type(value) is int else -1


def _count(value: Any) -> int:
    return int(value["count"]) if isinstance(value, dict) else 0
