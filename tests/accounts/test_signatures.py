"""Who has signed: a key, or a smart account on the chain that the message names (EIP-1271)."""

from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from contracts.models import Chain
from tests import anvil
from tests.contracts.node import between

from .signing import Person

CODE = (Path(__file__).parent / "SmartAccount.hex").read_text().strip()


def deployed(chain: Chain, owner: Person) -> str:
    """Put a smart account on the chain and return its address, checksummed as a wallet shows it."""
    node, *_ = chain.rpc_urls
    data = "0x" + CODE + owner.address[2:].lower().rjust(64, "0")
    sender, *_ = anvil.call(node, "eth_accounts")
    sent = anvil.call(node, "eth_sendTransaction", {"from": sender, "data": data})
    return User(address=anvil.receipt(node, sent)["contractAddress"]).checksum


def reason(response: object) -> str:
    return str(response.json()["reason"])  # type: ignore[attr-defined]  # the test client's


def test_a_smart_account_signs_in_by_its_owners_key(client: Client, live_chain: Chain, person: Person) -> None:
    account = deployed(live_chain, person)
    message = person.message(address=account)
    response = person.sign_in(client, message)
    assert response.json() == {"address": account, "chain_id": 31337}
    assert client.session["chain_id"] == 31337


def test_a_smart_account_refuses_another_key(client: Client, live_chain: Chain, person: Person) -> None:
    message = Person().message(address=deployed(live_chain, Person()))
    assert reason(person.sign_in(client, message)) == "signature"


def test_a_smart_account_is_nobody_on_another_chain(client: Client, live_chain: Chain, person: Person) -> None:
    account = deployed(live_chain, person)
    with anvil.running("--chain-id", "31338") as elsewhere:
        row = {"name": "Other", "coin": "ETH", "confirmations": 3, "reorg_window": 64, "rpc_urls": [elsewhere]}
        Chain.objects.create(pk=31338, short_name="other", **row)
        response = person.sign_in(client, person.message(address=account, chain_id="31338"))
    assert reason(response) == "signature"


def test_another_key_is_refused_for_an_address_without_code(client: Client, live_chain: Chain, person: Person) -> None:
    assert reason(Person().sign_in(client, person.message())) == "signature"


@pytest.mark.parametrize("end", ["0000", "00" * 40, ""])
def test_a_changed_signature_is_refused_and_uses_the_nonce_up(
    client: Client, live_chain: Chain, person: Person, end: str
) -> None:
    message = person.message()
    signature = person.sign(message)
    assert reason(person.sign_in(client, message, signature[:-4] + end)) == "signature"
    assert reason(person.sign_in(client, message, signature)) == "nonce"


def test_a_chain_that_does_not_answer_is_no_verdict(client: Client, chain: Chain, person: Person) -> None:
    response = Person().sign_in(client, person.message())
    assert (response.status_code, response.json()["code"]) == (503, "chain-unavailable")


def test_what_a_node_says_of_its_trouble_is_for_the_log_alone(
    client: Client, live_chain: Chain, person: Person
) -> None:
    (node,) = live_chain.rpc_urls
    trouble = {"jsonrpc": "2.0", "id": None, "error": {"code": -32603, "message": "the plan of KEY-1234 is used up"}}
    with between(node) as troubled:
        troubled.rewrite = lambda answers: trouble
        live_chain.rpc_urls = [troubled.url]
        live_chain.save()
        response = person.sign_in(client, person.message(address=Person().address))
    assert (response.status_code, response.json()["code"]) == (503, "chain-unavailable")
    assert "KEY" not in response.content.decode()


def test_a_contract_without_gas_is_no_and_the_first_endpoint_is_asked_again(
    client: Client, live_chain: Chain, person: Person
) -> None:
    (node,) = live_chain.rpc_urls
    live_chain.rpc_urls = [node, "http://127.0.0.1:9"]
    live_chain.save()
    burner = User(address="0x" + "b0" * 20).checksum
    anvil.call(node, "anvil_setCode", burner, "0x5b600056")
    for _ in range(3):
        assert reason(person.sign_in(client, person.message(address=burner))) == "signature"
    account = deployed(live_chain, person)
    assert person.sign_in(client, person.message(address=account)).status_code == 200
