"""How well does the search answer the judged queries, beside its own legs and its peers?

``python -m benchmarks.search.quality`` needs ``DATABASE_URL`` with the catalogue and its vectors (``manage.py
index_search``), ``REDIS_URL``, ``EMBEDDINGS_URL``, and the packages ``bm25s`` and ``numpy``. It prints nDCG@10 and
MRR@10 with 95 % intervals, and returns 1 where the search does not reach what docs/decisions/0006 promises.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from .judge import CATALOGUE, judged
from .measures import hit, interval, mean, mrr, ndcg

TEN = 10
Leg = Callable[[str], list[str]]
STOCK = """
select name from marketplace_listing, plainto_tsquery('english', %s) asked
where search_vector @@ asked order by ts_rank(search_vector, asked) desc, id limit 10
"""
DENSE = """
select name from marketplace_listing join marketplace_listingvector on listing_id = id
order by embedding <#> %s::vector, id limit 10
"""
EXACT = "set enable_indexscan = off"


def legs(queries: list[str]) -> dict[str, Leg]:
    """Return every way of searching by its name; typed filters are taken out of the peers' queries."""
    import bm25s
    from django.db import connection

    from marketplace.listings.models import Listing
    from marketplace.search.meaning import embed
    from marketplace.search.search import Search
    from marketplace.search.typed import parse_query

    words = {q: parse_query(q).words for q in queries}
    vectors = {text: embed([text.lower()], timeout=60)[0] for text in {*words.values()} if text}
    rows = list(Listing.objects.values_list("name", "name_words", "keywords", "summary_words", "card_words"))
    index = bm25s.BM25()
    texts = [" ".join(texts) for _, *texts in rows]
    index.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)

    def sql(statement: str, value: str, setting: str = "") -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(setting or "reset enable_indexscan")
            cursor.execute(statement, [value])
            return [name for (name,) in cursor.fetchall()]

    def bm25(q: str) -> list[str]:
        tokens = bm25s.tokenize([words[q]], stopwords="en", show_progress=False, return_ids=False)
        found, scores = index.retrieve(tokens, k=TEN, show_progress=False)
        return [rows[place][0] for place, score in zip(found[0], scores[0], strict=True) if score > 0]

    def ours(q: str) -> list[str]:
        search = Search(q=q)
        if search.terms:
            _wait_for(search)
        return [item.name for item in search.page(limit=TEN).items]

    return {
        "ts_rank": lambda q: sql(STOCK, words[q]),
        "bm25s": lambda q: bm25(q) if words[q] else [],
        "dense": lambda q: sql(DENSE, json.dumps(vectors[words[q]]), EXACT) if words[q] else [],
        "ours": ours,
    }


def _wait_for(search: Any) -> None:
    """Give the search its vector however busy the machine is: quality is measured here, not speed."""
    from marketplace.search.meaning import Meaning, embed

    text = " ".join((search.reading.correction or search.words).lower().split())
    search.__dict__["meaning"] = Meaning(embed([text], timeout=60)[0])


def main() -> int:
    """Run the benchmark."""
    import django
    from django.core.cache import cache

    django.setup()
    cache.clear()
    models = [json.loads(line) for line in CATALOGUE.read_text().splitlines()]
    rows = judged(models)
    scores: dict[str, dict[str, float]] = {}
    for name, leg in legs([row["q"] for row in rows]).items():
        found = [(row, leg(row["q"])) for row in rows]
        scores[name] = _report(name, found)
    best = max(scores["bm25s"]["ndcg"], scores["dense"]["ndcg"])
    ratio, stock = scores["ours"]["ndcg"] / best, scores["ours"]["ndcg"] / scores["ts_rank"]["ndcg"]
    print(f"ours is {ratio:.2f} x the better leg, {stock:.2f} x ts_rank; typo hits@10 {scores['ours']['typo']:.2f}")
    good = (ratio >= 1.05 or scores["ours"]["mrr"] >= 0.9) and stock >= 2 and scores["ours"]["typo"] >= 0.95
    return 0 if good else 1


def _report(name: str, found: list[tuple[dict[str, Any], list[str]]]) -> dict[str, float]:
    """Print one way's line and return its scores."""
    gains, ranks = ([measure(names, row["grades"]) for row, names in found] for measure in (ndcg, mrr))
    typos = [hit(names, row["grades"]) for row, names in found if row["kind"] == "typo"]
    low, high = interval(gains)
    first, last = interval(ranks)
    print(f"{name:8} nDCG@10 {mean(gains):.3f} ({low:.3f} to {high:.3f})  ", end="")
    print(f"MRR@10 {mean(ranks):.3f} ({first:.3f} to {last:.3f})", end=" ")
    for kind in sorted({row["kind"] for row, _ in found}):
        some = [ndcg(names, row["grades"]) for row, names in found if row["kind"] == kind]
        print(f" {kind} {mean(some):.2f}", end="")
    print(flush=True)
    return {"ndcg": mean(gains), "mrr": mean(ranks), "typo": mean(typos)}


if __name__ == "__main__":
    sys.exit(main())
