"""What the commands do."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from inference.actions import SILENT
from inference.models import Call, CallState, Probe, Upstream
from marketplace.listings.runtime import ListingRuntime, RuntimeState

from .conftest import UNHEARD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("silent_engines", "an_upstream")]


def test_one_look_closes_what_is_abandoned_and_writes_how_the_engines_are() -> None:
    abandoned = Call.objects.create(
        listing=UNHEARD,
        engine="smollm2",
        payer="203.0.113.0/24",
        access="free",
        slot=1,
        reserved=50,
        max_tokens=40,
        prompt_tokens=10,
        journaled_at=timezone.now() - SILENT,
    )
    old = Probe.objects.create(engine="minilm", answered=True, at=timezone.now() - timedelta(days=33))
    for key, hours in (("over", -1), ("open", 1)):
        Session.objects.create(pk=key, session_data="", expire_date=timezone.now() + timedelta(hours=hours))
    call_command("watch_engines", once=True)
    assert not Probe.objects.filter(pk=old.pk).exists()
    assert list(Session.objects.values_list("pk", flat=True)) == ["open"]
    abandoned.refresh_from_db()
    assert (abandoned.state, abandoned.error) == (CallState.FAILED, "abandoned")
    assert ListingRuntime.objects.get().state == RuntimeState.WARMING


def test_every_listing_of_the_demo_gets_its_upstream_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("open_upstreams")
    call_command("open_upstreams")
    assert Upstream.objects.count() == 20 + 1
    assert Upstream.objects.named("PLAIN-words/short-summary").get().system_prompt.startswith("Summarise")
    assert "20 upstreams are open." in capsys.readouterr().out
