"""What a contract does is the contract's answer, whatever the kind of node; only transport makes an endpoint rest."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.chain import codec, reverts
from contracts.chain.client import Client
from contracts.chain.refusals import error_of
from contracts.errors import (
    ChainError,
    EndpointError,
    NoMethodError,
    PermanentChainError,
    RetryableChainError,
    RevertedError,
    TooMuchError,
)

from .node import between

REASON = "0x08c379a0" + "20".rjust(64, "0") + "4".rjust(64, "0") + b"nope".hex().ljust(64, "0")
BY_CONTRACT: dict[str, dict[str, Any]] = {
    "geth reverts": {"code": 3, "message": "execution reverted: nope", "data": REASON},
    "geth reverts without a word": {"code": -32000, "message": "execution reverted"},
    "geth is asked for too much by words": {"code": 3, "message": "execution reverted: rate limit", "data": "0x"},
    "geth runs out of gas": {"code": -32000, "message": "out of gas"},
    "geth would need more gas than it may": {"code": -32000, "message": "gas required exceeds allowance (600000)"},
    "geth meets an invalid opcode": {"code": -32000, "message": "invalid opcode: INVALID"},
    "geth jumps nowhere": {"code": -32000, "message": "invalid jump destination"},
    "geth's stack is empty": {"code": -32000, "message": "stack underflow (0 <=> 1)"},
    "geth's time is up": {"code": -32000, "message": "execution aborted (timeout = 5s)"},
    "geth writes in a view": {"code": -32000, "message": "write protection"},
    "geth reads beyond": {"code": -32000, "message": "return data out of bounds"},
    "erigon reverts": {"code": 3, "message": "execution reverted", "data": REASON},
    "reth halts": {"code": -32003, "message": "out of gas: gas required exceeds: 10000000"},
    "reth halts otherwise": {"code": -32000, "message": "EVM error: InvalidFEOpcode"},
    "nethermind reverts": {"code": -32015, "message": "VM execution error.", "data": f"Reverted {REASON}"},
    "nethermind runs out of gas": {"code": -32015, "message": "OutOfGas"},
    "nethermind's instruction is bad": {"code": -32015, "message": "VM execution error.", "data": "BadInstruction"},
    "besu reverts": {"code": -32000, "message": "Execution reverted", "data": REASON},
    "besu halts": {"code": -32603, "message": "Execution halted", "data": "Out of gas"},
    "anvil runs out of gas": {"code": -32603, "message": "EVM error OutOfGas"},
    "anvil meets an invalid opcode": {"code": -32603, "message": "EVM error InvalidFEOpcode"},
    "anvil's stack overflows": {"code": -32603, "message": "EVM error StackOverflow"},
    "hardhat reverts": {"code": -32603, "message": "VM Exception: reverted", "data": {"message": "r", "data": REASON}},
    "ganache reverts": {"code": -32000, "message": "VM Exception: revert", "data": {"0x12": {"return": REASON}}},
}


@pytest.mark.parametrize("said", BY_CONTRACT.values(), ids=BY_CONTRACT)
def test_what_the_evm_ended_is_the_contract_s_answer(said: dict[str, Any]) -> None:
    error = error_of(said, "eth_call")
    assert isinstance(error, RevertedError)
    assert "reason" not in error.data
    assert str(error.detail).endswith(".")
    if REASON in json.dumps(said):
        assert error.data["args"] == {"reason": "nope"}


OTHERS: dict[str, tuple[str, Any, type[ChainError]]] = {
    "asked too often": ("eth_call", {"code": -32005, "message": "limit exceeded"}, EndpointError),
    "asked too often, in words": ("eth_call", {"code": -32000, "message": "Too Many Requests"}, EndpointError),
    "a node's own trouble": ("eth_blockNumber", {"code": -32603, "message": "Internal error"}, EndpointError),
    "trouble of whomever": ("eth_call", {"code": -32603, "message": "Internal error"}, RetryableChainError),
    "too many logs": ("eth_getLogs", {"code": -32005, "message": "more than 10000 results"}, TooMuchError),
    "an unknown method": ("eth_x", {"code": -32601, "message": "the method does not exist"}, NoMethodError),
    "one that is not supported": (
        "eth_simulateV1",
        {"code": -32600, "message": "The method eth_simulateV1 is not available on this plan"},
        NoMethodError,
    ),
    "text for an error": ("eth_x", "no", PermanentChainError),
    "a list for an error": ("eth_x", [1], PermanentChainError),
    "words of a contract elsewhere": ("eth_getLogs", {"code": -1, "message": "revert"}, PermanentChainError),
}


@pytest.mark.parametrize(("method", "said", "kind"), OTHERS.values(), ids=OTHERS)
def test_other_errors_are_told_apart(method: str, said: Any, kind: type[ChainError]) -> None:
    assert type(error_of(said, method)) is kind


ODD = st.recursive(
    st.none() | st.integers() | st.text() | st.booleans(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
)


@given(
    ODD | st.fixed_dictionaries({"code": ODD, "message": ODD, "data": ODD}),
    st.sampled_from(["eth_call", "eth_getLogs", "x"]),
)
def test_any_error_is_one_of_ours(said: Any, method: str) -> None:
    assert isinstance(error_of(said, method), ChainError)


def _selectors() -> list[str]:
    return sorted([reverts.ERROR, reverts.PANIC, *reverts._errors()])


@given(st.sampled_from(_selectors()), st.binary(max_size=200) | st.just(b"\xff" * 320))
def test_bytes_that_only_begin_like_an_error_are_told_in_a_sentence(selector: str, rest: bytes) -> None:
    assert str(reverts.explain(selector + rest.hex()).sentence).endswith((".", "…"))


@pytest.mark.parametrize("data", ["", "0x", "0x08c379a0", "0x08c379a0zz", "0x4e487b71", "nonsense"])
def test_no_reason_is_no_trouble(data: str) -> None:
    assert reverts.explain(data).sentence


def test_a_contract_s_words_are_kept_short_and_seen() -> None:
    words = ("\u202eevil\x00 " * 1000).encode()
    data = reverts.ERROR + "20".rjust(64, "0") + hex(len(words))[2:].rjust(64, "0") + words.hex()
    sentence = str(reverts.explain(data).sentence)
    assert len(sentence) < 400
    assert sentence.isprintable()


MALFORMED = [None, 5, "", "0x1", "0xzz", "12", "0x12 34", {"a": 1}, ["0x"], True, "0x\n"]


@pytest.mark.parametrize("answer", MALFORMED, ids=repr)
def test_an_answer_that_is_none_makes_the_endpoint_rest_and_the_next_is_asked(node: str, answer: Any) -> None:
    with between(node) as odd, Client([odd.url, node]) as rpc:
        odd.lie = lambda request, honest: answer
        assert rpc.eth_call("0x" + "1" * 40, "0x") == "0x"
        assert rpc.endpoints[0].is_resting
        with Client([odd.url]) as alone, pytest.raises(EndpointError):
            alone.eth_call("0x" + "1" * 40, "0x")


@pytest.mark.parametrize("answer", [None, 5, "", "0x", "0xzz", "0x" + "1" * 65, {"a": 1}, "-0x1"], ids=repr)
def test_a_number_that_is_none_makes_it_rest_too(node: str, answer: Any) -> None:
    with between(node) as odd, Client([odd.url, node]) as rpc:
        odd.lie = lambda request, honest: answer
        assert rpc.block_number() >= 0
        assert rpc.endpoints[0].is_resting


ENDINGS = {
    "reverts": "60006000fd",
    "reverts with much": "620100006000fd",
    "runs out of gas": "5b600056",
    "is invalid": "fe",
    "is unknown": "0c",
    "has an empty stack": "01",
    "jumps nowhere": "60ff56",
    "writes": "6001600055600160005500",
}


@pytest.mark.parametrize("code", ENDINGS.values(), ids=ENDINGS)
def test_no_contract_makes_an_endpoint_rest(rpc: Client, node: str, code: str) -> None:
    address = "0x" + "c0de" * 10
    rpc.call("anvil_setCode", address, "0x" + code)
    with Client([node, "http://127.0.0.1:9"]) as both:
        with suppress(PermanentChainError):
            both.eth_call(address, "0x", gas=1_000_000)
        assert not any(endpoint.is_resting for endpoint in both.endpoints)


@pytest.mark.parametrize("answer", ["0x", "0x12", "0x" + "ff" * 32, "0x" + "ff" * 4096])
def test_an_answer_of_another_contract_is_refused(answer: str) -> None:
    with pytest.raises(PermanentChainError):
        codec.decode_result("DemoDollar", "symbol", answer)
