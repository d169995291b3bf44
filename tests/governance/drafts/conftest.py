"""A DAO without a chain, and people with keys of their own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from accounts.models import User
from contracts.models import Chain
from contracts.names import BONUS_POOL, GUARD, MARKET, PARAMETERS, TREASURY
from governance.onchain.models.settings import SettingFact
from tests.factories.governance import WHOLE, address, dao_chain, power

NAMES = (TREASURY, PARAMETERS, MARKET, GUARD, BONUS_POOL, "CodeGuard", "AccessManager", "Registry")
THRESHOLD = 2_500_000 * WHOLE


@dataclass
class Person:
    """Somebody with a key, signed in."""

    key: LocalAccount
    user: User
    client: Client

    @property
    def address(self) -> str:
        return self.user.address

    def sign(self, typed: dict[str, object]) -> str:
        """Sign typed data, as a wallet does."""
        return "0x" + self.key.sign_message(encode_typed_data(full_message=typed)).signature.hex()


def person(number: int) -> Person:
    """Return the person with this number, always the same."""
    key = Account.from_key(f"0x{number:064x}")
    user, _ = User.objects.get_or_create(address=key.address.lower())
    client = Client()
    client.force_login(user)
    return Person(key, user, client)


@pytest.fixture
def chain(db: None) -> Chain:
    return voting_chain()


def voting_chain() -> Chain:
    """Return a home chain whose DAO has a threshold."""
    made = dao_chain()
    made.deployment |= {name: address(0xC000 + place) for place, name in enumerate(NAMES)}
    made.save()
    SettingFact.objects.create(
        chain=made,
        block_number=1,
        time=made.head_time(),
        tx_hash=f"0x{77:064x}",
        index=0,
        log_index=0,
        name="ProposalThresholdSet",
        old_value="0",
        new_value=str(THRESHOLD),
    )
    return made


def voter(chain: Chain, number: int, votes: int) -> Person:
    """Return the person with this number, who has votes."""
    found = person(number)
    power(chain, found.address, votes)
    return found


@pytest.fixture
def author(chain: Chain) -> Person:
    """Somebody with more votes than it takes to propose."""
    return voter(chain, 101, 2 * THRESHOLD)


@pytest.fixture
def holder(chain: Chain) -> Person:
    """Somebody with votes."""
    return voter(chain, 102, 1_000 * WHOLE)


@pytest.fixture
def stranger(chain: Chain) -> Person:
    """Somebody without votes."""
    return person(103)
