"""A demo listing gets the files that its metadata names, and only those."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from accounts.models import Account, User
from inference.dedicated_files import plan_of
from marketplace.demo import files
from marketplace.demo.files import FILES, FIRST, keep_demo_files
from marketplace.demo.listings import LISTINGS
from marketplace.demo.seeding import _published
from marketplace.listings.versions import Version
from stack import engine

NAME = "pocket-lab/smollm2-chat"


@pytest.fixture
def version(db: None) -> Version:
    user = User.objects.create(address="0x" + "a" * 40)
    owner = Account.objects.create(name="pocket-lab", user=user)
    return _published(owner, next(each for each in LISTINGS if each.name == NAME))


@pytest.mark.long(30)
def test_the_weights_of_the_engines_are_the_release_that_the_metadata_names(version: Version) -> None:
    engine.ensure()
    [packages] = (engine.VENV / "lib").glob("python3*/site-packages")
    stated = json.loads(bytes(version.metadata.content))["files"]
    assert stated == [each.stated() for each in FILES[NAME]]
    assert keep_demo_files(packages) == 1
    assert keep_demo_files(packages) == 1, "again changes nothing"
    [file] = version.files.all()
    assert (file.path, file.blob.sha256) == (stated[0]["path"], stated[0]["sha256"])
    version.listing.refresh_from_db()
    assert version.listing.has_files
    assert plan_of(version).architecture == "llama"


def test_another_file_is_left_alone(version: Version, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert keep_demo_files(tmp_path) == 0
    [only] = FILES[NAME]
    (tmp_path / only.package).mkdir()
    (tmp_path / only.package / only.path).write_bytes(b"other")
    assert keep_demo_files(tmp_path) == 0
    changed = files.DemoFile(only.package, only.path, 5, only.sha256)
    monkeypatch.setattr(files, "FILES", {NAME: (changed,)})
    assert keep_demo_files(tmp_path) == 0
    assert version.number == FIRST
    assert not version.files.exists()
