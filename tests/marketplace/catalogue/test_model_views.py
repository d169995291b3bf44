"""A model's page: what it says of the model, of its kin and of prices elsewhere."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account, User
from marketplace.listings.models import Listing
from marketplace.listings.runtime import SAMPLE, ListingRuntime, RuntimeSample, RuntimeState
from tests.factories.marketplace import listing, listings, record
from tests.marketplace.shop import Shop
from tests.moderators import make_moderator

pytestmark = pytest.mark.django_db


def test_a_model_page_says_what_is_known_and_what_is_not(client: Client) -> None:
    listing(
        "acme/whole",
        license="mit",
        parameters=134_515_008,
        adapted_from="BAAI/bge-m3",
        superseded_by="acme/next",
        reference_prices=[
            {"provider": "host_a", "input_usd_per_mtok": 0.5, "output_usd_per_mtok": 1.5},
            {"provider": "host_b", "input_usd_per_mtok": 0.1},
        ],
    )
    page = client.get("/models/acme/whole").content.decode()
    for text in [
        "134.5\N{NO-BREAK SPACE}M",
        "Licence: MIT",
        'href="/models/BAAI/bge-m3"',
        "not in this catalogue",
        "host a",
        "It does not run here. This page gathers its facts.",
        "Not sold here",
        "Nobody has recorded: memory, release date",
    ]:
        assert text in page, text


def test_a_models_children_are_shown_and_the_rest_counted(client: Client) -> None:
    listings(*(record(f"acme/child-{n:02}", adapted_from="acme/base") for n in range(15)))
    listing("acme/base")
    listing("acme/old", superseded_by="acme/base")
    page = client.get("/models/acme/base").content.decode()
    assert len(re.findall(r"based on it\s*</span>", page)) == 12
    assert "3 more are not shown" in page
    assert "replaced by it" in page


def test_an_entry_for_reference_leads_to_what_runs_the_same_weights_here(client: Client) -> None:
    listing("acme/base")
    path, now = "/models/acme/base", timezone.now()
    listings(*(record(f"acme/child-{n:02}", adapted_from="acme/Base") for n in range(14)))
    runs = listing("zoo/last-by-name", adapted_from="acme/base")
    assert "Same task, running here" not in client.get(path).content.decode()
    ListingRuntime.objects.create(listing=runs, state=RuntimeState.READY, state_since=now, checked_at=now)
    page = client.get(path).content.decode()
    assert re.search(
        r'Same task, running here</h3>\s*<ul class="shelf">\s*<li>\s*(<span[^>]*>[^<]*</span>)+\s*'
        r'<a class="name" href="/models/zoo/last-by-name">',
        page,
    )
    assert re.search(r'<a class="btn act wide" href="/models/zoo/last-by-name">\s*Try last-by-name\s*</a>', page)
    ListingRuntime.objects.update(state=RuntimeState.DOWN)
    assert "Same task, running here" not in client.get(path).content.decode()


def test_prices_elsewhere_can_be_taken_along(client: Client) -> None:
    listing("acme/priced", reference_prices=[{"provider": "host_a", "input_usd_per_mtok": 0.5}])
    answer = client.get("/models/acme/priced/reference-prices.csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert answer.content.decode().splitlines() == ["provider,input_usd_per_mtok,output_usd_per_mtok", "host a,0.5,"]


def test_moderators_alone_are_led_to_what_they_decide(client: Client) -> None:
    for address, moderates in (("0x" + "ab" * 20, False), ("0x" + "cd" * 20, True)):
        client.force_login(make_moderator(address) if moderates else User.objects.create(address=address))
        page = client.get("/models/BAAI/bge-m3").content.decode()
        assert ("Moderate this listing" in page) == moderates
    (path,) = re.findall(r'href="([^"]+)">Moderate this listing', page)
    assert client.get(path).status_code == 200


def runs(found: Listing, **figures: object) -> ListingRuntime:
    now = timezone.now()
    return ListingRuntime.objects.create(
        listing=found, state=RuntimeState.READY, state_since=now, checked_at=now, **figures
    )


def test_only_the_parts_that_exist_have_a_tab(client: Client) -> None:
    listing("acme/bare")
    page = client.get("/models/acme/bare").content.decode()
    tabs = re.findall(r'<a[^>]*href="#([a-z]+)"', page.partition('class="tabs"')[2].partition("</nav>")[0])
    assert tabs == ["card", "files"]
    assert all(f'id="{each}"' in page for each in tabs)


def test_figures_are_shown_as_they_are_measured(client: Client) -> None:
    runtime = runs(listing("acme/chat", task="text-generation"), first_token_p50_ms=174, tokens_per_second=22, uptime=1)
    assert "174\N{NO-BREAK SPACE}ms" in client.get("/models/acme/chat").content.decode()
    runtime.first_token_p50_ms = 90
    runtime.save()
    assert "90\N{NO-BREAK SPACE}ms" in client.get("/models/acme/chat").content.decode()


def test_measurements_are_plotted_with_their_table_and_a_young_model_says_when(client: Client) -> None:
    found = listing("acme/chat", task="text-generation")
    runs(found)
    assert "ten-minute steps" in client.get("/models/acme/chat").content.decode()
    at = timezone.now() - timedelta(hours=1)
    for place in range(3):
        RuntimeSample.objects.create(
            listing=found, at=at + place * SAMPLE, asked=2, answered=2, first_token_ms=180 + place, tokens_per_second=20
        )
    page = client.get("/models/acme/chat").content.decode()
    assert page.count("<polyline") == 2
    assert "it answered 6 of 6 checks" in page
    assert len(re.findall(r'<td class="num">18[012]</td>', page)) == 3
    assert client.get("/models/acme/bare-one").status_code == 404


def test_code_is_shown_as_text_whatever_is_recorded(client: Client) -> None:
    evil = "</code><script>alert(1)</script>"
    Account.objects.filter(name="acme").delete()
    found = listing("acme/odd", libraries=["Transformers"], source="mteb", revision=evil, summary=f"{evil} \u202eRTL")
    assert found.owner.is_reserved
    page = client.get("/models/acme/odd").content.decode()
    assert "<script>alert" not in page
    assert "AutoModel.from_pretrained(&quot;acme/odd&quot;)" in page
    assert "https://huggingface.co/acme/odd/tree/main" in page


def test_the_owners_other_models_stand_there_what_runs_first_and_at_most_five(client: Client) -> None:
    listings(*(record(f"acme/other-{n}") for n in range(7)))
    listing("acme/base")
    runs(Listing.objects.get(name="acme/other-6"))
    page = client.get("/models/acme/base").content.decode()
    part = page.partition('id="siblings"')[2].partition("</section>")[0]
    names = re.findall(r'href="/models/acme/(other-\d)"', part)
    assert names[0] == "other-6"
    assert len(names) == 5
    assert part.count("runs now") == 1
    listing("zoo/alone")
    assert 'id="siblings"' not in client.get("/models/zoo/alone").content.decode()


def test_on_paper_a_page_says_where_and_when(client: Client) -> None:
    listing("acme/bare")
    page = client.get("/models/acme/bare").content.decode()
    assert re.search(r'class="on-paper">http://testserver/models/acme/bare, \d+ \w+ \d{4}</p>', page)


def test_a_conversation_stands_in_the_page_itself_with_a_real_answer(client: Client) -> None:
    found = listing("acme/chat", task="text-generation")
    runtime = runs(found, measured=3, measured_since=timezone.now())
    page = client.get("/models/acme/chat").content.decode()
    assert 'data-socket="/ws/playground/acme/chat"' in page
    assert '<textarea id="question"' in page
    assert re.search(r'hx-get="/playground/acme/chat" hx-trigger="load" hx-target="#allowance"', page)
    assert "Median of 3 answers since" in page
    assert "Name three citrus fruits." in page
    runtime.probe = {"question": "Who are you?", "answer": "<b>A model</b>"}
    runtime.save()
    assert "&lt;b&gt;A model&lt;/b&gt;" in client.get("/models/acme/chat").content.decode()
    runtime.probe, runtime.is_told = None, True
    runtime.save()
    page = client.get("/models/acme/chat").content.decode()
    assert "Name three citrus fruits." not in page
    assert "The meeting moves to Monday at ten." in page
    examples = ["steel bottle, <b>cold</b>", "desk lamp", "left out"]
    Listing.objects.filter(pk=found.pk).update(facts={"examples": examples})
    page = client.get("/models/acme/chat").content.decode()
    assert "steel bottle, &lt;b&gt;cold&lt;/b&gt;" in page
    assert "desk lamp" in page
    assert not any(each in page for each in ("left out", "The meeting moves to Monday at ten."))


def test_a_similar_model_that_is_sold_shows_what_it_costs(
    shop: Shop, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Listing.objects.filter(pk=shop.listing.pk).update(adapted_from="acme/root")
    listing("acme/near", adapted_from="acme/root")
    listing("acme/other", adapted_from="acme/root")
    with django_assert_max_num_queries(8):
        page = client.get("/models/acme/near").content.decode()
    rows = re.findall(r"<li.*?</li>", page[page.index('id="related"') :].replace("<wbr>", ""), re.S)
    costs = {re.findall(r'href="/models/([^"]+)"', row)[0]: row for row in rows if "/models/" in row}
    assert re.search(r"0\.02.*ETH.*once", costs["corner/chat"], re.S)
    assert "Reference" in costs["acme/other"]
