"""The API: the page's search as JSON, documented, with every error as a problem."""

import json
from pathlib import Path

import pytest
from django.test import Client
from openapi_spec_validator import validate

from marketplace.listings.models import Listing

pytestmark = pytest.mark.django_db

SNAPSHOT = Path(__file__).parent / "openapi.json"
FOR_MEMBERS = (
    "/api/v1/drafts",
    "/api/v1/saved-searches",
    "/api/v1/notifications",
    "/api/v1/upstreams",
    "/api/v1/listings/{owner}/{name}/upstreams",
)
WRITTEN_BY_MEMBERS = {
    ("/api/v1/listings/{owner}/{name}/reviews", "post"),
    ("/api/v1/listings/{owner}/{name}/reviews/to-sign", "post"),
    ("/api/v1/listings/{owner}/{name}/discussion", "post"),
    ("/api/v1/governance/proposals/{number}/discussion", "post"),
    ("/api/v1/reports", "post"),
}


def test_the_document_is_openapi_31_and_as_agreed(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    validate(document)
    assert document == json.loads(SNAPSHOT.read_text()), "if the change is wanted, write the new document there"


def test_a_listing_is_answered_as_agreed(client: Client) -> None:
    found = client.get("/api/v1/listings/sentence-transformers/all-minilm-l6-v2").json()
    assert set(found.pop("facts")) == {"architecture_kind", "training_datasets", "revision"}
    assert found == {
        "name": "sentence-transformers/all-MiniLM-L6-v2",
        "slug": "sentence-transformers/all-MiniLM-L6-v2",
        "owner": "sentence-transformers",
        "url": "/models/sentence-transformers/all-MiniLM-L6-v2",
        "task": "feature-extraction",
        "license": "apache-2.0",
        "license_url": None,
        "parameters": 22713216,
        "memory_mb": 87,
        "released": "2021-08-30",
        "modalities": ["text"],
        "languages": ["eng"],
        "libraries": ["Sentence Transformers", "PyTorch", "ONNX", "safetensors", "Transformers"],
        "price": None,
        "purchasable": False,
        "purchase_refusal": "This is a reference entry: its owner does not sell it here.",
        "score": None,
        "reviews": 0,
        "first_token_ms": None,
        "tokens_per_second": None,
        "state": "reference",
        "suspension": None,
        "embedding_dim": 384,
        "max_tokens": 256,
        "adapted_from": None,
        "superseded_by": None,
        "reference_prices": [],
        "source": "mteb",
        "performance": [],
        "summary": "all-MiniLM-L6-v2 by sentence-transformers turns text into vectors, so that meaning can be "
        "searched and compared. It was released in August 2021.",
    }


def test_pages_of_the_api_add_up_to_the_whole(client: Client) -> None:
    found: list[str] = []
    cursor: str = ""
    while True:
        asked = {"task": "text-ranking", "limit": "7", "cursor": cursor}
        page = client.get("/api/v1/listings", asked).json()
        assert page["count"] == 47
        found += [item["name"] for item in page["items"]]
        if not (cursor := page["next"]):
            break
    assert sorted(found) == sorted(Listing.objects.filter(task="text-ranking").values_list("name", flat=True))


def test_it_finds_what_the_page_finds(client: Client) -> None:
    items = client.get("/api/v1/listings?q=german+embeddings&license=mit&limit=30").json()["items"]
    page = client.get("/models?q=german+embeddings&license=mit").content.decode()
    places = [page.index(f'href="{item["url"]}"') for item in items]
    assert len(items) > 3
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/listings?limit=0", 422, "invalid-request"),
        ("/api/v1/listings?limit=many", 422, "invalid-request"),
        (f"/api/v1/listings?q={'x' * 201}", 422, "invalid-request"),
        ("/api/v1/listings?cursor=nonsense", 400, "cursor-invalid"),
        ("/api/v1/listings/nobody/nothing", 404, "listing-not-found"),
        ("/api/v1/nothing", 404, "not-found"),
        ("/api/nothing", 404, "not-found"),
    ],
)
def test_an_error_is_a_problem(client: Client, path: str, status: int, code: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["detail"].endswith(".")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/api/v1/listings", 405, "method-not-allowed"),
        ("DELETE", "/api/v1/facets", 405, "method-not-allowed"),
        ("PATCH", "/api/v1/saved-searches/1", 405, "method-not-allowed"),
        ("GET", "/api/v1/listings/%00/x", 400, "bad-request"),
        ("GET", "/api/v1/listings?" + "&".join(f"a{number}=1" for number in range(1_001)), 400, "bad-request"),
    ],
)
def test_an_error_that_no_operation_raises_is_a_problem_too(
    client: Client, method: str, path: str, status: int, code: str
) -> None:
    answer = client.generic(method, path, headers={"Accept": "text/html"})
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    length = str(len(answer.content))
    assert answer.get("Content-Length", length) == length, "a server sends nothing of a body that is longer"
    body = answer.json()
    assert (body["status"], body["code"], body["instance"]) == (
        status,
        code,
        path.partition("?")[0].replace("%00", "\0"),
    )
    assert body["detail"].endswith(".")
    assert ("Allow" in answer) == (status == 405)


def test_a_foreign_host_is_a_problem(client: Client) -> None:
    answer = client.get("/api/v1/listings", headers={"Host": "evil.example", "Accept": "text/html"})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed-json"),
        (b'{"query": NaN}', "application/json", 400, "malformed-json"),
        (b'{"query": "q=a", "query": "q=b"}', "application/json", 400, "malformed-json"),
        (b'{"query": "\\ud800"}', "application/json", 400, "malformed-json"),
        (b"\xff\xfe", "application/json", 400, "malformed-json"),
        (b"[" * 100_000, "application/json", 400, "malformed-json"),
        (b'{"query": "q=a"}', "text/plain", 415, "not-json"),
        (b"query=a", "application/x-www-form-urlencoded", 415, "not-json"),
        (b"[]", "application/json", 422, "invalid-request"),
        (b"", "application/json", 422, "invalid-request"),
        (b'{"query": 5}', "application/json", 422, "invalid-request"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_body_that_cannot_be_taken_is_a_problem(
    client: Client, body: bytes, kind: str, status: int, code: str
) -> None:
    answer = client.generic("POST", "/api/v1/saved-searches", body, kind)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert (answer.json()["status"], answer.json()["code"]) == (status, code)


def test_every_operation_says_which_errors_it_can_answer() -> None:
    document = json.loads(SNAPSHOT.read_text())
    for path, methods in document["paths"].items():
        for method, details in methods.items():
            told = set(details["responses"])
            assert {"400", "429", "500", "503", "default"} <= told, path
            assert ("404" in told) == ("{" in path or "requestBody" in details), path  # a body may name something too
            is_for_members = path.startswith(FOR_MEMBERS) or (path, method) in WRITTEN_BY_MEMBERS
            assert ("401" in told) == is_for_members, path
            assert ("415" in told) == ("requestBody" in details), path
            assert ("403" in told) == (method != "get"), path
            assert ("410" in told) == any(each["name"] == "cursor" for each in details["parameters"]), path
    for name, response in document["components"]["responses"].items():
        assert set(response["content"]) == {"application/problem+json"}, name


def test_the_reference_lists_every_parameter_and_links_an_example_that_runs(client: Client) -> None:
    page = client.get("/api/").content.decode()
    for name in ("q", "cursor", "language", "items[].purchasable", "reference_prices[].provider"):
        assert f">{name}</code>" in page
    assert client.get("/api/v1/listings?q=minilm&limit=3").json()["items"]
    assert client.get("/api/v1/listings/BAAI/bge-m3").status_code == 200
