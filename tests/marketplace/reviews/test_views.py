"""The page of a model's reviews, as everybody reads it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from common.kept import kept_pages
from marketplace.scores.models import Review, Standing
from tests.marketplace.shop import SELLER, Shop

from .written import answer, many, review

pytestmark = pytest.mark.django_db
PATH = "/models/corner/chat/reviews"


def test_a_model_without_reviews_says_so_and_what_one_may_do(client: Client, shop: Shop) -> None:
    page = client.get(PATH).content.decode()
    assert "Nobody has reviewed it yet" in page
    assert "None yet. The first review that counts makes it." in page
    assert "0 ratings on chain" in page


def test_reviews_are_shown_with_what_was_used_and_both_scores_by_their_names(client: Client, shop: Shop) -> None:
    review(shop.listing, 1, rating=4, used=212_400, spent=2 * 10**16, speed=5, text="Good <b>tone</b>.")
    first = review(shop.listing, 2, rating=2, used=18_020, text="Stops in the middle.", votes=3, helpful=3)
    answer(first, "Version 1.1.0 mends it.", shop.address(SELLER))
    page = client.get(PATH).content.decode()
    for text in [
        "Site’s score, by use",
        "How they voted",
        "Contract’s score, by fees paid",
        "over 20,000 tokens",
        "over 1,000 tokens",
        "spent 0.01 to 0.1 ETH",
        "4 of 5",
        "Good &lt;b&gt;tone&lt;/b&gt;.",
        "Fast enough",
        "Version 1.1.0 mends it.",
        "Reviews",
        "A mean of the reviews that count.",
    ]:
        assert text in page, text
    assert "212,400" not in page, "a band, and never the sum"


def test_what_is_left_out_is_counted_labelled_and_shown(client: Client, shop: Shop) -> None:
    review(shop.listing, 1, text="Mine counts")
    review(shop.listing, 2, standing=Standing.REFUNDED, text="I gave it back")
    review(shop.listing, 3, standing=Standing.AFFILIATED, text="We are friends")
    page = client.get(PATH).content.decode()
    assert "2 more stand outside the score: its purchase was refunded (1), " in page
    assert page.count("Not counted: ") == 2
    outside = client.get(f"{PATH}?counting=no").content.decode()
    assert "Mine counts" not in outside
    assert "We are friends" in outside


def test_what_is_withdrawn_or_hidden_is_not_there(client: Client, shop: Shop) -> None:
    gone = review(shop.listing, 1, text="Never mind")
    Review.objects.filter(pk=gone.pk).update(
        withdrawn_at=gone.written_at, standing=Standing.WITHDRAWN, judged=Standing.WITHDRAWN
    )
    assert "Never mind" not in client.get(PATH).content.decode()
    assert client.get(f"/reviews/{gone.pk}").status_code == 404


def test_filters_and_orders_are_plain_addresses(client: Client, shop: Shop) -> None:
    for n, (rating, used, helpful) in enumerate([(1, 50, 9), (5, 2_000, 0), (3, 90_000, 4)], 1):
        review(shop.listing, n, rating=rating, used=used, helpful=helpful, version=f"1.0.{n}", text=f"text-{n}")

    def seen(query: str) -> list[str]:
        return re.findall(r"text-(\d)", client.get(f"{PATH}?{query}").content.decode())

    assert seen("") == ["3", "2", "1"]
    assert seen("sort=newest") == ["3", "2", "1"]
    assert seen("sort=helpful") == ["1", "3", "2"]
    assert seen("sort=lowest") == ["1", "3", "2"]
    assert seen("sort=highest") == ["2", "3", "1"]
    assert seen("used=much") == ["3"]
    assert seen("rating=1") == ["1"]
    assert seen("version=1.0.2") == ["2"]
    assert seen("used=often&sort=highest") == ["2", "3"]
    assert seen("sort=nonsense&rating=9&used=x") == ["3", "2", "1"]


def test_a_hundred_thousand_reviews_take_few_queries_and_a_walk_meets_each_once(
    client: Client, shop: Shop, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many(shop.listing, 100_000)
    with django_assert_max_num_queries(8):
        page = client.get(PATH).content.decode()
    assert "100,000" in page
    member = Client()
    member.force_login(shop.buyer)
    kept_pages.clear()
    with django_assert_max_num_queries(8):
        member.get(PATH)
    with django_assert_max_num_queries(8):
        narrowed = client.get(f"{PATH}?rating=5&sort=lowest&used=often").content.decode()
    assert "1,000+ of 100,000" in " ".join(narrowed.split())
    Review.objects.filter(author__gt=f"0x{65:040x}").delete()
    for sort in ("use", "newest", "helpful", "lowest", "highest"):
        path, found = f"{PATH}?sort={sort}", []
        while path:
            page = client.get(path).content.decode()
            found += re.findall(r"Review (\d+)", page)
            following = re.search(r'href="([^"]*)" rel="next"', page)
            path = following[1].replace("&amp;", "&") if following else ""
        assert sorted(map(int, found)) == list(range(1, 66)), sort


def test_one_review_has_a_page_of_its_own(client: Client, shop: Shop) -> None:
    made = review(shop.listing, 1, text="Whole")
    page = client.get(f"/reviews/{made.pk}").content.decode()
    assert "Whole" in page
    assert made.cid in page
    assert client.get("/reviews/7c1a7a52-0000-4000-8000-000000000000").status_code == 404


def test_another_spelling_leads_to_the_one_address(client: Client, shop: Shop) -> None:
    assert client.get("/models/Corner/Chat/reviews?rating=5")["Location"] == f"{PATH}?rating=5"
