"""The playground's page."""

import pytest
from django.test import Client

from inference.models import Call
from marketplace.ground.decisions import Category

from .conftest import CHAT
from .hiding import WHY, hidden

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("listings")]


def test_the_playground_says_so(client: Client) -> None:
    path = f"/playground/{CHAT}"
    assert client.get(path).status_code == 200
    with hidden(Category.SPAM):
        answer = client.get(path)
        assert answer.status_code == 403
        assert WHY in answer.content.decode()
        assert client.get("/playground/inference-tests/search").status_code == 200


@pytest.mark.parametrize(
    ("text", "lines"),
    [("", "one"), ("\u200b", "one"), ("one", " \u3164\n\u2060"), ("\u0301", "one"), ("x" * 2001, "one")],
)
def test_a_form_with_nothing_to_read_says_what_is_missing(client: Client, text: str, lines: str) -> None:
    page = client.post("/playground/inference-tests/search", {"text": text, "lines": lines})
    assert page.status_code == 422
    assert page.context["form"].errors
    assert not Call.objects.exists()


def test_a_model_that_does_not_run_has_no_playground(client: Client) -> None:
    assert client.get("/playground/nobody/nothing").status_code == 404
