"""Actions that write a chain's row."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from django.db import transaction

from .chain.client import Client
from .chain.factory import has_code
from .errors import OtherGenesisError, PermanentChainError
from .indexer.dispatch import Sums, load_handlers
from .indexer.folding import refold
from .indexer.reorg import rewind
from .indexer.store import run
from .indexer.write import adding
from .models import Chain, Cursor, SentTransaction
from .naming import Named, check_named
from .networks import NETWORKS


def deploy_contracts(
    *,
    short_name: str,
    rpc_urls: list[str],
    deployer_key: str,
    pass_uri: str,
    named: Named | None = None,
    say: Callable[[str], object] = lambda line: None,
) -> tuple[Chain, bool]:
    """Put the contracts on a chain, hand over, and write its row; return it, and whether anything was deployed.

    Contracts whose code is on the chain are kept. A run that was killed half-way is taken up where it ended. On the
    home chain the timelock ends as the only admin, and the deployer with nothing. Raises PermanentChainError if the
    endpoint serves another chain than the one named, if somebody is not named who has to be, or if the chain does not
    say in the end that all is as it was to be; then no row is written.
    """
    # With these comes web3, which the indexers that import this module do without.
    from .chain.constructors import Design
    from .chain.deployer import Deployer
    from .chain.handover import check_admin, check_handover
    from .chain.transactions import account_of

    named = named or Named()
    chain = _chain(short_name, rpc_urls)
    # Asked of the chain: a local one may have been started over under the same row.
    if chain.deployment and all(has_code(chain, list(chain.deployment.values()))):
        check_admin(chain, named, account_of(deployer_key).address if deployer_key else "")
        return chain, False
    account = account_of(deployer_key)
    check_named(chain, named, account.address)
    if chain.deployment and chain.is_local:  # it was started over: nothing that was read of it is true any more
        forget_chain(chain=chain)
        SentTransaction.objects.filter(chain=chain).delete()
    design = Design(chain, account.address, named, pass_uri)
    chain.deployment, chain.start_block = Deployer(design, account, say).deploy()
    check_handover(design)
    Chain.objects.filter(pk=chain.pk).update(deployment=chain.deployment, start_block=chain.start_block)
    chain.refresh_from_db()
    return chain, True


def open_chain(*, short_name: str, rpc_urls: list[str], folder: Path) -> Chain:
    """Return the row of a chain that others deployed to: its addresses stand in ``folder/<chain id>.json``.

    Raises PermanentChainError if the endpoints serve another chain, RetryableChainError if none answers.
    """
    chain = _chain(short_name, rpc_urls)
    file = folder / f"{chain.pk}.json"
    if not chain.deployment and file.exists():
        written = json.loads(file.read_text())
        found = {"deployment": written["contracts"], "start_block": written["start_block"]}
        Chain.objects.filter(pk=chain.pk).update(**found)
        chain.refresh_from_db()
    return chain


def _chain(short_name: str, rpc_urls: list[str]) -> Chain:
    """Return the row of the chain behind these endpoints, made or brought up to date."""
    network = NETWORKS[short_name]
    with Client(rpc_urls) as rpc:
        answers = rpc.batch([("eth_chainId", []), ("eth_getBlockByNumber", ["0x0", False])])
    if int(answers[0], 16) != network.id:
        raise PermanentChainError(
            f"The endpoint serves the chain with id {int(answers[0], 16)}, and {network.name} has id {network.id}."
        )
    given = {
        "short_name": short_name,
        "name": network.name,
        "coin": network.coin,
        "rpc_urls": rpc_urls,
        "confirmations": network.confirmations,
        "reorg_window": network.reorg_window,
        "explorer_url": network.explorer_url,
        "quorum": network.quorum,
    }
    genesis = answers[1]["hash"]
    with transaction.atomic():
        chain, _ = Chain.objects.select_for_update().update_or_create(id=network.id, defaults=given)
        if chain.genesis_hash != genesis:
            _begin(chain, genesis)
    return chain


def _begin(chain: Chain, genesis: str) -> None:
    """Bind the row to a chain with this genesis block, if nothing of another one is indexed."""
    if Cursor.objects.filter(chain=chain).exists():
        raise OtherGenesisError(chain.name, chain.short_name, chain.genesis_hash, genesis)
    SentTransaction.objects.filter(chain=chain).delete()
    chain.genesis_hash, chain.deployment, chain.start_block = genesis, {}, 0
    chain.save()


@transaction.atomic
def forget_chain(*, chain: Chain) -> None:
    """Delete everything that was indexed of a chain; its folds go with the events that they were made from."""
    load_handlers()
    # An indexer that writes meanwhile would leave something behind.
    Cursor.objects.select_for_update().filter(chain=chain).first()
    sums = Sums()
    subjects = rewind(chain, -1, sums)[1]
    refold(chain, subjects)
    run(adding(chain, sums))
    Cursor.objects.filter(chain=chain).delete()


def write_deployment(chain: Chain, folder: Path) -> Path:
    """Write a chain's addresses and its admin as ``<chain id>.json`` into the folder; return the file."""
    from .chain.permissions import admin_of

    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{chain.pk}.json"
    written = {"contracts": chain.deployment, "start_block": chain.start_block, "admin": admin_of(chain)}
    file.write_text(json.dumps(written, indent=1) + "\n")
    return file
