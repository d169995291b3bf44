"""What every answer says to browsers, whoever gives it; and what no cache may keep."""

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client, override_settings

from accounts.models import User
from common.headers import SECURITY
from common.middleware import is_for_pages

pytestmark = pytest.mark.django_db
EVERYWHERE = [
    "/",
    "/models",
    "/nowhere",
    "/sign-in",
    "/account/",
    "/api/v1/listings?limit=1",
    "/api/v1/nothing",
    "/api/v1/openapi.json",
    "/feeds/models",
    "/healthz",
    "/readyz",
    "/admin/",
    "/static/nothing.css",
    "/models/BAAI/bge-m3/reference-prices.csv",
]


@pytest.fixture
def member() -> Client:
    """Somebody who is signed in."""
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create(address="0x" + "ab" * 20))
    return client


def assert_guarded(answer: object) -> None:
    assert {name: answer.headers.get(name) for name in SECURITY} == SECURITY  # type: ignore[attr-defined]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("method", ["get", "head", "post", "options", "delete"])
def test_every_answer_has_every_header(client: Client, path: str, method: str) -> None:
    assert_guarded(getattr(client, method)(path))


def test_files_have_them_too(client: Client) -> None:
    answer = client.get(staticfiles_storage.url("build/app.css"))
    assert answer.status_code == 200
    assert_guarded(answer)
    answer.close()


@pytest.mark.parametrize(
    "path",
    [
        f"/orders/0x{'00' * 32}",
        f"/disputes/0x{'00' * 32}",
        "/nowhere",
        "/models/nobody/nothing",
        "/admin/",
        "/account/",
        "/account/searches",
        "/api/v1/saved-searches",
        "/api/v1/listings/nobody/nothing",
        "/sell/nochain/distribute",
        "/models?q=x&cursor=nonsense",
    ],
)
def test_nothing_of_a_members_is_kept_by_any_cache(member: Client, path: str) -> None:
    assert "no-store" in member.get(path)["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/nowhere", "/models/nobody/nothing", "/models?sort=name&cursor=nonsense", "/sign-out"]
)
def test_no_error_is_kept(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code >= 400
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("method", ["get", "head"])
def test_files_that_only_stand_beside_are_not_served(client: Client, method: str) -> None:
    for name in (
        "staticfiles.json",
        "admin/css/vendor/select2/LICENSE-SELECT2.md",
        "build/app.css.gz",
        "build/app.css.br",
    ):
        assert getattr(client, method)(f"/static/{name}").status_code == 404, name


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/static/build/app.0123456789ab.css", True),
        ("/static/icons/slice.svg", True),
        ("/static/app.webmanifest", True),
        ("/static/staticfiles.json", False),
        ("/static/build/app.js.map", False),
        ("/static/build/app.css.map", False),
        ("/static/.env", False),
        ("/static/.git/config.js", False),
        ("/static/.hidden.css", False),
        ("/static/manifest.json", False),
        ("/static/build/meta.json", False),
        ("/static/app.css~", False),
        ("/static/app.css.bak", False),
        ("/static/LICENSE", False),
    ],
)
def test_only_what_browsers_load_is_for_pages(url: str, shown: bool) -> None:
    assert is_for_pages(url) == shown


@override_settings(DEBUG=True)
def test_in_debug_nothing_more_is_served() -> None:
    assert Client().get("/static/staticfiles.json").status_code == 404
