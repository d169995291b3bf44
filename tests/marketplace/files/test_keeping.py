"""Files are kept once, by what is in them, and forgotten when nothing refers to them."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from marketplace.files.cids import cid_of
from marketplace.files.errors import FileDamagedError
from marketplace.files.keeping import forget_file, keep_file
from marketplace.files.models import Kind, StoredFile
from marketplace.files.uploads import Upload

pytestmark = pytest.mark.django_db
TEXT = Upload("notes.txt", Kind.TEXT, b"It answers in another language.")


def test_the_same_bytes_are_kept_once_whatever_their_name() -> None:
    first = keep_file(upload=TEXT)
    second = keep_file(upload=Upload("other.txt", TEXT.kind, TEXT.content))
    assert first.pk == second.pk == cid_of(TEXT.content)
    assert StoredFile.objects.get().read() == TEXT.content


def test_what_nothing_refers_to_is_forgotten() -> None:
    kept = keep_file(upload=TEXT)
    forget_file(cid=kept.cid)
    forget_file(cid=kept.cid)
    assert not StoredFile.objects.exists()


def test_nobody_changes_a_file() -> None:
    keep_file(upload=TEXT)
    with pytest.raises(DatabaseError), transaction.atomic():
        StoredFile.objects.update(content=b"It is fine.")


def test_what_was_damaged_all_the_same_is_not_given() -> None:
    kept = keep_file(upload=TEXT)
    with connection.cursor() as cursor:
        cursor.execute("alter table marketplace_storedfile disable trigger file_is_final")
        cursor.execute("update marketplace_storedfile set content = 'It is fine.'")
    kept.refresh_from_db()
    with pytest.raises(FileDamagedError):
        kept.read()
