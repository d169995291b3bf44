"""How fast is a search over 886,000 models? At most 100 ms at the 99th percentile, without the query's embedding.

``python -m benchmarks.search.speed`` makes the models from the catalogue's own words, each as often as it is there, in
the database of ``SPEED_DATABASE_URL`` (which keeps them for the next run), with random vectors on 200,000 of them.
Queries rotate: the ten commonest words, names, pairs and triples of words, and filters. ``SPEED_CARDS`` of the models
have a card of some 150 words as well, drawn as often as words are in cards: few of them very often.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

MODELS = int(os.environ.get("SPEED_MODELS", "886000"))
VECTORS = int(os.environ.get("SPEED_VECTORS", "200000"))
CARDS = int(os.environ.get("SPEED_CARDS", "0"))
CARD = 150  # words of a card
QUERIES = int(os.environ.get("SPEED_QUERIES", "300"))
LIMIT = 0.1  # seconds
CATALOGUE = Path(__file__).resolve().parents[2] / "marketplace" / "data" / "open-models.jsonl"
COLUMNS = """
owner_id, task, license, license_url, parameters, memory_mb, released, embedding_dim, max_tokens, modalities, libraries,
languages, adapted_from, superseded_by, reference_prices, facts, source, created_at, updated_at, quality
"""
COPY = f"copy marketplace_listing (name, name_words, keywords, card_words, {COLUMNS}) from stdin"
# The shipped models in COPY's text form, where a backslash is doubled. What they were adapted from is left out.
KNOWN = """
select name, array_to_string(array(
    select coalesce(replace(value, chr(92), repeat(chr(92), 2)), chr(92) || 'N') from unnest(array[
        keywords, owner_id::text, task, license, license_url, parameters::text, memory_mb::text, released::text,
        embedding_dim::text, max_tokens::text, modalities::text, libraries::text, languages::text, '', superseded_by,
        reference_prices::text, facts::text, source, created_at::text, updated_at::text, quality::text
    ]) with ordinality as listed (value, place) order by place
), chr(9)) from marketplace_listing order by id limit 2882
"""
FILTERS = [
    *("license:mit", "license:apache-2.0", "task:feature-extraction", "task:image-classification", "task:text-ranking"),
    *("lang:eng", "lang:deu", "library:onnx", "library:pytorch", "modality:text", "size:small", "params:<1b"),
    *("params:3m..3.1m", "context:>900k", "dims:300..400", "released:2019", "availability:for-sale", "runnable:no"),
]
VECTOR = """
insert into marketplace_listingvector (listing_id, digest, embedding, checked_at)
select id, '', (
    select array_agg(number / sqrt(384.0 / 12))
    from (select random() - 0.5 as number from generate_series(1, 384 + 0 * id)) numbers
)::vector, now() from marketplace_listing
where id > coalesce((select max(listing_id) from marketplace_listingvector), 0) order by id limit %s
"""


def cards(names: list[str]) -> Iterator[str]:
    """Yield the words of one card after the other, without end: words of names, and made ones that few cards have."""
    chance = random.Random(11)  # noqa: S311
    parts = {part for name in names for part in name.partition("/")[2].lower().split("-") if part.isalpha()}
    known = [*sorted(parts, key=hash_of), *(f"word{number}" for number in range(30_000))]
    weights = list(accumulate(1 / place for place in range(1, len(known) + 1)))  # as words are in any language
    while True:
        yield " ".join(chance.choices(known, cum_weights=weights, k=CARD))


def hash_of(word: str) -> str:
    """Return what orders words by chance, and the same each time."""
    return hashlib.sha256(word.encode()).hexdigest()


def rows(first: int, facts: dict[str, tuple[str, str]], names: list[str]) -> Iterator[str]:
    """Yield lines for COPY: the facts of one model, the name of two others' words, data sets of a fourth.

    ``facts`` has for each model its columns in COPY's form, and the words of its data sets.
    """
    from marketplace.listings.words import words_of_name

    chance, models = random.Random(first), list(facts.values())  # noqa: S311
    written = cards(names)
    for number in range(first, MODELS):
        (keywords, _tab, rest), others = chance.choice(models)[0].partition("\t"), chance.choice(models)[1]
        one, two = chance.choice(names).partition("/")[2].split("-"), chance.choice(names).partition("/")[2].split("-")
        name = f"{chance.choice(names).partition('/')[0]}/{'-'.join(one[:2] + two[-2:])[:80]}-{number}"
        card = next(written) if number < CARDS else ""
        yield f"{name}\t{words_of_name(name)}\t{others}{keywords}\t{card}\t{rest}\n"


def fill() -> None:
    """Make the models that are not there yet: by COPY, with the indexes made anew afterwards."""
    from django.core.management import call_command
    from django.db import connection

    from marketplace.catalogue.importing import import_catalogue
    from marketplace.listings.models import Listing
    from marketplace.search.vocabulary import count_heads, count_words

    call_command("migrate", verbosity=0)
    import_catalogue(lines=CATALOGUE.read_bytes().splitlines())
    have = Listing.objects.count()
    with connection.cursor() as cursor:
        if have < MODELS:
            cursor.execute("set maintenance_work_mem = '1GB'")
            _without_indexes(cursor, "marketplace_listing", lambda: _copy(cursor, have))
            _without_indexes(cursor, "marketplace_searchterm", lambda: _say("words", count_words))
        cursor.execute("select count(*) from marketplace_listingvector")
        if (vectors := VECTORS - cursor.fetchone()[0]) > 0:
            _without_indexes(cursor, "marketplace_listingvector", lambda: cursor.execute(VECTOR, [vectors]))
        cursor.execute("vacuum analyze")
        _say("heads", count_heads)
        cursor.execute("analyze marketplace_searchhead")


def _without_indexes(cursor: Any, table: str, write: Callable[[], Any]) -> None:
    """Write into a table while it has no indexes but its key's, and make them again."""
    cursor.execute("select indexname, indexdef from pg_indexes where tablename = %s and indexname !~ '_pkey$'", [table])
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f'drop index "{name}"')
    try:
        _say(table, write)
    finally:
        for name, definition in indexes:
            _say(name, partial(cursor.execute, definition))


def _say(what: str, do: Callable[[], Any]) -> None:
    started = time.monotonic()
    do()
    print(f"{what}: {time.monotonic() - started:.0f} s", flush=True)


def _copy(cursor: Any, first: int) -> None:
    cursor.execute(KNOWN)
    models = {json.loads(line)["name"]: json.loads(line) for line in CATALOGUE.read_text().splitlines()}
    facts = {}
    for name, line in cursor.fetchall():
        data = models[name].get("training_datasets", []) if name in models else []
        words = " ".join(part for each in data for part in (each, each.replace("-", " ").replace("_", " ")))
        facts[name] = (line, f"{words} " if words else "")
    with cursor.copy(COPY) as copy:
        for row in rows(first, facts, list(models)):
            copy.write(row)


def queries(chance: random.Random) -> list[str]:
    """Return the queries of one run."""
    from marketplace.search.index_models import SearchTerm

    words = list(SearchTerm.objects.exclude(word__in=["", " "]).order_by("-documents").values_list("word", flat=True))
    words = [word for word in words if word.isalnum()]
    common, middle = words[:10], words[:2000]
    asked = list(common)
    while len(asked) < QUERIES:
        kind = len(asked) % 5
        some = chance.sample(middle, 1 + kind % 3)
        asked.append(
            {
                0: " ".join(some),
                1: " ".join([chance.choice(common), *some]),
                2: f"{some[0]} license:mit",
                3: f"{chance.choice(common)} params:<1b",
                4: some[0][:-1] + "x" if len(some[0]) > 5 else some[0],
            }[kind]
        )
    return asked


def measure() -> int:
    """Print the percentiles; return 1 above the limit."""
    from django.db import connection

    from marketplace.search.meaning import Meaning
    from marketplace.search.related import related_to
    from marketplace.search.search import Search
    from marketplace.search.sorting import ORDERS
    from marketplace.search.suggestions import suggestions
    from marketplace.search.vocabulary import read_terms

    chance = random.Random(7)  # noqa: S311
    asked = queries(chance)
    with connection.cursor() as cursor:
        cursor.execute("set max_parallel_workers_per_gather = 0")  # the work of others is not seen
    gc.freeze()  # a web process has nothing of its start to look through either (docs/decisions/0118)

    def search(q: str) -> None:
        made = Search(q=q)
        numbers = [chance.gauss(0, 1) for _ in range(384)]
        length = sum(number * number for number in numbers) ** 0.5
        made.__dict__["meaning"] = Meaning([number / length for number in numbers])
        made.page(limit=30)

    def walk(sort: str) -> None:
        cursor = ""
        for _ in range(3):
            cursor = Search(sort=sort).page(limit=30, cursor=cursor).next

    print(f"{MODELS:,} models, {CARDS:,} cards, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; milliseconds")
    longest = _timed("search", asked, search)
    words = [word for q in asked if len(word := q.split()[0]) > 3]
    _timed("words with a slip", [f"{word[:-2]}{word[-1]}{word[-2]}" for word in words], lambda q: read_terms([q]))
    _timed("suggestions", [word[: 2 + len(word) // 2] for word in words], suggestions)
    _timed("counts beside a search", list(_read(["", *FILTERS, *asked])), lambda search: search.tally())
    _timed("counts beside several filters", list(_read(_several(chance))), lambda search: search.tally())
    _timed("three pages of an order", [*ORDERS] * 4, walk)
    with_vectors = list(_with_vectors(40))
    _timed("related models", with_vectors, lambda listing: related_to(listing.pk, listing.adapted_from))
    print(f"limit of a search at the 99th percentile: {LIMIT * 1000:.0f} ms")
    return int(longest > LIMIT)


def _several(chance: random.Random) -> list[str]:
    return [" ".join(chance.sample(FILTERS, 2 + n % 3)) for n in range(60)]


def _read(asked: Sequence[str]) -> Iterator[Any]:
    """Yield searches with what their words can stand for: the counts alone are timed."""
    from marketplace.search.meaning import Meaning
    from marketplace.search.search import Search

    for q in asked:
        made = Search(q=q)
        made.__dict__["meaning"] = Meaning(None)
        assert made.reading
        assert not made.terms or made.result
        yield made


def _with_vectors(most: int) -> Any:
    from marketplace.listings.models import Listing

    return Listing.objects.filter(vector__isnull=False).order_by("pk")[:most]


def _timed(what: str, asked: Sequence[Any], do: Callable[[Any], Any]) -> float:
    """Print percentiles of the time and of the work (CPU here and in PostgreSQL); return the 99th of the time.

    On a machine that others use, the time is mostly theirs; the work is not.
    """
    from django.core.cache import cache

    took, worked = [], []
    for each in asked:
        cache.clear()
        work, started = _work(), time.perf_counter()
        do(each)
        took.append((time.perf_counter() - started, str(each)))
        worked.append(_work() - work)
    cuts, work_cuts = (statistics.quantiles(every, n=100) for every in ([time for time, _ in took], worked))
    texts = [" ".join(f"p{p} {every[p - 1] * 1000:.0f}" for p in (50, 95, 99)) for every in (cuts, work_cuts)]
    print(f"{what}, {len(took)}: {texts[0]}; of it CPU {texts[1]}; the longest: {max(took)[1]}", flush=True)
    return cuts[98]


def _work() -> float:
    """Return the seconds of CPU that this process and its PostgreSQL have used; on Linux, with it on this machine."""
    from django.db import connection

    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    return time.process_time() + int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def main() -> int:
    """Run the benchmark."""
    import django

    os.environ["DATABASE_URL"] = os.environ["SPEED_DATABASE_URL"]
    django.setup()
    fill()
    return measure()


if __name__ == "__main__":
    sys.exit(main())
