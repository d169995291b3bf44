"""The files of a release in a real browser: whoever owns it downloads, and the page verifies what came."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, expect
from pytest_django import DjangoDbBlocker

from accounts.models import Account, User
from marketplace.files.blobs import Blob
from marketplace.listings.models import Listing
from marketplace.listings.publishing import publish_version
from marketplace.listings.records import Record
from marketplace.listings.versions import MetadataDocument, Version, VersionFile
from tests.factories.releases import add_files
from tests.factories.tiny_model import tiny_model

from .browsing import COLOUR_RULES, opened, overflow, shoot, violations
from .server import running

NAME = "flow-corner/tiny"
PAGE = f"/models/{NAME}/files"
OWNER = "0x" + "d" * 40


@pytest.fixture
def session(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The session of somebody who owns a release with files, in rows that the server sees; taken back afterwards."""
    # In a thread of their own: the browser's loop is this one's.
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as apart:
        key = apart.submit(_make).result()
        try:
            yield key
        finally:
            apart.submit(_take_back).result()


def _make() -> str:
    user = User.objects.create(address=OWNER)
    account = Account.objects.create(name="flow-corner", user=user)
    record = Record.model_validate({"name": NAME, "task": "text-generation", "license": "apache-2.0"})
    version = publish_version(owner=account, record=record, number="1.0.0", summary="Tiny.", terms="")
    add_files(version, tiny_model())
    client = Client()
    client.force_login(user)
    connection.close()
    return str(client.cookies["sessionid"].value)


def _take_back() -> None:
    version = Version.objects.get(listing__name=NAME)
    files = VersionFile.objects.filter(version=version)
    kept = list(files.values_list("blob", flat=True))
    files.delete()
    Blob.objects.filter(pk__in=kept).delete()
    version.delete()
    Listing.objects.filter(name=NAME).delete()
    MetadataDocument.objects.filter(pk=version.metadata_id).delete()
    Account.objects.filter(name="flow-corner").delete()
    User.objects.filter(address=OWNER).delete()
    Session.objects.all().delete()
    connection.close()


@pytest.fixture
def files_site(session: str, tmp_path: Path, settings: Any) -> Iterator[str]:
    with running(tmp_path, MODEL_FILES=str(settings.MODEL_FILES)) as address:
        yield address


@pytest.mark.long(60)
def test_an_owner_downloads_a_file_that_the_page_verifies(
    browser: Browser, files_site: str, session: str, tmp_path: Path
) -> None:
    with opened(browser, files_site) as (page, _guard):
        page.goto(PAGE)
        expect(page.get_by_text("Sign in if you have one")).to_be_visible()
        assert violations(page) == []
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": files_site}])
        page.goto(PAGE)
        shoot(page, "files")
        assert violations(page) == []
        page.emulate_media(color_scheme="dark")
        assert violations(page, COLOUR_RULES) == []
        with page.expect_download() as saving:
            page.get_by_role("link", name="Download config.json").click()
        expect(page.get_by_text("Verified: its sha256 is the one above.")).to_be_visible()
        saving.value.save_as(tmp_path / "config.json")
        assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "llama"
        page.get_by_label("Check a file that you have").set_input_files(tmp_path / "config.json")
        expect(page.get_by_text("This is config.json, unchanged.")).to_be_visible()
    with opened(browser, files_site, width=360) as (page, _guard):
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": files_site}])
        page.goto(PAGE)
        shoot(page, "files-360")
        assert overflow(page) <= 0
