"""Reports of what is not there any more, odd addresses, and exports of the log that somebody has written."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.test import Client

from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.ground.log import START, hash_of
from marketplace.listings.versions import MetadataDocument, Version
from marketplace.moderation.claiming import open_own_case
from marketplace.people.models import Profile
from marketplace.reports.locations import content_at
from marketplace.reports.models import Report
from marketplace.reports.verify_log import check_anchor, main
from tests.factories.marketplace import listing
from tests.marketplace.community.talk import owned, person, say
from tests.moderators import make_moderator

ODD = ("%00", "..%2f..", "%F0%9F%92%A9", "a" * 194, "0x" + "a" * 39, "%ED%A0%80", "1' or '1'='1", "0" * 24, "\u202e")
KINDS = ("listing", "version", "review", "answer", "comment", "profile", "account", "nonsense")


@pytest.fixture
def _real_comments() -> None:
    """Comments as they are, in place of the one that the other tests here report."""
    from marketplace.community.taking_out import KIND
    from marketplace.ground.contents import register

    register(KIND)


@pytest.mark.django_db
@pytest.mark.usefixtures("_real_comments")
@pytest.mark.parametrize("content", KINDS)
def test_odd_addresses_name_nothing(client: Client, content: str) -> None:
    for key in ODD:
        assert client.get(f"/report/{content}/{key}").status_code in (400, 404), key
        assert content_at(f"/report/{content}/{key}") is None


@pytest.mark.django_db
@pytest.mark.usefixtures("_real_comments")
def test_what_is_hidden_is_not_read_on_the_page_that_reports_it(client: Client) -> None:
    owned(person(1))
    said = say(person(2), "Unwanted words")
    page = f"/report/comment/{said.public_id}"
    assert "Unwanted words" in client.get(page).text
    hidden = ModerationDecision.objects.create(
        content=Content.COMMENT, key=said.public_id, action=Action.HIDE, category=Category.SPAM, reason="r"
    )
    said.decision = hidden
    said.save()
    answer = client.get(page)
    assert answer.status_code == 404
    assert "Unwanted words" not in answer.text
    Profile.objects.create(address=person(3).address, name="Unwanted name", decision=hidden)
    answer = client.get(f"/report/profile/{person(3).address}")
    assert answer.status_code == 404
    assert "Unwanted name" not in answer.text


@pytest.mark.django_db
@pytest.mark.usefixtures("_real_comments")
def test_what_was_deleted_is_not_read_there_either(client: Client) -> None:
    from marketplace.community.actions import delete_comment

    owned(person(1))
    said = say(person(2), "Deleted words")
    delete_comment(user=person(2), public_id=said.public_id)
    assert "Deleted words" not in client.get(f"/report/comment/{said.public_id}").text


@pytest.mark.django_db
def test_the_page_of_a_version_is_one_of_its_listing() -> None:
    listing("acme/tiny-embed")
    found = content_at("http://testserver/models/acme/tiny-embed/v/1.0.0")
    assert found is not None
    assert (found.content, found.key) == (Content.LISTING, "acme/tiny-embed")


def lines(tmp_path: Path, *entries: object) -> str:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in entries))
    return str(path)


def entry(number: object = 1, payload: str = '{"number":1}', previous: str = START) -> dict[str, object]:
    return {"number": number, "previous": previous, "hash": hash_of(previous, payload), "payload": payload}


ESCAPE = "\x1b[2JThe log is whole: 9 entries"


@pytest.mark.parametrize(
    "hostile",
    [
        entry(True, '{"number":true}'),
        entry(1.0, '{"number":1.0}'),
        entry([1]),
        entry("1"),
        entry(None),
        entry({"a": 1}),
        entry(ESCAPE),
        entry(1, "[1]"),
        entry(1, '"text"'),
        entry(1, json.dumps({"number": ESCAPE})),
        "[" * 100_000,
        "[]",
        "null",
        '{"number":1,"previous":7,"hash":"","payload":""}',
    ],
)
def test_a_hostile_export_is_no_log_and_no_crash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], hostile: object
) -> None:
    assert main([lines(tmp_path, hostile)]) == 1
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "NOT as it was" in said


def test_bytes_that_are_no_text_are_no_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\xff\xfe{}\n")
    assert main([str(path)]) == 1
    assert "NOT as it was" in capsys.readouterr().out


@pytest.mark.django_db
def test_what_is_reported_of_a_version_is_a_case_of_its_own(client: Client) -> None:
    made = listing("acme/tiny-embed")
    document = MetadataDocument.objects.create(cid="bafy", content=b"{}")
    Version.objects.create(listing=made, number="1.0.0", metadata=document)
    for key in ("acme/tiny-embed@9.9.9", "acme/tiny-embed@", "acme/tiny-embed", "acme/none@1.0.0", "@"):
        assert client.get(f"/report/version/{key}").status_code == 404, key
    page = client.get("/report/version/Acme/tiny-embed@1.0.0")
    assert "acme/tiny-embed 1.0.0" in page.text
    client.force_login(person(5))
    form = {"category": "malware", "text": "Its files open a shell."}
    assert client.post("/report/version/acme/tiny-embed@1.0.0", form).status_code == 302
    report = Report.objects.get()
    assert (report.content, report.key, report.title) == ("version", "acme/tiny-embed@1.0.0", "acme/tiny-embed 1.0.0")
    assert report.case is not None
    moderator = make_moderator("0x" + "7" * 40)
    opened = open_own_case(moderator=moderator, content="version", key="acme/tiny-embed@1.0.0")
    assert opened == report.case


@pytest.mark.parametrize("answer", [[], None, {}, {"result": None}, {"result": "0x"}, {"result": "0x" + ESCAPE * 9}])
def test_a_hostile_node_says_nothing(monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    def answered(*_given: object, **_options: object) -> io.BytesIO:
        return io.BytesIO(json.dumps(answer).encode())

    monkeypatch.setattr("urllib.request.urlopen", answered)
    with pytest.raises(SystemExit) as refused:
        check_anchor({}, "http://node.example", "0x" + "1" * 40)
    assert "\x1b" not in str(refused.value)
