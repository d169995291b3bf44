"""Where things lie on this machine."""

import fcntl
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
SOCKET_PATH_BYTES = 103  # macOS allows one less than 104, Linux 107
LONGEST_SOCKET_NAME = ".s.PGSQL.5432.lock"


@contextmanager
def exclusive(folder: Path) -> Iterator[int]:
    """Let one process at a time change what lies in ``folder``; the others wait.

    Gives the descriptor of the lock: a child that inherits it holds the lock until it has ended itself.
    """
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield held
    finally:
        os.close(held)


def venv_python() -> Path:
    """Return the virtual environment's interpreter."""
    return VENV / "bin" / "python"


def demo_dir() -> Path:
    """Return the folder of the demo: what ``DEMO_DIR`` says, else ``.demo`` in this tree."""
    return Path(os.environ.get("DEMO_DIR", ROOT / ".demo")).expanduser().resolve()


def private_dir(path: Path, owner: int | None = None) -> Path:
    """Make ``path`` a directory that only the user id ``owner`` (by default this process's) may enter; return it."""
    owner = os.geteuid() if owner is None else owner
    if not path.exists():
        path.mkdir(parents=True, mode=0o700)
        os.chown(path, owner, -1)
    if path.is_symlink() or path.stat().st_uid != owner:
        raise Trouble(f"{path} belongs to another user; choose another folder by setting DEMO_DIR.")
    path.chmod(0o700)
    return path


def kept_secret(path: Path) -> str:
    """Return the secret in a file, made once and readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_urlsafe(50))
        unfinished.rename(path)
    return path.read_text()


def socket_dir(home: Path) -> Path:
    """Return a directory for the sockets of what lives in ``home``: inside it, or a short one where that is too deep.

    A socket's whole path has to fit in about a hundred bytes.
    """
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    short = f"citrate-{os.geteuid()}-{digest}"
    for folder in (home / "run", Path(tempfile.gettempdir()) / short):
        if len(os.fsencode(folder / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_BYTES:
            return folder
    return Path("/tmp") / short  # noqa: S108  the name may be guessed, but private_dir refuses what others made
