"""An engine of vectors that says anything: searches go on by words, and nothing odd is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from marketplace.listings.models import Listing
from marketplace.search import meaning
from marketplace.search.index_actions import embed_listings
from marketplace.search.index_models import DIMENSIONS, ListingVector
from marketplace.search.meaning import EngineSilentError, meaning_of
from tests.factories.marketplace import listing
from tests.hostile import RESET, answer, hostile

pytestmark = pytest.mark.django_db

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


def vectors(*embeddings: Any) -> list[bytes]:
    data = [{"index": index, "embedding": each} for index, each in enumerate(embeddings)]
    return answer(json.dumps({"data": data}).encode())


ODD: dict[str, list[bytes]] = {
    "too short": vectors([1.0] * (DIMENSIONS - 1)),
    "too long": vectors([1.0] * (DIMENSIONS + 1)),
    "NaN": vectors([float("nan")] * DIMENSIONS),
    "infinity": vectors([float("-inf")] * DIMENSIONS),
    "zero": vectors([0] * DIMENSIONS),
    "texts": vectors(["1"] * DIMENSIONS),
    "none": vectors(),
    "too many": vectors([1.0] * DIMENSIONS, [1.0] * DIMENSIONS),
    "no JSON": answer(b"\xff"),
    "an error": answer(b"{}", "500 Oops"),
    "too large": [HEAD + b" " * 8_100_000],
    "a reset": [RESET],
}


@pytest.fixture(autouse=True)
def warm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An engine that has not been silent, and a search that waits for it as long as a test may."""
    monkeypatch.setattr(meaning, "_cold_until", 0.0)
    monkeypatch.setattr(meaning, "DEADLINE", 20)
    cache.clear()
    yield
    cache.clear()


def use(settings: Any, url: str) -> None:
    settings.ENGINES = {**settings.ENGINES, "minilm": {**settings.ENGINES["minilm"], "url": f"{url}/v1"}}


@pytest.mark.parametrize("script", ODD.values(), ids=ODD)
def test_a_search_goes_on_by_words_and_the_log_says_why(
    script: list[bytes], settings: Any, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    listing("acme/listener", task="automatic-speech-recognition")
    with hostile(script) as url:
        use(settings, url)
        page = client.get("/models", {"q": "listener"})
    assert page.status_code == 200
    assert "acme/listener" in page.content.decode()
    assert "The engine gave no vector" in caplog.text
    assert meaning_of("listener").vector is None


def test_no_odd_vector_is_stored(settings: Any) -> None:
    Listing.objects.all().delete()
    listing("acme/listener")
    for script in ODD.values():
        with hostile(script) as url:
            use(settings, url)
            with pytest.raises(EngineSilentError):
                embed_listings()
    assert not ListingVector.objects.exists()
    with hostile(vectors([2.0] * DIMENSIONS)) as url:
        use(settings, url)
        assert embed_listings() == 1
    assert list(ListingVector.objects.get().embedding) == pytest.approx([DIMENSIONS**-0.5] * DIMENSIONS)
