"""What the watch writes down."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inference.health import STATES, ask_told, check_engines, write_runtimes
from inference.models import Call, CallState, Probe, Upstream
from inference.servers import engine_of
from marketplace.listings.models import Listing
from marketplace.listings.runtime import ListingRuntime, RuntimeState

from .conftest import UNHEARD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("silent_engines", "an_upstream")]


def write_as(state: RuntimeState) -> None:
    """Write how the listing runs while its engine is in a state."""
    Upstream.objects.update(state=STATES[state])
    write_runtimes([UNHEARD])


def test_an_engine_that_is_not_open_yet_warms_up_and_then_is_down() -> None:
    check_engines()
    runtime = ListingRuntime.objects.get()
    assert (runtime.state, runtime.runnable, runtime.uptime) == (RuntimeState.WARMING, False, 0)
    Probe.objects.update(at=timezone.now() - timedelta(minutes=6))
    check_engines()
    runtime.refresh_from_db()
    assert runtime.state == RuntimeState.DOWN


def test_an_engine_that_is_silent_is_written_down_as_often_as_one_that_answers() -> None:
    for _ in range(3):
        check_engines()
    assert Probe.objects.count() == 1
    Probe.objects.update(at=timezone.now() - timedelta(minutes=6))
    check_engines()
    assert Probe.objects.count() == 2


def test_figures_are_of_probes_until_there_are_calls() -> None:
    for first in (100, 200, 300):
        Probe.objects.create(engine="smollm2", answered=True, first_token_ms=first, tokens_per_second=10)
    write_as(RuntimeState.READY)
    runtime = ListingRuntime.objects.get()
    assert (runtime.first_token_p50_ms, runtime.first_token_p95_ms, runtime.tokens_per_second) == (200, 290, 10)
    assert (runtime.measured, runtime.asked, runtime.slow_ms) == (3, 3, None)
    assert runtime.measured_since == Probe.objects.earliest("at").at
    now = timezone.now()
    Call.objects.create(
        listing=UNHEARD,
        engine="smollm2",
        payer="203.0.113.0/24",
        access="free",
        slot=1,
        reserved=50,
        max_tokens=40,
        prompt_tokens=10,
        completion_tokens=21,
        first_token_ms=500,
        state=CallState.DONE,
        started_at=now - timedelta(seconds=2.5),
        ended_at=now,
    )
    write_as(RuntimeState.READY)
    runtime.refresh_from_db()
    assert (runtime.first_token_p50_ms, runtime.tokens_per_second) == (500, 10)
    assert runtime.measured == 1


def test_what_the_last_probe_was_told_is_written_only_for_what_has_no_instruction_of_its_own() -> None:
    Probe.objects.create(engine="smollm2", answered=True, question="Who are you?", answer="A model.", tokens=3)
    Probe.objects.create(engine="smollm2", answered=True, at=timezone.now() - timedelta(hours=1), answer="Older.")
    write_as(RuntimeState.READY)
    said = ListingRuntime.objects.get().probe
    assert said is not None
    assert (said["question"], said["answer"], said["tokens"]) == ("Who are you?", "A model.", 3)
    Upstream.objects.update(system_prompt="Be brief.")
    write_as(RuntimeState.READY)
    runtime = ListingRuntime.objects.get()
    assert (runtime.probe, runtime.is_told) == (None, True)


def test_what_follows_an_instruction_keeps_what_it_said_to_a_question_of_its_owner_for_a_day() -> None:
    Upstream.objects.update(system_prompt="Be brief.")
    write_as(RuntimeState.READY)
    Listing.objects.filter(name=UNHEARD).update(facts={"examples": ["steel bottle"]})
    now = timezone.now()
    for question, hours, kept in (("steel bottle", 1, True), ("Who are you?", 1, False), ("steel bottle", 25, False)):
        said = {"question": question, "answer": "Cold.", "at": (now - timedelta(hours=hours)).isoformat()}
        ListingRuntime.objects.update(probe=said)
        write_as(RuntimeState.READY)
        assert ListingRuntime.objects.get().probe == (said if kept else None)


def test_an_engine_that_is_silent_leaves_the_words_of_what_it_runs() -> None:
    Upstream.objects.update(system_prompt="Be brief.")
    write_as(RuntimeState.READY)
    Listing.objects.filter(name=UNHEARD).update(facts={"examples": ["steel bottle"]})
    ask_told(engine_of("smollm2"))
    assert ListingRuntime.objects.get().probe is None


def test_words_of_a_probe_older_than_a_day_are_not_shown_any_more() -> None:
    Probe.objects.create(engine="smollm2", answered=True, at=timezone.now() - timedelta(hours=25), answer="Old.")
    write_as(RuntimeState.READY)
    assert ListingRuntime.objects.get().probe is None


def test_an_engine_is_up_or_down_from_its_first_answer_on() -> None:
    now = timezone.now()
    for minutes, answered in ((50, False), (40, True), (30, False), (20, True), (10, True)):
        probe = Probe.objects.create(engine="smollm2", answered=answered)
        Probe.objects.filter(pk=probe.pk).update(at=now - timedelta(minutes=minutes))
    write_as(RuntimeState.READY)
    assert ListingRuntime.objects.get().uptime == 0.75
