"""What is done beside the web: holders are told."""

from __future__ import annotations

from marketplace.listings.versions import Version

from . import telling


def tell_holders(version_id: int, what: str) -> None:
    """Tell a model's holders what became of a release."""
    version = Version.objects.select_related("listing").filter(pk=version_id).first()
    if version:
        telling.tell_holders(version, what)
