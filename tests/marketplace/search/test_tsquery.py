"""Queries in PostgreSQL's notation: whatever a word holds, it stays a word."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from marketplace.search.tsquery import any_of, lexeme, phrase

pytestmark = pytest.mark.django_db

words = st.text(st.characters(codec="utf-8", exclude_characters="\x00 "), min_size=1, max_size=60)


def holds(vector: list[str], query: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select array_to_tsvector(%s) @@ %s::tsquery", [vector, query])
        return bool(cursor.fetchone()[0])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words, words)
@example("o'brien", "\\")
@example("'", "''")
@example("a\\'b", "a|b")
@example(":*", "!x")
def test_a_word_is_found_by_itself_and_by_no_other(word: str, other: str) -> None:
    assert holds([word], lexeme(word))
    assert holds([other], lexeme(word)) == (word == other)
    assert holds([word, other], phrase(f"{word} {other}"))
    assert holds([word], phrase(f"{word} {other}")) == (word == other)
    assert holds([other], any_of([word, other]))


def test_weights_stand_outside_the_word() -> None:
    assert lexeme("a:B", "A") == "'a:B':A"
    assert any_of([]) == ""
