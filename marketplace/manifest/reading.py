"""Reading citrate.toml: what it says, or every fault in it with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from .problems import ManifestError, Place, Problem, check, with_lines
from .schema import SCHEMA, Manifest

MOST_BYTES = 262_144
MOST_OPEN = 500  # brackets in a line
MOST_PARTS = 100  # of a key: whoever parses takes the square of them
FILE_NAME = "citrate.toml"
_MARK = "\ufeff"


def read_toml(text: str) -> Manifest:
    """Return the manifest in a file. Raises ManifestError with all that is wrong with it."""
    data, lines = _parsed(text.removeprefix(_MARK).replace("\r\n", "\n"))
    version = data.get("schema")
    if isinstance(version, int) and version > SCHEMA:
        says = _("This file is of a newer format, %(version)s; here %(known)s is known.")
        raise ManifestError(
            [Problem(("schema",), says % {"version": version, "known": SCHEMA}, lines.get(("schema",)))]
        )
    manifest, problems = check(data)
    if "schema" not in data:
        problems.insert(0, Problem((), _("Begin with “schema = 1”, so that it can be read for ever.")))
    if manifest is None or problems:
        raise ManifestError(with_lines(problems, lines))
    return manifest


def _parsed(text: str) -> tuple[dict[str, Any], dict[Place, int]]:
    """Return the data in a file, and the lines where its keys stand."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise ManifestError([Problem((), _("This file has more than 256 KiB; put the card into a file of its own."))])
    _refuse_depth(text)
    try:
        return tomllib.loads(text), _first(_lines(text))
    except tomllib.TOMLDecodeError as error:
        why, _at, place = str(error).partition(" (at ")
        line = re.match(r"line (\d+)", place)
        number = int(line[1]) if line else text.count("\n") + 1
        raise ManifestError(
            [Problem((), _("This is not TOML: %(why)s.") % {"why": why.rstrip(".")}, number)]
        ) from error
    # Numbers of more digits than anybody means, and what is nested deeper than the interpreter's own stack.
    except (ValueError, RecursionError) as error:
        raise ManifestError([Problem((), _("This is not TOML that can be read."))]) from error


def _refuse_depth(text: str) -> None:
    for line in _outside(text):
        key = line.partition("]" if line.lstrip().startswith("[") else "=")[0]
        if line.count("[") > MOST_OPEN or line.count("{") > MOST_OPEN or key.count(".") > MOST_PARTS:
            raise ManifestError([Problem((), _("This file is nested too deeply."))])


def _outside(text: str) -> Iterator[str]:
    """Yield the lines that stand in no text over several lines; where that is not certain, they are yielded."""
    inside = ""
    for line in text.split("\n"):
        if inside:
            inside = "" if inside in line else inside
            continue
        yield line
        inside = _opened(line.partition("=")[2].strip())


def _lines(text: str) -> Iterator[tuple[Place, int]]:
    """Yield the line of each key: the parser keeps none, so they are looked for in the order in which they stand."""
    table: Place = ()
    counts: dict[str, int] = {}
    inside = ""  # the quotes of a text over several lines
    for number, line in enumerate(text.split("\n"), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        bare = line.strip()
        if bare.startswith("[["):
            name = bare[2:].partition("]")[0].strip()
            counts[name] = counts.get(name, -1) + 1
            table = (name, counts[name])
            yield table, number
        elif bare.startswith("["):
            table = tuple(part.strip(" \"'") for part in bare[1:].partition("]")[0].split("."))
            yield table, number
        elif "=" in bare and not bare.startswith("#"):
            key, _equals, value = bare.partition("=")
            yield (*table, *(part.strip(" \"'") for part in key.split("."))), number
            inside = _opened(value.strip())


def _first(lines: Iterator[tuple[Place, int]]) -> dict[Place, int]:
    """Return the first line of each key: what looks like one in a list comes after it."""
    found: dict[Place, int] = {}
    for place, number in lines:
        found.setdefault(place, number)
    return found


def _opened(value: str) -> str:
    """Return the quotes of a text that begins in this line and does not end in it."""
    return next((each for each in ('"""', "'''") if value.startswith(each) and each not in value[3:]), "")
