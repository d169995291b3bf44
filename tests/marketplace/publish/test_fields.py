"""The wizard's fields: what is typed stands in the manifest as it was, and comes back."""

from typing import Any

import pytest

from marketplace.publish.fields import FIELDS, field_at, value_of, values_of, with_values

TYPED = {
    "name": "tiny",
    "version": "1.2.0",
    "changelog": "Quicker.",
    "summary": "Writes haiku.",
    "task": "text-generation",
    "license": "apache-2.0",
    "license_url": "https://example.org/l",
    "languages": "eng, deu",
    "tags": "haiku, small",
    "parameters": "1200",
    "context": "512",
    "architecture": "LlamaForCausalLM",
    "libraries": "Transformers",
    "modalities": "text",
    "training": "On haiku.",
    "examples": "Of rain?\nOf snow?",
    "parent": "a/b",
    "text": "# Tiny\n\nIt is small.",
    "pass_price": "0.02",
    "pass_currency": "USD",
    "month_price": "0.",
    "month_currency": "USD",
    "in_per_m": "0.1",
    "out_per_m": "abc",
    "rates_currency": "USD",
    "splits": "0xabc 10\n0xdef 2.5",
    "royalty": "10",
    "mode": "listed",
    "allow": "0x1\n0x2",
    "deny": "0x3",
    "transfers": "yes",
    "resale": "yes",
    "resale_royalty": "5",
    "tokens": "1000",
    "days": "7",
    "streams": "1",
    "terms": "Be kind.",
}


def test_everything_typed_comes_back_as_it_was() -> None:
    assert set(TYPED) == {field.name for field in FIELDS}
    manifest = with_values({}, TYPED)
    assert {field.name: value_of(manifest, field) for field in FIELDS} == TYPED


def test_the_manifest_has_the_shape_of_a_citrate_toml() -> None:
    manifest = with_values({}, TYPED)
    assert manifest["model"]["languages"] == ["eng", "deu"]
    assert manifest["model"]["parameters"] == 1200
    assert manifest["plans"] == [
        {"kind": "pass", "price": "0.02", "currency": "USD"},
        {"kind": "subscription", "price": "0.", "currency": "USD"},
    ]
    assert manifest["rates"] == [{"in_per_m": "0.1", "out_per_m": "abc", "currency": "USD"}]
    assert manifest["splits"][1] == {"address": "0xdef", "percent": "2.5"}
    assert manifest["access"] == {"mode": "listed", "allow": ["0x1", "0x2"], "deny": ["0x3"]}
    assert manifest["passes"] == {"transfers": True, "resale": True, "resale_royalty": "5"}


def test_what_is_emptied_is_gone_and_the_rest_stays() -> None:
    manifest = with_values(with_values({}, TYPED), {"pass_price": "", "summary": "", "splits": ""})
    assert [plan["kind"] for plan in manifest["plans"]] == ["subscription"]
    assert "summary" not in manifest["model"]
    assert "splits" not in {part for part, value in manifest.items() if value}
    assert manifest["model"]["name"] == "tiny"


def test_what_a_draft_says_otherwise_is_kept() -> None:
    manifest: dict[str, Any] = {"chain": "anvil", "search_terms": ["haiku"], "model": {"embedding_dim": 3}}
    made = with_values(manifest, {"name": "tiny"})
    assert made["chain"] == "anvil"
    assert made["search_terms"] == ["haiku"]
    assert made["model"] == {"embedding_dim": 3, "name": "tiny"}
    assert manifest["model"] == {"embedding_dim": 3}


@pytest.mark.parametrize(
    "odd", [{"plans": "x"}, {"plans": ["x", {}]}, {"model": 3}, {"splits": {"a": 1}}, {"rates": [7]}]
)
def test_a_manifest_of_another_shape_is_read_and_written_all_the_same(odd: dict[str, Any]) -> None:
    for step in ("name", "card", "price"):
        values_of(odd, step)
    assert value_of(with_values(odd, {"pass_price": "1"}), next(f for f in FIELDS if f.name == "pass_price")) == "1"


def test_a_fault_is_told_at_its_field() -> None:
    manifest = with_values({}, TYPED)
    places: list[tuple[str | int, ...]] = [("plans", 1, "price"), ("model", "languages", 0), ("splits", 0, "percent")]
    assert [field_at(manifest, place) for place in places] == ["month_price", "languages", "splits"]
    assert [field_at(manifest, place) for place in [("chain",), ("plans", 9, "price"), ()]] == ["", "", ""]
