"""What does it cost to read a model file that is not trusted?

A sparse safetensors file of 20 GiB with 3,000 tensors is read three ways in one run: as JSON alone, which checks
nothing (the floor); by our reader, which proves that every byte belongs to one tensor; and by it in a process of
its own, behind its fence. Beside them stand the start of an empty Python, which is the floor of any process, and plain
SHA-256 of 512 MiB, which is what looking at every byte costs. CPU seconds for the first two, the clock for processes;
medians. Prints how many times the floor each takes, and how long hashing the same file would take instead.
"""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from django.conf import settings

SIZE, TENSORS = 20 * 2**30, 3_000
ROUNDS = 9
HASHED = 512 * 2**20
READER, PROCESS = 12.0, 20.0  # times the floor, at most


def sparse(folder: Path) -> Path:
    """Return a file of that size whose numbers take no room on the disk."""
    each = SIZE // TENSORS // 4 * 4
    header = {
        f"model.layers.{number // 10}.part.{number % 10}.weight": {
            "dtype": "F32",
            "shape": [each // 4],
            "data_offsets": [number * each, (number + 1) * each],
        }
        for number in range(TENSORS)
    }
    content = json.dumps(header).encode()
    path = folder / "model.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(content)) + content)
        file.truncate(8 + len(content) + each * TENSORS)
    return path


def took(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """Return the median of what some work takes by a clock, after once for nothing."""
    work()
    times = []
    for _ in range(ROUNDS):
        began = clock()
        work()
        times.append(clock() - began)
    return median(times)


def main() -> int:
    """Run the benchmark; return 1 above a limit."""
    settings.configure(USE_I18N=False)
    from marketplace.formats.apart import reading_of
    from marketplace.formats.reading import read_file

    with tempfile.TemporaryDirectory() as folder, sparse(Path(folder)).open("rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header = file.read(length)
        floor = took(lambda: json.loads(header), time.process_time)
        reader = took(lambda: read_file(file), time.process_time)
        empty = took(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), time.perf_counter)
        apart = took(lambda: reading_of(file), time.perf_counter)
        memory = reading_of(file).memory
    piece = b"\0" * 2**22
    began, digest = time.perf_counter(), hashlib.sha256()
    for _ in range(HASHED // len(piece)):
        digest.update(piece)
    hashing = (time.perf_counter() - began) * SIZE / HASHED
    print(f"{TENSORS:,} tensors, header of {length / 1000:,.0f} kB: JSON alone {floor * 1000:.1f} ms of CPU,")
    print(f"every byte accounted for {reader * 1000:.1f} ms: {reader / floor:.1f} x (<= {READER:g})")
    print(f"an empty Python {empty * 1000:.0f} ms,")
    print(f"a reading apart {apart * 1000:.0f} ms: {apart / empty:.1f} x (<= {PROCESS:g})")
    print(f"the process apart had {memory / 2**20:.0f} MiB; hashing {SIZE / 2**30:.0f} GiB would take {hashing:.0f} s")
    return int(reader / floor > READER or apart / empty > PROCESS)


if __name__ == "__main__":
    sys.exit(main())
