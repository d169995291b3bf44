"""What of a card a search reads."""

from __future__ import annotations

import time

from marketplace.listings.card_words import MOST_CARD, MOST_WORDS, words_of_card

CARD = """
# Contracts, in short

**Summarises** legal contracts in German. See [how](https://example.org/secret-path?token=1).

![plot](https://example.org/plot.png)

```python
never_read = "hunter2"
```
<script>alert(1)</script> <!-- hidden words -->
"""


def test_people_s_words_are_kept_and_what_they_do_not_see_is_not() -> None:
    words = words_of_card(CARD).split()
    assert {"summarises", "legal", "contracts", "german.", "how", "plot"} <= set(words)
    for unseen in ("hunter2", "secret", "example.org", "hidden", "script", "```"):
        assert not any(unseen in word for word in words)


def test_compounds_and_scripts_without_blanks_are_found_by_their_parts() -> None:
    assert "fine tuned" in words_of_card("It is fine-tuned.")
    assert "法律" in words_of_card("这是法律合同摘要模型").split()


def test_a_card_has_a_bound() -> None:
    words = words_of_card("wort " * 100_000)
    assert len(words) <= MOST_CARD
    many = words_of_card(" ".join(f"w{n}ä" for n in range(100_000)))
    assert len(many.encode()) <= MOST_WORDS
    assert many.split()[-1].startswith("w")


def test_nothing_of_a_hash_or_a_key_is_kept() -> None:
    assert words_of_card("a" * 64 + " b").split() == ["b"]


def test_hostile_cards_take_no_time() -> None:
    started = time.perf_counter()
    for hostile in ("<!--" * 50_000, "](" * 50_000, "```\n" * 50_000, "<a " * 50_000, "https://" * 50_000):
        words_of_card(hostile)
    assert time.perf_counter() - started < 5
