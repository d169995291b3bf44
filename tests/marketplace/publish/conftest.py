"""A seller whom nobody knows yet, with a draft that is complete."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from marketplace.checks.models import Check, CheckState
from marketplace.files.blobs import Blob
from marketplace.files.cids import cid_of
from marketplace.publish.actions import create_draft, save_draft
from marketplace.publish.finding import own_draft
from marketplace.publish.models import Draft, DraftFile
from marketplace.publish.naming import choose_owner
from marketplace.publish.publishing import prepare_listing
from marketplace.publish.settling import settle_chain
from marketplace.publish.standing import Stage, Standing, standing_of
from tests.marketplace.shop import Shop

NEWCOMER = 9  # of anvil's accounts
MANIFEST: dict[str, Any] = {
    "model": {
        "name": "newcomer/tiny-chat",
        "version": "1.0.0",
        "task": "text-generation",
        "summary": "It says short things in plain English.",
        "license": "apache-2.0",
        "languages": ["eng"],
        "parameters": 1_000,
        "context": 256,
        "tags": ["small"],
    },
    "card": {"path": "", "text": "# Tiny chat\n\n" + "It says short things, and is often wrong. " * 4},
    "plans": [
        {"kind": "pass", "price": "0.02", "currency": "ETH"},
        {"kind": "subscription", "price": "0.004", "currency": "ETH"},
    ],
    "terms": "Be kind.",
}


def keep(content: bytes) -> Blob:
    """Return the row of bytes that are kept."""
    values = {"cid": cid_of(content), "size": len(content)}
    return Blob.objects.get_or_create(sha256=hashlib.sha256(content).hexdigest(), defaults=values)[0]


def pass_checks(draft: Draft) -> None:
    """Have the checks of a draft end well."""
    blobs = [f"blob:{each}" for each in draft.files.values_list("blob", flat=True)]
    waiting = Check.objects.filter(subject__in=[draft.subject, *blobs])
    waiting.update(state=CheckState.PASSED, ended_at=timezone.now())


@dataclass
class Newcomer:
    """A seller with a draft."""

    shop: Shop
    user: User
    draft: Draft

    @property
    def now(self) -> Draft:
        """The draft as the database has it."""
        return own_draft(self.user, self.draft.pk)

    @property
    def standing(self) -> Standing:
        return standing_of(self.now)

    def stage(self) -> Stage:
        """Where it is on its way: a method, as it changes by itself."""
        return self.standing.stage

    def say(self, **parts: Any) -> Draft:
        """Save parts of the manifest, and have the checks end well."""
        draft = save_draft(user=self.user, draft_id=self.draft.pk, revision=self.now.revision, manifest=parts)
        pass_checks(draft)
        return draft

    def model(self, **keys: Any) -> Draft:
        """Save keys of ``model``."""
        return self.say(model={**self.now.manifest["model"], **keys})

    def prepare(self) -> Any:
        return prepare_listing(user=self.user, draft_id=self.draft.pk)

    def list(self) -> str:
        """Have the wallet send what it is given."""
        return self.shop.pay(self.prepare(), gas=hex(3_000_000))

    def settle(self, blocks: int = 4) -> int:
        """Let blocks pass, and settle what is final."""
        self.shop.index(blocks)
        return settle_chain(chain=self.shop.chain)


@pytest.fixture
def newcomer(shop: Shop) -> Newcomer:
    user = User.objects.create(address=shop.address(NEWCOMER))
    return begin(shop, user)


def begin(shop: Shop, user: User) -> Newcomer:
    """Let a user choose a name and write a draft with a file."""
    choose_owner(user=user, name="newcomer")
    draft = create_draft(user=user, manifest=MANIFEST)
    DraftFile.objects.create(draft=draft, path="model.safetensors", blob=keep(b"weights"))
    made = Newcomer(shop, user, draft)
    made.say(terms="Be kind, always.")
    return made
