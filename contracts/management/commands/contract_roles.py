"""``manage.py contract_roles --chain anvil``: who can do what, asked of the chain."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contracts.chain.permissions import Granted, granted_roles, restricted_functions
from contracts.errors import ChainError
from contracts.models import Chain


class Command(BaseCommand):
    """Tries every function as an account without roles, and asks the AccessManager for the rest."""

    help = "Print every restricted function of the contracts on a chain, its role, and who holds it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", required=True)

    def handle(self, *args: object, **options: Any) -> None:
        chain = Chain.objects.filter(short_name=options["chain"]).exclude(deployment={}).first()
        if chain is None:
            raise CommandError(
                f"There are no contracts on {options['chain']} yet; run manage.py deploy_contracts first."
            )
        try:
            self._print(chain)
        except ChainError as error:
            raise CommandError(str(error.detail)) from error

    def _print(self, chain: Chain) -> None:
        roles = {role.id: role for role in granted_roles(chain)}
        self.stdout.write(f"Roles on {chain.name}:")
        for role in roles.values():
            self.stdout.write(f"  {_named(role)}: {_holders(role)}")
        self.stdout.write("Restricted functions:")
        for found in restricted_functions(chain):
            who = found.only if found.role is None else _named(roles.get(found.role, Granted(found.role, "", [])))
            self.stdout.write(f"  {found.contract}.{found.function}: {who}")


def _named(role: Granted) -> str:
    return f"{role.label or 'role'} ({role.id})"


def _holders(role: Granted) -> str:
    written = [f"{account} after {delay} s" if delay else account for account, delay in role.holders]
    return ", ".join(written) or "nobody"
