"""Versions as everybody reads them, at addresses that work for ever, and what their owner says of them."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.notifications.models import Notice
from marketplace.listings.errors import NotTheOwnerError
from marketplace.listings.versions import Version
from marketplace.releases import actions
from marketplace.releases.changes import changes_between
from marketplace.releases.errors import LastReleaseError, ReasonMissingError, ReleaseNotFoundError
from marketplace.releases.telling import RELEASED, holders_of, tell_holders
from tests.marketplace.shop import BUYER, OTHER, Shop

from .conftest import Shelf

LIST, OWN = "/models/shelf/tiny/versions", "/sell/models/shelf/tiny/versions"


def test_everybody_reads_all_versions_and_what_changed(shelf: Shelf, client: Client) -> None:
    page = client.get(LIST).content.decode()
    assert page.index("2.0.0-rc.1") < page.index("1.1.0") < page.index("1.0.0")
    assert "before it is stable" in page
    compared = client.get(LIST, {"from": "1.0.0", "to": "1.1.0"}).content.decode()
    for said in ("config.json", "removed", "README.md", "added", "a.safetensors", "other bytes", "512", "0.01 ETH",
                 "Less so now."):  # fmt: skip
        assert said in compared, said
    fragment = client.get(
        LIST, {"from": "1.0.0", "to": "1.0.0"}, headers={"HX-Request": "true", "HX-Target": "compared"}
    )
    assert "Choose two different versions" in fragment.content.decode()


def test_a_version_has_its_own_page_for_ever(shelf: Shelf, client: Client) -> None:
    page = client.get("/models/shelf/tiny/v/1.0.0").content.decode()
    assert "The current one is 1.1.0" in page
    assert "News of 1.0.0" in page
    assert shelf.version("1.0.0").get_absolute_url() == "/models/shelf/tiny/v/1.0.0"
    actions.yank_release(**shelf.own, number="1.0.0", text="It leaks <b>")
    page = client.get("/models/shelf/tiny/v/1.0.0").content.decode()
    assert "It leaks &lt;b&gt;" in page
    assert client.get("/models/Shelf/Tiny/v/1.0.0").url == "/models/shelf/tiny/v/1.0.0"  # type: ignore[attr-defined]
    assert client.get("/models/shelf/tiny/v/9.9.9").status_code == 404
    assert client.get("/models/shelf/none/versions").status_code == 404


def test_pages_cost_few_queries(
    shelf: Shelf, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for path in (LIST, "/models/shelf/tiny/v/1.1.0"):
        client.get(path)
        with django_assert_max_num_queries(8):
            client.get(f"{path}?x=1")
    client.force_login(shelf.user)
    with django_assert_max_num_queries(8):
        assert client.get(OWN).status_code == 200


def test_the_owner_advises_withdraws_and_takes_it_back(shelf: Shelf, client: Client) -> None:
    client.force_login(shelf.user)
    assert client.get(OWN).status_code == 200
    refused = client.post(f"{OWN}/1.0.0/deprecate", {"text": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    assert client.post(f"{OWN}/1.0.0/deprecate", {"text": "Use 1.1.0."}).status_code == 302
    assert shelf.version("1.0.0").deprecation == "Use 1.1.0."
    client.post(f"{OWN}/1.0.0/undeprecate")
    assert shelf.version("1.0.0").deprecated_at is None
    client.post(f"{OWN}/1.1.0/yank", {"text": "Wrong weights."})
    assert {each.number for each in Version.objects.offered().filter(listing=shelf.listing)} == {"1.0.0", "2.0.0-rc.1"}
    client.post(f"{OWN}/1.1.0/unyank")
    assert shelf.version("1.1.0").yanked_at is None
    assert client.post(f"{OWN}/1.1.0/explode").status_code == 404


def test_files_to_give_follow_the_release_that_stands_for_the_listing(shelf: Shelf) -> None:
    assert shelf.now.has_files
    for number in ("1.0.0", "1.1.0"):
        actions.yank_release(**shelf.own, number=number, text="Wrong.")
    assert not shelf.now.has_files  # what is left has none
    with pytest.raises(LastReleaseError):
        actions.yank_release(**shelf.own, number="2.0.0-rc.1", text="Wrong.")
    actions.unyank_release(**shelf.own, number="1.0.0")
    assert shelf.now.has_files


def test_nobody_else_says_anything_of_a_version(shelf: Shelf, client: Client) -> None:
    other = User.objects.create(address="0x" + "d4" * 20)
    for act in (actions.undeprecate_release, actions.unyank_release):
        with pytest.raises(NotTheOwnerError):
            act(**{**shelf.own, "user": other}, number="1.0.0")
    with pytest.raises(ReleaseNotFoundError):
        actions.unyank_release(**shelf.own, number="3.0.0")
    with pytest.raises(ReasonMissingError):
        actions.yank_release(**shelf.own, number="1.0.0", text="x" * 501)
    client.force_login(other)
    assert client.get(OWN).status_code == 403
    assert client.post(f"{OWN}/1.0.0/yank", {"text": "Mine"}).status_code == 403


def test_programs_read_versions_and_changes(shelf: Shelf, client: Client) -> None:
    answer = client.get("/api/v1/listings/shelf/tiny/versions").json()
    assert [(item["number"], item["is_stable"], item["is_default"]) for item in answer["items"]] == [
        ("2.0.0-rc.1", False, False),
        ("1.1.0", True, True),
        ("1.0.0", True, False),
    ]
    one = client.get("/api/v1/listings/shelf/tiny/versions/1.0.0").json()
    assert [file["path"] for file in one["files"]] == ["a.safetensors", "config.json"]
    changes = client.get("/api/v1/listings/shelf/tiny/versions/1.1.0/changes/1.0.0").json()
    assert {file["kind"] for file in changes["files"]} == {"added", "removed", "changed"}
    assert changes["prices"][0]["after"] == "0.01 ETH"
    assert client.get("/api/v1/listings/shelf/tiny/versions/7.0.0").status_code == 404


def test_a_version_without_changes_says_so(shelf: Shelf) -> None:
    version = shelf.version("1.0.0")
    assert changes_between(version, version).is_nothing


def test_holders_are_told_once_and_others_not(shop: Shop) -> None:
    shop.pay(shop.open(shop.prepare()))
    shop.index(4)
    other = User.objects.create(address=shop.address(OTHER))
    assert [user.address for user in holders_of(shop.listing)] == [shop.address(BUYER)]
    version = shop.listing.versions.get()
    version.deprecated_at, version.deprecation = timezone.now(), "Use the next one."
    version.save()
    assert tell_holders(version, actions.DEPRECATED) == 1
    assert tell_holders(version, actions.DEPRECATED) == 0
    assert tell_holders(version, RELEASED) == 1
    assert tell_holders(version, actions.YANKED) == 0  # it is not, or not any more
    assert not Notice.objects.filter(user=other).exists()
    kinds = Notice.objects.filter(user=shop.buyer).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["release-deprecated", "release-new"]
    version.yanked_at, version.yank_reason = timezone.now(), "It leaks."
    version.save()
    assert [tell_holders(version, actions.YANKED) for _twice in range(2)] == [1, 0]
    assert Notice.objects.filter(user=shop.buyer, kind="release-yanked").exists()
