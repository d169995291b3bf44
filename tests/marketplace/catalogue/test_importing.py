"""Importing a catalogue: all of a file or nothing of it, any number of times, whatever the file holds."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account
from marketplace.catalogue.errors import CatalogueRefusedError
from marketplace.catalogue.importing import import_catalogue
from marketplace.listings.models import Listing
from marketplace.listings.records import MAX_LINE, BadRecordError, parse_record
from tests.databases import CATALOGUE
from tests.factories.marketplace import empty_catalogue, listing, record

pytestmark = pytest.mark.django_db

BAD = {
    b"not json": "not valid JSON",
    b"[1, 2]": "record: ",
    b"{}": "name: field required",
    record(name="no-slash"): "name: ",
    record(name="a/b/c"): "name: ",
    record(name="acme/<script>"): "name: ",
    record(task="Text Generation"): "task: ",
    record(parameters=-1): "parameters: ",
    record(parameters=2**63): "parameters: ",
    record(parameters="7"): "parameters: ",
    record(parameters=True): "parameters: ",
    record(released="yesterday"): "released: ",
    record(languages="eng"): "languages: ",
    record(license="a\x00b"): "holds a NUL character",
    record(extra={"deep": ["a\x00b"]}): "holds a NUL character",
    b'{"name": "a/b", "task": "x", "source": "\\ud800"}': "not valid JSON",
    record(reference_prices=[{"provider": "=cmd()"}]): "reference_prices.0.provider: ",
    record(reference_prices=[{"provider": "host", "input_usd_per_mtok": -1}]): "reference_prices.0.input_usd_per_mtok",
    record(reference_prices=[{"provider": "host", "input_usd_per_mtok": float("nan")}]): "input_usd_per_mtok",
    b"[" * 100_000: "not valid JSON",
    b" " * (MAX_LINE + 1): "longer than",
    b"\xff\xfe{}": "not valid JSON",
}


@pytest.mark.parametrize(("line", "fault"), list(BAD.items()), ids=range(len(BAD)))
def test_a_bad_record_is_named_and_nothing_is_imported(line: bytes, fault: str) -> None:
    faults: list[tuple[int, str]] = []
    padded = line if line.strip() else line + b"x"
    with pytest.raises(CatalogueRefusedError):
        import_catalogue(
            lines=[record("acme/good"), b"\n", padded], on_bad=lambda number, text: faults.append((number, text))
        )
    assert [number for number, _ in faults] == [3]
    assert fault in faults[0][1]
    assert not Listing.objects.filter(name="acme/good").exists()
    assert not Account.objects.filter(name="acme").exists()


def test_good_records_can_be_imported_without_the_bad_ones() -> None:
    report = import_catalogue(lines=[record("acme/good"), b"{}", record("acme/other")], skip_bad=True)
    assert (report.added, report.bad) == (2, 1)


def test_the_real_catalogue_is_whole_and_importing_it_again_changes_nothing() -> None:
    before = list(Listing.objects.order_by("pk").values())
    with CATALOGUE.open("rb") as file:
        report = import_catalogue(lines=file)
    assert (report.added, report.changed, report.unchanged, report.bad) == (0, 0, 2882, 0)
    assert list(Listing.objects.order_by("pk").values()) == before
    lines = CATALOGUE.read_text().splitlines()
    assert {row["name"] for row in before} == {json.loads(line)["name"] for line in lines}


def test_every_fact_of_a_record_arrives() -> None:
    facts: dict[str, Any] = {
        "license": "Apache-2.0",
        "parameters": 7,
        "memory_mb": 1,
        "released": "2026-01-31",
        "embedding_dim": 384,
        "max_tokens": 512,
        "modalities": ["text", "text"],
        "libraries": ["PyTorch"],
        "languages": ["deu"],
        "adapted_from": "acme/base",
        "superseded_by": "acme/next",
        "reference_prices": [{"provider": "host", "input_usd_per_mtok": 0.5, "tier": "batch"}],
        "recipe": "in1k",
        "source": "mteb",
    }
    found = listing(**facts)
    assert found.license == "apache-2.0"
    assert found.modalities == ["text"]
    assert found.reference_prices == [{"provider": "host", "input_usd_per_mtok": 0.5, "tier": "batch"}]
    assert found.facts == {"recipe": "in1k"}
    kept = [
        "parameters",
        "memory_mb",
        "embedding_dim",
        "max_tokens",
        "libraries",
        "languages",
        "adapted_from",
        "source",
    ]
    assert {key: getattr(found, key) for key in kept} == {key: facts[key] for key in kept}
    assert found.released
    assert found.released.isoformat() == "2026-01-31"


def test_terms_of_an_owners_own_keep_their_address() -> None:
    found = listing(license="https://example.org/Terms")
    assert (found.license, found.license_url) == ("custom", "https://example.org/Terms")


def test_a_changed_record_changes_its_listing_and_no_other() -> None:
    import_catalogue(lines=[record("acme/one", parameters=1), record("acme/two")])
    untouched = Listing.objects.get(name="acme/two")
    report = import_catalogue(lines=[record("ACME/One", parameters=2), record("acme/two")])
    assert (report.added, report.changed, report.unchanged) == (0, 1, 1)
    assert Listing.objects.get(name="acme/one").parameters == 2
    assert Listing.objects.get(name="acme/two").updated_at == untouched.updated_at


def test_a_name_that_comes_twice_in_any_case_is_bad() -> None:
    faults: list[str] = []
    with pytest.raises(CatalogueRefusedError):
        import_catalogue(
            lines=[record("acme/one"), record("Acme/ONE")], on_bad=lambda n, text: faults.append(f"{n}: {text}")
        )
    assert faults == ["2: Acme/ONE is already on line 1"]


def test_an_owner_written_in_two_ways_is_one_account() -> None:
    import_catalogue(lines=[record("Acme/one"), record("acme/two")])
    assert Account.objects.named("ACME").count() == 1
    assert {found.owner.name for found in Listing.objects.named("acme/one", "acme/two")} == {"Acme"}


def test_what_a_seller_published_is_never_overwritten() -> None:
    Account.objects.create(name="acme", is_reserved=False)
    faults: list[str] = []
    report = import_catalogue(
        lines=[record("acme/one"), record("other/two")], skip_bad=True, on_bad=lambda n, text: faults.append(text)
    )
    assert (report.added, report.bad) == (1, 1)
    assert faults == ["acme/one belongs to a seller"]


def test_the_number_of_queries_does_not_grow_with_the_file(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with CaptureQueriesContext(connection) as few:
        import_catalogue(lines=[record(f"acme/m{n}") for n in range(3)])
    with django_assert_num_queries(len(few)):
        import_catalogue(lines=[record(f"acme/n{n}") for n in range(300)])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
KEYS = ["name", "task", "license", "parameters", "released", "languages", "reference_prices", "adapted_from", "other"]


@pytest.mark.long(15)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(KEYS), json_values))
def test_whatever_passes_the_check_can_be_stored(values: dict[str, object]) -> None:
    line = json.dumps({"name": "acme/any", "task": "x", **values}).encode()
    try:
        parse_record(line)
    except BadRecordError:
        return
    report = import_catalogue(lines=[line])
    assert report.added + report.changed + report.unchanged == 1


def test_the_command_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "models.jsonl"
    path.write_bytes(record("acme/one") + b"\n" + b"x" * (3 * MAX_LINE) + b"\n" + record("acme/two"))
    with pytest.raises(CommandError, match="1 of the records are bad"):
        call_command("import_catalogue", path)
    assert capsys.readouterr().err == f"line 2: longer than {MAX_LINE:,} bytes\n"
    call_command("import_catalogue", path, "--skip-bad")
    assert capsys.readouterr().out == "2 models added, 0 changed, 0 unchanged, 1 bad left out.\n"


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_catalogue", tmp_path / "none.jsonl")


def test_an_empty_file_imports_nothing() -> None:
    empty_catalogue()
    assert import_catalogue(lines=[]).added == 0
    assert not Listing.objects.exists()
