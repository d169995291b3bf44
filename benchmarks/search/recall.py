"""How many of the ten nearest vectors does the index find? At least 0.95 of them, filtered too.

``python -m benchmarks.search.recall`` needs ``DATABASE_URL`` with the catalogue and its vectors (``manage.py
index_search``). Each query is the vector of a model that is there; the exact ten are found by comparing all. The
planner would compare all of so small a catalogue: it is told not to where the index is measured. It runs what a search
runs (``candidates.py``), in which few listings that fulfil the filters are compared without the index; ``index
alone`` is without that. Returns 1 below the limit.
"""

from __future__ import annotations

import os
import random
import sys
from typing import Any

QUERIES = int(os.environ.get("RECALL_QUERIES", "200"))
TEN = 10
LIMIT = 0.95
FILTERS: dict[str, dict[str, list[str]]] = {
    "unfiltered": {},
    "licence mit": {"license": ["mit"]},
    "task image-classification": {"task": ["image-classification"]},
    "task text-ranking": {"task": ["text-ranking"]},
    "language German": {"language": ["deu"]},
    "licence cc-by-nc-4.0": {"license": ["cc-by-nc-4.0"]},
}
# ids of few listings, compared without an index: what is exact
NEAREST = """
select embedding <#> %s::vector as dot from marketplace_listingvector where listing_id = any(%s) order by 1 limit 10
"""


def exact(cursor: Any, vector: str, ids: list[int]) -> list[float]:
    """Return how near the ten nearest of these listings are, the nearest first."""
    cursor.execute("set enable_seqscan = on; set enable_indexscan = off")
    cursor.execute(NEAREST, [vector, ids])
    return [dot for (dot,) in cursor.fetchall()]


def found(cursor: Any, vector: str, chosen: dict[str, list[str]], few: int) -> list[float]:
    """Return how near the ten nearest are that a search finds, comparing up to ``few`` listings without the index."""
    from marketplace.search.candidates import nearest_statement
    from marketplace.search.search import Search

    statement, values = nearest_statement(Search(chosen=chosen).within(), few=few)
    cursor.execute("set enable_indexscan = on; set enable_seqscan = off; set enable_sort = off")
    cursor.execute(statement, {**values, "vector": vector})
    near = sorted(dot for _pk, dot in cursor.fetchall())
    cursor.execute("reset enable_sort")
    return near[:TEN]


def recall(right: list[float], got: list[float]) -> float:
    """Return the share of the nearest that was found; models with the same vector stand for each other."""
    return sum(dot <= right[-1] + 1e-6 for dot in got) / len(right)


def main() -> int:
    """Run the benchmark."""
    import django

    django.setup()
    from django.db import connection

    from marketplace.search.candidates import EXACT
    from marketplace.search.index_models import ListingVector
    from marketplace.search.search import Search

    pks = list(ListingVector.objects.order_by("pk").values_list("pk", flat=True))
    chosen_pks = random.Random(6).sample(pks, min(QUERIES, len(pks)))  # noqa: S311
    vectors = [str(list(each.embedding)) for each in ListingVector.objects.filter(pk__in=chosen_pks)]
    worst = 1.0
    with connection.cursor() as cursor:
        for name, chosen in FILTERS.items():
            ids = list(Search(chosen=chosen).listings().order_by().values_list("pk", flat=True))
            right = [exact(cursor, vector, ids) for vector in vectors]
            line = f"{name}, {len(ids):,} of {len(pks):,}:"
            for label, few in (("as searched", EXACT), ("index alone", 0)):
                got = [found(cursor, vector, chosen, few) for vector in vectors]
                share = sum(map(recall, right, got)) / len(right)
                worst = min(worst, share)
                line += f" {label} {share:.4f}"
            print(line, flush=True)
    print(f"recall@10 over {len(vectors)} queries, the worst: {worst:.4f} (limit {LIMIT})")
    return int(worst < LIMIT)


if __name__ == "__main__":
    sys.exit(main())
