"""What the watch writes down."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from inference.actions import SILENT
from inference.health import check_engines, write_runtimes
from inference.models import Call, CallState, Endpoint, Probe
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from tests.factories.marketplace import listing
from tests.ports import free_port

pytestmark = pytest.mark.django_db

CHAT = "acme/chat"


@pytest.fixture(autouse=True)
def silent_engines(settings: Any) -> None:
    """Engines at addresses where nobody listens."""
    here = {name: {**engine, "url": f"http://127.0.0.1:{free_port()}/v1"} for name, engine in settings.ENGINES.items()}
    settings.ENGINES = here


@pytest.fixture(autouse=True)
def endpoint() -> None:
    """One listing with an endpoint."""
    listing(CHAT, task="text-generation")
    Endpoint.objects.create(listing=CHAT, engine="smollm2", mode="chat")


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
    write_runtimes("smollm2", RuntimeState.READY, [CHAT])
    runtime = ListingRuntime.objects.get()
    assert (runtime.first_token_p50_ms, runtime.first_token_p95_ms, runtime.tokens_per_second) == (200, 290, 10)
    now = timezone.now()
    Call.objects.create(
        listing=CHAT,
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
    write_runtimes("smollm2", RuntimeState.READY, [CHAT])
    runtime.refresh_from_db()
    assert (runtime.first_token_p50_ms, runtime.tokens_per_second) == (500, 10)


def test_one_look_closes_what_is_abandoned_and_writes_how_the_engines_are() -> None:
    abandoned = Call.objects.create(
        listing=CHAT,
        engine="smollm2",
        payer="203.0.113.0/24",
        access="free",
        slot=1,
        reserved=50,
        max_tokens=40,
        prompt_tokens=10,
        journaled_at=timezone.now() - SILENT,
    )
    old = Probe.objects.create(engine="minilm", answered=True, at=timezone.now() - timedelta(days=8))
    call_command("watch_engines", once=True)
    assert not Probe.objects.filter(pk=old.pk).exists()
    abandoned.refresh_from_db()
    assert (abandoned.state, abandoned.error) == (CallState.FAILED, "abandoned")
    assert ListingRuntime.objects.get().state == RuntimeState.WARMING


def test_every_listing_of_the_demo_gets_its_endpoint_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("open_endpoints")
    call_command("open_endpoints")
    assert Endpoint.objects.count() == 12 + 1
    assert Endpoint.objects.named("PLAIN-words/short-summary").get().system_prompt.startswith("Summarise")
    assert "12 endpoints are open." in capsys.readouterr().out
