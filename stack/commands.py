"""The commands that the Makefile calls, and what each needs installed first."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial

from . import environment, tether
from .places import demo_dir
from .ports import check_given
from .trouble import Trouble

SITE = ("base", "stack")
EVERYTHING = ("base", "stack", "dev")


def main(arguments: Sequence[str]) -> int:
    """Run one command; what only a person can put right is told in one sentence, without a traceback."""
    commands: dict[str, Callable[[], int]] = {
        "demo": _demo,
        "test": _test,
        "coverage": _coverage,
        "check": _check,
        "check-contracts": _check_contracts,
        "fuzz": partial(_contracts, "fuzz"),
        "fuzz-api": _fuzz_api,
        "mutate": partial(_contracts, "mutate"),
        "bench": _bench,
        "bench-web": lambda: _bench("pages"),
        "bench-vitals": lambda: _bench("vitals"),
        "bench-search": lambda: _bench("search.quality"),
        "bench-indexer": _bench_indexer,
        "bench-gateway": lambda: _bench("gateway"),
        "chaos": _chaos,
        "clients": _clients,
        "lock": _lock,
        "services": _services,
    }
    if len(arguments) != 1 or arguments[0] not in commands:
        print(f"usage: python3 -m stack {' | '.join(commands)}", file=sys.stderr)
        return 2
    if "MAKELEVEL" in os.environ:
        tether.hold(signal.SIGTERM)  # make, killed outright, tells its children nothing
    environment.keep_bytecode()
    try:
        return commands[arguments[0]]()
    except (Trouble, OSError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


# Each command imports its own part late: before the environment is entered, only the standard library is there.


def _demo() -> int:
    if not (demo_dir() / "lock").exists():  # what is left of a demo before may listen for a moment
        check_given()  # to be told after the installation would be late
    environment.enter(*SITE)
    from .demo import run_demo

    return run_demo()


def _test() -> int:
    environment.enter(*EVERYTHING)
    from .checks import test

    return test()


def _coverage() -> int:
    environment.enter(*EVERYTHING)
    from .checks import coverage

    return coverage()


def _check() -> int:
    environment.enter(*EVERYTHING)
    from .checks import check

    return check()


def _check_contracts() -> int:
    environment.enter(*SITE)
    from .audit import audit

    return audit()


def _contracts(script: str) -> int:
    environment.enter(*SITE)
    from . import node
    from .environment import LOGS

    node.install("Tools of the chain", node.CONTRACTS, LOGS)
    return node.contracts(script)


def _fuzz_api() -> int:
    environment.enter(*EVERYTHING)
    from .checks import fuzz_api

    return fuzz_api()


def _bench(*names: str) -> int:
    environment.enter(*EVERYTHING)
    from .checks import bench

    return bench(*names)


def _bench_indexer() -> int:
    environment.enter(*EVERYTHING)
    from .checks import bench_indexer

    return bench_indexer()


def _chaos() -> int:
    environment.enter(*EVERYTHING)
    from .checks import chaos

    return chaos()


def _clients() -> int:
    environment.enter(*EVERYTHING)
    from .clients import clients

    return clients()


def _lock() -> int:
    from .locks import lock

    return lock()


def _services() -> int:
    from .services import serve

    return serve()
