"""What does a demo cost that is left alone for weeks? Its chain in fast motion, then every process of one that runs.

The chain makes as many blocks as an idle demo makes in ``SOAK_DAYS`` (14) and is saved as often as it would be; its
memory, disk and CPU are printed beside their limits. Where a demo runs in ``DEMO_DIR``, each of its processes is
watched for ``SOAK_SECONDS`` (120) besides. Exits with 1 where a limit is passed.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from stack import anvil, chain, processes
from stack.places import demo_dir, exclusive, socket_dir
from tests.stack.usage import cpu, disk, family, memory

DAYS, SECONDS = int(os.environ.get("SOAK_DAYS", "14")), float(os.environ.get("SOAK_SECONDS", "120"))
DAY = 86_400 // anvil.IDLE_BLOCK_SECONDS  # blocks
SAVES = 86_400 / chain.IDLE_SAVE_SECONDS  # a day
MEMORY, DISK, CPU = 300e6, 50e6, 0.10  # bytes, bytes, of one core


async def weeks(folder: Path, sockets: Path) -> bool:
    """Print what the chain costs as days pass; return whether all limits are kept."""
    folder.mkdir()
    with exclusive(folder) as lock:
        async with chain.running(folder, sockets, lock, preparing=True) as (child, node):
            keeper = chain.Keeper(node, folder)
            kept = True
            for day in range(1, DAYS + 1):
                before = cpu(child.pid)
                await node.ask("anvil_mine", hex(DAY), hex(anvil.IDLE_BLOCK_SECONDS))
                mined = cpu(child.pid) - before
                before = cpu(child.pid) + time.process_time()
                await keeper.save()
                saved = cpu(child.pid) + time.process_time() - before
                share = (mined + SAVES * saved) / 86_400
                kept = kept and fits(f"day {day:2}", memory(child.pid), disk(folder), share)
    return kept


def fits(name: str, bytes_held: float, bytes_kept: float, share: float) -> bool:
    """Print figures beside their limits."""
    held = f"{bytes_held / 1e6:5.0f} MB of {MEMORY / 1e6:.0f}, {bytes_kept / 1e6:5.1f} MB of {DISK / 1e6:.0f} on disk"
    print(f"{name}: {held}, {share:6.2%} of a core of {CPU:.0%}", flush=True)
    return bytes_held < MEMORY and bytes_kept < DISK and share < CPU


def supervised(home: Path) -> dict[str, int]:
    """Return the process ids of the demo in a folder by their names; none where no demo runs."""
    try:
        known = processes.ask(socket_dir(home), "getAllProcessInfo")
    except OSError:
        return {}
    return {each["name"]: each["pid"] for each in known if each["pid"]}


def rows(ids: dict[str, int]) -> Iterator[tuple[str, int, float]]:
    """Watch for a while; give each process's name, its bytes in memory, and its share of a core, children included."""
    before = {pid: cpu(pid) for top in ids.values() for pid in family(top)}
    started = time.monotonic()
    time.sleep(SECONDS)
    passed = time.monotonic() - started
    for name, top in ids.items():
        now = [pid for pid in family(top) if pid in before]
        yield name, sum(map(memory, now)), sum(cpu(pid) - before[pid] for pid in now) / passed


def main() -> int:
    """Measure both; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="citrate-soak-") as name:
        kept = asyncio.run(weeks(Path(name) / "chain", Path(name)))
    home = demo_dir()
    for name, held, share in rows(supervised(home)) if supervised(home) else ():
        kept = kept and (name != "chain" or fits(name, held, disk(home / "chain"), share))
        print(f"{name:12}{held / 1e6:8.0f} MB {share:8.2%} of a core")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
