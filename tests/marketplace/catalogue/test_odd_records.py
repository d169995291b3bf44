"""One record must not break what all share: whatever a line holds is refused by its number, or every page works."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from marketplace.catalogue.importing import import_catalogue
from marketplace.listings.models import Listing
from marketplace.search.presenters import counts_lately
from marketplace.search.vocabulary import count_words
from tests.factories.marketplace import listing, record

pytestmark = pytest.mark.django_db

FEW = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # an example is a dozen pages: looking for a smaller one takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

# Each is one fact of a wrong type, or of no meaning, and the start of what is said of it.
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"revision": 123456}, "revision: "),
    ({"capabilities": 5}, "capabilities: "),
    ({"capabilities": ["a", 5]}, "capabilities.1: "),
    ({"training_datasets": {"a": 1}}, "training_datasets: "),
    ({"training_datasets": [" \u200b"]}, "training_datasets.0: "),
    ({"architecture": ["vit"]}, "architecture: "),
    ({"recipe": {}}, "recipe: "),
    ({"summary": 7}, "summary: "),
    ({"classes": True}, "classes: "),
    ({"input_size": "224"}, "input_size: "),
    ({"public_training_code": "yes"}, "public_training_code: "),
    ({"license": "javascript://%0aalert(1)"}, "license: "),
    ({"license": "javascript:alert(1)"}, "license: "),
    ({"license": "data://x"}, "license: "),
    ({"license": "ftp://example.org/terms"}, "license: "),
    ({"license": "https://"}, "license: "),
    ({"license": "https:// example.org"}, "license: "),
    ({"license": "https://user@example.org/"}, "license: "),
    ({"license": "https://example.org:99999/"}, "license: "),
    ({"license": "x" * 65}, "license: "),
    ({"license": ["mit"]}, "license: "),
    ({"released": "9999-12-31"}, "released: "),
    ({"released": "1949-12-31"}, "released: "),
    ({"released": 1704067200}, "released: "),
    ({"released": "1704067200"}, "released: "),
    ({"released": "2024-01-01T00:00:00"}, "released: "),
    ({"released": "2024-02-30"}, "released: "),
    ({"released": "20240101"}, "released: "),
    ({"released": True}, "released: "),
    ({"languages": ["Klingonese"]}, "languages.0: "),
    ({"languages": ["eng", ""]}, "languages.1: "),
    ({"languages": [1]}, "languages.0: "),
    ({"modalities": ["unknown"]}, "modalities.0: "),
    ({"libraries": "PyTorch"}, "libraries: "),
    ({"parameters": 7.0}, "parameters: "),
    ({"memory_mb": False}, "memory_mb: "),
    ({"embedding_dim": 2**31}, "embedding_dim: "),
    ({"max_tokens": 10**30}, "max_tokens: "),
    ({"score": float("nan")}, "score: "),
    ({"score": float("-inf")}, "score: "),
    ({"score": 10**400}, "score: "),
    ({"deep": [[{"score": float("inf")}]]}, "deep.0.0.score: "),
    (
        {"reference_prices": [{"provider": "host", "input_usd_per_mtok": "5"}]},
        "reference_prices.0.input_usd_per_mtok: ",
    ),
    (
        {"reference_prices": [{"provider": "host", "input_usd_per_mtok": True}]},
        "reference_prices.0.input_usd_per_mtok: ",
    ),
    (
        {"reference_prices": [{"provider": "h", "output_usd_per_mtok": 5e-324}]},
        "reference_prices.0.output_usd_per_mtok: ",
    ),
    ({"reference_prices": [{"provider": 5}]}, "reference_prices.0.provider: "),
    ({"adapted_from": "no-slash"}, "adapted_from: "),
    ({"superseded_by": 5}, "superseded_by: "),
    ({"source": 5}, "source: "),
    ({"name": "acme/" + "x" * 97}, "name: "),
    ({"name": "x" * 97 + "/acme"}, "name: "),
    ({"name": "acme/../x"}, "name: "),
    ({"name": "acme/."}, "name: "),
    ({"name": "acme/x\n"}, "name: "),
    ({"name": "ＡＣＭＥ/x"}, "name: "),
    ({"name": 5}, "name: "),
    ({"task": "unknown"}, "task: "),
    ({"task": None}, "task: "),
    ({"training_datasets": [f"{n:0100}" for n in range(1000)]}, "record: its facts have more"),
]
LINES = [
    (b'{"name": "acme/bad", "task": "x", "parameters": 1, "parameters": 2}', 'the key "parameters" stands twice'),
    (b'{"name": "acme/bad", "task": "x", "a": {"b": 1, "\\u0062": 1}}', 'the key "b" stands twice'),
    (b'{"name": "acme/bad", "task": "x", "score": 1e999}', "score: "),
    (b'{"name": "acme/bad", "task": "x", "score": -Infinity}', "score: "),
    (b'{"name": "acme/bad", "task": "x", "score": 1' + b"0" * 5000 + b"}", "not valid JSON"),
    (b'{"name": "acme/bad", "task": "x", "deep": ' + b"[" * 200 + b"]" * 200 + b"}", "nested deeper"),
    (b'{"name": "acme/bad", "task": "x", "deep": ' + b'{"a":' * 990 + b"1" + b"}" * 990 + b"}", ""),
    (b'{"name": "acme/bad", "task": "x", "source": "\xed\xa0\x80"}', "not valid JSON"),
    (b'{"name": "acme/bad", "task": "x", "\\u0000": 1}', "holds a NUL character"),
    (b'{"name": "acme/bad", "task": "x", "a": "\\ud800"}', "not valid JSON"),
    ('{"name": "acme/bad", "task": "x"}'.encode("utf-16"), "not valid JSON"),
    (b'"acme/bad"', "record: "),
    (b"null", "record: "),
    (b"{} {}", "not valid JSON"),
]
BAD: list[tuple[bytes, str]] = [(record(**{"name": "acme/bad", **facts}), fault) for facts, fault in WRONG] + LINES


@pytest.mark.parametrize(("line", "fault"), BAD, ids=range(len(BAD)))
def test_a_bad_line_is_refused_by_its_number_and_the_good_ones_stay(line: bytes, fault: str) -> None:
    faults: list[tuple[int, str]] = []
    lines = [record("acme/before"), b"\r\n", line, b"\xef\xbb\xbf", record("acme/after") + b"\r\n"]
    report = import_catalogue(lines=lines, skip_bad=True, on_bad=lambda number, text: faults.append((number, text)))
    assert [number for number, _ in faults] == [3]
    assert faults[0][1].startswith(fault) or fault in faults[0][1]
    assert (report.added, report.bad) == (2, 1)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            {"languages": ["English", "zh-CN", "deu ", "DE", "ger", "Norwegian Bokma\u030al"]},
            ["eng", "zho", "deu", "nob"],
        ),
        ({"languages": ["python", "C++"]}, ["python", "c++"]),
        ({"license": " MIT "}, "mit"),
        ({"license": "Unknown"}, ""),
        ({"modalities": ["ｔｅｘｔ", " text", "text"]}, ["text"]),
        ({"libraries": ["Py\u0000Torch".replace("\u0000", "\u200b")]}, ["PyTorch"]),
    ],
)
def test_what_is_meant_is_stored_in_the_one_form(given: dict[str, Any], kept: object) -> None:
    assert getattr(listing(**given), next(iter(given))) == kept


def broken(client: Client, name: str, *queries: str) -> dict[str, int]:
    """Return of all that a record shows itself in what does not answer, by address: alone, and found by each query."""
    cache.clear()
    counts_lately.clear()
    paths = [f"/models/{name}", f"/models/{name}/why", f"/compare?m={name}&m=BAAI/bge-m3", "/feeds/models", "/models"]
    paths += [f"/feeds/models/{name}", "/", "/models?view=grid&sort=newest", f"/api/v1/listings/{name}"]
    paths += [
        f"/api/v1/listings/{name}/related",
        f"/api/v1/compare?name={name}",
        f"/models/{name}/reference-prices.csv",
    ]
    found = {path: client.get(path).status_code for path in paths}
    searched = ["/models", "/feeds/models", "/search/suggestions", f"/models/{name}/why"]
    searched += [f"/api/v1/{path}" for path in ("listings", "facets", "suggestions", f"listings/{name}/why")]
    found |= {f"{path}?q={q}": client.get(path, {"q": q}).status_code for path in searched for q in queries}
    return {path: status for path, status in found.items() if status != 200}


@pytest.mark.parametrize(
    ("facts", "q"),
    [
        ({"license": "https://qqzzterms.example/o'brien/terms"}, "qqzz"),
        ({"license": "https://qqzz.example/a'b\"c?d=%27&e=:*|!()"}, "qqzz"),
        ({"training_datasets": ["qqzz\\'\\\\ : * & | ! <-> ( )", "http://qqzz.example/o'x\\y"]}, "qqzz"),
        ({"architecture": "qqzz' & !"}, "qqzz'"),
        ({"summary": "</script><script>alert(1)</script>\x01\ufffe"}, "tiny"),
        (
            {
                "reference_prices": [
                    {"provider": "a", "input_usd_per_mtok": 1e-9},
                    {"provider": "b", "output_usd_per_mtok": 1e9},
                ]
            },
            "tiny",
        ),
        (
            {"parameters": 2**63 - 1, "memory_mb": 2**63 - 1, "max_tokens": 2**63 - 1, "embedding_dim": 2**31 - 1},
            "tiny",
        ),
        ({"parameters": 0, "memory_mb": 0, "max_tokens": 0, "embedding_dim": 0, "released": "1950-01-01"}, "tiny"),
        ({"facts": {"summary": []}, "model_config": 1, "": 1, "__class__": "x", "id": -1, "pk": None}, "tiny"),
    ],
    ids=range(9),
)
def test_an_odd_record_leaves_every_page_as_it_was(client: Client, facts: dict[str, Any], q: str) -> None:
    name = listing(**facts).name
    assert not broken(client, name, q)


@pytest.mark.parametrize(
    "facts",
    [
        {"revision": 123456, "summary": ["a"], "capabilities": 5, "classes": True, "recipe": {"a": 1}},
        {"revision": ["a"], "summary": {"a": 1}, "architecture": 7, "input_size": "x", "training_datasets": {"a": 1}},
    ],
)
def test_what_was_stored_before_it_was_checked_is_shown_as_text(client: Client, facts: dict[str, Any]) -> None:
    name = listing().name
    Listing.objects.filter(name=name).update(facts=facts, license_url="javascript:alert(1)", license="custom")
    assert not broken(client, name, "tiny")
    assert "javascript:" not in client.get(f"/models/{name}").content.decode()
    assert client.get(f"/api/v1/listings/{name}").json()["license_url"] is None


@FEW
@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
@example("qqzz'\\", "qqzz' | '\\")
@example("o''brien:*", "'")
@example("\u0130\u1e9e\ufdfa", "\ufdfa" * 20)
def test_no_text_breaks_a_page_whether_it_is_stored_or_typed(client: Client, stored: str, typed: str) -> None:
    line = json.dumps(
        {"name": "acme/any", "task": "x", "training_datasets": [f"qqzz {stored}"], "note": stored}
    ).encode()
    report = import_catalogue(lines=[record("acme/whole"), line], skip_bad=True)
    count_words()
    name = "acme/whole" if report.bad else "acme/any"
    assert not broken(client, name, typed, f"qqzz {stored}"[:200])
    ET.fromstring(client.get("/feeds/models", {"q": stored}).content)  # noqa: S314  our own answer


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
KEYS = ["license", "parameters", "released", "languages", "reference_prices", "revision", "capabilities", "summary"]
KEYS += ["classes", "input_size", "training_datasets", "architecture", "architecture_kind", "recipe", "source", "other"]


@FEW
@given(st.dictionaries(st.sampled_from(KEYS), json_values, min_size=1, max_size=3))
def test_any_record_is_refused_or_every_page_works(client: Client, values: dict[str, object]) -> None:
    report = import_catalogue(lines=[json.dumps({"name": "acme/any", "task": "x", **values}).encode()], skip_bad=True)
    if not report.bad:
        assert not broken(client, "acme/any", "acme any")
