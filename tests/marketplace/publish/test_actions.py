"""Drafts: whatever is typed is kept, two who write at once lose nothing, and everything can be asked for twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django_q.models import OrmQ
from pytest_django import DjangoDbBlocker

from accounts.models import Account, User
from marketplace.checks.models import Check, Inspection
from marketplace.files.blobs import Blob, Upload
from marketplace.files.errors import BadPathError
from marketplace.manifest.reading import read_toml
from marketplace.publish import actions
from marketplace.publish.errors import (
    ChangedElsewhereError,
    DraftNotFoundError,
    DraftRefusedError,
    FolderTakenError,
    PathTakenError,
    TooManyDraftsError,
)
from marketplace.publish.finding import drafts_of, own_draft, shared_draft
from marketplace.publish.models import Draft, DraftFile
from marketplace.publish.naming import choose_owner
from marketplace.publish.shaping import as_parts

from .conftest import MANIFEST, keep

WRITER, OTHER = "0x" + "a1" * 20, "0x" + "b2" * 20


@pytest.fixture
def writer(db: None) -> User:
    return User.objects.create(address=WRITER)


def save(user: User, draft: Draft, revision: int, tab: str = "", **parts: Any) -> Draft:
    return actions.save_draft(user=user, draft_id=draft.pk, revision=revision, manifest=parts, tab=tab)


def test_what_is_half_typed_is_kept_and_the_same_again_changes_nothing(writer: User) -> None:
    draft = actions.create_draft(user=writer)
    half = [{"kind": "pass", "price": "0.", "currency": "ET"}]
    saved = save(writer, draft, 0, plans=half, model={"name": "a b", "version": "1"})
    assert (saved.revision, saved.manifest["plans"]) == (1, half)
    assert save(writer, draft, 0, plans=half).revision == 1
    assert own_draft(writer, draft.pk).manifest["model"] == {"name": "a b", "version": "1"}


def test_two_devices_lose_nothing(writer: User) -> None:
    draft = actions.create_draft(user=writer, manifest={"terms": "One", "model": {"name": "x"}})
    save(writer, draft, 0, tab="desk", terms="Two")
    # Another part on top of the older revision goes well.
    assert save(writer, draft, 0, tab="phone", model={"name": "y"}).revision == 2
    with pytest.raises(ChangedElsewhereError) as caught:
        save(writer, draft, 0, tab="phone", terms="Three", model={"name": "z"})
    assert caught.value.data["parts"] == ["terms"]
    assert caught.value.data["revision"] == 2
    assert own_draft(writer, draft.pk).manifest == {"terms": "Two", "model": {"name": "y"}}
    # A page cannot overtake itself.
    assert save(writer, draft, 0, tab="desk", terms="Four").manifest["terms"] == "Four"
    assert save(writer, draft, 3, tab="phone", terms="Three").manifest["terms"] == "Three"


@pytest.mark.parametrize(
    "manifest",
    [
        {"secret": 1},
        {"model": "no table"},
        {"plans": {"a": 1}},
        {"terms": "x" * 100_001},
        {"plans": [{"a": {"b": {"c": {"d": {"e": 1}}}}}]},
        {"model": {"k" * 41: 1}},
        {"model": {"parameters": 2**70}},
        {"splits": [{}] * 1_001},
        {"model": {"examples": ["x" * 90_000] * 4}},
    ],
)
def test_what_cannot_be_kept_is_refused(writer: User, manifest: dict[str, Any]) -> None:
    draft = actions.create_draft(user=writer)
    with pytest.raises(DraftRefusedError):
        save(writer, draft, 0, **manifest)
    assert own_draft(writer, draft.pk).revision == 0


def test_a_file_of_a_manifest_replaces_all_that_was_said(writer: User) -> None:
    draft = actions.create_draft(user=writer, manifest=MANIFEST)
    read = read_toml('schema = 1\n[model]\nname = "writer/new"\nversion = "2.0.0"\n')
    saved = save(writer, draft, 0, **as_parts(read))
    assert saved.manifest["model"]["name"] == "writer/new"
    assert (saved.manifest["plans"], saved.manifest["terms"]) == ([], "")


def test_another_ones_draft_is_not_there(writer: User) -> None:
    other = User.objects.create(address=OTHER)
    draft = actions.create_draft(user=writer)
    for attempt in (
        lambda: own_draft(other, draft.pk),
        lambda: save(other, draft, 0, terms="Mine"),
        lambda: actions.delete_draft(user=other, draft_id=draft.pk),
        lambda: actions.share_draft(user=other, draft_id=draft.pk, shared=True),
        lambda: own_draft(writer, "no id"),
        lambda: shared_draft(""),
    ):
        with pytest.raises(DraftNotFoundError):
            attempt()


def test_a_link_is_made_and_taken_back(writer: User) -> None:
    draft = actions.create_draft(user=writer)
    key = actions.share_draft(user=writer, draft_id=draft.pk, shared=True).share_key
    assert actions.share_draft(user=writer, draft_id=draft.pk, shared=True).share_key == key
    assert shared_draft(key) == draft
    actions.share_draft(user=writer, draft_id=draft.pk, shared=False)
    with pytest.raises(DraftNotFoundError):
        shared_draft(key)


def test_a_deleted_draft_comes_back_or_goes_for_good(writer: User) -> None:
    draft = actions.create_draft(user=writer, manifest=MANIFEST)
    DraftFile.objects.create(draft=draft, path="a.json", blob=keep(b"{}"))
    save(writer, draft, 0, terms="New")
    actions.delete_draft(user=writer, draft_id=draft.pk)
    assert not drafts_of(writer).exists()
    actions.restore_draft(user=writer, draft_id=draft.pk)
    actions.restore_draft(user=writer, draft_id=draft.pk)
    assert drafts_of(writer).get().files.count() == 1
    copy = actions.duplicate_draft(user=writer, draft_id=draft.pk)
    assert (copy.manifest["model"]["name"], copy.manifest["terms"], copy.files.count()) == ("", "New", 1)
    actions.discard_draft(draft=own_draft(writer, draft.pk))
    assert not Inspection.objects.filter(pk=draft.subject).exists()
    assert not Check.objects.filter(subject=draft.subject).exists()
    assert Blob.objects.exists()


def test_a_user_keeps_so_many_drafts(writer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_DRAFTS", 2)
    drafts = [actions.create_draft(user=writer) for _ in range(2)]
    with pytest.raises(TooManyDraftsError):
        actions.create_draft(user=writer)
    actions.delete_draft(user=writer, draft_id=drafts[0].pk)
    actions.create_draft(user=writer)
    with pytest.raises(TooManyDraftsError):
        actions.restore_draft(user=writer, draft_id=drafts[0].pk)


def test_files_come_are_moved_and_go(writer: User) -> None:
    draft = actions.create_draft(user=writer)
    upload = Upload.objects.create(user=writer, path="m.gguf", size=7)
    own: dict[str, Any] = {"user": writer, "draft_id": draft.pk}
    actions.attach_file(**own, path="m.gguf", upload_id=upload.pk)
    assert actions.attach_file(**own, path="m.gguf", upload_id=upload.pk).blob is None
    upload.blob = keep(b"weights")
    upload.save()
    actions.take_kept(upload)
    actions.take_kept(upload)
    assert draft.files.get().blob == upload.blob
    assert Inspection.objects.get(pk=draft.subject).files[0][0] == "m.gguf"
    with pytest.raises(PathTakenError):
        actions.attach_file(**own, path="M.GGUF", upload_id=upload.pk)
    for inside in ("m.gguf/x", "M.gguf/a/b"):
        with pytest.raises(FolderTakenError):
            actions.attach_file(**own, path=inside, upload_id=upload.pk)
    with pytest.raises(BadPathError):
        actions.rename_file(**own, path="m.gguf", to="../m.gguf")
    actions.rename_file(**own, path="m.gguf", to="m.gguf/M.gguf")
    actions.rename_file(**own, path="m.gguf/M.gguf", to="weights/M.gguf")
    for outside in ("weights", "WEIGHTS"):
        with pytest.raises(FolderTakenError):
            actions.attach_file(**own, path=outside, upload_id=upload.pk)
    for beside in ("weights-2", "weights/M", "weight%"):
        actions.attach_file(**own, path=beside, upload_id=upload.pk)
        actions.remove_file(**own, path=beside)
    assert draft.files.get().path == "weights/M.gguf"
    theirs = Upload.objects.create(user=User.objects.create(address=OTHER), path="x", size=1)
    with pytest.raises(DraftNotFoundError):
        actions.attach_file(**own, path="x", upload_id=theirs.pk)
    actions.remove_file(**own, path="weights/M.gguf")
    actions.remove_file(**own, path="weights/M.gguf")
    assert not draft.files.exists()


@pytest.fixture
def committed_writer(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    """A user in a row that other threads see."""
    with django_db_blocker.unblock():
        user = User.objects.create(address=WRITER)
        try:
            yield user
        finally:
            Draft.objects.filter(user__address=WRITER).delete()
            Upload.objects.filter(user__address=WRITER).delete()
            Inspection.objects.all().delete()
            Check.objects.all().delete()
            OrmQ.objects.all().delete()
            Account.objects.filter(user__address=WRITER).delete()
            User.objects.filter(address=WRITER).delete()
            connection.close()


def at_once(attempt: Callable[[int], Any], times: int = 6) -> list[Any]:
    """Do something several times at once; what is refused comes back as its error."""

    def run(number: int) -> Any:
        try:
            return attempt(number)
        except (ChangedElsewhereError, TooManyDraftsError, PathTakenError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def test_writes_at_once_are_one_after_the_other(committed_writer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    user = committed_writer
    monkeypatch.setattr(actions, "MOST_DRAFTS", 2)
    made = at_once(lambda _number: actions.create_draft(user=user))
    assert sum(isinstance(each, Draft) for each in made) == 2
    draft = next(each for each in made if isinstance(each, Draft))
    saved = at_once(lambda number: save(user, draft, 0, tab=f"t{number}", terms=f"Text {number}"))
    assert sum(isinstance(each, Draft) for each in saved) == 1
    assert own_draft(user, draft.pk).revision == 1
    parts: list[dict[str, Any]] = [{"terms": "x"}, {"card": {"text": "y"}}, {"model": {"task": "z"}}]
    other = at_once(lambda number: save(user, draft, 1, **parts[number]), 3)
    assert all(isinstance(each, Draft) for each in other)
    assert set(own_draft(user, draft.pk).manifest) == {"terms", "card", "model"}
    upload = Upload.objects.create(user=user, path="a", size=1)
    attach: dict[str, Any] = {"user": user, "draft_id": draft.pk, "upload_id": upload.pk}
    at_once(lambda number: actions.attach_file(**attach, path=["a.bin", "A.bin"][number % 2]))
    assert draft.files.count() == 1
    at_once(lambda _number: actions.share_draft(user=user, draft_id=draft.pk, shared=True))
    keys = set(Draft.objects.filter(pk=draft.pk).values_list("share_key", flat=True))
    assert len(keys) == 1
    at_once(lambda _number: choose_owner(user=user, name="at-once"))
    assert Account.objects.filter(user=user).count() == 1
