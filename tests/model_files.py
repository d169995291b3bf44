"""Where tests keep model files: in folders of their own, never in the demo's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import override_settings

FOLDER = "django.core.files.storage.FileSystemStorage"


@contextmanager
def files_in(folder: Path, store: dict[str, Any] | None = None, **limits: int) -> Iterator[Path]:
    """Let model files and parts stand in a folder for a block, whatever the disk has left; ``store`` is another one."""
    backend = store or {"BACKEND": FOLDER, "OPTIONS": {"location": folder}}
    storages = {**settings.STORAGES, "model_files": backend}
    values = {"UPLOAD_DISK_FLOOR": 0, **limits}
    with override_settings(MODEL_FILES=folder, STORAGES=storages, UPLOAD_PARTS=folder / "parts", **values):
        yield folder
