"""MiniLM: its vectors are the published ones, and its forms answer."""

import pytest
from django.test import Client

from inference.access import Visitor
from inference.meaning import closeness, dot
from inference.servers import engine_of
from inference.upstream import embed

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("engines", "listings")]

# What sentence-transformers gives for its own first example, as its documentation prints it.
EXAMPLE = "This is an example sentence"
PUBLISHED = [6.76569e-02, 6.34959e-02, 4.87131e-02]


def test_the_vectors_are_the_published_ones() -> None:
    vectors, tokens = embed(engine_of("minilm"), [EXAMPLE, "Each sentence is converted"])
    assert [len(vector) for vector in vectors] == [384, 384]
    assert vectors[0][:3] == pytest.approx(PUBLISHED, abs=1e-4)
    assert dot(vectors[0], vectors[0]) == pytest.approx(1, abs=1e-5)
    assert tokens == 7 + 6


def test_a_batch_gives_what_one_text_gives() -> None:
    texts = [EXAMPLE, "A much longer sentence that forces the shorter ones of its batch to be padded at their end."]
    together, _ = embed(engine_of("minilm"), texts)
    alone = [embed(engine_of("minilm"), [text])[0][0] for text in texts]
    assert all(dot(a, b) == pytest.approx(1, abs=1e-5) for a, b in zip(together, alone, strict=True))


def test_a_paraphrase_is_closer_than_something_else() -> None:
    others = ["I want a refund.", "The cat sleeps on the roof."]
    visitor = Visitor.of("203.0.113.7", None)
    matches, call = closeness(
        visitor=visitor, listing="inference-tests/similar", text="Give my money back.", others=others
    )
    assert matches[0].cosine > 0.5 > matches[1].cosine + 0.2
    assert call.state == "done"
    assert call.prompt_tokens > 10


@pytest.mark.parametrize(
    ("name", "text", "lines", "first"),
    [
        ("search", "money back", "Our office is in Lyon.\nRefunds take a week.", "Refunds take a week."),
        ("rank", "Who pays the fee?", "The weather is fine.\nThe buyer pays the fee.", "The buyer pays the fee."),
        ("labels", "The striker scored twice.", "cooking\nfootball\nlaw", "football"),
        ("similar", "A dog runs.", "A puppy is running.", "A puppy is running."),
    ],
)
def test_the_forms_answer_with_the_closest_first(name: str, text: str, lines: str, first: str) -> None:
    page = Client().post(f"/playground/inference-tests/{name}", {"text": text, "lines": lines})
    assert page.status_code == 200
    assert page.context["matches"][0].text == first
    assert 'class="slice"' in page.content.decode()


def test_a_form_says_what_is_missing() -> None:
    page = Client().post("/playground/inference-tests/similar", {"text": "Something"})
    assert page.status_code == 422
    assert "This field is required." in page.content.decode()
