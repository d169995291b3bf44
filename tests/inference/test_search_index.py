"""The search's index, filled by the real engine: each listing's vector, made anew only where its text has changed."""

from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command

from inference.meaning import dot
from marketplace.listings.models import Listing
from marketplace.search.index_actions import embed_listings
from marketplace.search.index_models import ListingVector, SearchTerm
from marketplace.search.meaning import EngineSilentError, meaning_of
from tests.factories.marketplace import listing
from tests.ports import free_port

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("engines"), pytest.mark.django_db]

KEPT = 3


@pytest.fixture
def few() -> list[Listing]:
    """Three listings alone, of which one is plainly about speech."""
    Listing.objects.all().delete()
    speech = listing("acme/listener", task="automatic-speech-recognition", modalities=["audio"], languages=["eng"])
    others = [listing("acme/ranker", task="text-ranking"), listing("acme/painter", task="text-to-image")]
    return [speech, *others]


def test_the_command_embeds_what_is_new_and_then_only_what_has_changed(few: list[Listing]) -> None:
    call_command("index_search")
    assert SearchTerm.objects.filter(word="listener").exists()
    before = {each.pk: (each.digest, each.checked_at) for each in ListingVector.objects.all()}
    assert set(before) == {each.pk for each in few}
    assert embed_listings() == 0
    Listing.objects.filter(pk=few[0].pk).update(languages=["deu"], updated_at=before[few[0].pk][1])
    ListingVector.objects.update(checked_at=few[0].created_at.replace(year=2000))  # so that all are looked at again
    assert embed_listings() == KEPT
    after = {each.pk: each.digest for each in ListingVector.objects.all()}
    assert [after[each.pk] == before[each.pk][0] for each in few] == [False, True, True]


def test_a_question_in_other_words_is_nearest_to_what_it_means(few: list[Listing]) -> None:
    call_command("index_search")
    cache.clear()
    looks = (meaning_of("transcribe voices in recordings") for _ in range(500))
    asked = next(each for each in looks if each.vector)  # one that comes after the deadline is kept for the next
    assert asked.vector
    near = {each.listing.name: dot(asked.vector, list(each.embedding)) for each in ListingVector.objects.all()}
    assert max(near, key=lambda name: near[name]) == "acme/listener"


def test_an_engine_that_is_silent_is_said_to_be(few: list[Listing], settings: Any) -> None:
    nobody = {**settings.ENGINES["minilm"], "url": f"http://127.0.0.1:{free_port()}/v1"}
    settings.ENGINES = {**settings.ENGINES, "minilm": nobody}
    with pytest.raises(EngineSilentError):
        call_command("index_search")
    assert not ListingVector.objects.exists()
