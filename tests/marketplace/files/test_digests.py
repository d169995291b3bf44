"""Both hashes of a file, made side by side while it is written."""

import hashlib
import os

import pytest

from marketplace.files.digests import BROKEN, Digest
from marketplace.files.unixfs import CHUNK, Tree

CONTENT = os.urandom(3 * CHUNK + 5)


def test_both_hashes_are_those_of_all_bytes() -> None:
    digest, tree = Digest(), Tree()
    tree.update(CONTENT)
    written = []
    for at in range(0, len(CONTENT), 200_000):
        pieces = [CONTENT[at : at + 70_000], CONTENT[at + 70_000 : at + 200_000]]
        with digest.taking(pieces):
            written += pieces
    assert b"".join(written) == CONTENT
    assert digest.size == len(CONTENT)
    assert digest.finish() == (hashlib.sha256(CONTENT).hexdigest(), tree.finish(), len(CONTENT))


def test_what_could_not_be_written_leaves_no_digest() -> None:
    digest = Digest()
    digest.update(CONTENT)
    with pytest.raises(OSError, match="full"), digest.taking([CONTENT]):
        raise OSError("full")
    assert digest.size == BROKEN


def test_a_process_that_is_forked_hashes_with_threads_of_its_own() -> None:
    Digest().update(CONTENT)  # the parent has threads, and the child none of them
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        try:
            digest = Digest()
            digest.update(CONTENT)
            os.write(writing, digest.finish().sha256.encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as said:
        assert said.read() == hashlib.sha256(CONTENT).hexdigest()
