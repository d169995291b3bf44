"""What an account may hold: each content once, what is still to come included, and sentences that say what is left."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from django.test import override_settings

from accounts.models import User
from marketplace.files.blobs import Upload
from marketplace.files.errors import ModelFileTooLargeError, QuotaError, TooManyUploadsError
from marketplace.files.quotas import Quota, check_quota
from marketplace.files.storing import keep_blob
from marketplace.files.uploading import begin_upload
from marketplace.publish.models import Draft, DraftFile
from tests.factories.reports import user

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker(model_files: Path) -> User:
    """Somebody with nothing."""
    return user("a")


def test_what_is_to_come_counts_at_once(maker: User) -> None:
    begin_upload(user=maker, path="a.bin", size=1_000)
    assert Quota.of(maker).held == 1_000
    assert Quota.of(user("c")).held == 0


def test_what_was_kept_counts_once(maker: User) -> None:
    blob = keep_blob(source=BytesIO(b"x" * 500))
    for path in ("a.bin", "b.bin"):
        upload = begin_upload(user=maker, path=path, size=500)
        upload.blob, upload.offset = blob, 500
        upload.save()
    assert Quota.of(maker).held == 500


def test_an_account_that_is_full_is_told_what_is_left(maker: User) -> None:
    with override_settings(UPLOAD_QUOTA=2_000_000):
        begin_upload(user=maker, path="a.bin", size=1_500_000)
        with pytest.raises(QuotaError) as raised:
            begin_upload(user=maker, path="b.bin", size=600_000)
    assert str(raised.value.detail) == (
        "This file has 585.9 KB, and of the 1.9 MB that an account may keep here 488.3 KB are left. "
        "Delete drafts or files that you do not need."
    )
    assert raised.value.data["left"] == 500_000


def test_one_file_has_its_own_limit(maker: User) -> None:
    with override_settings(UPLOAD_MOST=1_000), pytest.raises(ModelFileTooLargeError, match="Split it into shards"):
        begin_upload(user=maker, path="a.bin", size=1_001)


def test_not_all_can_be_begun_at_once(maker: User) -> None:
    with override_settings(UPLOADS_UNFINISHED=2):
        for number in range(2):
            begin_upload(user=maker, path=f"{number}.bin", size=1)
        with pytest.raises(TooManyUploadsError, match="2 uploads are unfinished"):
            begin_upload(user=maker, path="2.bin", size=1)


def test_many_tiny_files_are_many_too(maker: User) -> None:
    blob = keep_blob(source=BytesIO(b"x"))
    Upload.objects.bulk_create(Upload(user=maker, path="a", size=1, offset=1, blob=blob) for _ in range(10_000))
    with pytest.raises(TooManyUploadsError, match="10,000 files"):
        begin_upload(user=maker, path="a.bin", size=1)


def test_it_takes_one_query(maker: User, django_assert_num_queries: object) -> None:
    blob = keep_blob(source=BytesIO(b"x"))
    DraftFile.objects.create(draft=Draft.objects.create(user=maker), path="a", blob=blob)
    with django_assert_num_queries(1):  # type: ignore[operator]
        check_quota(maker, 1)
