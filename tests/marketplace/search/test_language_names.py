"""What languages are called in other languages."""

import pytest

from marketplace.search.language_names import names_abroad


@pytest.fixture(scope="module")
def codes() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, code in names_abroad():
        found.setdefault(name, set()).add(code)
    return found


@pytest.mark.parametrize(
    ("name", "code"),
    [
        *(("японского", "jpn"), ("немецких", "deu"), ("українською", "ukr"), ("хинди", "hin"), ("allemande", "deu")),
        *(("coréenne", "kor"), ("coreenne", "kor"), ("italienne", "ita"), ("japonés", "jpn"), ("japones", "jpn")),
        *(("japonesa", "jpn"), ("coreana", "kor"), ("finnischen", "fin")),
        *(("niemieckiego", "deu"), ("tyska", "deu"), ("almanca", "deu"), ("印地语", "hin"), ("독일어", "deu")),
    ],
)
def test_a_language_is_known_abroad_in_the_forms_before_a_noun(
    codes: dict[str, set[str]], name: str, code: str
) -> None:
    assert codes[name] == {code}


def test_words_of_a_few_letters_are_left_to_what_else_they_mean(codes: dict[str, set[str]]) -> None:
    assert [name for name in codes if name.isascii() and len(name) < 5] == []
