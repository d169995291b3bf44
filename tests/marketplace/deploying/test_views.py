"""Files of a release: their page, bytes for who holds the model this moment, links, scripts and sums."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.utils import timezone

from marketplace.deploying import links
from marketplace.deploying.rights import right_to
from marketplace.listings.gates import AccessDeniedError, AccessRule
from marketplace.listings.models import Listing
from marketplace.returns.actions import prepare_refund
from tests.factories.tiny_model import tiny_model
from tests.marketplace.returns.story import bought
from tests.marketplace.shop import BUYER, OTHER, SELLER

from .conftest import Release

PAGE = "/models/corner/chat/files"


def test_the_page_names_every_file_with_its_sum_and_says_who_gets_them(release: Release) -> None:
    page = release.browser(None).get(PAGE).content.decode().replace("<wbr>", "")
    for path, data in tiny_model().items():
        assert path in page
        assert hashlib.sha256(data).hexdigest() in page
    assert "Sign in if you have one" in page
    assert "download.sh" not in page
    mine = release.browser(SELLER).get(PAGE).content.decode()
    assert "download.sh" in mine
    assert "curl -fL -C -" in mine
    assert "AutoModelForCausalLM" in mine
    assert "vllm serve ./chat --served-model-name corner/chat" in mine
    assert "llama-server" not in mine, "there is no GGUF"


def test_a_model_without_files_says_so(shop: Any) -> None:
    page = release_page(shop)
    assert "No files are stored here" in page


def release_page(shop: Any) -> str:
    return Release(shop, shop.listing.versions.get()).browser(None).get(PAGE).content.decode()


def test_a_refund_ends_downloads_links_and_scripts_at_once(release: Release) -> None:
    order = bought(release.shop)
    browser = release.browser(BUYER)
    assert browser.get(release.file_url()).status_code == 200
    script = browser.get(f"{release.url}/download.sh").content.decode()
    link = re.findall(r"http://testserver(/files/\S+?)'?\n", script)[0]
    assert release.browser(None).get(link).status_code == 200, "a link needs no session"
    release.shop.pay(prepare_refund(user=release.shop.buyer, ref=order.ref))
    release.shop.index(3)
    assert browser.get(release.file_url()).status_code == 404
    assert browser.get(f"{release.url}/download.sh").status_code == 404
    assert release.browser(None).get(link).status_code == 404


def test_a_link_is_for_one_file_and_one_hour(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    file = release.version.files.get(path="config.json")
    seller = release.shop.listing.owner.user
    assert seller
    link = links.link_to(seller, release.shop.chain.pk, file)
    anybody = release.browser(None)
    assert anybody.get(link).status_code == 200
    token = link.split("/")[2]
    assert anybody.get(f"/files/{token[:-1]}x/config.json").status_code == 404
    forged = signing.dumps([seller.pk, None, file.pk, "0" * 16], salt="another")
    assert anybody.get(f"/files/{forged}/config.json").status_code == 404
    odd = signing.dumps("odd", salt=links.SALT)
    assert anybody.get(f"/files/{odd}/config.json").status_code == 404
    monkeypatch.setattr(links, "GOOD_FOR", timedelta(seconds=-1))
    assert anybody.get(link).status_code == 404


def test_the_sums_are_public_and_right(release: Release, tmp_path: Path) -> None:
    sums = release.browser(None).get(f"{release.url}/SHA256SUMS").content.decode()
    for path, data in tiny_model().items():
        (tmp_path / path).write_bytes(data)
    check = ["/usr/bin/env", "sha256sum", "-c", "-"]
    checked = subprocess.run(check, input=sums, text=True, cwd=tmp_path, capture_output=True)
    assert checked.returncode == 0, checked.stdout
    assert release.browser(None).get("/models/corner/chat/v/9.9.9/SHA256SUMS").status_code == 404


def test_whom_the_seller_keeps_out_is_told_why_and_gets_nothing(release: Release) -> None:
    bought(release.shop)
    buyer, listing = release.shop.buyer, Listing.objects.get(name="corner/chat")
    AccessRule.objects.create(listing=listing.name, address=buyer.address, allows=False, reason="It was resold.")
    answer = release.browser(BUYER).get(release.file_url())
    assert answer.status_code == 403
    assert "It was resold." in answer.content.decode()
    assert "It was resold." in release.browser(BUYER).get(PAGE).content.decode()
    with pytest.raises(AccessDeniedError):
        right_to(listing, buyer, release.shop.chain.pk)
    # Who holds nothing learns nothing of it.
    AccessRule.objects.create(listing=listing.name, address=release.shop.address(OTHER), allows=False, reason="No.")
    assert release.browser(OTHER).get(release.file_url()).status_code == 404


def test_access_counts_on_the_chain_that_one_signed_in_on(release: Release) -> None:
    bought(release.shop)
    browser = release.browser(BUYER)
    session = browser.session
    session["chain_id"] = 1
    session.save()
    assert browser.get(release.file_url()).status_code == 404


def test_what_is_withdrawn_or_advised_against_is_said(release: Release) -> None:
    release.version.yanked_at, release.version.yank_reason = timezone.now(), "It leaks."
    release.version.save()
    assert "It leaks." in release.browser(None).get(f"{release.url}/files").content.decode()
    assert release.browser(SELLER).get(release.file_url()).status_code == 200


def test_paths_lead_nowhere_else(release: Release) -> None:
    seller = release.browser(SELLER)
    for path in ("nothing.bin", "../config.json", "config.json/", "%2e%2e/config.json", "a" * 300):
        assert seller.get(release.file_url(path)).status_code in (404, 301)
    assert os.sep not in release.version.number
