"""What an engine is sent, and what it has to be able to do."""

from inference.asked import Asked


def test_hints_and_words_that_stop_go_to_who_follows_them() -> None:
    asked = Asked([{"role": "user", "content": "Hi"}], stop=["\n"], options={"seed": 1}, hints={"top_p": 1})
    assert asked.fields(9, follows=False) == {
        "messages": [{"role": "user", "content": "Hi"}],
        "seed": 1,
        "max_tokens": 9,
        "stream": True,
    }
    assert asked.fields(9, follows=True)["stop"] == ["\n"]
    assert asked.fields(9, follows=True)["top_p"] == 1
    assert asked.needs == {"seed"}


def test_a_text_that_goes_on_has_an_address_of_its_own() -> None:
    asked = Asked(prompt="Once", choices=2)
    assert asked.path == "/completions"
    assert asked.fields(9, follows=True) == {"prompt": "Once", "max_tokens": 9, "stream": True, "n": 2}
    assert asked.needs == {"n"}
