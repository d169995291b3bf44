"""An account that is not deployed yet signs by what its contract will say (ERC-6492); nothing stays of the trial."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from eth_abi import abi as eth_abi
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from contracts.chain import client as clients
from contracts.chain import signatures
from contracts.chain.signatures import MOST_BYTES, NOT_DEPLOYED
from contracts.models import Chain
from stack import node as programs
from tests import anvil

from .signing import Person
from .test_signatures import CODE, deployed, reason

FACTORY = "0x4e59b44847b379578588920ca78fbf26c0b4956c"  # CREATE2 by salt and code, which anvil has from the start
SALT, OTHER_SALT = b"\1" * 32, b"\2" * 32
HERE, CONTRACTS = Path(__file__).parent, settings.BASE_DIR / "contracts"
SOURCES = {
    CONTRACTS / "src" / "offchain" / "SignatureCheck.sol": CONTRACTS / "chain" / "SignatureCheck.hex",
    HERE / "SmartAccount.sol": HERE / "SmartAccount.hex",
}


def creation(owner: Person) -> bytes:
    """Return the creation code of the owner's account."""
    return bytes.fromhex(CODE) + bytes.fromhex(owner.address[2:]).rjust(32, b"\0")


def account_of(owner: Person, salt: bytes = SALT) -> str:
    """Return where the factory will put the owner's account, checksummed."""
    return place(creation(owner), salt)


def place(code: bytes, salt: bytes = SALT) -> str:
    made = keccak(b"\xff" + bytes.fromhex(FACTORY[2:]) + salt + keccak(code))
    return to_checksum_address(made[12:])


def wrap(signature: str, factory: str, deployment: bytes) -> str:
    inner = eth_abi.encode(["address", "bytes", "bytes"], [factory, deployment, bytes.fromhex(signature[2:])])
    return f"0x{(inner + NOT_DEPLOYED).hex()}"


def wrapped(owner: Person, message: str, *, signer: Person | None = None, salt: bytes = SALT) -> str:
    """Return the owner's signature as an account gives it that is not deployed yet."""
    return wrap((signer or owner).sign(message), FACTORY, salt + creation(owner))


def code_at(chain: Chain, address: str) -> str:
    return str(anvil.call(chain.rpc_urls[0], "eth_getCode", address, "latest"))


def put(chain: Chain, address: str, code: str) -> str:
    """Put a contract's code at an address, and return it checksummed."""
    anvil.call(chain.rpc_urls[0], "anvil_setCode", address, f"0x{code}")
    return to_checksum_address(address)


def test_an_account_signs_in_before_it_is_deployed_and_is_not_deployed_by_it(
    client: Client, live_chain: Chain, person: Person
) -> None:
    account = account_of(person)
    message = person.message(address=account)
    response = person.sign_in(client, message, wrapped(person, message))
    assert response.json() == {"address": account, "chain_id": 31337}
    assert code_at(live_chain, account) == "0x"


def test_the_same_signature_serves_once_it_is_deployed(client: Client, live_chain: Chain, person: Person) -> None:
    account = account_of(person)
    (node,) = live_chain.rpc_urls
    sender, *_ = anvil.call(node, "eth_accounts")
    data = f"0x{(SALT + creation(person)).hex()}"
    anvil.receipt(node, anvil.call(node, "eth_sendTransaction", {"from": sender, "to": FACTORY, "data": data}))
    assert code_at(live_chain, account) != "0x"
    message = person.message(address=account)
    assert person.sign_in(client, message, wrapped(person, message)).status_code == HTTPStatus.OK


def test_a_deployed_account_may_wrap_its_signature_for_a_factory_that_is_nowhere(
    client: Client, live_chain: Chain, person: Person
) -> None:
    message = person.message(address=deployed(live_chain, person))
    signature = wrap(person.sign(message), "0x" + "99" * 20, b"")
    assert person.sign_in(client, message, signature).status_code == HTTPStatus.OK


NO_ENTRY = "60006000fd"  # reverts
ENDLESS = "5b600056"
Refused = Callable[[Chain, Person, str], str]


def by_another_key(chain: Chain, person: Person, message: str) -> str:
    return wrapped(person, message, signer=Person())


def by_a_factory_that_deploys_elsewhere(chain: Chain, person: Person, message: str) -> str:
    return wrapped(person, message, salt=OTHER_SALT)


def by_a_factory_that_deploys_the_account_of_another(chain: Chain, person: Person, message: str) -> str:
    return wrap(person.sign(message), FACTORY, SALT + creation(Person()))


def by_a_factory_that_reverts(chain: Chain, person: Person, message: str) -> str:
    return wrap(person.sign(message), FACTORY, SALT + bytes.fromhex(NO_ENTRY))


def by_a_factory_that_never_ends(chain: Chain, person: Person, message: str) -> str:
    return wrap(person.sign(message), put(chain, "0x" + "fa" * 20, ENDLESS), b"")


def by_a_factory_that_answers_yes_itself(chain: Chain, person: Person, message: str) -> str:
    yes = "7f" + "1626ba7e".ljust(64, "0") + "60005260206000f3"
    return wrap(person.sign(message), put(chain, "0x" + "fb" * 20, yes), b"")


def by_a_factory_that_is_nowhere(chain: Chain, person: Person, message: str) -> str:
    return wrap(person.sign(message), "0x" + "fc" * 20, SALT)


def by_no_wrapping(chain: Chain, person: Person, message: str) -> str:
    return person.sign(message) + NOT_DEPLOYED.hex()


def by_the_mark_alone(chain: Chain, person: Person, message: str) -> str:
    return f"0x{NOT_DEPLOYED.hex()}"


def by_an_offset_beyond_the_end(chain: Chain, person: Person, message: str) -> str:
    return "0x" + bytes(12).hex() + FACTORY[2:] + "ff" * 64 + NOT_DEPLOYED.hex()


def by_a_wrapping_in_a_wrapping(chain: Chain, person: Person, message: str) -> str:
    return wrap(wrapped(person, message), FACTORY, SALT + creation(person))


def by_more_than_there_may_be(chain: Chain, person: Person, message: str) -> str:
    return wrap(person.sign(message), FACTORY, SALT + creation(person) + bytes(MOST_BYTES))


REFUSED: list[Refused] = [
    by_another_key,
    by_a_factory_that_deploys_elsewhere,
    by_a_factory_that_deploys_the_account_of_another,
    by_a_factory_that_reverts,
    by_a_factory_that_never_ends,
    by_a_factory_that_answers_yes_itself,
    by_a_factory_that_is_nowhere,
    by_no_wrapping,
    by_the_mark_alone,
    by_an_offset_beyond_the_end,
    by_a_wrapping_in_a_wrapping,
    by_more_than_there_may_be,
]


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.__name__)
def test_other_signatures_are_refused_and_the_endpoint_is_not_to_blame(
    client: Client, live_chain: Chain, person: Person, refused: Refused
) -> None:
    message = person.message(address=account_of(person))
    response = person.sign_in(client, message, refused(live_chain, person, message))
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert response.json().get("reason") == "signature" or response.json()["fields"] == ["signature"]
    assert not any(endpoint.is_resting for endpoint in clients.client(live_chain).endpoints)


def test_what_a_factory_does_besides_is_undone(client: Client, live_chain: Chain, person: Person) -> None:
    """It writes down that it was called, then passes the call on to the real one."""
    notes = "6001600055" + "366000600037" + "600060003660006000" + "73" + FACTORY[2:] + "5af100"
    noting = put(live_chain, "0x" + "fd" * 20, notes)
    account = account_of(person)
    message = person.message(address=account)
    signature = wrap(person.sign(message), noting, SALT + creation(person))
    assert person.sign_in(client, message, signature).status_code == HTTPStatus.OK
    assert int(anvil.call(live_chain.rpc_urls[0], "eth_getStorageAt", noting, "0x0", "latest"), 16) == 0
    assert code_at(live_chain, account) == "0x"


def test_a_deployed_account_is_asked_as_it_stands(client: Client, live_chain: Chain, person: Person) -> None:
    """Whoever calls it without data becomes welcome, which the wrapped signature tries to do in play."""
    becomes_welcome = "36600a576001600055005b600054601657" + "60006000fd"
    open_door = becomes_welcome + "5b631626ba7e60e01b60005260206000f3"  # pragma: allowlist secret
    account = put(live_chain, "0x" + "fe" * 20, open_door)
    question = "0x1626ba7e" + "00" * 32
    (node,) = live_chain.rpc_urls
    sender, *_ = anvil.call(node, "eth_accounts")
    message = person.message(address=account)
    assert reason(person.sign_in(client, message, wrap("0x12", account, b""))) == "signature"
    anvil.receipt(node, anvil.call(node, "eth_sendTransaction", {"from": sender, "to": account}))
    said = anvil.call(node, "eth_call", {"to": account, "data": question}, "latest")
    assert said == "0x" + "1626ba7e".ljust(64, "0")
    message = person.message(address=account)
    assert person.sign_in(client, message, wrap("0x12", account, b"")).status_code == HTTPStatus.OK


WORD = "7f" + "1626ba7e".ljust(64, "0") + "600052"
ANSWERS = {
    "nothing": "00",
    "four bytes": WORD + "60046000f3",
    "a byte too few": WORD + "601f6000f3",
    "a byte too many": WORD + "60216000f3",
    "a word that only begins so": "7f" + "1626ba7e" + "00" * 27 + "01" + "60005260206000f3",
    "another word": "7f" + "ffffffff".ljust(64, "0") + "60005260206000f3",
    "true": "600160005260206000f3",
    "a revert with the word": WORD + "60206000fd",
    "a revert without a word": NO_ENTRY,
    "an invalid opcode": "fe",
    "no end": ENDLESS,
    "a write": "6001600055" + WORD + "60206000f3",
}


@pytest.mark.parametrize("wrapping", [False, True], ids=["as it is", "wrapped"])
@pytest.mark.parametrize("code", ANSWERS.values(), ids=ANSWERS)
def test_any_other_answer_of_an_account_is_no(
    client: Client, live_chain: Chain, person: Person, code: str, wrapping: bool
) -> None:
    account = put(live_chain, "0x" + "ac" * 20, code)
    message = person.message(address=account)
    signature = wrap("0x12", FACTORY, b"") if wrapping else "0x12"
    assert reason(person.sign_in(client, message, signature)) == "signature"
    assert not any(endpoint.is_resting for endpoint in clients.client(live_chain).endpoints)


def test_without_a_chain_only_a_key_signs(person: Person) -> None:
    message = person.message()
    assert signatures.verify(person.address, message, person.sign(message))
    assert not signatures.verify(account_of(person), message, wrapped(person, message))


@pytest.mark.parametrize(("source", "code"), SOURCES.items(), ids=lambda path: path.name)
def test_the_code_is_what_the_compiler_makes(source: Path, code: Path) -> None:
    question: dict[str, Any] = {
        "language": "Solidity",
        "sources": {source.name: {"content": source.read_text()}},
        "settings": {
            "optimizer": {"enabled": True, "runs": 200},
            "evmVersion": "cancun",
            "metadata": {"bytecodeHash": "none", "appendCBOR": False},
            "outputSelection": {"*": {"*": ["evm.bytecode.object"]}},
        },
    }
    command: list[str | Path] = [
        programs.find() / "node",
        settings.BASE_DIR / "contracts/script/solc.js",
        "--standard-json",
    ]
    made = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=True)
    ((contract,),) = [found.values() for found in json.loads(made.stdout)["contracts"].values()]
    assert contract["evm"]["bytecode"]["object"] == code.read_text().strip()
