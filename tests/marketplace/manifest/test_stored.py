"""The schema that editors get is that of the code."""

import json

import pytest
from django.test import Client

from marketplace.manifest.stored import SCHEMA_FILE, schema_text


def test_the_schema_in_the_repository_is_that_of_the_code() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


@pytest.mark.django_db
def test_the_schema_is_served_to_everybody(client: Client) -> None:
    response = client.get("/schemas/citrate-1.json")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/schema+json"
    assert json.loads(response.content)["required"] == ["schema", "model"]
