"""One kind of model in a process of its own: `python -m inference.engines.senses KIND MEGABYTES`.

It reads requests from standard input and writes answers to standard output, one JSON document a line, in turn. The
first line that it writes says that the model is loaded. It ends with its input, and reaches for nothing outside.
"""

import contextlib
import importlib
import io
import json
import os
import resource
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from .reading import UnreadableError

KINDS = {"classes", "speech", "voice", "script", "meaning", "talking", "language", "notes"}
MOST_LINE = 12_000_000  # bytes of a request

Answerer = Callable[[dict[str, Any]], dict[str, Any]]


def bound(megabytes: int) -> None:
    """Bound what this process may hold as data of its own; files that it maps do not count."""
    most = megabytes << 20
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)  # the site's own processes come first


def answer(answerer: Answerer, line: bytes) -> dict[str, Any]:
    """Return what one request comes to: ``said``, or ``refused`` with a code, or ``failed`` with words for the log."""
    try:
        return {"said": answerer(json.loads(line))}
    except UnreadableError as error:
        return {"refused": error.code}
    except MemoryError:
        return {"refused": "too-large"}
    # Whatever it is: the model stays loaded for the next, and the log has it.
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"[:500]}


def serve(answerer: Answerer, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer each line until there are no more."""
    _write(answers, {"ready": True})
    while line := requests.readline(MOST_LINE):
        _write(answers, answer(answerer, line))


def _write(answers: BinaryIO, value: dict[str, Any]) -> None:
    answers.write(json.dumps(value, allow_nan=False).encode() + b"\n")
    answers.flush()


def main(kind: str, megabytes: str) -> None:
    """Load a model, then serve."""
    bound(int(megabytes))
    # What a library prints must not stand among the answers.
    answers = io.FileIO(os.dup(1), "w")
    os.dup2(2, 1)
    with contextlib.redirect_stdout(sys.stderr):
        answerer: Answerer = importlib.import_module(f".{kind}", __package__).load()
        serve(answerer, sys.stdin.buffer, io.BufferedWriter(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
