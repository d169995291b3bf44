"""The page of the formulas, the export and the scripts; a person's page and a program are told the same."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.addresses import checksum
from marketplace.ground.formulas import Formula
from marketplace.reputation import recompute
from marketplace.reputation.reckoning import reckon
from marketplace.reputation.recompute import Market, differences

from .histories import Chronicle
from .test_finding import SELLER
from .test_finding import made as made

pytestmark = pytest.mark.django_db


def test_the_page_explains_every_formula_with_its_numbers(
    made: Chronicle, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        page = client.get("/reputation")
    text = page.content.decode()
    for formula in Formula.objects.filter(name__in=["seller-reputation", "reviewer-reputation", "performance"]):
        for name, value in formula.parameters.items():
            assert f'<code class="mono">{name}</code></th><td class="num">{value}</td>' in text
    assert f"as of block {made.chain.final_block()}," in text
    assert 'id="seller"' in text
    assert "2 sellers," in text
    assert "1 reviewer." in text


def test_the_page_is_there_before_anything_was_reckoned(client: Client) -> None:
    assert "Nothing was reckoned yet" in client.get("/reputation").content.decode()


def test_the_export_is_what_the_script_needs(made: Chronicle, client: Client, settings: Settings) -> None:
    settings.HOME_CHAIN = made.chain.short_name
    answer = client.get("/reputation/export.json")
    assert answer["Content-Type"] == "application/json"
    export = json.loads(answer.getvalue())
    found = recompute.recompute(Market().tell(made.events(export["block"]["number"])), export)
    assert list(differences(export, found)) == []
    for chain in ("nowhere", "%00"):
        assert client.get(f"/reputation/export.json?chain={chain}").status_code == 404


def test_the_scripts_are_served_as_they_are(client: Client) -> None:
    answer = client.get("/reputation/recompute.py")
    assert answer.content.decode().startswith("#!/usr/bin/env python3\n")
    assert client.get("/reputation/formulas.py").status_code == 200
    assert client.get("/reputation/models.py").status_code == 404


def test_a_program_is_told_every_part(made: Chronicle, client: Client) -> None:
    answer = client.get(f"/api/v1/people/{checksum(SELLER)}/reputation").json()
    assert answer["address"] == checksum(SELLER)
    (item,) = answer["items"]
    assert (item["role"], item["score"], item["n"], item["block"]) == ("seller", 57.0, 3, made.chain.final_block())
    assert item["formula"]["parameters"]["least"] == 3
    assert [part["name"] for part in item["parts"]][:2] == ["age", "sales"]
    assert client.get("/api/v1/people/nobody/reputation").status_code in (400, 404, 422)
    nobody = client.get(f"/api/v1/people/0x{'9' * 40}/reputation")
    assert nobody.json()["items"] == []


def test_somebodys_page_shows_it(made: Chronicle, client: Client) -> None:
    reckon(chain=made.chain)
    text = client.get(f"/u/{SELLER}").content.decode()
    assert "<strong>57.0</strong> of 100, of 3 buyers" in text
    assert "at block" in text
