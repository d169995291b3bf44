"""What is suggested while somebody types."""

import pytest

from marketplace.search.suggestions import suggestions

pytestmark = pytest.mark.django_db


def test_suggestions_are_names_and_completed_words() -> None:
    found = suggestions("german minil")
    assert "german minilm" in found
    assert any("/" in each for each in suggestions("minil"))
    assert suggestions("license:mit") == []
