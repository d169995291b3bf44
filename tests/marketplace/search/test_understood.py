"""What the phrases of a query mean, and that quotation marks take it back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.text import clean_line
from marketplace.search.facets import FACETS
from marketplace.search.phrases import lexicon
from marketplace.search.search import Search
from marketplace.search.sorting import ORDERS
from marketplace.search.understood import understand

EMBEDDINGS = ("feature-extraction", "sentence-similarity", "image-feature-extraction", "audio-feature-extraction")
TEXT = ("feature-extraction", "sentence-similarity")
IMAGES = ("image-feature-extraction", "zero-shot-image-classification", "feature-extraction")
CHAT = ("text-generation", "any-to-any", "image-text-to-text")


def facets_in(query: str) -> dict[str, tuple[str, ...]]:
    return {name: values for item in understand(query).items for name, values in item.sense.facets.items()}


@pytest.mark.parametrize(
    ("query", "facets"),
    [
        ("japanese text embedding", {"language": ("jpn",), "task": TEXT}),
        ("Japanese Embeddings", {"language": ("jpn",), "task": EMBEDDINGS}),
        ("korean re-ranking", {"language": ("kor",), "task": ("text-ranking",)}),
        ("日本語", {"language": ("jpn",)}),
        ("日本語の埋め込みモデル", {"language": ("jpn",), "task": EMBEDDINGS}),
        ("эмбеддинги", {"task": EMBEDDINGS}),
        ("русские эмбеддинги", {"language": ("rus",), "task": EMBEDDINGS}),
        ("图像 特征 提取", {"task": IMAGES, "modality": ("image",)}),
        ("图像特征提取", {"task": IMAGES, "modality": ("image",)}),
        ("中文 重排序", {"language": ("zho", "cmn"), "task": ("text-ranking",)}),
        ("فارسی", {"language": ("fas", "pes")}),
        ("тексты на украинском", {"language": ("ukr",)}),
        ("немецкие эмбеддинги", {"language": ("deu",), "task": EMBEDDINGS}),
        ("modèle japonais", {"language": ("jpn",)}),
        ("japanische Texte", {"language": ("jpn",)}),
        ("tiếng nhật", {"language": ("jpn",)}),
        ("阿拉伯语 嵌入", {"language": ("ara", "arb"), "task": EMBEDDINGS}),
        ("scandinavian embeddings", {"language": ("dan", "swe", "nor", "nob", "nno"), "task": EMBEDDINGS}),
        ("image and text retrieval", {"modality": ("image", "text")}),
        ("français", {"language": ("fra",)}),
        ("chinese or japanese", {"language": ("zho", "cmn", "jpn")}),
        ("embeddings or reranker in german", {"task": (*EMBEDDINGS, "text-ranking"), "language": ("deu",)}),
        ("german or cheap", {"language": ("deu",)}),
        ("free", {"price": ("free",)}),
        ("free chat", {"price": ("free",), "task": CHAT}),
        ("runs here", {"runnable": ("yes",)}),
        ("mit license", {"license": ("mit",)}),
        ("norwegian vectors", {"language": ("nor", "nob", "nno"), "task": EMBEDDINGS}),
        ("bge m3", {}),
        ("whisper small", {}),
        ("qwen2.5-1.5b-instruct", {}),
        ("mit/ast-finetuned", {}),
    ],
)
def test_languages_tasks_and_terms_become_filters(query: str, facets: dict[str, tuple[str, ...]]) -> None:
    assert facets_in(query) == facets


@pytest.mark.parametrize(
    ("query", "name", "low", "high"),
    [
        ("chat model under 1b", "params", None, 10**9),
        ("llm up to 7 billion parameters", "params", None, 7 * 10**9),
        ("over 10B", "params", 10**10, None),
        ("between 100m and 1b", "params", 10**8, 10**9),
        ("7b-13b chat", "params", 7 * 10**9, 13 * 10**9),
        ("< 0.5b", "params", None, 5 * 10**8),
        ("128k context", "context", 128_000, None),
        ("context of at least 32k", "context", 32_000, None),
        ("768-dimensional", "dims", 768, 768),
        ("released in 2024", "released", 20240101, 20241231),
        ("since 2025", "released", 20250101, None),
        ("released after June 2025", "released", 20250701, None),
        ("before feb. 2024", "released", None, 20240131),
        ("in may 2025", "released", 20250501, 20250531),
        ("between 2022 and 2024", "released", 20220101, 20241231),
        ("released 2020 to 2022", "released", 20200101, 20221231),
        ("between 1 and 3 billion parameters", "params", 10**9, 3 * 10**9),
        ("1-3b params", "params", 10**9, 3 * 10**9),
        ("with 2 billion parameters", "params", 1_700_000_000, 2_300_000_000),
        ("runs on cpu", "params", None, 10**9),
        ("under 8k context", "context", None, 8_000),
        ("less than 4,096 tokens", "context", None, 4_096),
        ("context window of at most 8k", "context", None, 8_000),
        ("up to 128k context", "context", 128_000, None),
        ("context window of 32,768", "context", 32_768, None),
        ("at most 768 dimensions", "dims", None, 768),
        ("more than 768 dims", "dims", 768, None),
        ("under 1,500m", "params", None, 15 * 10**8),
        ("under 1,5b", "params", None, 15 * 10**8),
        ("long context embeddings", "context", 30_000, None),
    ],
)
def test_figures_become_ranges(query: str, name: str, low: int | None, high: int | None) -> None:
    ranges = {key: found for item in understand(query).items for key, found in item.sense.ranges.items()}
    expected = (None if low is None else Decimal(low), None if high is None else Decimal(high))
    assert ranges == {name: expected}


@pytest.mark.parametrize("name", ["phi 3 14b", "qwen3 0.6b", "sew-d-base-plus-400k-ft-ls100h", "resnet50d 224"])
def test_figures_in_names_are_no_ranges(name: str) -> None:
    assert understand(name).items == ()


@pytest.mark.parametrize(
    "text",
    [
        *("not free", "non-free", "not japanese", "no english", "without chat", "except french", "not in 2020"),
        *("not for commercial use", "not less than 7b", "не русский", "ohne chat"),
    ],
)
def test_what_is_not_wanted_is_never_asked_for(text: str) -> None:
    understanding = understand(f"reranker {text}")
    assert [item.phrase for item in understanding.items] == ["reranker"]
    assert understanding.denied == (text,)


@pytest.mark.django_db
def test_what_is_not_wanted_is_said_to_be_words() -> None:
    assert any("“not free” was searched as plain words" in problem for problem in Search(q="chat not free").problems)


def test_what_only_sounds_like_a_price_or_a_bound_is_words() -> None:
    for text in ("sugar-free", "under 0b", "between 7b and 1b", "over 1e999b"):
        assert understand(text).items == (), text
    assert understand("no more than 7b").denied == understand("without a gpu").denied == ()


def test_what_asks_for_something_else_is_not_looked_for() -> None:
    understanding = understand("cheap chat model under 1b")
    assert understanding.text == "chat model"
    assert understanding.terms == ("chat",)
    assert understanding.order == "cheapest"
    assert understand("cheap").terms == ()


def test_words_that_are_understood_still_count_but_need_not_be_found() -> None:
    understanding = understand("german reranker for lawyers xyz")
    assert understanding.terms == ("german", "reranker", "lawyers", "xyz")
    assert understanding.soft == {"german", "reranker"}
    assert "law" in understanding.other_words["lawyers"]


@pytest.mark.parametrize("marks", ['"{}"', "“{}”", "„{}“", "«{}»", '"{}'])
def test_what_is_quoted_is_taken_literally(marks: str) -> None:
    understanding = understand(f"german {marks.format('embeddings under 1b')}")
    assert [item.phrase for item in understanding.items] == ["german"]
    assert understanding.terms == ("german", "embeddings", "under", "1b")
    assert understanding.literal == {"embeddings", "under", "1b"}


def test_each_understanding_is_taken_back_by_its_own_query() -> None:
    text = "cheap Japanese text embedding under 1b"
    items = understand(text).items
    assert [item.without(text) for item in items] == [
        "Japanese text embedding under 1b",
        'cheap "Japanese" text embedding under 1b',
        'cheap Japanese "text embedding" under 1b',
        "cheap Japanese text embedding",
    ]
    for item in items:
        left = [other.phrase for other in understand(item.without(text)).items]
        assert left == [other.phrase for other in items if other is not item]
    assert understand(understand(text).literally).items == ()


def test_sizes_in_names_are_words_and_beside_a_task_a_wish() -> None:
    assert [item.sense.prefers for item in understand("tiny reranker").items] == ["small", ""]
    assert understand("bert tiny").items == ()
    assert [item.phrase for item in understand("rubert tiny embeddings").items] == ["embeddings"]


def test_a_description_asks_for_nothing_but_what_it_is() -> None:
    text = "a free model that was trained in 2020 on cheap hardware for Danish court decisions and laws"
    assert [item.phrase for item in understand(text).items] == ["Danish", "court decisions"]


def test_names_that_are_written_together_are_found() -> None:
    others = understand("regnet y 16gf").other_words
    assert others == {"regnet": ("regnety",), "y": ("regnety", "y16gf"), "16gf": ("160",)}
    assert understand("regnetx 800mf").other_words["800mf"] == ("008",)


def test_phrases_mean_what_the_catalogue_knows() -> None:
    known = {facet.name for facet in FACETS}
    for phrase, sense in lexicon().senses.items():
        assert phrase
        assert set(sense.facets) <= known, phrase
        assert sense.order in {"", *ORDERS}, phrase
        assert sense.silent or sense.facets or sense.ranges or sense.words or sense.order or sense.prefers, phrase


@given(st.text(max_size=200))
def test_whatever_is_typed_is_understood_in_its_place(text: str) -> None:
    query = clean_line(text)
    understanding = understand(query)
    for item in understanding.items:
        assert understanding.query[item.start : item.end] == item.phrase
    starts = [item.start for item in understanding.items]
    assert starts == sorted(starts)
    assert understand(understanding.literally).items == ()
