"""What people do with their drafts. A draft keeps whatever is typed; what is wrong with it is asked elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from accounts.restrictions import Scope, refuse_restricted
from common.limits import limit
from contracts.names import DAY
from marketplace.files.blobs import Blob, Upload
from marketplace.files.paths import clean_path
from marketplace.listings.errors import NotTheOwnerError
from marketplace.listings.finding import find_listing
from marketplace.listings.versions import Version

from .checking import forget_checks, have_checked
from .errors import (
    ChangedElsewhereError,
    DraftNotFoundError,
    DraftOutError,
    DraftPublishedError,
    FolderTakenError,
    PathTakenError,
    TooManyDraftsError,
    TooManyFilesError,
)
from .hooks import tell_discarded
from .models import Draft, DraftFile
from .shaping import check_size, shaped

MOST_DRAFTS, MOST_FILES = 50, 1_000
DRAFTS_A_DAY = 100
MOST_TAB = 24


def create_draft(*, user: User, manifest: Mapping[str, Any] | None = None, listing: str = "") -> Draft:
    """Begin a draft of the user's own. Raises TooManyDraftsError, DraftRefusedError, TooManyError, RestrictedError."""
    refuse_restricted(user.address, Scope.PUBLISHING)
    limit(f"models-drafted:{user.address}", DRAFTS_A_DAY, DAY)
    said = shaped(manifest or {})
    check_size(said)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # the count stays true while two are begun at once
        if Draft.objects.of(user).filter(published_at=None).count() >= MOST_DRAFTS:
            raise TooManyDraftsError
        return Draft.objects.create(user=user, manifest=said, listing=listing)


@transaction.atomic
def save_draft(*, user: User, draft_id: UUID | str, revision: int, manifest: Mapping[str, Any], tab: str = "") -> Draft:
    """Keep the parts of the manifest that were changed on top of ``revision``; the same again changes nothing.

    A part that somebody has saved since is not overwritten, unless it was the same ``tab``, which cannot overtake
    itself: ChangedElsewhereError names it, and nothing is saved. Raises DraftRefusedError, DraftPublishedError,
    DraftNotFoundError.
    """
    draft, parts = _open(user, draft_id), shaped(manifest)
    changed = {part: value for part, value in parts.items() if draft.manifest.get(part) != value}
    if not changed:
        return draft
    if stale := sorted(part for part in changed if _is_stale(draft, part, revision, tab)):
        at = max(str(draft.changes[part]["at"]) for part in stale)
        raise ChangedElsewhereError(revision=draft.revision, parts=stale, at=at)
    _unmark(draft, changed)
    _write(draft, changed, tab)
    return draft


def _is_stale(draft: Draft, part: str, revision: int, tab: str) -> bool:
    last = draft.changes.get(part, {})
    return bool(last.get("revision", 0) > revision and not (tab and last.get("tab") == tab))


def _unmark(draft: Draft, changed: Mapping[str, Any]) -> None:
    """What a person has typed over is no longer what a file says."""
    before = draft.manifest
    for key in list(draft.filled):
        part, _point, name = key.partition(".")
        if part in changed and (changed[part] or {}).get(name) != (before.get(part) or {}).get(name):
            del draft.filled[key]


def _write(draft: Draft, changed: Mapping[str, Any], tab: str) -> None:
    now = timezone.now()
    draft.revision += 1
    draft.manifest = {**draft.manifest, **changed}
    check_size(draft.manifest)
    said = {"revision": draft.revision, "tab": tab[:MOST_TAB], "at": now.isoformat()}
    draft.changes = {**draft.changes, **dict.fromkeys(changed, said)}
    draft.updated_at = now
    draft.save(update_fields=["revision", "manifest", "changes", "filled", "updated_at"])
    have_checked(draft)


@transaction.atomic
def attach_file(*, user: User, draft_id: UUID | str, path: str, upload_id: UUID | str) -> DraftFile:
    """Put an upload of the user's, finished or not, under a path of the draft, in place of what stood there.

    Raises BadPathError, PathTakenError, TooManyFilesError, BlobGoneError, DraftPublishedError, DraftNotFoundError.
    """
    draft, path = _open(user, draft_id), clean_path(path)
    upload = _own_upload(user, upload_id)
    _refuse_taken(draft, path, but=path)
    there = DraftFile.objects.filter(draft=draft)
    if there.count() >= MOST_FILES and not there.filter(path=path).exists():
        raise TooManyFilesError
    if upload.blob_id:
        Blob.objects.hold(upload.blob_id)
    values = {"upload": upload, "blob_id": upload.blob_id}
    kept, _made = DraftFile.objects.update_or_create(draft=draft, path=path, defaults=values)
    _touch(draft)
    return kept


def take_kept(upload: Upload) -> None:
    """Give the files that wait for an upload its bytes; called in the transaction that kept them."""
    waiting = DraftFile.objects.filter(upload=upload, blob=None)
    drafts = list(Draft.objects.filter(pk__in=waiting.values("draft")).order_by("pk"))
    waiting.update(blob=upload.blob_id)
    for draft in drafts:
        have_checked(draft)


@transaction.atomic
def rename_file(*, user: User, draft_id: UUID | str, path: str, to: str) -> DraftFile:
    """Move a file of the draft. Raises as ``attach_file``."""
    draft, to = _open(user, draft_id), clean_path(to)
    found = DraftFile.objects.filter(draft=draft, path=path).first()
    if found is None:
        raise DraftNotFoundError
    _refuse_taken(draft, to, but=path)
    if to != path:
        found.path = to
        found.save(update_fields=["path"])
        _touch(draft)
    return found


@transaction.atomic
def remove_file(*, user: User, draft_id: UUID | str, path: str) -> None:
    """Take a file out of the draft; one that is not there changes nothing."""
    draft = _open(user, draft_id)
    if DraftFile.objects.filter(draft=draft, path=path).delete()[0]:
        _touch(draft)


@transaction.atomic
def share_draft(*, user: User, draft_id: UUID | str, shared: bool) -> Draft:
    """Make a link by which anybody may read the draft, or take it back. Said again it changes nothing."""
    draft = _locked(user, draft_id)
    if shared != bool(draft.share_key):
        draft.share_key = secrets.token_urlsafe(32) if shared else ""
        draft.save(update_fields=["share_key"])
    return draft


@transaction.atomic
def delete_draft(*, user: User, draft_id: UUID | str) -> None:
    """Put a draft away, for thirty days. Raises DraftOutError while a transaction of it may still come true."""
    draft = _locked(user, draft_id)
    if draft.publications.open().exclude(tx_hashes=[]).exists():
        raise DraftOutError
    draft.deleted_at, draft.share_key = timezone.now(), ""
    draft.save(update_fields=["deleted_at", "share_key"])


@transaction.atomic
def restore_draft(*, user: User, draft_id: UUID | str) -> Draft:
    """Bring back what was deleted. Raises TooManyDraftsError, DraftNotFoundError."""
    User.objects.select_for_update().get(pk=user.pk)
    draft = _locked(user, draft_id, deleted=True)
    if draft.deleted_at is None:
        return draft
    if Draft.objects.of(user).filter(published_at=None).count() >= MOST_DRAFTS:
        raise TooManyDraftsError
    draft.deleted_at = None
    draft.save(update_fields=["deleted_at"])
    return draft


@transaction.atomic
def discard_draft(*, draft: Draft) -> None:
    """Delete a draft for good, with its files' rows and what hangs on it."""
    tell_discarded(draft_id=draft.pk)
    forget_checks(draft)
    draft.delete()


def duplicate_draft(*, user: User, draft_id: UUID | str) -> Draft:
    """Begin a draft that says the same and has the same files, under no name yet."""
    return _copied(user, _locked_read(user, draft_id))


@transaction.atomic
def _copied(user: User, source: Draft) -> Draft:
    manifest = dict(source.manifest)
    manifest["model"] = {**(manifest.get("model") or {}), "name": ""}
    made = create_draft(user=user, manifest=manifest)
    made.filled = source.filled
    made.save(update_fields=["filled"])
    _fill(made, source.files.exclude(blob=None).values_list("path", "blob_id"))
    return made


@transaction.atomic
def draft_of_listing(*, user: User, owner: str, name: str) -> Draft:
    """Begin a new version of a listing of the user's own, from its newest one; an open one is gone on with.

    Raises ListingNotFoundError, NotTheOwnerError, TooManyDraftsError.
    """
    listing = find_listing(owner, name)
    if listing.owner.user_id != user.pk:
        raise NotTheOwnerError
    known = Draft.objects.of(user).filter(listing__iexact=listing.name, published_at=None).first()
    if known:
        return known
    last = Version.objects.filter(listing=listing).order_by("-pk").first()
    said = dict(last.manifest) if last else {}
    said["model"] = {**said.get("model", {}), "name": listing.name, "version": "", "changelog": ""}
    if last and last.card:
        said["card"] = {"path": "", "text": last.card}
    made = create_draft(user=user, manifest=said, listing=listing.name)
    if last:
        _fill(made, last.files.values_list("path", "blob_id"))
    return made


def _fill(draft: Draft, files: Iterable[tuple[str, str | None]]) -> None:
    rows = list(files)
    for _path, sha256 in rows:
        Blob.objects.hold(str(sha256))
    DraftFile.objects.bulk_create(DraftFile(draft=draft, path=path, blob_id=sha256) for path, sha256 in rows)
    have_checked(draft)


def _touch(draft: Draft) -> None:
    draft.updated_at = timezone.now()
    draft.save(update_fields=["updated_at"])
    have_checked(draft)


def _refuse_taken(draft: Draft, path: str, *, but: str) -> None:
    # Without case, because two of the usual systems do not tell it.
    others = DraftFile.objects.filter(draft=draft).exclude(path=but)
    if others.filter(path__iexact=path).exists():
        raise PathTakenError
    # What is a file for one of them cannot be a folder for the other.
    above = ["/".join(path.split("/")[:depth]).lower() for depth in range(1, path.count("/") + 1)]
    inside = Q(path__istartswith=f"{path}/")
    if others.alias(small=Lower("path")).filter(inside | Q(small__in=above)).exists():
        raise FolderTakenError


def _own_upload(user: User, upload_id: UUID | str) -> Upload:
    try:
        # The lock: it may get its bytes in this very moment, and then would not find the row that waits for them.
        found = Upload.objects.select_for_update().filter(user=user, pk=upload_id).first()
    except (ValueError, ValidationError):
        found = None
    if found is None:
        raise DraftNotFoundError
    return found


def _open(user: User, draft_id: UUID | str) -> Draft:
    """Return the user's draft, locked, that is not published."""
    draft = _locked(user, draft_id)
    if draft.published_at:
        raise DraftPublishedError(name=draft.listing)
    return draft


def _locked(user: User, draft_id: UUID | str, *, deleted: bool = False) -> Draft:
    rows = Draft.objects.filter(user=user) if deleted else Draft.objects.kept().filter(user=user)
    try:
        draft = rows.select_for_update(of=("self",)).filter(pk=draft_id).first()
    except (ValueError, ValidationError) as error:
        raise DraftNotFoundError from error
    if draft is None:
        raise DraftNotFoundError
    return draft


def _locked_read(user: User, draft_id: UUID | str) -> Draft:
    with transaction.atomic():
        return _locked(user, draft_id)
