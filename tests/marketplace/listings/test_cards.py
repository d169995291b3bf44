"""Cards, plots and words: facts in prose, and nothing that the facts do not say."""

from datetime import date

import pytest
from django.utils import timezone

from marketplace.listings.cards import Card, asks_of, examples_of, starters_of
from marketplace.listings.models import Listing
from marketplace.listings.reference_prices import price_plot
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from marketplace.listings.taxonomy import (
    LICENCES,
    TASKS,
    language_name,
    licence_of,
    modality_label,
    task_label,
    task_meaning,
)


def text_of(listing: Listing) -> str:
    return " ".join(sentence for section in Card(listing).sections for sentence in section.sentences)


def test_a_card_without_facts_says_only_what_is_missing() -> None:
    bare = Listing(name="acme/bare", task="text-generation")
    assert [section.title for section in Card(bare).sections] == ["What is not recorded"]
    assert Card(bare).known == 0
    assert Card(bare).summary == "bare by acme writes and answers in text."


def test_a_card_with_every_fact_says_each() -> None:
    whole = Listing(
        name="acme/whole",
        task="feature-extraction",
        license="mit",
        parameters=22_713_216,
        memory_mb=87,
        released=date(2021, 8, 30),
        embedding_dim=384,
        max_tokens=256,
        languages=["eng", "deu"],
        modalities=["text"],
        libraries=["PyTorch", "ONNX"],
        adapted_from="acme/base",
        facts={
            "architecture_kind": "dense",
            "architecture": "vit",
            "recipe": "in1k",
            "classes": 1000,
            "input_size": 224,
            "capabilities": ["vision", "new-thing"],
            "training_datasets": [f"Set{n}" for n in range(9)],
            "public_training_code": True,
            "revision": "0123456789abcdef",
        },
    )
    text = text_of(whole)
    for words in [
        "gives one vector",
        "384 numbers",
        "1,000 classes",
        "image input and new thing",
        "22.7\N{NO-BREAK SPACE}M parameters",
        "256 tokens",
        "224 × 224",
        "English and German",
        "adapted from acme/base",
        "9 named data sets: Set0, Set1, Set2, Set3, Set4, Set5 and 3 more",
        "code that trained it is public",
        "PyTorch or ONNX",
    ]:
        assert words in text, words
    assert Card(whole).known == 8
    assert "not recorded" not in text


def test_many_languages_are_counted() -> None:
    many = Listing(name="a/b", task="x", languages=["eng", "deu", "fra", "spa", "ita", "por", "nld", "pol"])
    assert "It works in 8 languages: English, Spanish, French, Portuguese, German, Italian and 2 more." in text_of(many)


def test_facts_of_an_unexpected_form_are_left_out() -> None:
    odd = Listing(name="a/b", task="x", facts={"classes": "many", "input_size": [1], "training_datasets": "Set"})
    assert [section.title for section in Card(odd).sections] == ["What is not recorded"]


@pytest.mark.parametrize("key", [*LICENCES, "some-new-licence"])
def test_every_licence_has_a_meaning_in_a_sentence(key: str) -> None:
    assert str(licence_of(key).meaning).endswith(".")


def test_words_we_lack_are_shown_as_they_are() -> None:
    assert task_label("graph-ml") == "Graph ml"
    assert task_meaning("graph-ml") == ""
    assert Card(Listing(name="a/b", task="graph-ml")).summary == "b by a is a model for graph ml."
    assert language_name("qqq") == "qqq"
    assert modality_label("smell") == "Smell"
    assert all(task_meaning(task) for task in TASKS)


def prices(*amounts: tuple[float | None, float | None]) -> Listing:
    keys = ("input_usd_per_mtok", "output_usd_per_mtok")
    rows = [
        {"provider": f"host_{n}", **{key: value for key, value in zip(keys, pair, strict=True) if value is not None}}
        for n, pair in enumerate(amounts)
    ]
    return Listing(name="a/b", task="x", reference_prices=rows)


def test_no_prices_no_plot() -> None:
    assert price_plot(prices()) is None
    assert price_plot(prices((None, None))) is None


def test_a_linear_plot_ends_on_a_round_figure() -> None:
    plot = price_plot(prices((0.13, 0.4), (0.88, 1.04)))
    assert plot
    assert not plot.is_log
    assert [tick.label for tick in plot.ticks] == ["$0", "$0.50", "$1.00", "$1.50"]
    assert plot.summary == "A million output tokens cost from $0.40 at host 0 to $1.04 at host 1."
    assert [host.provider for host in plot.hosts] == ["host 0", "host 1"]


def test_prices_far_apart_are_drawn_in_decades() -> None:
    plot = price_plot(prices((0.01, 0.02), (2.0, 8.0)))
    assert plot
    assert plot.is_log
    assert [tick.label for tick in plot.ticks] == ["$0.01", "$0.10", "$1.00", "$10.00"]
    assert [tick.anchor for tick in plot.ticks] == ["start", "middle", "middle", "end"]


def test_free_and_missing_prices_are_drawn_too() -> None:
    plot = price_plot(prices((0.0, 0.0), (3.0, None)))
    assert plot
    assert not plot.is_log
    assert plot.summary == "A million output tokens cost nothing at host 0."
    only_input = price_plot(prices((0.2, None)))
    assert only_input
    assert only_input.summary == "host 0 charges $0.20 a million input tokens."
    both = price_plot(prices((0.2, 3.0)))
    assert both
    assert both.summary == "host 0 charges $0.20 a million input tokens and $3.00 a million output tokens."
    same = price_plot(prices((0.1, 0.3), (0.2, 0.3)))
    assert same
    assert same.summary == "A million output tokens cost $0.30 at host 0."


def test_every_mark_stands_inside_the_plot() -> None:
    for pair in [(0.0, 0.0), (1e-6, 1e-6), (1e9, 1e9), (0.07, 0.3), (5.0, 5.0)]:
        plot = price_plot(prices(pair))
        assert plot
        for host in plot.hosts:
            assert 0 <= (host.x_input or 0) <= 100
            assert 0 <= (host.x_output or 0) <= 100


@pytest.mark.parametrize(
    ("parameters", "memory_mb", "said"),
    [
        (595_800_000, 1136, "about 1.19\N{NO-BREAK SPACE}GB of memory at 16 bits."),
        (22_713_216, 87, "at 32 bits, and"),
        (7_000_000_000, 3338, "of memory at 4 bits."),
        (8_000_000_000, 7630, "of memory at 8 bits."),
        (100_000_000, 2098, "about 2.2\N{NO-BREAK SPACE}GB of memory."),  # 22 bytes a weight: something else is counted
        (None, 500, "about 524.3\N{NO-BREAK SPACE}MB of memory."),
        (0, 500, "about 524.3\N{NO-BREAK SPACE}MB of memory."),
    ],
)
def test_the_precision_of_weights_is_what_the_figures_tell_or_nothing(
    parameters: int | None, memory_mb: int, said: str
) -> None:
    text = text_of(Listing(name="acme/one", task="text-generation", parameters=parameters, memory_mb=memory_mb))
    assert said in text
    assert ("bits" in text) == ("bits" in said)


@pytest.mark.django_db
def test_no_entry_of_the_catalogue_claims_another_precision_than_its_figures_tell() -> None:
    known = Listing.objects.exclude(memory_mb=None).exclude(parameters=None).exclude(parameters=0)
    claimed = {each.name: bits for each in known if (bits := Card(each).precision)}
    assert len(claimed) > 2_000
    for each in known:
        if bits := claimed.get(each.name):
            assert each.memory_mb is not None
            assert each.parameters is not None
            assert abs(each.memory_mb * 2**20 * 8 / each.parameters / bits - 1) <= 0.1, each.name


def test_a_general_model_is_not_described_by_how_a_benchmark_used_it() -> None:
    chat = Listing(name="acme/chat", task="text-generation", facts={"architecture_kind": "cross-encoder"})
    assert "question and a text together" not in text_of(chat)


def test_embedders_of_pictures_say_that_they_embed_pictures() -> None:
    both = Listing(name="acme/both", task="feature-extraction", modalities=["image", "text"])
    assert Card(both).summary == (
        "both by acme turns images and text into vectors, so that meaning can be searched and compared."
    )


def test_what_our_probe_asked_is_no_starter_and_an_empty_field_says_what_to_write() -> None:
    now = timezone.now()
    told = Listing(name="acme/copy", task="text-generation", facts={"examples": ["one", "two"], "asks": "Two keywords"})
    assert (starters_of(told), asks_of(told)) == (["one", "two"], "Two keywords")
    told.runtime = ListingRuntime(
        listing=told, state=RuntimeState.READY, state_since=now, checked_at=now, is_told=True, probe={"question": "one"}
    )
    assert (examples_of(told), starters_of(told)) == (["one", "two"], ["two"])
    told.facts = {}
    assert asks_of(told) == "Write what it should work on"
    told.runtime.is_told = False
    assert asks_of(told) == "Ask something short"
    assert asks_of(Listing(name="acme/short", task="summarization")) == "Paste a text to sum up"
