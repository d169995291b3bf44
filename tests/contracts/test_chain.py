"""Talking to a chain: calls, batches, endpoints, words and bytes, refusals, signatures."""

from __future__ import annotations

import json
import socket
from functools import partial
from typing import Any

import pytest
from eth_abi import abi as eth_abi
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from pytest_django import Settings
from web3 import Web3
from web3.exceptions import OffchainLookup

from contracts.chain import abi, codec, events, reverts, signatures
from contracts.chain.client import BATCH, Client, block_tag
from contracts.chain.transactions import web3_of
from contracts.errors import EndpointError, PermanentChainError, RetryableChainError, RevertedError
from contracts.models import Chain
from contracts.names import COIN
from marketplace.onchain.models.listings import Plan

from .node import DAY, Market, between

PLACE = "0x" + "c0de" * 10
YES = "0x631626ba7e60e01b60005260206000f3"  # returns EIP-1271's word for yes to everything
NO = "0x60206000f3"  # returns a zero
REFUSES = "0x60006000fd"  # reverts without a word
TYPED = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Vote": [{"name": "proposal", "type": "uint256"}, {"name": "support", "type": "uint8"}],
    },
    "primaryType": "Vote",
    "domain": {"name": "Citrate", "chainId": 31337},
    "message": {"proposal": 7, "support": 1},
}


def test_calls_in_a_batch_come_back_in_their_order(rpc: Client) -> None:
    numbers = [number % 5 for number in range(2 * BATCH + 3)]
    answers = rpc.batch([("eth_getBlockByNumber", [hex(number), False]) for number in numbers])
    assert [int(answer["number"], 16) for answer in answers] == numbers
    assert rpc.batch([]) == []


def test_the_next_endpoint_is_asked_where_one_does_not_answer(node: str) -> None:
    with Client(["http://127.0.0.1:9", node]) as rpc:
        assert len(rpc.endpoints) == 2
        assert rpc.call("eth_chainId") == "0x7a69"
        with pytest.raises(RetryableChainError):
            rpc.batch([("eth_chainId", [])], rpc.endpoints[0])
    with Client([]) as rpc, pytest.raises(RetryableChainError, match="no endpoint"):
        rpc.call("eth_chainId")


def test_whether_to_try_again_is_in_the_type_of_the_error(rpc: Client, node: str) -> None:
    with pytest.raises(PermanentChainError):
        rpc.call("eth_noSuchThing")
    with between(node) as odd:
        odd.rewrite = lambda answers: []
        with pytest.raises(RetryableChainError):
            odd.client.batch([("eth_chainId", []), ("eth_chainId", [])])
        for code, kind in ((-32005, RetryableChainError), (-32603, RetryableChainError), (-32601, PermanentChainError)):
            refusal = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": "no"}}
            odd.rewrite = partial(_answer, refusal)
            with pytest.raises(kind):
                odd.client.batch([("eth_chainId", []), ("eth_chainId", [])])
        odd.rewrite = lambda answers: "nonsense"
        with pytest.raises(RetryableChainError):
            odd.client.call("eth_chainId")


def _answer(said: dict[str, Any], asked: Any) -> dict[str, Any]:
    return said


def test_a_view_is_asked_at_a_block(market: Market) -> None:
    model = market.list_model(1, "dated")
    block = market.rpc.call("eth_getBlockByNumber", "latest", False)
    market.send(1, "ModelMarketplace", "retireListing", [model])
    assert market.view("ModelMarketplace", "stateOf", [model]) == 4
    assert market.view("ModelMarketplace", "stateOf", [model], block=int(block["number"], 16)) == 1
    assert market.view("ModelMarketplace", "stateOf", [model], block=block["hash"]) == 1
    assert block_tag("safe") == "safe"


def test_calls_are_encoded_as_web3_does(chain: Chain, market: Market) -> None:
    order = market.order(3, market.model(1, "x"), Plan.SUBSCRIPTION, 3)
    calls: list[tuple[str, str, list[Any]]] = [
        ("ModelMarketplace", "purchase", [order]),
        ("ModelMarketplace", "listModel", [market.model(1, "x"), 5, "ipfs://x"]),
        ("RevenueSplitter", "setSplit", [market.model(1, "x"), market.accounts[:2], [1, 9_999]]),
        ("RevenueSplitter", "feeVault", []),
    ]
    for contract, function, args in calls:
        theirs = Web3().eth.contract(abi=abi.artifact(contract)["abi"])
        given = [_checksummed(arg) for arg in args]
        assert codec.call_data(contract, function, args) == theirs.encode_abi(function, given)
    named = codec.call_data("ModelMarketplace", "purchase", {"order": order})
    assert named == codec.call_data("ModelMarketplace", "purchase", [list(order.values())])
    with pytest.raises(ValueError, match="zip"):
        codec.call_data("ModelMarketplace", "stateOf", [])


def _checksummed(value: Any) -> Any:
    """Return a value as web3 wants it: addresses with their checksum."""
    if isinstance(value, dict):
        return {name: _checksummed(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_checksummed(member) for member in value]
    return Web3.to_checksum_address(value) if isinstance(value, str) and len(value) == 42 else value


def test_logs_are_decoded_as_web3_does(market: Market) -> None:
    model = market.list_model(1, "logged", parent=market.list_model(2, "parent"))
    receipts = [market.buy(3, model), market.send(1, "RevenueSplitter", "setSplit", [model, [PLACE], [10_000]])]
    names = {address: name for name, address in market.deployment.items()}
    seen = set()
    for log in (log for receipt in receipts for log in receipt["logs"]):
        contract = names[log["address"]]
        decoded = events.decode_log(contract, log["topics"], log["data"])
        assert decoded is not None
        name, args = decoded
        event = Web3().eth.contract(abi=abi.artifact(contract)["abi"]).events[name]()
        theirs = event.process_log({**log, "topics": [codec.to_bytes(t) for t in log["topics"]], "data": log["data"]})
        assert args == _plain(theirs["args"])
        assert json.loads(events.decoders(contract)[log["topics"][0]].read(log["topics"], log["data"])[1]) == args
        seen.add(name)
    assert seen == {"AccessPurchased", "TransferSingle", "SplitSet"}
    assert events.decode_log("AccessPass", ["0x" + "0" * 64], "0x") is None
    assert events.decode_log("AccessPass", [], "0x") is None


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, str):
        return value.lower()
    if hasattr(value, "items"):
        return {name: _plain(member) for name, member in value.items()}
    return [_plain(member) for member in value] if isinstance(value, (list, tuple)) else value


def test_views_answer_with_one_value_or_several(market: Market) -> None:
    model = market.list_model(1, "seen")
    assert market.view("ModelMarketplace", "plans", [model])[1]["period"] == 30 * DAY
    assert market.view("ProtocolParameters", "bounds", [b"feeBps".ljust(32, b"\0")]) == [0, 500]
    assert codec.decode_result("ModelMarketplace", "pauseListing", "0x") is None


def test_a_refusal_is_a_sentence_with_its_values(market: Market) -> None:
    model = market.list_model(1, "dear", price=5 * 10**16)
    order = market.order(3, model, Plan.LASTING, maxPrice=4 * 10**16)
    data = codec.call_data("ModelMarketplace", "purchase", [order])
    with pytest.raises(RevertedError) as refused:
        market.rpc.eth_call(market.deployment["ModelMarketplace"], data, sender=market.accounts[3])
    said = "The price is now %s smallest units of its currency, above the %s that were agreed to."
    assert str(refused.value.detail) == said % (5 * 10**16, 4 * 10**16)
    assert refused.value.data["name"] == "PriceAboveMaximum"
    assert refused.value.data["args"] == {"price": 5 * 10**16, "maxPrice": 4 * 10**16}


@pytest.mark.parametrize(
    ("name", "args", "sentence"),
    [
        ("WrongState(bytes32,uint8)", [b"\1" * 32, 2], "The listing is paused by its seller, so this cannot be done."),
        ("PlanNotOffered(bytes32,uint8)", [b"\1" * 32, 1], "The seller does not offer a subscription for this model."),
        ("DeadlinePassed(uint64,uint256)", [0, 9], "The order was good until 1 Jan 1970, 00:00 UTC, "),
        ("DeadlinePassed(uint64,uint256)", [2**64 - 1, 9], "The order was good until …, and that is over."),
        ("NotMature(uint32,uint32)", [20_000, 19_999], "This money can still be refunded through 4 Oct 2024; "),
        ("Error(string)", ["no way."], "The contract refused: no way."),
        ("NotListed(bytes32)", [b"\1" * 32], "This model is not listed."),
        ("NotListed(address)", [COIN], "The treasury's caps do not hold for this asset."),
        ("TooEarly(address,uint256)", [COIN, 0], "The faucet can be used again from 1 Jan 1970, 00:00 UTC."),
        ("Panic(uint256)", [17], "The contract failed, and nothing was changed."),
        ("FailedCall()", [], "The contract refused with its error FailedCall."),
        ("Unheard(uint256)", [1], "The contract refused without saying why."),
    ],
)  # fmt: skip
def test_refusals_in_words(name: str, args: list[Any], sentence: str) -> None:
    types = name[name.index("(") + 1 : -1]
    encoded = eth_abi.encode(types.split(",") if types else [], args)
    assert reverts.explain(f"0x{Web3.keccak(text=name)[:4].hex()}{encoded.hex()}").sentence.startswith(sentence)


def test_each_error_that_a_person_can_meet_has_a_sentence() -> None:
    """The rest are for other contracts and for the protocol's own keys, which nobody meets on a page."""
    unmet = (
        "AccessControl", "AccessManage", "Address", "Checkpoint", "Create2", "Create3", "ECDSA", "ERC1155Invalid",
        "ERC20Exceeded", "ERC20Invalid", "ERC2612", "ERC5805", "ERC6372", "Failed", "Governor", "InsufficientBalance",
        "InvalidAccountNonce", "InvalidShortString", "Ownable", "Reentrancy", "SafeCast", "SafeERC20", "StringTooLong",
        "Timelock",
    )  # fmt: skip
    ours = {
        "AllocationSum", "EmptyKind", "EmptyRoot", "EpochNotNext", "FeeAbovePrice", "InvalidCliffDuration",
        "NotCreditor", "NotEscrow", "NotMarket", "NotStaking", "ReferralAboveFee", "RootFixed", "RoyaltyFixed",
        "WrongValue",
    }  # fmt: skip
    names = {entry["name"] for contract in abi.NAMES for entry in abi.entries(contract, "error")}
    assert {name for name in names - set(reverts.SENTENCES) if not name.startswith(unmet)} == ours
    signatures = {abi.signature(entry) for contract in abi.NAMES for entry in abi.entries(contract, "error")}
    assert set(reverts.SENTENCES) <= names | signatures
    zeros = {"address": COIN, "bytes32": b"\0" * 32, "bytes4": b"\0" * 4, "string": "", "bytes": b""}
    for contract in abi.NAMES:
        for entry in abi.entries(contract, "error"):
            args = [zeros.get(i["type"], 1) for i in entry["inputs"]]
            data = abi.digest(entry)[:4] + eth_abi.encode([i["type"] for i in entry["inputs"]], args)
            assert reverts.explain(f"0x{data.hex()}").sentence.endswith(".")


@pytest.mark.parametrize("signed", ["Sign in to Citrate.", TYPED], ids=["text", "typed"])
def test_a_signature_is_checked_by_the_key_first(chain: Chain, signed: Any) -> None:
    account = Account.create()
    message = encode_defunct(text=signed) if isinstance(signed, str) else encode_typed_data(full_message=signed)
    made = account.sign_message(message).signature.to_0x_hex()
    assert signatures.recover(signed, made) == account.address.lower()
    assert signatures.verify(account.address, signed, made)
    assert signatures.verify(account.address.lower(), signed, made, chain)
    assert not signatures.verify(PLACE, signed, made)
    assert not signatures.verify(PLACE, signed, made, chain)
    assert signatures.recover(signed, "0x12") is None


def test_a_smart_account_is_asked_itself(chain: Chain, rpc: Client) -> None:
    for code, accepted in ((YES, True), (NO, False), (REFUSES, False)):
        rpc.call("anvil_setCode", PLACE, code)
        assert signatures.verify(PLACE, "hello", "0x1234", chain) is accepted
    rpc.call("anvil_setCode", PLACE, YES)
    assert not signatures.verify(PLACE, "hello", "0x1234")
    for nonsense in ("", "0x", "hello", "0x" + "00" * 8_193):
        assert not signatures.verify(PLACE, "hello", nonsense, chain)


def test_no_address_that_a_contract_names_is_asked(chain: Chain, rpc: Client) -> None:
    """EIP-3668 would have us open any address that a contract likes, from inside our network."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.3)
        types = ["address", "string[]", "bytes", "bytes4", "bytes"]
        lure = f"http://127.0.0.1:{trap.getsockname()[1]}/{{data}}"
        data = bytes.fromhex("556f1830") + eth_abi.encode(types, [PLACE, [lure], b"x", b"1234", b"y"])
        size = len(data).to_bytes(2, "big").hex()
        rpc.call("anvil_setCode", PLACE, f"0x61{size}61000f60003961{size}6000fd{data.hex()}")
        with pytest.raises(RevertedError):
            rpc.eth_call(PLACE, "0x")
        with pytest.raises(OffchainLookup):
            web3_of(chain).eth.call({"to": Web3.to_checksum_address(PLACE)})
        with pytest.raises(TimeoutError):
            trap.accept()


def test_what_the_server_signs_with_ends_in_time_too(chain: Chain, settings: Settings) -> None:
    settings.RPC_TIMEOUT = 0.5
    with socket.create_server(("127.0.0.1", 0)) as silent:
        chain.rpc_urls = [f"http://127.0.0.1:{silent.getsockname()[1]}"]
        with pytest.raises(EndpointError):
            web3_of(chain).eth.get_block("latest")


def test_a_call_is_named_whatever_its_arguments() -> None:
    selector = codec.selector("AccessManager", "multicall")
    assert codec.function_of("AccessManager", f"{selector}00") == "multicall(bytes[])"
    with pytest.raises(ValueError, match="no arguments"):
        codec.decode_call("AccessManager", f"{selector}00")
    assert codec.function_of("AccessManager", "0xdeadbeef") == codec.function_of("AccessManager", "0x") == ""
