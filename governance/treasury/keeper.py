"""The keeper's part in the treasury: fees that are worth it go on their way, and what it holds is counted."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.utils import timezone
from eth_account.signers.local import LocalAccount

from contracts.chain import codec
from contracts.chain.client import GAS_OF_OTHERS, block_tag, client
from contracts.chain.transactions import send_transaction
from contracts.currencies import ERC20
from contracts.errors import ChainError, PermanentChainError
from contracts.models import Block, Chain
from contracts.names import COIN, FEE_VAULT, TREASURY
from governance.onchain.models.treasury import AssetFact, FeeReleaseFact
from marketplace.money.credits import balances_at
from marketplace.money.keeping import keeps
from marketplace.onchain.models.sales import CreditFact

from .models import TreasuryReading

log = structlog.get_logger(__name__)
RELEASE_GAS = 115_000  # of the first release of coin, measured: it draws from the splitter, and pays three
WORTH = 20  # times its gas is what a release has to give on
TOKEN_REST = timedelta(days=7)  # what a token is worth in coin is not known here, so it goes once a week


@keeps
def release_fees(chain: Chain, keeper: LocalAccount | None) -> int:
    """Send the transactions that divide what waits in the fee vault, where that is worth it; return how many stand.

    A release has one transaction for ever, named by how many there were before it: running this again, or twice at
    once, sends that very one again, and nothing more until it is indexed.
    """
    if keeper is None or FEE_VAULT not in chain.deployment:
        return 0
    vault = chain.deployment[FEE_VAULT]
    found = balances_at(chain, chain.final_block(), chain.head(), account=vault)
    waiting = {token: balance.available for (_account, token), balance in found.items() if balance.available}
    return sum(_send(chain, keeper, token) for token, amount in waiting.items() if _is_worth_it(chain, token, amount))


def _is_worth_it(chain: Chain, token: str, amount: int) -> bool:
    if token == COIN:
        return amount > WORTH * RELEASE_GAS * client(chain).quantity("eth_gasPrice")
    since = timezone.now() - TOKEN_REST
    return not FeeReleaseFact.objects.filter(chain=chain, token=token, time__gt=since).exists()


def _send(chain: Chain, keeper: LocalAccount, token: str) -> bool:
    before = FeeReleaseFact.objects.filter(chain=chain, token=token).count()
    data = codec.call_data(FEE_VAULT, "release", [token])
    try:
        send_transaction(
            chain=chain,
            account=keeper,
            business_id=f"release:{token}:{before}",
            data=data,
            to=chain.deployment[FEE_VAULT],
        )
    # A token that refuses must not hold up the others.
    except ChainError as error:
        log.warning("fees were not divided", chain=chain.short_name, token=token, reason=str(error.detail))
        return False
    return True


@keeps
def read_treasury(chain: Chain, keeper: LocalAccount | None = None) -> int:
    """Count what the treasury holds at the last final block; return how many assets it was asked for.

    Raises ChainError where the chain does not answer.
    """
    block = Block.objects.filter(chain=chain, number=chain.final_block()).first()
    if TREASURY not in chain.deployment or block is None:
        return 0
    assets = sorted({COIN, *_tokens(chain)})
    readings = [
        TreasuryReading(
            chain=chain, asset=asset, balance=balance, block_number=block.number, block_hash=block.hash,
            made_at=timezone.now(),
        )
        for asset in assets
        if (balance := _balance(chain, asset, block)) is not None
    ]  # fmt: skip
    TreasuryReading.objects.bulk_create(
        readings,
        update_conflicts=True,
        unique_fields=["chain", "asset"],
        update_fields=["balance", "block_number", "block_hash", "made_at"],
    )
    return len(readings)


def _tokens(chain: Chain) -> set[str]:
    """Return every token that fees were paid in, or that was ever capped; not what anybody has sent and released."""
    vault = chain.deployment.get(FEE_VAULT, "")
    credited = CreditFact.objects.filter(chain=chain, account=vault).values_list("token", flat=True)
    listed = AssetFact.objects.filter(chain=chain).values_list("asset", flat=True)
    return {*credited.distinct(), *listed.distinct()}


def _balance(chain: Chain, asset: str, block: Block) -> int | None:
    """Return what the treasury has of an asset at a block; None for a token that does not say."""
    rpc, treasury = client(chain), chain.deployment[TREASURY]
    if asset == COIN:
        return rpc.quantity("eth_getBalance", treasury, block_tag(block.hash))
    data = codec.call_data(ERC20, "balanceOf", [treasury])
    try:
        answer = rpc.eth_call(asset, data, block=block.hash, gas=GAS_OF_OTHERS)
        return int(codec.decode_result(ERC20, "balanceOf", answer))
    except (PermanentChainError, ValueError):  # whatever it answers, the others are counted
        return None
