"""``manage.py deploy_contracts --chain anvil``: put the contracts on a chain, once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from contracts.actions import deploy_contracts, write_deployment
from contracts.chain.permissions import admin_of
from contracts.errors import ChainError
from contracts.naming import named_by_settings
from contracts.networks import NETWORKS


class Command(BaseCommand):
    """Takes the deployer's key, DEPLOYER_KEY, and the chain's endpoints, RPC_URLS_<CHAIN>, from the environment."""

    help = "Deploy the contracts to a chain and write down where they are. Contracts that are there are kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", choices=sorted(NETWORKS), required=True)

    def handle(self, *args: object, **options: Any) -> None:
        name: str = options["chain"]
        try:
            chain, deployed = deploy_contracts(
                short_name=name,
                rpc_urls=settings.RPC_URLS.get(name, []),
                deployer_key=settings.DEPLOYER_KEY,
                pass_uri=settings.PASS_URI,
                named=named_by_settings(),
                say=self.stdout.write,
            )
        except ChainError as error:
            raise CommandError(str(error.detail)) from error
        folder = settings.LOCAL_DEPLOYMENTS_DIR if chain.is_local else settings.DEPLOYMENTS_DIR
        file = write_deployment(chain, folder)
        done = "are deployed" if deployed else "were there already"
        self.stdout.write(f"The contracts {done} on {chain.name}; their addresses are in {file.name}.")
        admin = admin_of(chain)
        kind = "the DAO's timelock" if admin["kind"] == "timelock" else "chain-local"
        self.stdout.write(f"The admin there is {kind}: {', '.join(admin['accounts'])}.")
