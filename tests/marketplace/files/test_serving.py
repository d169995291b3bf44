"""How files are given out."""

from __future__ import annotations

from email.message import Message

import pytest

from marketplace.files.cids import cid_of
from marketplace.files.models import Kind, StoredFile
from marketplace.files.serving import answer_file


def stored(kind: Kind, content: bytes) -> StoredFile:
    return StoredFile(cid=cid_of(content), content=content, kind=kind, size=len(content))


@pytest.mark.parametrize(
    ("kind", "header"),
    [(Kind.PNG, "image/png"), (Kind.JPEG, "image/jpeg"), (Kind.TEXT, "text/plain; charset=utf-8")],
)
def test_a_file_is_saved_as_what_it_is_and_runs_nowhere(kind: Kind, header: str) -> None:
    answer = answer_file(stored(kind, b"<script>alert(1)</script>"), "a.txt")
    assert answer["Content-Type"] == header
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert {"default-src 'none'", "sandbox"} <= set(answer["Content-Security-Policy"].split("; "))
    assert answer["Content-Disposition"] == 'attachment; filename="a.txt"'
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("name", ['a"; filename="b.html.txt', "שלום.png", "a\\b.txt", "日本.jpg", "a;b=c.txt"])
def test_an_odd_name_stays_one_name(name: str) -> None:
    said = Message()
    said["Content-Disposition"] = answer_file(stored(Kind.TEXT, b"a"), name)["Content-Disposition"]
    assert said.get_filename() == name
    assert said.get_content_disposition() == "attachment"
