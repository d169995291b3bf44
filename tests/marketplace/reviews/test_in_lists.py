"""A score is seen wherever a model is: its page, rows, comparisons, a search’s reasons, what search engines read."""

from __future__ import annotations

import json
import re

from django.test import Client

from marketplace.listings.models import Listing
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from marketplace.scores.score_models import ModelScore
from marketplace.search.rank_prior import weigh_listings
from marketplace.search.search import Search
from tests.factories.marketplace import listing
from tests.factories.reviews import NOW, Model, model

BUYER, OTHER, THIRD = 2, 3, 4
PAGE = "/models/maker/chat"


def runs(listing: Listing) -> None:
    ListingRuntime.objects.create(listing=listing, state=RuntimeState.READY, state_since=NOW, checked_at=NOW)


def structured(page: str) -> dict[str, object]:
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    assert block
    found: dict[str, object] = json.loads(block[1])
    return found


def test_a_models_page_has_its_score_and_two_reviews_once_it_is_on_chain(client: Client, shop_listing: Listing) -> None:
    from .written import review

    path = shop_listing.get_absolute_url()
    page = client.get(path).content.decode()
    assert "Nobody has reviewed it yet." in page
    assert "aggregateRating" not in structured(page)
    for n, text in enumerate(["</script><script>alert(1)</script>", "Good.", "Least helpful."], 1):
        review(shop_listing, n, rating=6 - n, text=text, helpful=10 - n, votes=1)
    page = client.get(path).content.decode()
    assert "Read all 3 reviews" in page
    assert "Good." in page
    assert "Least helpful." not in page
    assert 'href="#reviews">\n      Reviews <small class="muted">3</small></a>' in page
    data = structured(page)
    score = ModelScore.objects.get(listing=shop_listing)
    rating = {"@type": "AggregateRating", "bestRating": 5, "worstRating": 1, "ratingCount": 3}
    assert data["aggregateRating"] == {**rating, "ratingValue": round((score.score or 0) / 1000, 1)}
    found = data["review"]
    assert isinstance(found, list)
    assert [each["reviewBody"] for each in found] == ["</script><script>alert(1)</script>", "Good."]


def test_the_order_by_rating_has_the_best_first_and_everything_once(client: Client, made: Model) -> None:
    made.buy_and_review(BUYER, 3)
    better = model("maker/better", salt=2)
    better.buy_and_review(BUYER, 5)
    better.buy_and_review(OTHER, 5)
    names = [each.name for each in Search(sort="rating").page(limit=3).items]
    assert names[:2] == ["maker/better", "maker/chat"]
    found: list[str] = []
    cursor = ""
    while True:
        page = Search(sort="rating").page(limit=1000, cursor=cursor)
        found += [each.name for each in page.items]
        if not (cursor := page.next):
            break
    assert len(found) == len(set(found)) == Listing.objects.visible().count()
    assert client.get("/models?sort=rating").status_code == 200


def test_rows_and_cards_show_it_and_leave_the_place_empty_where_there_is_none(client: Client, made: Model) -> None:
    runs(listing("corner/quiet"))
    page = client.get("/models").content.decode()
    assert re.search(r'corner/</span>.*?c-rating">\s*</td>', page, re.S)
    runs(made.listing)
    assert "rated " not in client.get("/models?view=grid&sort=rating").content.decode()
    made.buy_and_review(BUYER, 4)
    score = ModelScore.objects.get(listing=made.listing)
    shown = f"{(score.score or 0) / 1000:.1f}"
    page = client.get("/models?sort=rating").content.decode()
    assert f"<b>{shown}</b> <small>1</small>" in page
    assert f"rated {shown} of 5 (1)" in " ".join(client.get("/models?view=grid&sort=rating").content.decode().split())


def test_the_rank_prior_counts_it_and_the_reasons_name_it(client: Client, made: Model) -> None:
    weigh_listings()
    before = Listing.objects.get(pk=made.listing.pk).quality
    for who in (BUYER, OTHER, THIRD):
        made.buy_and_review(who, 5)
    weigh_listings()
    after = Listing.objects.get(pk=made.listing.pk)
    score = ModelScore.objects.get(listing=made.listing).score or 0
    assert round(after.quality - before, 3) == round(0.1 * (score - 1000) / 4000 * 3 / 6, 3)
    why = client.get(f"{PAGE}/why?q=maker/chat").content.decode()
    assert "use and rating" in why
    assert "of 5, 3 reviews." in why


def test_a_comparison_has_a_row_of_it(client: Client, made: Model) -> None:
    made.buy_and_review(BUYER, 4)
    page = client.get("/compare?m=maker/chat&m=BAAI/bge-m3&all=1").content.decode()
    assert "Site’s score" in page
    assert "of 5, 1 review" in page
