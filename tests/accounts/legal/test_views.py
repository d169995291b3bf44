"""The documents' pages: every version, exactly as it was signed, and what changed."""

import pytest
from django.test import Client

from accounts.legal.documents import current


@pytest.mark.parametrize("name", ["terms", "privacy"])
def test_a_document_is_shown_with_its_versions(client: Client, db: None, name: str) -> None:
    page = client.get(f"/{name}").content.decode()
    edition = next(each for each in current() if each.document == name)
    assert edition.digest in page
    assert page.count("<h1>") == 1
    assert "<h2>" in page


def test_what_a_message_names_is_there_and_nothing_else_is(client: Client, db: None) -> None:
    for each in current():
        assert client.get(each.path).status_code == 200
        assert client.get(f"{each.page}/{'0' * 64}").status_code == 404
        assert client.get(f"/{each.document}/99").status_code == 404
        assert client.get(f"/{each.document}/0").status_code == 200
        assert client.get(f"/{each.document}/1/changes").status_code == 404


def test_an_older_version_says_so_and_the_changes_are_marked(client: Client, second_terms: None, db: None) -> None:
    assert "holds no more" in client.get("/terms/1").content.decode()
    assert "holds no more" not in client.get("/terms").content.decode()
    page = client.get("/terms/2/changes").content.decode()
    gone, new = page.partition("<del>")[2], page.partition("<ins>")[2]
    assert "You may stop at any time" in gone.partition("</del>")[0]
    assert "You may stop whenever you like" in new.partition("</ins>")[0]
    assert page.count("<del>") == page.count("<ins>") == 1


def test_the_operator_is_named(client: Client, db: None, settings) -> None:  # type: ignore[no-untyped-def]
    assert "has not given a name" in client.get("/terms").content.decode()
    settings.OPERATOR = {"name": "Citrus & Co", "contact": "hello@example.org"}
    assert "Citrus &amp; Co, hello@example.org" in client.get("/privacy").content.decode()
    assert "By signing you accept" in client.get("/sign-in").content.decode()
