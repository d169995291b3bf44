"""A model's folder: which files are its weights, whether all parts are there, and what names promise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from . import coreml, gguf, jsons, onnx, safetensors, texts
from .errors import marked as _
from .values import FileFacts, Note

SHARD = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.(?P<end>safetensors|gguf)")
# What a name's end promises of the content.
PROMISED = {
    ".safetensors": {safetensors.KIND},
    ".gguf": {gguf.KIND},
    ".onnx": {onnx.KIND},
    ".ort": {onnx.KIND},
    ".mlmodel": {coreml.KIND},
    ".json": {jsons.KIND},
    ".npy": {"npy"},
    ".md": {texts.KIND},
    ".txt": {texts.KIND, jsons.KIND, texts.SCRIPT},
    ".jinja": {texts.KIND},
    ".yaml": {texts.KIND},
    ".yml": {texts.KIND},
    ".toml": {texts.KIND},
    ".png": {"image"},
    ".jpg": {"image"},
    ".jpeg": {"image"},
    ".webp": {"image"},
    ".gif": {"image"},
}
KINDS_END = {safetensors.KIND: (".safetensors",), gguf.KIND: (".gguf",)}
PICKLED = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npz", ".bin", ".h5", ".keras")
PROGRAM_ENDS = "exe dll so dylib jar apk msi com scr bat cmd ps1 vbs lnk"
PROGRAMS = tuple(f".{end}" for end in PROGRAM_ENDS.split())
CODE = (".py", ".sh", ".js", ".rb", ".pl", ".ipynb", ".php", ".lua")
SECRETS = {".env", "id_rsa", "id_ed25519", "credentials.json", ".netrc", ".npmrc", ".pypirc", "keystore.json"}
WEIGHTS = (safetensors.KIND, gguf.KIND, onnx.KIND, coreml.KIND)
PACKAGE = ".mlpackage"


def weights_of(files: Mapping[str, FileFacts], kind: str) -> list[str]:
    """Return the paths of a model's weights of one kind: shards of one set together, of several sets the largest."""
    sets: dict[tuple[str, str], list[str]] = {}
    for path, facts in files.items():
        if facts.kind == kind:
            found = SHARD.fullmatch(path)
            sets.setdefault((found["stem"], found["count"]) if found else (path, ""), []).append(path)
    if not sets:
        return []
    return sorted(max(sets.values(), key=lambda paths: sum(_size(files[each]) for each in paths)))


def _size(facts: FileFacts) -> int:
    return int(facts.says.get("bytes") or sum(facts.says.get("dtypes", {}).values()))


def inside_package(path: str) -> str:
    """Return the ``.mlpackage`` folder that a file lies in; "" for none."""
    parts = PurePosixPath(path).parts
    return next(("/".join(parts[: place + 1]) for place, part in enumerate(parts[:-1]) if part.endswith(PACKAGE)), "")


def name_problems(path: str, kind: str) -> list[Note]:
    """Return what is wrong between a file's name and what it is; ``kind`` is what its bytes are."""
    name = PurePosixPath(path).name.lower()
    promised = PROMISED.get(PurePosixPath(name).suffix)
    values = {"path": path, "kind": kind}
    if name in SECRETS or name.startswith(".env."):
        return [Note("secret-name", _("%(path)s is a file that people keep passwords in. Leave it out."), values)]
    if name.endswith(PROGRAMS):
        return [Note("program-name", _("%(path)s is named as a program. Leave it out."), values)]
    if promised and kind not in promised:
        return [Note("name", _("%(path)s is named otherwise than what it is: its content is %(kind)s."), values)]
    if kind in KINDS_END and not name.endswith(KINDS_END[kind]):
        return [Note("name", _("%(path)s holds %(kind)s. Let its name end so, or programs do not find it."), values)]
    if name.endswith(PICKLED) and kind not in (coreml.WEIGHTS, "npy"):
        return [Note("name", _("%(path)s has the name of a pickle, and is none: its content is %(kind)s."), values)]
    return []


def is_code(path: str) -> bool:
    """Say whether a file is source code by its name."""
    return path.lower().endswith(CODE)


def problems(files: Mapping[str, FileFacts], paths: Iterable[str]) -> list[Note]:
    """Return what a folder lacks: weights at all, shards, parts of a package. ``paths`` are all of its files."""
    present = set(paths)
    found = list(_missing_shards(files, present))
    found += _missing_by_index(files, present)
    found += _packages(files, present)
    return found


def has_weights(files: Mapping[str, FileFacts]) -> bool:
    """Say whether a folder holds a model."""
    return any(facts.kind in WEIGHTS for facts in files.values())


def _missing_shards(files: Mapping[str, FileFacts], present: set[str]) -> Iterable[Note]:
    told = set()
    for path in files:
        found = SHARD.fullmatch(path)
        if not found or (found["stem"], found["count"]) in told:
            continue
        told.add((found["stem"], found["count"]))
        count = int(found["count"])
        names = (f"{found['stem']}-{number:05d}-of-{found['count']}.{found['end']}" for number in range(1, count + 1))
        missing = [name for name in names if name not in present]
        if missing:
            values = {"path": missing[0], "count": len(missing), "of": count}
            yield Note("shards", _("%(count)s of %(of)s parts are missing, the first is %(path)s."), values)


def _missing_by_index(files: Mapping[str, FileFacts], present: set[str]) -> Iterable[Note]:
    for path, facts in files.items():
        shards = facts.says.get("shards") if path.endswith(".index.json") else None
        if not shards:
            continue
        folder = path.rpartition("/")[0]
        within = {name: f"{folder}/{name}".strip("/") for name in shards}
        missing = sorted(each for each in within.values() if each not in present)
        if missing:
            values = {"path": path, "missing": missing[0]}
            yield Note("index", _("%(path)s names %(missing)s, which is not there."), values)
            continue
        for name, at in within.items():
            said = files.get(at)
            if said and said.kind == safetensors.KIND and said.says["tensors"] != shards[name]:
                values = {"path": path, "shard": at}
                yield Note("index", _("%(path)s says otherwise what is in %(shard)s than the file itself."), values)


def _packages(files: Mapping[str, FileFacts], present: set[str]) -> Iterable[Note]:
    for package in sorted({inside_package(path) for path in present} - {""}):
        manifest = files.get(f"{package}/Manifest.json")
        root = manifest.says.get("root", "") if manifest else ""
        values = {"path": package}
        if not root:
            yield Note("package", _("%(path)s has no Manifest.json that says which file is the model."), values)
        elif not any(path.startswith(f"{package}/Data/{root}") for path in present):
            yield Note("package", _("%(path)s lacks the file that its Manifest.json calls the model."), values)
