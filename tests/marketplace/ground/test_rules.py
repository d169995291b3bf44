"""The rules that decisions cite by number."""

from __future__ import annotations

import pytest
from django.test import Client

from marketplace.ground.decisions import Category
from marketplace.ground.rules import CHAPTERS, RULES, choices, find_rule, rule_of


def test_each_rule_has_a_number_of_its_chapter_and_each_category_a_rule() -> None:
    assert all(rule.number.startswith(f"{chapter.number}.") for chapter in CHAPTERS for rule in chapter.rules)
    assert len(RULES) == sum(len(chapter.rules) for chapter in CHAPTERS)
    assert [number for number, _label in choices()] == list(RULES)
    assert {rule.number for category in Category if (rule := rule_of(category))} <= set(RULES)
    assert all(rule_of(category) for category in Category)
    assert rule_of("") is rule_of("nonsense") is find_rule("9.9") is None


@pytest.mark.django_db
def test_the_page_has_an_anchor_for_each_number(client: Client) -> None:
    page = client.get("/rules").content.decode()
    for number, rule in RULES.items():
        assert f'id="rule-{number}"' in page
        assert str(rule.title) in page.replace("&#x27;", "'")
    assert RULES["2.3"].path == "/rules#rule-2.3"
