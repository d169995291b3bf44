"""The figures on top of a model's page: what was measured comes first, and nothing that was not is there."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from marketplace.listings.figures import duration, figures_of, languages_in_short, measured_in_words, share, speed
from marketplace.listings.models import Listing
from marketplace.listings.runtime import ListingRuntime, RuntimeState

MANY = {"asked": 288, "measured": 288, "measured_since": datetime(2026, 11, 28, 0, 5, tzinfo=UTC)}
SPACE = "\N{NO-BREAK SPACE}"


def said(listing: Listing) -> list[tuple[str, str]]:
    return [(figure.label, figure.value.replace(SPACE, " ")) for figure in figures_of(listing)]


def running(listing: Listing, **figures: object) -> Listing:
    now = timezone.now()
    listing.runtime = ListingRuntime(
        listing=listing, state=RuntimeState.READY, state_since=now, checked_at=now, **figures
    )
    return listing


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(None, "–"), (0, "0 ms"), (99, "99 ms"), (626, "626 ms"), (1_000, "1.0 s"), (9_960, "10.0 s"), (12_345, "12.3 s")],
)
def test_a_time_is_written_in_the_unit_that_people_read(milliseconds: int | None, text: str) -> None:
    assert duration(milliseconds).replace(SPACE, " ") == text


@pytest.mark.parametrize(
    ("part", "text"), [(None, "–"), (1.0, "100 %"), (0.99999, "99.9 %"), (0.0, "0 %"), (0.5, "50 %")]
)
def test_less_than_all_is_never_rounded_up_to_all(part: float | None, text: str) -> None:
    assert share(part).replace(SPACE, " ") == text


def test_what_writes_shows_its_first_token_its_speed_and_its_uptime() -> None:
    listing = Listing(name="acme/chat", task="text-generation", parameters=134_515_008, max_tokens=8_192)
    measured = running(
        listing, first_token_p50_ms=174, first_token_p95_ms=320, tokens_per_second=22.4, uptime=0.997, **MANY
    )
    assert said(measured) == [
        ("First token", "174 ms"),
        ("Speed", "22 tok/s"),
        ("Uptime", "99.7 %"),
        ("Parameters", "134.5 M"),
        ("Context", "8,192"),
    ]
    assert figures_of(measured)[0].exact == "median 174 ms, p95 320 ms"
    assert measured_in_words(measured) == "Median of 288 answers since 28 Nov, 00:05 UTC."


def test_what_compares_shows_how_long_an_answer_takes() -> None:
    listing = Listing(name="acme/embed", task="feature-extraction")
    measured = running(listing, first_token_p50_ms=12, first_token_p95_ms=31, uptime=1.0, **MANY)
    assert said(measured) == [("Answer", "12 ms"), ("Slowest answers", "31 ms"), ("Uptime", "100 %")]


def test_few_measurements_are_counted_and_give_neither_a_share_nor_a_p95() -> None:
    few = {"asked": 5, "measured": 3, "measured_since": MANY["measured_since"]}
    listing = running(
        Listing(name="acme/embed", task="feature-extraction"),
        **{"first_token_p50_ms": 12, "first_token_p95_ms": 31, "uptime": 0.6, **few},
    )
    assert said(listing) == [("Answer", "12 ms"), ("Answered", "3 of 5 checks")]
    assert figures_of(listing)[0].exact == "median 12 ms"
    listing.runtime.measured = 1
    assert measured_in_words(listing) == "Measured once, at 28 Nov, 00:05 UTC."


def test_what_was_not_measured_is_a_dash() -> None:
    listing = running(Listing(name="acme/chat", task="text-generation"))
    assert said(listing) == [("First token", "–"), ("Speed", "–"), ("Uptime", "–")]


def test_what_does_not_run_shows_what_is_recorded_and_nothing_else() -> None:
    assert figures_of(Listing(name="acme/bare", task="text-generation")) == []
    facts = {"input_size": 224}
    listing = Listing(
        name="acme/vit", task="image-classification", memory_mb=87, released=date(2021, 8, 30), facts=facts
    )
    assert said(listing) == [("Pictures", "224 px"), ("Memory", "91.2 MB"), ("Released", "Aug 2021")]


def test_memory_is_that_at_sixteen_bits_where_the_precision_is_known() -> None:
    listing = Listing(name="acme/m", task="text-ranking", memory_mb=2_000, parameters=524_288_000)
    assert said(listing) == [("Parameters", "524.3 M"), ("Memory, 16 bits", "1.05 GB")]
    assert figures_of(listing)[1].exact.replace(SPACE, " ") == "2.1 GB at 32 bits"


def test_one_language_is_named_and_several_are_counted() -> None:
    assert [languages_in_short(Listing(languages=each)) for each in ([], ["deu"], ["deu", "eng"])] == [
        "",
        "German",
        "2 languages",
    ]


RATES = [(None, ""), (8.46, "8.5"), (9.97, "10"), (12.6, "13"), (12.4, "12"), (1234.0, f"1.23{SPACE}k")]


@pytest.mark.parametrize(("rate", "written"), RATES)
def test_a_speed_is_rounded_alike_everywhere(rate: float | None, written: str) -> None:
    assert speed(rate) == written
    found = figures_of(running(Listing(name="acme/chat", task="text-generation"), tokens_per_second=rate))
    assert found[1].value == (f"{written}{SPACE}tok/s" if written else "–")
