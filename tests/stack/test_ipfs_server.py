"""A real node: what it keeps comes back through a second one, whatever happens to either."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.files.cids import cid_of
from marketplace.files.unixfs import Tree
from marketplace.pinning.node import Node, NodeError, NodeFullError, NotThereError, TooLargeError, TooSlowError
from stack import engine
from stack.ipfs_blocks import FRESH
from tests.stack.ipfs_nodes import IpfsProcess, ipfs_process
from tests.waiting import until

DOCUMENT = b'{"name":"acme/contracts","version":"1.0.0"}'

pytestmark = pytest.mark.xdist_group("ipfs")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IpfsProcess]:
    """The node that keeps."""
    with ipfs_process(tmp_path_factory.mktemp("ours")) as running:
        yield running


@pytest.fixture(scope="module")
def other(ours: IpfsProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IpfsProcess]:
    """Somebody else's node, connected to it."""
    with ipfs_process(tmp_path_factory.mktemp("other")) as running:
        running.node.connect(ours.node.addresses()[0])
        yield running


def kept(node: Node, content: bytes) -> str:
    """Bring a file and have it pinned."""
    with node:
        tree = Tree(node.put)
        tree.update(content)
        cid = tree.finish()
        node.pin(cid)
    return cid


def test_a_document_comes_back_through_a_second_node(ours: IpfsProcess, other: IpfsProcess) -> None:
    cid = kept(ours.node, DOCUMENT)
    assert cid == cid_of(DOCUMENT)
    assert ours.node.holds(cid)
    assert not other.node.holds(cid)
    assert other.node.fetch(cid, seconds=20, most=1000) == DOCUMENT


def test_a_file_of_many_blocks_comes_back_through_a_second_node(ours: IpfsProcess, other: IpfsProcess) -> None:
    content = os.urandom(50 * 2**20 + 12_345)  # beyond 174 leaves: two levels of nodes
    cid = kept(ours.node, content)
    assert ours.node.holds(cid)
    assert other.node.fetch(cid, seconds=60, most=len(content)) == content


def test_what_nobody_has_ends_in_time_and_does_not_hold_others_up(ours: IpfsProcess, other: IpfsProcess) -> None:
    started = time.monotonic()
    with pytest.raises(TooSlowError):
        other.node.fetch(cid_of(b"nobody has this"), seconds=1.5, most=1000)
    assert time.monotonic() - started < 6
    there = kept(ours.node, b"there")
    assert other.node.fetch(there, seconds=20, most=1000) == b"there"


def test_what_a_peer_asked_for_before_it_was_there_is_pinned_and_served(ours: IpfsProcess, other: IpfsProcess) -> None:
    late = b"late"
    with pytest.raises(TooSlowError):
        other.node.fetch(cid_of(late), seconds=1.5, most=1000)
    cid = kept(ours.node, late)
    assert ours.node.holds(cid)
    other.node.connect(ours.node.addresses()[0])
    assert other.node.fetch(cid, seconds=20, most=1000) == late


def test_what_is_too_large_is_not_read(ours: IpfsProcess, other: IpfsProcess) -> None:
    large = kept(ours.node, b"x" * 2**20)
    with pytest.raises(TooLargeError):
        other.node.fetch(large, seconds=20, most=2**18)
    with pytest.raises(TooLargeError):
        ours.node.fetch(large, seconds=20, most=2**18)


def test_a_lost_block_is_noticed_and_brought_again(ours: IpfsProcess) -> None:
    content = os.urandom(3 * 2**18)
    cid = kept(ours.node, content)
    next(path for path in ours.blocks.glob("*/*.data") if path.read_bytes() == content[: 2**18]).unlink()
    assert not ours.node.holds(cid)
    assert kept(ours.node, content) == cid
    assert ours.node.holds(cid)


def test_a_damaged_document_is_noticed(ours: IpfsProcess) -> None:
    content = b"a document of its own"
    cid = kept(ours.node, content)
    path = next(path for path in ours.blocks.glob("*/*.data") if path.read_bytes() == content)
    path.write_bytes(b"A document of its own")
    assert not ours.node.holds(cid)
    assert kept(ours.node, content) == cid
    assert ours.node.holds(cid)


def test_pins_outlive_every_end_and_a_stale_lock(tmp_path: Path) -> None:
    with ipfs_process(tmp_path / "node") as running:
        cid = kept(running.node, DOCUMENT)
        assert running.end() == 0
        running.start()
        assert running.node.holds(cid)
        running.end(kill=True)
        assert (running.home / "repository" / "repo.lock").exists()
        running.start()
        assert running.node.holds(cid)
        assert running.node.fetch(cid, seconds=5, most=1000) == DOCUMENT


def test_nothing_of_it_outlives_it(tmp_path: Path) -> None:
    with ipfs_process(tmp_path / "node") as running:
        running.end(kill=True)
        until(lambda: not children_of(tmp_path), lambda: children_of(tmp_path), 10)


def children_of(folder: Path) -> str:
    """Return the processes whose command names a folder."""
    listed = subprocess.run(["/bin/ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in listed.splitlines() if str(folder) in line and "ipfs_child" in line)


def test_space_comes_back_once_nothing_uses_it(tmp_path: Path) -> None:
    with ipfs_process(tmp_path / "node", storage=2**22) as running:
        shared, own = os.urandom(2**18), os.urandom(2**18)
        both, one = kept(running.node, shared + own), kept(running.node, shared)
        running.node.unpin(both)
        for path in running.blocks.glob("*/*.data"):
            os.utime(path, (time.time() - 2 * FRESH,) * 2)
        before = running.node.room()
        running.node.sweep()
        room = running.node.room()
        assert room.used < before.used - 2**18 + 1000
        assert running.node.holds(one)
        assert not running.node.holds(both)
        assert room.most == 2**22
        with pytest.raises(NodeFullError):
            kept(running.node, os.urandom(2**22))


def test_a_wrong_call_is_refused_in_words(ours: IpfsProcess) -> None:
    with pytest.raises(NodeError, match="no CIDv1"):
        ours.node.pin("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG")  # pragma: allowlist secret
    with pytest.raises(NotThereError):
        ours.node.pin(cid_of(b"not here at all"))
    with pytest.raises(NodeError):
        ours.node.connect("/ip4/127.0.0.1/tcp/1/p2p/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG")
    with pytest.raises(NodeError, match="no such call"):
        ours.node._call("config/show", {})
    with pytest.raises(NodeError, match="form with one file"):
        ours.node._call("block/put", {}, body=b"x", kind="text/plain")
    assert ours.process
    assert ours.process.poll() is None


def test_it_listens_on_the_loopback_alone(ours: IpfsProcess) -> None:
    addresses = ours.node.addresses()
    assert addresses
    assert all(each.startswith("/ip4/127.0.0.1/tcp/") for each in addresses)
    assert ours.socket.stat().st_mode & 0o777 == 0o600


def test_its_environment_is_the_engines() -> None:
    assert engine.PYTHON.exists()
