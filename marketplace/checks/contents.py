"""Checks of bytes, whoever brings them: what they are, and whether they are still what was sent."""

from __future__ import annotations

import hashlib
import time
from typing import Any, BinaryIO, cast

import structlog
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.files.blobs import Blob
from marketplace.formats import coreml, gguf, jsons, onnx, safetensors, texts
from marketplace.formats.apart import reading_of
from marketplace.formats.errors import FormatError
from marketplace.formats.values import FileFacts

from .models import CheckState
from .names import HASH, blob_subject
from .recording import begin, progress
from .sniffing import strange_label
from .verdicts import Verdict, failed, passed

PIECE = 4 * 2**20
TOLD_EVERY = 1.0  # seconds between two looks at how far it is
TOLD = ("code", "script", "external")  # notes that are said of the file itself; secrets have a check of their own

log = structlog.get_logger(__name__)


def judge_content(blob: Blob) -> Verdict:
    """Return what a content is: read in a process of its own, then looked at a second time where it is a text."""
    with blob.open() as opened:
        file = cast("BinaryIO", opened)
        reading = reading_of(file)
        if reading.refused or reading.facts is None:
            return _refused(reading.refused)
        facts = reading.facts
        if facts.kind in (jsons.KIND, texts.KIND, texts.SCRIPT) and (label := strange_label(file)):
            return failed(_("It calls itself a text and looks like something else (%(label)s).") % {"label": label})
    notes = [str(note) for note in facts.notes if note.code in TOLD]
    state = CheckState.WARNED if notes else CheckState.PASSED
    return Verdict(state, " ".join([_what(facts), *notes]), facts.to_json())


def judge_hash(blob: Blob) -> Verdict:
    """Return whether bytes still have their hash and their size, while it is said how far that has come."""
    subject = blob_subject(blob.sha256)
    begin(subject, HASH, todo=blob.size)
    digest, done, told = hashlib.sha256(), 0, time.monotonic()
    with blob.open() as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            done += len(piece)
            if time.monotonic() - told >= TOLD_EVERY:
                told = time.monotonic()
                progress(subject, HASH, done)
    if digest.hexdigest() != blob.sha256 or done != blob.size:
        log.error("a stored file has changed", sha256=blob.sha256, size=done)
        return failed(_("What is stored is not what was sent. Upload the file again."))
    words = {"size": filesizeformat(blob.size), "hash": blob.sha256}
    return passed(_("%(size)s with the SHA-256 %(hash)s.") % words, sha256=blob.sha256, size=blob.size)


def _refused(error: FormatError | None) -> Verdict:
    if error is None:
        return failed(_("It cannot be read: it is made in a way that no model is."))
    found = {"code": error.code, "hostile": list(error.hostile), "of": error.kind}
    return failed(str(error), refused=found)


def _what(facts: FileFacts) -> str:
    """Return what a file is in a sentence."""
    says = facts.says
    if facts.kind in (safetensors.KIND, gguf.KIND):
        return _weights(facts)
    if facts.kind == jsons.KIND:
        return _json(says)
    if facts.kind in (onnx.KIND, coreml.KIND):
        words = {"kind": NAMES[facts.kind], "inputs": str(len(says["inputs"])), "outputs": str(len(says["outputs"]))}
        return _("%(kind)s with inputs: %(inputs)s, outputs: %(outputs)s. It is stored, and never run here.") % words
    return _("%(kind)s.") % {"kind": NAMES.get(facts.kind, facts.kind)}


def _weights(facts: FileFacts) -> str:
    tensors, weights = facts.says.get("tensors", 0), facts.says.get("parameters", 0)
    held = ngettext("%(n)s tensor", "%(n)s tensors", tensors) % {"n": intcomma(tensors)}
    words = {"kind": NAMES[facts.kind], "held": held, "n": intcomma(weights)}
    if weights:
        return _("%(kind)s with %(held)s and %(n)s parameters, all within the file.") % words
    return _("%(kind)s with %(held)s, all within the file.") % words


def _json(says: dict[str, Any]) -> str:
    """Return what is worth saying of an object: an architecture, a vocabulary, a list of parts."""
    if says.get("architectures"):
        return _("A readable configuration of %(name)s.") % {"name": says["architectures"][0]}
    if says.get("words"):
        return _("A tokenizer with %(n)s words and signs.") % {"n": intcomma(says["words"])}
    if says.get("shards"):
        count = len(says["shards"])
        return ngettext("A list of %(n)s part of the weights.", "A list of %(n)s parts of the weights.", count) % {
            "n": count
        }
    return _("Readable JSON.")


NAMES = {
    safetensors.KIND: "safetensors",
    gguf.KIND: "GGUF",
    onnx.KIND: "ONNX",
    coreml.KIND: "Core ML",
    coreml.WEIGHTS: "Core ML weights",
    jsons.KIND: "JSON",
    texts.KIND: "Text",
    texts.SCRIPT: "Script",
    "image": "Picture",
    "media": "Sound or video",
    "npy": "NumPy array",
    "sentencepiece": "SentencePiece",
}
