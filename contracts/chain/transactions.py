"""Transactions that this server signs with a key of its own."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import timezone
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_typing import HexStr
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import ContractLogicError, TimeExhausted, TransactionNotFound, Web3RPCError
from web3.providers import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse, TxParams, TxReceipt

from common.locks import exclusive
from common.outbound import Outbound, OutboundError
from contracts.errors import EndpointError, PermanentChainError, RevertedError
from contracts.models import Chain, SentTransaction

from . import reverts
from .client import CONNECTIONS, MOST_BYTES

STUCK_AFTER = timedelta(minutes=3)  # without a block
MOST_REPLACEMENTS = 10  # after which somebody has to look: each costs at least an eighth more


def web3_of(chain: Chain) -> Web3:
    """Return web3.py on the chain's first endpoint. It follows no address that a contract names (CCIP-Read)."""
    return _web3(chain.endpoints[0])


@lru_cache
def _web3(url: str) -> Web3:
    provider = _Provider(url)
    provider.global_ccip_read_enabled = False
    return Web3(provider)


class _Provider(JSONBaseProvider):
    """Asks one endpoint within the time that every request has. Raises EndpointError where it does not answer."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.outbound = url, Outbound(CONNECTIONS)

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        question = json.loads(self.encode_rpc_request(method, params))
        try:
            answer = self.outbound.post(self.url, question, seconds=settings.RPC_TIMEOUT, most_bytes=MOST_BYTES)
            return self.decode_rpc_response(answer.body)
        except (OutboundError, ValueError) as error:
            raise EndpointError(reason=str(error) or type(error).__name__) from error


def account_of(key: str) -> LocalAccount:
    """Return the account of a private key. Raises PermanentChainError if it is invalid, without repeating it."""
    try:
        account: LocalAccount = Account.from_key(key)
    except ValueError:
        raise PermanentChainError("This is not a private key: it has to be 32 bytes in hexadecimal digits.") from None
    return account


def send_transaction(
    *, chain: Chain, account: LocalAccount, business_id: str, data: str, to: str = "", value: int = 0, gas: int = 0
) -> SentTransaction:
    """Sign and send one transaction for the purpose ``business_id``; a second call sends that very one again.

    What has waited for three minutes is replaced by the same with higher fees, so that one of the two happens.
    No ``to`` deploys a contract. ``value`` is wei. ``gas`` is the most that it may use; 0 lets the chain estimate it,
    and then raises RevertedError where the chain would refuse it.
    """
    sender = account.address.lower()
    # Two that read the same nonce would replace each other.
    with exclusive(f"nonce:{chain.pk}:{sender}"):
        sent = SentTransaction.objects.filter(chain=chain, business_id=business_id).first()
        if sent is None:
            filled = _filled(chain, sender, to, data, value, gas)
            signed = account.sign_transaction(filled)
            # Before it is sent: after a crash in between, the same one goes out and never a second.
            sent = SentTransaction.objects.create(
                chain=chain,
                business_id=business_id,
                sender=sender,
                nonce=filled["nonce"],
                hash=signed.hash.to_0x_hex(),
                raw=bytes(signed.raw_transaction),
            )
        elif _is_stuck(chain, sent):
            _replace(chain, account, sent)
        _broadcast(chain, sent)
    return sent


def wait_for_receipt(chain: Chain, sent: SentTransaction, seconds: float = 120) -> TxReceipt:
    """Wait until the transaction is in a block; return its receipt. Raises RevertedError if it failed there."""
    deadline = time.monotonic() + seconds
    while (receipt := _receipt(chain, sent)) is None:
        if time.monotonic() > deadline:
            raise TimeExhausted(f"The transaction {sent.hash} for {sent.business_id} is in no block yet.")
        time.sleep(0.05)
    if not receipt["status"]:
        raise RevertedError(f"The transaction {sent.hash} for {sent.business_id} failed in its block.")
    return receipt


def _receipt(chain: Chain, sent: SentTransaction) -> TxReceipt | None:
    """Return the receipt of the transaction, under whichever of its hashes it was mined; None while it was not."""
    for each in (sent.hash, *sent.former_hashes):
        try:
            return web3_of(chain).eth.get_transaction_receipt(HexStr(each))
        except TransactionNotFound:
            continue
    return None


def _is_stuck(chain: Chain, sent: SentTransaction) -> bool:
    """Whether it has waited long enough, and its nonce is still free."""
    if sent.signed_at > timezone.now() - STUCK_AFTER or len(sent.former_hashes) >= MOST_REPLACEMENTS:
        return False
    return web3_of(chain).eth.get_transaction_count(Web3.to_checksum_address(sent.sender), "latest") <= sent.nonce


def _replace(chain: Chain, account: LocalAccount, sent: SentTransaction) -> None:
    """Sign the same again with fees that nodes take in its place (a tenth more), and that the chain asks for now."""
    before = TypedTransaction.from_bytes(HexBytes(bytes(sent.raw))).as_dict()
    names = ("chainId", "nonce", "gas", "value", "data", *(["to"] if before["to"] else []))
    filled = {name: before[name] for name in names}
    now = _fees(web3_of(chain))
    filled |= {name: max(fee, before[name] * 9 // 8 + 1) for name, fee in now.items()}
    signed = account.sign_transaction(filled)
    sent.former_hashes = [*sent.former_hashes, sent.hash]
    sent.hash, sent.raw = signed.hash.to_0x_hex(), bytes(signed.raw_transaction)
    sent.signed_at = timezone.now()
    sent.save()


def _fees(web3: Web3) -> dict[str, int]:
    """Return the fees of a transaction as the chain stands: room for the base fee to double."""
    tip = web3.eth.max_priority_fee
    base = web3.eth.get_block("latest")["baseFeePerGas"]
    return {"maxPriorityFeePerGas": int(tip), "maxFeePerGas": int(2 * base + tip)}


def _filled(chain: Chain, sender: str, to: str, data: str, value: int, gas: int) -> dict[str, Any]:
    """Return the transaction with fees as the chain stands; without ``gas`` a fifth more than it would take now."""
    web3 = web3_of(chain)
    draft: TxParams = {
        "from": Web3.to_checksum_address(sender),
        "data": HexStr(data),
        "value": web3.to_wei(value, "wei"),
    }
    if to:
        draft["to"] = Web3.to_checksum_address(to)
    gas = gas or _estimated(web3, draft) * 6 // 5
    return {
        **{name: given for name, given in draft.items() if name != "from"},
        "chainId": chain.pk,
        "nonce": web3.eth.get_transaction_count(Web3.to_checksum_address(sender), "pending"),
        "gas": gas,
        **_fees(web3),
    }


def _estimated(web3: Web3, draft: TxParams) -> int:
    try:
        return web3.eth.estimate_gas(draft)
    except ContractLogicError as error:
        reason = reverts.explain(str(error.data or ""))
        raise RevertedError(reason.sentence, name=reason.name, args=reason.args) from error


def _broadcast(chain: Chain, sent: SentTransaction) -> None:
    """Send it, unless the chain has it, or has mined it under a hash of before."""
    if sent.former_hashes and _receipt(chain, sent) is not None:
        return
    web3 = web3_of(chain)
    try:
        web3.eth.get_transaction(HexStr(sent.hash))
    except TransactionNotFound:
        try:
            web3.eth.send_raw_transaction(HexBytes(bytes(sent.raw)))
        except Web3RPCError as error:
            raise PermanentChainError(f"The chain refused the transaction for {sent.business_id}: {error}") from error
