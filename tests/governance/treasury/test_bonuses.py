"""The bonus pool's page: epochs, claims, and what a seller can claim."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from contracts.models import Chain
from governance.onchain.models.treasury import BonusFact
from governance.treasury.actions import prepare_bonus_claim
from governance.treasury.bonuses import epochs_of, tree_in
from governance.treasury.errors import NoBonusError
from marketplace.files.cids import cid_of
from marketplace.listings.versions import MetadataDocument
from tests.factories.governance import NOW, _record, address
from tests.factories.rules import ETHER, executed, ruled_chain

SELLER, MODEL, OTHER = address(0x51), address(0x51) + "0" * 24, address(0x52) + "0" * 24


@pytest.fixture
def chain(db: None) -> Chain:
    return ruled_chain()


def fix(chain: Chain, epoch: int = 1, *, root: str = "") -> bytes:
    document = json.dumps({"epoch": epoch, "wei": {MODEL: str(ETHER), OTHER: str(2 * ETHER)}}).encode()
    tree = tree_in(document)
    assert tree is not None
    record = _record(chain, NOW) | {"tx_hash": executed(chain, epoch, description="Bonuses").executed_tx}
    fixed = {"kind": "RootSet", "epoch": epoch, "root": root or tree.root, "cid": cid_of(document)}
    BonusFact.objects.create(**record, **fixed)
    return document


def keep(document: bytes) -> None:
    MetadataDocument.objects.create(cid=cid_of(document), content=document)


def claim(chain: Chain, model: str = MODEL, amount: int = ETHER) -> None:
    paid = {"kind": "BonusClaimed", "epoch": 1, "model_id": model, "account": model[:42], "amount": amount}
    BonusFact.objects.create(**_record(chain, NOW), **paid)


def test_a_seller_is_offered_what_it_has_not_claimed(chain: Chain, client: Client) -> None:
    keep(fix(chain))
    client.force_login(User.objects.create(address=SELLER))
    page = client.get("/dao/treasury/bonuses").content.decode()
    assert "Claim 1 ETH" in page
    assert "Claim 2 ETH" not in page
    claim(chain)
    page = client.get("/dao/treasury/bonuses").content.decode()
    assert "Claim 1 ETH" not in page
    assert "claimed 1 Jun" in page


def test_a_document_that_gives_another_root_proves_nothing(chain: Chain, client: Client) -> None:
    keep(fix(chain, root="0x" + "7" * 64))
    claim(chain)
    (epoch,) = epochs_of(chain)
    assert epoch.tree is None
    assert [each.amount for each in epoch.bonuses] == [ETHER]
    page = client.get("/dao/treasury/bonuses").content.decode()
    assert "is not kept here" in page


def test_what_is_not_ones_own_cannot_be_claimed(chain: Chain) -> None:
    keep(fix(chain))
    for model in (OTHER, "0x" + "9" * 64):
        with pytest.raises(NoBonusError):
            prepare_bonus_claim(user=User(address=SELLER), chain=chain, epoch=1, model_id=model)
    with pytest.raises(NoBonusError):
        prepare_bonus_claim(user=User(address=SELLER), chain=chain, epoch=2, model_id=MODEL)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b'{"wei": 3}',
        b'{"wei": {"0x12": "5"}}',
        b'{"wei": {"x": "y"}}',
        b'{"wei": {"x": Infinity}}',
        b"\xff",
    ],
)
def test_any_other_document_gives_no_bonuses(document: Any) -> None:
    assert tree_in(document) is None


def test_without_an_epoch_the_page_says_so(chain: Chain, client: Client) -> None:
    assert "No bonuses yet" in client.get("/dao/treasury/bonuses").content.decode()
