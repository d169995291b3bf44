"""Keeps who has accepted what."""

from __future__ import annotations

from django.db import transaction

from contracts.models import Chain

from .documents import current, label
from .models import Acceptance


@transaction.atomic
def record_acceptance(*, address: str, chain: Chain, message: str, signature: str) -> str:
    """Keep that ``address`` has signed ``message``, which names all that is to be accepted now; return its label.

    The caller has verified it (``accounts.siwe``). What was accepted before stays as it was, with its own signature.
    """
    shared = {"address": address, "chain_id": chain.pk, "message": message, "signature": signature}
    rows = [
        Acceptance(document=each.document, version=each.version, digest=each.digest, **shared) for each in current()
    ]
    Acceptance.objects.bulk_create(rows, ignore_conflicts=True)
    return label()
