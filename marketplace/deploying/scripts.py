"""What downloads and checks files by a program: one line for one file, a script for a whole folder, and checksums."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from marketplace.listings.versions import VersionFile

HEAD = """#!/bin/sh
# {name} {version}: {count} files, {size} bytes. Good until {until} UTC; run it again with a new copy to go on
# where it stopped: what is whole is kept, what is half is resumed.
set -eu
mkdir -p {folder}
cd {folder}
get() {{
  mkdir -p "$(dirname "./$1")"
  if [ -f "./$1" ] && echo "$2  ./$1" | sha256sum -c --status -; then return; fi
  curl -fL --retry 3 -C - -o "./$1" "$3"
}}
"""


def curl_line(file: VersionFile, url: str) -> str:
    """Return the one line that downloads a file, resumes it where it was, and checks it."""
    name = file.path.rpartition("/")[2]
    checked = shlex.quote(f"{file.blob_id}  ./{name}")
    return f"curl -fL -C - -o {shlex.quote(f'./{name}')} {shlex.quote(url)} && echo {checked} | sha256sum -c -"


def sums_of(files: Iterable[VersionFile]) -> str:
    """Return the checksums of a folder, as ``sha256sum -c`` reads them."""
    return "".join(f"{each.blob_id}  {each.path}\n" for each in files)


def folder_script(*, name: str, version: str, until: str, files: Sequence[tuple[VersionFile, str]]) -> str:
    """Return the script that downloads a whole folder by links, and checks it."""
    folder = name.partition("/")[2]
    size = sum(file.blob.size for file, _url in files)
    words = {"name": name, "version": version, "until": until, "folder": shlex.quote(f"./{folder}")}
    lines = [HEAD.format(count=len(files), size=size, **words)]
    lines += [f"get {shlex.join([file.path, file.blob_id, url])}\n" for file, url in files]
    # Quoted, so that nothing in a name is the shell's.
    lines.append(f"sha256sum -c - <<'CITRATE_SUMS'\n{sums_of(file for file, _url in files)}CITRATE_SUMS\n")
    return "".join(lines)
