"""A process that has Django loaded and forks indexers on demand, so that a hundred kills take seconds, not minutes.

Each line of its input is a command of manage.py; the answer is the process id of the child that runs it. The children
are ended by whoever asked for them. It has no connection to anything when it forks.
"""

from __future__ import annotations

import os
import signal
import sys

import django

from stack import tether


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from contracts.indexer import lead
    from contracts.indexer.dispatch import load_handlers

    load_handlers()
    lead.PAUSE, lead.LONGEST_PAUSE = 0.02, 0.3  # a test does not wait for blocks of two seconds
    _say("ready")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run(call_command, line.split())
        _say(str(child))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _run(call_command: object, arguments: list[str]) -> None:
    code = 1
    tether.hold(signal.SIGKILL)  # it does not outlive its parent
    os.dup2(2, 1)  # what it says is no answer of its parent
    try:
        call_command(*arguments)  # type: ignore[operator]
        code = 0
    except BaseException as error:
        sys.stderr.write(f"{' '.join(arguments)}: {error!r}\n")
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
