"""What a document on chain may say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from marketplace.listings.metadata import MOST_BYTES, canonical
from marketplace.unclaimed.documents import InvalidDocumentError, read_document, says_of_named

GOOD: dict[str, Any] = {
    "name": "acme/contracts",
    "version": "1.0.0",
    "summary": "Summarises legal contracts in German.",
    "task": "summarization",
    "license": "apache-2.0",
    "files": [{"path": "model.safetensors", "size": 10, "sha256": "a" * 64}],
    "terms": "None.",
}


def test_a_good_document() -> None:
    found = read_document(canonical(GOOD))
    assert (found.name, found.version, found.task, found.files) == ("acme/contracts", "1.0.0", "summarization", 1)
    assert found.summary == GOOD["summary"]


def test_what_nobody_knows_is_left_alone() -> None:
    assert read_document(canonical({**GOOD, "later": {"x": [1, 2]}})).name == "acme/contracts"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"name":NaN}',
        b'{"name":Infinity}',
        b'{"name":1e999}',
        b'{"name":"acme/x","name":"acme/y"}',
        b'{"name":"\\ud800"}',
        b'{"name":"a\\u0000b"}',
        json.dumps(GOOD).encode(),
        canonical(GOOD) + b"\n",
        b"\xef\xbb\xbf" + canonical(GOOD),
        canonical({**GOOD, "pad": "x" * MOST_BYTES}),
        canonical({**GOOD, "name": "<script>alert(1)</script>/x"}),
        canonical({**GOOD, "name": "acme"}),
        canonical({**GOOD, "name": "acme/../x"}),
        canonical({**GOOD, "name": "acme/x\n"}),
        canonical({**GOOD, "name": "a" * 190 + "/bcd"}),
        canonical({**GOOD, "name": ["acme/x"]}),
        canonical({**GOOD, "version": "one"}),
        canonical({**GOOD, "version": "1.0"}),
        canonical({**GOOD, "version": "1.0.0\n"}),
        canonical({**GOOD, "task": "Text Generation"}),
        canonical({**GOOD, "summary": ""}),
        canonical({**GOOD, "summary": "x" * 501}),
        canonical({**GOOD, "summary": {"html": "<b>"}}),
        canonical({**GOOD, "files": "model.safetensors"}),
        canonical({**GOOD, "files": [{"path": "", "size": 1, "sha256": "a" * 64}]}),
        canonical({**GOOD, "files": [{"path": "x", "size": -1, "sha256": "a" * 64}]}),
        canonical({**GOOD, "files": [{"path": "x", "size": 1, "sha256": "zz"}]}),
        canonical({**GOOD, "files": [{"path": "x", "size": True, "sha256": "a" * 64}]}),
        canonical({**GOOD, "files": GOOD["files"] * 1_001}),
        canonical({**GOOD, "card": "javascript:alert(1)"}),
    ],
)
def test_what_is_none_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(InvalidDocumentError) as refused:
        read_document(content)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("named", ["", "https://example.org/x.json", "ipfs://Qm1", "ipfs://bafkrei‮x", "x" * 256])
def test_what_is_no_address_is_told_with_what_to_do(named: str) -> None:
    assert "ipfs://" in says_of_named(named)
    assert "\u202e" not in says_of_named(named)
