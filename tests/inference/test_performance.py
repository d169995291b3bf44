"""What thirty days have measured becomes figures and a rating, and the raw rows give the same ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from inference.models import Call, CallState, EngineName, Mode, Probe, Upstream
from inference.performance import (
    WINDOW,
    Figures,
    figures_at,
    last_until,
    rate_performances,
    rating_of,
    sample_and_rate,
)
from inference.rechecking import differences, figures_from_rows
from inference.retention import PROBES, forget_old
from marketplace.ground.formulas import Formula
from marketplace.listings.models import Listing
from marketplace.listings.performance import FORMULA, Performance, days_of
from marketplace.listings.versions import MetadataDocument, Version

pytestmark = pytest.mark.django_db
CHAT, EMBEDS = "BAAI/bge-m3", "BAAI/bge-base-en-v1.5"
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _upstreams() -> None:
    Upstream.objects.create(listing=CHAT.lower(), engine=EngineName.SMOLLM2, mode=Mode.CHAT)
    Upstream.objects.create(listing=EMBEDS, engine=EngineName.MINILM, mode=Mode.EMBEDDINGS)


def probe(at: datetime, first: int | None = 100, engine: str = EngineName.SMOLLM2, speed: float | None = 10.5) -> Probe:
    return Probe(engine=engine, at=at, answered=first is not None, first_token_ms=first, tokens_per_second=speed)


def call(at: datetime, first: int | None = 500, **other: Any) -> Call:
    """Return a call that answered 21 tokens in two seconds after the first, unless said otherwise."""
    ended = at + timedelta(milliseconds=(first or 0) + 2_000)
    made = {"listing": CHAT, "engine": EngineName.SMOLLM2, "payer": "x", "access": "free", "slot": 1, "reserved": 50}
    made |= {"max_tokens": 40, "prompt_tokens": 10, "completion_tokens": 21, "state": CallState.DONE}
    return Call(**{**made, "first_token_ms": first, "started_at": at, "ended_at": ended, **other})


def publish(number: str, at: datetime, name: str = CHAT) -> None:
    document, _ = MetadataDocument.objects.get_or_create(cid=f"cid-{number}", defaults={"content": b"{}"})
    made = Version.objects.create(listing=Listing.objects.get(name=name), number=number, metadata=document)
    Version.objects.filter(pk=made.pk).update(created_at=at)


def of(name: str) -> Performance:
    return Performance.objects.get(listing__name=name)


def some_weeks(random: Random, until: datetime) -> None:
    """Write down checks and calls of forty days, of every kind, and two releases."""

    def moment() -> datetime:
        return until + SECOND * 3_600 - timedelta(seconds=random.randrange(40 * 86_400))

    ends: list[Callable[[], dict[str, Any]]] = [
        dict,
        lambda: {"state": CallState.STOPPED, "completion_tokens": random.randrange(3)},
        lambda: {"state": CallState.FAILED, "error": random.choice(["gone", "too-long", "OSError", "abandoned"])},
        lambda: {"state": CallState.DONE, "completion_tokens": random.randrange(3), "first_token_ms": None},
        lambda: {"listing": random.choice([CHAT.upper(), EMBEDS, "nobody/nothing"])},
    ]
    for _number in range(150):
        first = random.choice([None, random.randrange(20, 3_000)])
        engine, speed = random.choice([(EngineName.SMOLLM2, random.random() * 40), (EngineName.MINILM, None)])
        probe(moment(), first, engine, speed if first else None).save()
        call(moment(), random.randrange(0, 2_500), **random.choice(ends)()).save()
    Call.objects.create(**{
        name: getattr(call(moment()), name) for name in ("listing", "engine", "payer", "access", "slot", "reserved",
        "max_tokens", "prompt_tokens", "started_at")
    })  # fmt: skip
    publish("1.0.0", until - timedelta(days=20))
    publish("1.1.0", until - timedelta(days=5))


@pytest.mark.parametrize("seed", range(8))
def test_what_is_stored_is_what_the_raw_rows_give_one_by_one(seed: int) -> None:
    until = last_until() - timedelta(minutes=seed)
    some_weeks(Random(seed), until)  # noqa: S311  the same weeks each time
    found = figures_at(until)
    assert found == figures_from_rows(until)
    assert {key.version for key in found} == {"", "1.0.0", "1.1.0"}
    assert rate_performances(until=until) == len(found)
    assert differences() == []
    call_command("rate_performance", check=True)


@pytest.mark.parametrize("seed", range(8))
def test_a_thousand_histories_are_what_their_raw_rows_give(seed: int) -> None:
    """Eight times 125 models, each with releases and calls of its own, on engines that are checked for all."""
    random, until = Random(f"many {seed}"), last_until()  # noqa: S311  the same histories each time
    names = list(Listing.objects.exclude(name__in=[CHAT, EMBEDS]).order_by("pk").values_list("name", flat=True)[:125])
    modes = {EngineName.SMOLLM2: Mode.CHAT, EngineName.MINILM: Mode.EMBEDDINGS}
    run = {name: random.choice(engines := list(modes)) for name in names}
    Upstream.objects.bulk_create([Upstream(listing=name, engine=run[name], mode=modes[run[name]]) for name in names])

    def moment() -> datetime:
        return until - timedelta(seconds=random.randrange(-3_600, 35 * 86_400))

    for number in range(4):
        at = until - timedelta(days=1) if number < 2 else moment()
        probe(at, random.choice([90, 700]), engines[number % 2], random.random() * 40).save()
    calls = []
    for name in names:
        for release in range(random.randrange(3)):
            publish(f"1.{release}.0", moment(), name)
        for _number in range(random.randrange(6)):
            ends = {"state": random.choice([CallState.DONE, CallState.STOPPED, CallState.FAILED]), "error": "gone"}
            said = {"completion_tokens": random.randrange(40), "listing": random.choice([name, name.upper()])}
            calls.append(call(moment(), random.randrange(2_500), engine=run[name], **ends, **said))
    Call.objects.bulk_create(calls)
    found = figures_at(until)
    assert found == figures_from_rows(until)
    assert len({key.listing_id for key in found}) >= len(names)


def test_a_changed_figure_and_a_missing_one_are_told() -> None:
    some_weeks(Random(1), until := last_until())  # noqa: S311
    rate_performances(until=until)
    some = Performance.objects.order_by("pk")
    Performance.objects.filter(pk=some[0].pk).update(rating=999)
    Performance.objects.filter(pk=some[1].pk).delete()
    assert len(differences()) == 2
    with pytest.raises(CommandError, match="2 figures"):
        call_command("rate_performance", check=True)
    call_command("rate_performance")
    assert differences() == []


def test_checks_and_calls_are_counted_alike_and_a_rating_names_its_formula() -> None:
    until = last_until()
    Probe.objects.bulk_create(probe(until - timedelta(hours=n + 1), 100 if n else None) for n in range(25))
    Call.objects.bulk_create(call(until - timedelta(hours=n + 1), 900, payer=str(n)) for n in range(21))
    rate_performances()
    row = of(CHAT)
    assert (row.asked, row.answered, row.calls, row.succeeded, row.measured) == (25, 24, 21, 21, 45)
    assert (row.first_p50_ms, row.first_p95_ms, row.speed_p50, row.speed_p95) == (100, 900, 10_500, 10_000)
    assert {part["name"]: part["points"] for part in row.parts} == {
        "first": 909_090, "slow": 689_655, "speed": 512_195, "success": 1_000_000, "uptime": 600_000,
    }  # fmt: skip
    assert (row.rating, row.formula, row.points) == (753, 1, 75.3)
    assert not Performance.objects.filter(listing__name=EMBEDS).exists()


def test_below_twenty_there_is_no_rating() -> None:
    until = last_until()
    Probe.objects.bulk_create(probe(until - timedelta(hours=n + 1)) for n in range(19))
    rate_performances()
    assert (of(CHAT).rating, of(CHAT).parts, of(CHAT).uptime, of(CHAT).is_enough) == (None, [], None, False)
    probe(until - timedelta(hours=1)).save()
    rate_performances()
    assert of(CHAT).rating is not None
    assert (of(CHAT).uptime, of(CHAT).is_enough) == (1.0, True)


def test_an_engine_that_was_being_installed_has_not_been_down_and_one_that_broke_has() -> None:
    until = last_until()
    probe(until - timedelta(hours=3), None).save()
    probe(until - timedelta(hours=2)).save()
    probe(until - timedelta(hours=1), None).save()
    rate_performances()
    assert (of(CHAT).asked, of(CHAT).answered) == (2, 1)
    probe(until - WINDOW - timedelta(hours=1)).save()
    rate_performances()
    assert (of(CHAT).asked, of(CHAT).answered) == (3, 1)
    assert differences() == []


def test_a_call_counts_for_the_version_of_its_time_and_days_add_up_over_versions() -> None:
    until = last_until().replace(hour=12, minute=0) - timedelta(days=1)
    publish("2.0.0", until - timedelta(hours=2))
    call(until - timedelta(hours=3)).save()
    call(until - timedelta(hours=1), payer="y").save()
    rate_performances(until=until)
    rows = list(Performance.objects.of(Listing.objects.get(name=CHAT).pk))
    assert [(row.version, row.calls) for row in rows] == [("2.0.0", 1), ("", 1)]
    assert [tuple(day) for day in days_of(rows)] == [(until.astimezone(UTC).date(), 0, 0, 2, 2)]


def test_raw_rows_are_kept_as_long_as_a_rating_looks_back() -> None:
    assert PROBES > WINDOW
    until = last_until()
    some_weeks(Random(5), until)  # noqa: S311
    rate_performances(until=until)
    forget_old()
    assert differences() == []


def test_what_does_not_run_any_more_has_no_performance() -> None:
    some_weeks(Random(3), until := last_until())  # noqa: S311
    rate_performances(until=until)
    Upstream.objects.filter(listing=EMBEDS).delete()
    rate_performances(until=until + timedelta(minutes=10))
    assert not Performance.objects.filter(listing__name=EMBEDS).exists()


def test_samples_and_ratings_are_made_together() -> None:
    probe(timezone.now() - timedelta(minutes=30)).save()
    assert sample_and_rate() == 1
    assert of(CHAT).asked == 1
    Performance.objects.all().delete()
    assert sample_and_rate() == 0
    assert not Performance.objects.exists()


def test_a_better_figure_never_lowers_a_rating() -> None:
    parameters = Formula.objects.in_force(FORMULA).parameters
    random = Random(11)  # noqa: S311
    for _number in range(300):
        counts = (
            sorted(random.randrange(20, 400) for _ in range(2)),
            sorted(random.randrange(20, 400) for _ in range(2)),
        )
        times = sorted(random.randrange(1, 9_000) for _ in range(2))
        figures = Figures(timezone.now(), counts[0][1], counts[0][0], counts[1][1], counts[1][0], 50, times[0],
                          times[1], 50, random.randrange(1, 90_000), 1)  # fmt: skip
        before, _parts = rating_of(figures, parameters)
        assert before is not None
        assert 0 <= before <= 1_000
        for better in (
            replace(figures, answered=figures.asked),
            replace(figures, succeeded=figures.calls),
            replace(figures, first_p50_ms=0),
            replace(figures, first_p95_ms=times[1] // 2),
            replace(figures, speed_p50=100_000),
        ):
            assert (rating_of(better, parameters)[0] or 0) >= before
