"""A second opinion on what a text is: magika, which has learned it, after what signatures say.

It knows neither safetensors nor GGUF, so it is asked about what has no signature: texts that may be something else.
It computes with bytes from a file's ends and parses nothing.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from magika import Magika

END = 64 * 2**10  # it looks at a few thousand bytes of either end
SURE = 0.9
# Groups of its labels that no text of a model's folder belongs to.
STRANGE = {"executable", "archive"}
STRANGE_LABELS = {"pickle", "pytorch", "macho", "elf", "pebin", "jar", "apk", "swf", "batch", "powershell", "vba"}


@cache
def _magika() -> Magika:
    from magika import Magika  # it loads a model, and onnxruntime: only the processes of tasks do

    return Magika()


def strange_label(file: BinaryIO) -> str:
    """Return as what a file is known that calls itself a text; "" where that may be."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    content = file.read(END)
    if size > len(content):
        file.seek(max(size - END, END))
        content += file.read(END)
    found = _magika().identify_bytes(content)
    output = found.output
    is_strange = output.group in STRANGE or str(output.label) in STRANGE_LABELS
    return str(output.label) if is_strange and found.score >= SURE else ""
