"""Which of our files a program is made of: what it imports, and what that imports. Standard library only."""

import ast
from collections.abc import Iterator
from pathlib import Path

from .places import ROOT


def sources(entrance: Path, root: Path = ROOT) -> list[Path]:
    """Return the file ``entrance`` and each file under ``root`` that it imports, however far away, in order.

    Imports inside functions count as well; what is imported by a name that is made while running does not.
    """
    found: set[Path] = set()
    waiting = [entrance]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting.extend(_imported(file, root))
    return sorted(found)


def _imported(file: Path, root: Path) -> Iterator[Path]:
    package = file.relative_to(root).parent.parts
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield from _files(name.name.split("."), root)
        elif isinstance(node, ast.ImportFrom):
            above = list(package[: len(package) - node.level + 1]) if node.level else []
            module = above + (node.module.split(".") if node.module else [])
            for name in node.names:  # each may be a module, or something in one
                yield from _files([*module, name.name], root)


def _files(parts: list[str], root: Path) -> Iterator[Path]:
    """Give what Python runs to import a name: each package above it, and the module itself."""
    for end in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:end])
        for file in (place / "__init__.py", place.with_suffix(".py")):
            if file.is_file():
                yield file
