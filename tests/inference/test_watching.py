"""Servers are tried when they are due or asked for, and what is found stands on the pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from structlog.testing import capture_logs

from accounts.models import User
from common.sealing import seal
from inference import watching
from inference.models import Kind, Mode, Probe, Upstream, UpstreamState
from inference.probing import Finding
from inference.servers import key_of
from inference.watching import look_after, record, try_upstream
from marketplace.checks.models import Check, CheckState
from marketplace.listings.models import Listing
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from marketplace.listings.versions import MetadataDocument, Version
from tests.factories.marketplace import listing as make_listing

from .seller import KEY, Seller, selling

pytestmark = pytest.mark.django_db
NAME = "acme/chat"


@pytest.fixture(autouse=True)
def within_this_thread(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Servers are asked in the test's own thread, whose transaction no other sees."""

    class Here:
        def __init__(self, _workers: int) -> None:
            pass

        def __enter__(self) -> Here:
            return self

        def __exit__(self, *_error: object) -> None:
            pass

        def map(self, work: Any, some: Any) -> Any:
            return map(work, some)

    monkeypatch.setattr(watching, "ThreadPoolExecutor", Here)
    monkeypatch.setattr(watching, "connections", type("Kept", (), {"close_all": staticmethod(lambda: None)}))
    settings.UPSTREAM_LOOPBACK = True


@pytest.fixture
def seller() -> Iterator[Seller]:
    with selling() as running:
        yield running


@pytest.fixture
def upstream(seller: Seller) -> Upstream:
    """A server of a release."""
    made = make_listing(NAME, task="text-generation")
    document = MetadataDocument.objects.create(cid="b" + "a" * 58, content=b"{}")
    Version.objects.create(listing=made, number="1.0.0", metadata=document)
    user = User.objects.create(address="0x" + "b" * 40)
    said = {"listing": NAME, "version": "1.0.0", "mode": Mode.CHAT, "base_url": seller.url, "user": user}
    upstream = Upstream(kind=Kind.URL, engine="seller-one", **said)
    upstream.sealed_key = seal(KEY, bound_to=key_of(upstream))
    upstream.save()
    return upstream


def state() -> str:
    return ListingRuntime.objects.get(listing__name=NAME).state


def test_a_look_tries_what_is_due_and_the_pages_say_what_was_found(upstream: Upstream, seller: Seller) -> None:
    assert look_after() == 1
    upstream.refresh_from_db()
    assert (upstream.state, upstream.context, upstream.model, upstream.streams) == ("healthy", 8192, "lemon-1", True)
    runtime = ListingRuntime.objects.get(listing__name=NAME)
    assert (runtime.state, runtime.uptime, runtime.asked, runtime.measured) == (RuntimeState.READY, 1.0, 1, 1)
    assert runtime.probe is not None
    assert runtime.probe["answer"] == "A lemon tree stands here."
    assert Listing.objects.named(NAME).select_related("runtime").get().runs_now
    check = Check.objects.get(subject=f"version:{NAME}@1.0.0", name="probe")
    assert check.state == CheckState.PASSED
    assert check.says.startswith("It answers, streams, reads 8,192 tokens")
    assert look_after() == 0  # until it is due again: a seller pays for each answer
    assert len(seller.questions) == 1 + 3  # and the samples, once


def test_a_failing_listing_does_not_run_now_and_comes_back(upstream: Upstream, seller: Seller) -> None:
    look_after()
    seller.status = 500
    for _ in range(3):
        assert state() == RuntimeState.READY
        Upstream.objects.update(next_at=timezone.now())
        look_after()
    assert state() == RuntimeState.DOWN
    upstream.refresh_from_db()
    assert upstream.state == UpstreamState.DRAINED
    assert Check.objects.get(name="probe").state == CheckState.FAILED
    assert not Listing.objects.named(NAME).select_related("runtime").get().runs_now
    seller.status = 200
    assert look_after() == 0  # it waits
    Upstream.objects.update(next_at=timezone.now())
    look_after()
    assert state() == RuntimeState.READY
    assert list(Probe.objects.order_by("pk").values_list("answered", flat=True)) == [True, False, False, False, True]


def test_two_servers_of_which_one_answers(upstream: Upstream) -> None:
    with selling(status=503) as other:
        said = {"listing": NAME, "version": "1.0.0", "mode": Mode.CHAT, "base_url": other.url}
        Upstream.objects.create(kind=Kind.URL, engine="seller-two", **said)
        assert look_after() == 2
    assert state() == RuntimeState.READY
    check = Check.objects.get(name="probe")
    assert (check.state, check.found) == (CheckState.WARNED, {"answering": 1, "of": 2})


def test_what_its_checks_refuse_does_not_run(upstream: Upstream) -> None:
    Check.objects.create(
        subject=f"version:{NAME}@1.0.0", name="licence", state=CheckState.FAILED, ended_at=timezone.now()
    )
    look_after()
    assert state() == RuntimeState.DOWN


def test_a_server_s_questions_a_day_are_bounded(upstream: Upstream, seller: Seller) -> None:
    Probe.objects.bulk_create(Probe(engine=upstream.engine, answered=True) for _ in range(watching.MOST_A_DAY))
    assert look_after() == 0
    upstream.refresh_from_db()
    assert upstream.next_at is not None
    assert upstream.next_at > timezone.now() + timedelta(minutes=20)
    assert seller.asked == []


def test_a_seller_asks_to_have_one_tried(upstream: Upstream, seller: Seller) -> None:
    Upstream.objects.update(asked_at=timezone.now())
    upstream.refresh_from_db()
    assert upstream.is_being_tried
    try_upstream(upstream.pk)
    try_upstream(upstream.pk)  # a task may run twice
    upstream.refresh_from_db()
    assert not upstream.is_being_tried
    assert len(seller.questions) == 1 + 3  # and the samples, once
    try_upstream(upstream.pk + 1_000)


def test_a_draft_s_server_has_a_check_and_no_figures(upstream: Upstream) -> None:
    draft = "0b5a9bd0-6a50-4c2f-8f3c-0d7d2d9f2f11"
    Upstream.objects.update(listing="", version="", draft=draft, asked_at=timezone.now())
    try_upstream(upstream.pk)
    assert Check.objects.get(subject=f"draft:{draft}", name="probe").state == CheckState.PASSED
    assert not Probe.objects.exists()
    assert look_after() == 0


@pytest.mark.parametrize("change", [{"base_url": "https://other.example/v1"}, {"model": "x"}, {"sealed_key": b"x"}])
def test_what_was_found_about_another_server_is_not_written(upstream: Upstream, change: dict[str, Any]) -> None:
    before = Upstream.objects.get(pk=upstream.pk)
    Upstream.objects.update(**change)
    record(before, Finding(context=1))
    upstream.refresh_from_db()
    assert (upstream.context, upstream.probed_at, upstream.state) == (None, None, UpstreamState.PROBING)
    Upstream.objects.all().delete()
    record(before, Finding())


@pytest.mark.parametrize("broken_part", ["examine", "record", "_sample"])
def test_a_fault_of_ours_is_not_the_server_s(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch, broken_part: str
) -> None:
    look_after()
    probes = Probe.objects.count()

    def broken(*_given: object) -> Finding:
        raise KeyError("ours")

    monkeypatch.setattr(watching, broken_part, broken)
    for _ in range(4):
        Upstream.objects.update(next_at=timezone.now())
        with capture_logs() as logs:
            assert look_after() == 1
        assert [each["log_level"] for each in logs if each.get("exc_info")] == ["error"]
        upstream.refresh_from_db()
        assert (upstream.state, upstream.says, upstream.streak) == (UpstreamState.HEALTHY, "", 0)
        assert upstream.next_at is not None
        assert upstream.next_at > timezone.now() + timedelta(minutes=2)  # others have their turn meanwhile
    assert not Probe.objects.filter(answered=False).exists()
    assert broken_part == "_sample" or Probe.objects.count() == probes
    assert state() == RuntimeState.READY


def test_a_fault_of_ours_at_one_server_leaves_the_others_their_findings(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = watching.record

    def broken(tried: Upstream, finding: Finding) -> None:
        if tried.pk == upstream.pk:
            raise KeyError("ours")
        real(tried, finding)

    monkeypatch.setattr(watching, "record", broken)
    with selling() as other:
        said = {"listing": NAME, "version": "1.0.0", "mode": Mode.CHAT, "base_url": other.url}
        second = Upstream.objects.create(kind=Kind.URL, engine="seller-two", sealed_key=b"", **said)
        other.key = ""
        assert look_after() == 2
    second.refresh_from_db()
    assert second.state == UpstreamState.HEALTHY
