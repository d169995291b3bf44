"""How soon is the demo open, in a new folder and again? `python -m benchmarks.start`

What `make demo` installs is at hand already, as after its first run in this checkout. Both are printed in seconds of
the clock beside their limits: 120 for the first start, which makes the database, the catalogue and sixty days on the
chain, and 8 for the second one, the median of three. On a machine that does other work, this measures that as well.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from statistics import median

from ._load import ROOT, free_port

FIRST, SECOND, ROUNDS = 120.0, 8.0, 3


def start(folder: str) -> float:
    """Start the demo of a folder, end it once it is open, and return the seconds until then."""
    variables = {**os.environ, "DEMO_DIR": folder, "PORT": str(free_port()), "STACK_ENTERED": "yes"}
    command = [sys.executable, "-m", "stack", "demo"]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        is_open = any(line.startswith("Citrate is open") for line in demo.stdout)
        seconds = time.perf_counter() - began
        demo.send_signal(signal.SIGINT)
        demo.stdout.read()
    assert is_open, "The demo did not open; what stands above says why."
    return seconds


def main() -> int:
    """Measure, print, and return 1 where a target is missed."""
    with tempfile.TemporaryDirectory(prefix="citrate-start-", ignore_cleanup_errors=True) as folder:
        first = start(folder)
        second = median(start(folder) for _ in range(ROUNDS))
    print(f"first start {first:.1f} s, {first / FIRST:.2f} x its limit (<= {FIRST:.0f} s)")
    print(f"second start {second:.1f} s, {second / SECOND:.2f} x its limit (<= {SECOND:.0f} s)")
    return 0 if first <= FIRST and second <= SECOND else 1


if __name__ == "__main__":
    sys.exit(main())
