"""Transactions that this server signs with a key of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import HexStr
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import ContractLogicError, TransactionNotFound, Web3RPCError
from web3.types import TxParams, TxReceipt

from common.locks import exclusive
from contracts.errors import PermanentChainError, RevertedError
from contracts.models import Chain, SentTransaction

from . import reverts


def web3_of(chain: Chain) -> Web3:
    """Return web3.py on the chain's first endpoint. It follows no address that a contract names (CCIP-Read)."""
    return _web3(chain.endpoints[0])


@lru_cache
def _web3(url: str) -> Web3:
    provider = Web3.HTTPProvider(url, request_kwargs={"timeout": 10})
    provider.global_ccip_read_enabled = False
    return Web3(provider)


def account_of(key: str) -> LocalAccount:
    """Return the account of a private key. Raises PermanentChainError if it is none, without repeating it."""
    try:
        account: LocalAccount = Account.from_key(key)
    except ValueError:
        raise PermanentChainError("This is not a private key: it has to be 32 bytes in hexadecimal digits.") from None
    return account


def send_transaction(
    *, chain: Chain, account: LocalAccount, business_id: str, data: str, to: str = "", value: int = 0
) -> SentTransaction:
    """Sign and send one transaction for the purpose ``business_id``; a second call sends that very one again.

    No ``to`` deploys a contract. ``value`` is wei. Raises RevertedError where the chain would refuse it.
    """
    sender = account.address.lower()
    with exclusive(f"nonce:{chain.pk}:{sender}"):
        sent = SentTransaction.objects.filter(chain=chain, business_id=business_id).first()
        if sent is None:
            filled = _filled(chain, sender, to, data, value)
            signed = account.sign_transaction(filled)
            sent = SentTransaction.objects.create(
                chain=chain,
                business_id=business_id,
                sender=sender,
                nonce=filled["nonce"],
                hash=signed.hash.to_0x_hex(),
                raw=bytes(signed.raw_transaction),
            )
        _broadcast(chain, sent)
    return sent


def wait_for_receipt(chain: Chain, sent: SentTransaction, seconds: float = 120) -> TxReceipt:
    """Wait until the transaction is in a block; return its receipt. Raises RevertedError if it failed there."""
    receipt = web3_of(chain).eth.wait_for_transaction_receipt(HexStr(sent.hash), seconds, poll_latency=0.05)
    if not receipt["status"]:
        raise RevertedError(f"The transaction {sent.hash} for {sent.business_id} failed in its block.")
    return receipt


def _filled(chain: Chain, sender: str, to: str, data: str, value: int) -> dict[str, Any]:
    """Return the transaction with gas and fees as the chain stands: a fifth more gas than it would take now."""
    web3 = web3_of(chain)
    draft: TxParams = {
        "from": Web3.to_checksum_address(sender),
        "data": HexStr(data),
        "value": web3.to_wei(value, "wei"),
    }
    if to:
        draft["to"] = Web3.to_checksum_address(to)
    try:
        gas = web3.eth.estimate_gas(draft)
    except ContractLogicError as error:
        reason = reverts.explain(str(error.data or ""))
        raise RevertedError(reason.sentence, name=reason.name, args=reason.args) from error
    tip = web3.eth.max_priority_fee
    base = web3.eth.get_block("latest")["baseFeePerGas"]
    return {
        **{name: given for name, given in draft.items() if name != "from"},
        "chainId": chain.pk,
        "nonce": web3.eth.get_transaction_count(Web3.to_checksum_address(sender), "pending"),
        "gas": gas * 6 // 5,
        "maxPriorityFeePerGas": tip,
        "maxFeePerGas": 2 * base + tip,
    }


def _broadcast(chain: Chain, sent: SentTransaction) -> None:
    """Send it, unless the chain has it."""
    web3 = web3_of(chain)
    try:
        web3.eth.get_transaction(HexStr(sent.hash))
    except TransactionNotFound:
        try:
            web3.eth.send_raw_transaction(HexBytes(bytes(sent.raw)))
        except Web3RPCError as error:
            raise PermanentChainError(f"The chain refused the transaction for {sent.business_id}: {error}") from error
