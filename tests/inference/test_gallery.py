"""Three questions are asked of a version once, and buyers read what came."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.sealing import seal
from inference.gallery import GENERAL, questions_for, take_samples
from inference.models import Kind, Mode, Upstream, UpstreamState
from inference.servers import key_of
from marketplace.checks.models import Check, CheckState
from marketplace.listings.versions import MetadataDocument, Version
from marketplace.publish.models import Draft
from tests.factories.marketplace import listing as make_listing

from .seller import KEY, WORDS, selling

pytestmark = pytest.mark.django_db
NAME = "acme/chat"


def upstream_at(url: str, **said: Any) -> Upstream:
    made = Upstream(kind=Kind.URL, engine="seller-one", mode=Mode.CHAT, base_url=url, model="lemon-1", **said)
    made.state, made.sealed_key = UpstreamState.HEALTHY, seal(KEY, bound_to=key_of(made))
    made.save()
    return made


@pytest.fixture
def released(settings: Any) -> None:
    settings.UPSTREAM_LOOPBACK = True
    document = MetadataDocument.objects.create(cid="b" + "a" * 58, content=b"{}")
    Version.objects.create(listing=make_listing(NAME, task="text-generation"), number="1.0.0", metadata=document)


def test_samples_are_taken_once_and_read_by_everybody(released: None, client: Client) -> None:
    page = reverse("model-samples", args=["acme", "chat"])
    assert "Nothing was asked yet" in client.get(page).content.decode()
    with selling() as seller:
        upstream = upstream_at(seller.url, listing=NAME, version="1.0.0")
        assert (take_samples(upstream), take_samples(upstream)) == (3, 0)
        assert len(seller.questions) == 3
    check = Check.objects.get(subject=f"version:{NAME}@1.0.0", name="samples")
    assert (check.state, check.says) == (CheckState.PASSED, "3 of 3 questions were answered.")
    shown = client.get(page, headers={"HX-Request": "true", "HX-Target": "p#samples"}).content.decode()
    assert shown.lstrip().startswith("<section")
    assert GENERAL[0] in shown
    assert "".join(WORDS) in shown
    assert client.get(reverse("model-samples", args=["acme", "none"])).status_code == 404


def test_what_was_not_answered_is_asked_again_later(released: None) -> None:
    with selling(status=500) as seller:
        upstream = upstream_at(seller.url, listing=NAME, version="1.0.0")
        assert take_samples(upstream) == 0
        assert Check.objects.get(name="samples").state == CheckState.WARNED
        seller.status = 200
        assert take_samples(upstream) == 0
        Check.objects.update(ended_at=timezone.now() - timedelta(hours=7))
        assert take_samples(upstream) == 3


def test_a_seller_s_own_questions_come_first(settings: Any) -> None:
    user = User.objects.create(address="0x" + "c" * 40)
    odd = [7, "", "What is a lemon?", "x" * 5_000, "\u200b"]
    draft = Draft.objects.create(user=user, manifest={"model": {"task": "translation", "examples": odd}})
    asked = questions_for(Upstream(draft=draft.pk, mode=Mode.CHAT))
    assert asked[0] == "What is a lemon?"
    assert [len(each) <= 500 for each in asked] == [True] * 3
    assert asked[2].startswith("Translate into French")
    assert questions_for(Upstream(draft=uuid4(), mode=Mode.CHAT)) == list(GENERAL)


@pytest.mark.parametrize("said", [{"mode": Mode.RERANK}, {"state": UpstreamState.DRAINED}])
def test_nobody_else_is_asked(said: dict[str, Any]) -> None:
    upstream = Upstream(kind=Kind.URL, draft=uuid4(), **{"mode": Mode.CHAT, "state": UpstreamState.HEALTHY, **said})
    assert take_samples(upstream) == 0
    assert not Check.objects.exists()


def test_what_makes_vectors_shows_what_it_finds_nearest(released: None, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = {"How do I get my money back?": [1.0, 0.0], "Refunds are paid within five days.": [0.8, 0.6]}

    def embedded(engine: Any, texts: list[str]) -> tuple[list[list[float]], int | None]:
        return [vectors.get(text, [0.0, 1.0]) for text in texts], None

    monkeypatch.setattr("inference.gallery.embed", embedded)
    upstream = upstream_at("https://models.example/v1", listing=NAME, version="1.0.0")
    Upstream.objects.update(mode=Mode.EMBEDDINGS)
    upstream.refresh_from_db()
    assert (take_samples(upstream), take_samples(upstream)) == (2, 0)
    first = Check.objects.get(name="samples").found["samples"][0]
    assert first["question"] == "Nearest to “How do I get my money back?”"
    assert first["answer"].split("\n")[0] == "0.80  Refunds are paid within five days."
