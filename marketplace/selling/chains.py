"""The chains that a desk looks at, each with what pages say of it, in one query."""

from __future__ import annotations

from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from common.statements import Question, Statement
from contracts.models import Chain, Cursor, Verification


def chains_now() -> dict[int, Chain]:
    """Return the chains with contracts of ours by id. One query; ``head_of`` and ``verified_of`` read their rows."""
    return {each.pk: each for each in _rows()}


def chains_asked() -> Question[Chain]:
    """Return the question for the rows of ``chains_now``."""
    return Statement(_rows()).asked()


def _rows() -> QuerySet[Chain]:
    head = Cursor.objects.filter(chain=OuterRef("pk")).values("number")
    said = {name: name for name in ("block_number", "compared", "differences", "made_at")}
    verified = Verification.objects.filter(chain=OuterRef("pk")).order_by("-made_at").values(said=JSONObject(**said))
    found = Chain.objects.exclude(deployment={}).order_by("pk")
    return found.annotate(indexed=Subquery(head), verified=Subquery(verified[:1]))


def head_of(chain: Chain) -> int:
    """Return the number of the last block that was indexed, of a chain from ``chains_now``."""
    indexed: int | None = getattr(chain, "indexed", None)
    return max(chain.start_block - 1, 0) if indexed is None else indexed


def verified_of(chain: Chain) -> Verification | None:
    """Return the last comparison with the contracts, of a chain from ``chains_now``."""
    said = getattr(chain, "verified", None)
    if said is None:
        return None
    return Verification(chain=chain, **{**said, "made_at": datetime.fromisoformat(said["made_at"])})
