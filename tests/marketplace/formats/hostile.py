"""Hostile files, each made by a few lines: what no reader may take for a model, and what none may die of."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

from . import made

MIB = 2**20
SYSTEM = b"\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94."
TENSOR = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
BODY = b"\0" * 16


def tensors(**each: Any) -> bytes:
    """Return a safetensors file whose tensors say this, with 16 bytes behind them."""
    return made.headed(each, BODY)


def tensor(**other: Any) -> bytes:
    """Return a file of one tensor of which something is otherwise."""
    return tensors(a={**TENSOR, **other})


def zipped(members: dict[str, bytes], *, method: int = zipfile.ZIP_STORED, links: tuple[str, ...] = ()) -> bytes:
    """Return a ZIP of members, some of them symbolic links."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            if name in links:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, content)
    return out.getvalue()


def tarred(members: dict[str, bytes], *, links: tuple[str, ...] = ()) -> bytes:
    """Return a tar of members, some of them symbolic links to what they hold."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if name in links:
                info.type, info.linkname = tarfile.SYMTYPE, content.decode()
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def with_zip(content: bytes) -> bytes:
    """Return a safetensors file whose numbers are a ZIP."""
    member = zipped({"data.pkl": content})
    return made.safetensors({"a": ("U8", [len(member)], member)})


def pair(kind: int, value: bytes, key: str = "k") -> bytes:
    """Return a GGUF file with one more value."""
    return made.gguf((*made.GGUF_PAIRS, made.pair(key, kind, value)))


def info(shape: list[int], kind: int = 0, offset: int = 0, name: str = "t") -> bytes:
    """Return a GGUF file of one tensor."""
    return made.gguf(infos=(made.gguf_tensor(name, shape, kind, offset),), body=b"\0" * 256)


def nested(levels: int) -> bytes:
    """Return a list of GGUF in a list, that many times."""
    return struct.pack("<IQ", 9, 1) * levels + struct.pack("<IQ", 0, 0)


def npy(descr: str, body: bytes) -> bytes:
    """Return an array of numpy."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': (2,), }}\n".encode()
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header + body


def flagged(content: bytes) -> bytes:
    """Return a ZIP that says its members are encrypted, which some scanners then do not open."""
    changed = bytearray(content)
    changed[6] |= 1
    place = changed.rfind(b"PK\x01\x02")
    changed[place + 8] |= 1
    return bytes(changed)


def without_end(content: bytes) -> bytes:
    """Return a ZIP whose directory is cut off."""
    return content[: content.rfind(b"PK\x01\x02")]


def front(text: str) -> bytes:
    """Return a README with something before its text."""
    return f"---\n{text}\n---\n# Card\n".encode()


BOMB = "\n".join(
    ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)), "license: *a29"]
)

# By name: the path that it is brought under, and how it is made.
HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    # safetensors
    "header longer than all": ("model.safetensors", lambda: struct.pack("<Q", 2**63) + b"{}"),
    "negative header": ("model.safetensors", lambda: struct.pack("<q", -1) + b"{}"),
    "header one too long": ("model.safetensors", lambda: made.headed({"a": TENSOR}, b"", length=200)),
    "no header": ("model.safetensors", lambda: struct.pack("<Q", 0) + b"{}" + BODY),
    "only a length": ("model.safetensors", lambda: struct.pack("<Q", 8)),
    "header cut off": ("model.safetensors", lambda: made.safetensors()[:40]),
    "body cut off": ("model.safetensors", lambda: made.safetensors()[:-1]),
    "header of other text": ("model.safetensors", lambda: made.headed(b"{hello world}", BODY)),
    "header of a list": ("model.safetensors", lambda: made.headed([TENSOR], BODY)),
    "tensor twice": (
        "model.safetensors",
        lambda: made.headed(b'{"a":%b,"a":%b}' % ((json.dumps(TENSOR).encode(),) * 2), BODY),
    ),
    "NaN in the header": ("model.safetensors", lambda: made.headed(b'{"a":{"dtype":"F32","shape":[NaN]}}', BODY)),
    "infinite offset": (
        "model.safetensors",
        lambda: made.headed(b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,1e999]}}', BODY),
    ),
    "header nested deeply": ("model.safetensors", lambda: made.headed(b'{"a":' + b"[" * 200_000, BODY)),
    "half a character": ("model.safetensors", lambda: made.headed(b'{"\\ud800":{}}', BODY)),
    "header no UTF-8": ("model.safetensors", lambda: made.headed(b'{"\xff\xfe":{}}', BODY)),
    "tensors overlap": ("model.safetensors", lambda: tensors(a=TENSOR, b={**TENSOR, "data_offsets": [0, 16]})),
    "tensors overlap by a byte": (
        "model.safetensors",
        lambda: tensors(a={"dtype": "U8", "shape": [9], "data_offsets": [0, 9]}, b={**TENSOR, "data_offsets": [8, 24]}),
    ),
    "hole before a tensor": (
        "model.safetensors",
        lambda: tensors(a={"dtype": "U8", "shape": [8], "data_offsets": [8, 16]}),
    ),
    "bytes behind the tensors": (
        "model.safetensors",
        lambda: tensors(a={"dtype": "U8", "shape": [8], "data_offsets": [0, 8]}),
    ),
    "tensor beyond the end": ("model.safetensors", lambda: tensor(shape=[400], data_offsets=[0, 1600])),
    "offsets reversed": ("model.safetensors", lambda: tensor(data_offsets=[16, 0])),
    "negative offset": ("model.safetensors", lambda: tensor(data_offsets=[-16, 0])),
    "offset of a fraction": ("model.safetensors", lambda: tensor(data_offsets=[0, 16.0])),
    "three offsets": ("model.safetensors", lambda: tensor(data_offsets=[0, 8, 16])),
    "shape of truth": ("model.safetensors", lambda: tensor(shape=[True, 4])),
    "negative shape": ("model.safetensors", lambda: tensor(shape=[-2, -2])),
    "shape beyond numbers": ("model.safetensors", lambda: tensor(shape=[2**62, 2**62])),
    "shape that wraps around": ("model.safetensors", lambda: tensor(shape=[2**61 + 1, 8])),
    "more dimensions than any": ("model.safetensors", lambda: tensor(shape=[1] * 64 + [4])),
    "unknown numbers": ("model.safetensors", lambda: tensor(dtype="F512")),
    "dtype of a list": ("model.safetensors", lambda: tensor(dtype=["F32"])),
    "size unlike the shape": ("model.safetensors", lambda: tensor(shape=[3])),
    "something more": ("model.safetensors", lambda: tensor(extra=1)),
    "metadata of numbers": ("model.safetensors", lambda: tensors(__metadata__={"a": 1}, a=TENSOR)),
    "no tensors": ("model.safetensors", lambda: made.headed({"__metadata__": {"a": "b"}})),
    "huge metadata": (
        "model.safetensors",
        lambda: made.headed({"__metadata__": {"a": "x" * 17 * MIB}, "a": TENSOR}, BODY),
    ),
    "header that fills memory": (
        "model.safetensors",
        lambda: made.headed(b'{"a":[' + b"[]," * (5 * MIB) + b"[]]}", BODY),
    ),
    "tensors without number": (
        "model.safetensors",
        lambda: made.headed({str(n): {**TENSOR, "shape": [0], "data_offsets": [0, 0]} for n in range(100_001)}),
    ),
    "endless name": ("model.safetensors", lambda: tensors(**{"a" * 5_000: TENSOR})),
    "numbers that are a ZIP": ("model.safetensors", lambda: with_zip(SYSTEM)),
    "pickle by another name": ("model.safetensors", lambda: SYSTEM),
    # GGUF
    "GGUF of four bytes": ("model.gguf", lambda: b"GGUF"),
    "first version": ("model.gguf", lambda: made.gguf(version=1)),
    "future version": ("model.gguf", lambda: made.gguf(version=99)),
    "other byte order": ("model.gguf", lambda: b"GGUF" + struct.pack(">IQQ", 3, 0, 1)),
    "endless keys": ("model.gguf", lambda: made.gguf(counts=(2, 2**64 - 1))),
    "endless tensors": ("model.gguf", lambda: made.gguf(counts=(2**64 - 1, 7))),
    "more keys than there are": ("model.gguf", lambda: made.gguf(counts=(2, 9_999))),
    "endless string": ("model.gguf", lambda: pair(8, struct.pack("<Q", 2**64 - 1))),
    "string of a terabyte": ("model.gguf", lambda: pair(8, struct.pack("<Q", 2**40) + b"a")),
    "endless list of strings": ("model.gguf", lambda: pair(9, struct.pack("<IQ", 8, 2**64 - 1))),
    "endless list of numbers": ("model.gguf", lambda: pair(9, struct.pack("<IQ", 10, 2**63))),
    "lists in lists": ("model.gguf", lambda: pair(9, nested(5))),
    "lists in lists for ever": ("model.gguf", lambda: pair(9, nested(5_000))),
    "list of four million lists": (
        "model.gguf",
        lambda: pair(9, struct.pack("<IQ", 9, 4_000_001) + struct.pack("<IQ", 0, 0) * 1_000),
    ),
    "value of no kind": ("model.gguf", lambda: pair(99, b"\0" * 8)),
    "list of no kind": ("model.gguf", lambda: pair(9, struct.pack("<IQ", 99, 1))),
    "endless key": ("model.gguf", lambda: made.gguf((*made.GGUF_PAIRS, struct.pack("<Q", 2**62)))),
    "key twice": ("model.gguf", lambda: made.gguf((*made.GGUF_PAIRS, made.GGUF_PAIRS[0]))),
    "tensor name twice": (
        "model.gguf",
        lambda: made.gguf(infos=(made.gguf_tensor("t", [8], 0, 0), made.gguf_tensor("t", [8], 0, 32))),
    ),
    "dimensions without number": (
        "model.gguf",
        lambda: made.gguf(infos=(made.text("t") + struct.pack("<I", 2**32 - 1),)),
    ),
    "tensor larger than numbers": ("model.gguf", lambda: info([2**40, 2**40])),
    "tensor larger than the file": ("model.gguf", lambda: info([2**20])),
    "tensor of no kind": ("model.gguf", lambda: info([8], kind=77)),
    "tensor not aligned": ("model.gguf", lambda: info([8], offset=4)),
    "tensor beyond its place": ("model.gguf", lambda: info([8], offset=2**63)),
    "blocks that do not fit": ("model.gguf", lambda: info([33], kind=2)),
    "tensors over each other": (
        "model.gguf",
        lambda: made.gguf(infos=(made.gguf_tensor("t", [32], 0, 0), made.gguf_tensor("u", [32], 0, 64))),
    ),
    "alignment of nothing": ("model.gguf", lambda: pair(4, struct.pack("<I", 0), "general.alignment")),
    "alignment of three": ("model.gguf", lambda: pair(4, struct.pack("<I", 3), "general.alignment")),
    "alignment of words": ("model.gguf", lambda: pair(8, made.text("32"), "general.alignment")),
    "GGUF cut off": ("model.gguf", lambda: made.gguf()[:-200]),
    "GGUF and a ZIP": ("model.gguf", lambda: made.gguf() + zipped({"data.pkl": SYSTEM})),
    # pickles
    "pickle": ("pytorch_model.bin", lambda: SYSTEM),
    "pickle of letters": ("notes.txt", lambda: b"cos\nsystem\n(S'id'\ntR."),
    "pickle that has run before it ends": ("notes.txt", lambda: b"cos\nsystem\n(S'id'\ntR" + b"\nA text follows."),
    "pickle of the first kind": ("model.pkl", lambda: pickle.dumps({"a": [1, 2]}, protocol=2)),
    "pickle of numbers": ("scaler.joblib", lambda: pickle.dumps(list(range(100)), protocol=5)),
    "pickle within JSON's name": ("config.json", lambda: SYSTEM),
    "PyTorch file": ("model.pt", lambda: zipped({"model/data.pkl": SYSTEM, "model/version": b"3\n"})),
    "PyTorch file said to be encrypted": ("model.pth", lambda: flagged(zipped({"model/data.pkl": SYSTEM}))),
    "PyTorch file deflated": (
        "model.ckpt",
        lambda: zipped({"model/data.pkl": SYSTEM}, method=zipfile.ZIP_DEFLATED),
    ),
    "PyTorch file without directory": ("model.pt", lambda: without_end(zipped({"model/data.pkl": SYSTEM}))),
    "array of objects": ("a.npy", lambda: npy("|O", pickle.dumps([1, 2]))),
    "array of odd numbers": ("a.npy", lambda: npy("__import__", BODY)),
    "array cut off": ("a.npy", lambda: npy("<f8", b"")),
    "arrays in a ZIP": ("a.npz", lambda: zipped({"a.npy": npy("|O", SYSTEM)})),
    "Keras": ("model.h5", lambda: b"\x89HDF\r\n\x1a\n" + BODY),
    "joblib compressed": ("model.joblib", lambda: zlib.compress(SYSTEM * 10)),
    # archives
    "zip bomb": ("model.zip", lambda: zipped({"zeros": b"\0" * 20 * MIB}, method=zipfile.ZIP_DEFLATED)),
    "zip in a zip": ("model.zip", lambda: zipped({"a.zip": zipped({"b.zip": zipped({"c": b"c"})})})),
    "zip with a link": ("model.zip", lambda: zipped({"a": b"/etc/passwd"}, links=("a",))),
    "zip that climbs": ("model.zip", lambda: zipped({"../../../etc/cron.d/a": b"* * * * * root id"})),
    "zip of ten thousand": ("model.zip", lambda: zipped({str(n): b"" for n in range(10_000)})),
    "empty zip": ("model.zip", lambda: zipped({})),
    "tar with a link": ("model.tar", lambda: tarred({"a": b"/etc/passwd"}, links=("a",))),
    "tar with a pickle": ("model.tar", lambda: tarred({"a.txt": b"hello", "model.pkl": SYSTEM})),
    "tar of negative size": (
        "model.tar",
        lambda: tarred({"a": b"a"})[:124] + b"-0000000001\0" + tarred({"a": b"a"})[136:],
    ),
    "gzip bomb": ("model.gz", lambda: gzip.compress(b"\0" * 20 * MIB)),
    "pickle in gzip": ("model.pkl.gz", lambda: gzip.compress(SYSTEM)),
    "tar in gzip": ("model.tar.gz", lambda: gzip.compress(tarred({"model.pkl": SYSTEM}))),
    "7z": ("model.7z", lambda: b"7z\xbc\xaf\x27\x1c" + BODY),
    "picture that is a ZIP": ("logo.png", lambda: b"\x89PNG\r\n\x1a\n" + BODY + zipped({"a": b"a"})),
    # programs
    "ELF named GGUF": ("model.gguf", lambda: b"\x7fELF\x02\x01\x01" + BODY),
    "Windows program": ("setup.exe", lambda: b"MZ\x90\0\x03\0\0\0" + BODY),
    "Mach-O": ("model.onnx", lambda: b"\xcf\xfa\xed\xfe" + BODY),
    "WebAssembly": ("model.wasm", lambda: b"\0asm\x01\0\0\0"),
    "compiled Python": ("modeling.pyc", lambda: b"\xa7\x0d\r\n" + BODY),
    "Java": ("Model.class", lambda: b"\xca\xfe\xba\xbe\0\0\0\x34" + BODY),
    # JSON and texts
    "JSON nested deeply": ("config.json", lambda: b"[" * 100_000 + b"]" * 100_000),
    "objects nested deeply": ("config.json", lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "large JSON nested deeply": ("tokenizer.json", lambda: b'{"a":' + b"[" * (5 * MIB) + b"]" * (5 * MIB) + b"}"),
    "key twice in JSON": ("config.json", lambda: b'{"auto_map": {}, "auto_map": {"AutoModel": "a.B"}}'),
    "key twice in large JSON": (
        "tokenizer.json",
        lambda: b'{"model": 1, "x": "' + b"x" * (5 * MIB) + b'", "model": 2}',
    ),
    "NaN in JSON": ("config.json", lambda: b'{"rope_theta": NaN}'),
    "number without end": ("config.json", lambda: b'{"vocab_size": ' + b"9" * 100_000 + b"}"),
    "half a character in JSON": ("config.json", lambda: b'{"a": "\\udc00"}'),
    "JSON no UTF-8": ("config.json", lambda: b'{"a": "\xff"}'),
    "JSON cut off": ("config.json", lambda: b'{"a": [1, 2'),
    "JSON larger than any": ("tokenizer.json", lambda: b'{"a": "' + b"a" * (65 * MIB) + b'"}'),
    "text named JSON": ("config.json", lambda: b"hidden_size: 64\n"),
    "text larger than any": ("merges.txt", lambda: b"a b\n" * (5 * MIB)),
    "text with zeros": ("vocab.txt", lambda: b"hello\n" * 20_000 + b"\0"),
    "text no UTF-8": ("vocab.txt", lambda: b"caf\xe9\n"),
    "YAML bomb": ("README.md", lambda: front(BOMB)),
    "YAML without end": ("README.md", lambda: front("\n".join(f"- {n}" for n in range(20_000)))),
    "YAML nested deeply": ("README.md", lambda: front("a: " + "[" * 20_000 + "]" * 20_000)),
    "YAML that calls": ("README.md", lambda: front("a: !!python/object/apply:os.system ['id']")),
    "YAML that merges itself": ("README.md", lambda: front("a: &a\n  <<: *a")),
    # Protocol Buffers
    "ONNX with an endless length": ("model.onnx", lambda: made.field(1, 8) + b"\x3a" + b"\xff" * 9 + b"\x01"),
    "ONNX with an endless number": ("model.onnx", lambda: b"\x08" + b"\xff" * 100),
    "ONNX without graph": ("model.onnx", lambda: made.field(1, 8) + made.field(2, "test")),
    "ONNX cut off": ("model.onnx", lambda: made.onnx()[:-20]),
    "ONNX with broken nodes": ("model.onnx", lambda: made.field(1, 8) + made.field(7, made.field(1, b"\x22\xff"))),
    "ONNX of too many parts": (
        "model.onnx",
        lambda: made.field(1, 8) + made.field(7, b"\x10\x01" * 1_100_000),
    ),
    "field of number zero": ("model.onnx", lambda: made.onnx() + b"\0\0"),
    "groups": ("model.onnx", lambda: made.onnx() + b"\x0b\x0c"),
    "ONNX and a ZIP": ("model.onnx", lambda: made.onnx() + made.field(2, zipped({"a": b"a"}))),
    "Core ML of two models": ("model.mlmodel", lambda: made.coreml() + made.field(500, b"")),
    "Core ML cut off": ("model.mlmodel", lambda: made.coreml()[:-1]),
    # nothing and anything
    "nothing": ("model.safetensors", lambda: b""),
    "one byte": ("model.safetensors", lambda: b"\0"),
    "zeros": ("model.safetensors", lambda: b"\0" * MIB),
    "TFLite": ("model.tflite", lambda: b"\x1c\0\0\0TFL3" + BODY),
}
