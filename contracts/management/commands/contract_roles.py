"""``manage.py contract_roles --chain anvil [--json]``: who can do what after which delay, asked of the chain."""

from __future__ import annotations

import json
import logging
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contracts.chain import abi
from contracts.chain.permissions import (
    TIMELOCK_ROLES,
    Holders,
    Restricted,
    admin_of,
    granted_roles,
    restricted_functions,
    timelock_roles,
    vote_seconds,
    writing,
)
from contracts.errors import ChainError
from contracts.models import Chain
from contracts.names import DAY, TREASURY

Answer = dict[str, Any]


class Command(BaseCommand):
    """Tries every function as an account without roles, and asks the contracts for the rest."""

    help = "Print every restricted function of the contracts on a chain, who can call it, and after which delay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", required=True)
        parser.add_argument("--json", action="store_true", help="all functions that write, for a program to read")

    def handle(self, *args: object, **options: Any) -> None:
        chain = Chain.objects.filter(short_name=options["chain"]).exclude(deployment={}).first()
        if chain is None:
            raise CommandError(
                f"There are no contracts on {options['chain']} yet; run manage.py deploy_contracts first."
            )
        try:
            with _silence():
                found = _found(chain)
        except ChainError as error:
            raise CommandError(str(error.detail)) from error
        self.stdout.write(json.dumps(found, indent=1) if options["json"] else "\n".join(_lines(chain, found)))


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the log, which stands on the standard output, out of the answer: refusals are what is asked for here."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _found(chain: Chain) -> Answer:
    restricted = {(each.contract, each.signature): each for each in restricted_functions(chain)}
    roles = [
        {"id": each.id, "label": each.label, "holders": _holders(chain, each.holders)} for each in granted_roles(chain)
    ]
    return {
        "chain": chain.short_name,
        "contracts": chain.deployment,
        "admin": admin_of(chain),
        "roles": roles,
        **(_dao(chain) if TREASURY in chain.deployment else {}),
        "functions": [
            _function(chain, contract, entry, restricted.get((contract, abi.signature(entry))))
            for contract, entry in writing(chain)
        ],
    }


def _dao(chain: Chain) -> Answer:
    vote, wait = vote_seconds(chain)
    given = timelock_roles(chain).items()
    return {
        "vote_seconds": vote,
        "timelock_seconds": wait,
        "timelock": [
            {"label": TIMELOCK_ROLES.get(role, role), "holders": _holders(chain, [(who, 0) for who in accounts])}
            for role, accounts in given
        ],
    }


def _function(chain: Chain, contract: str, entry: dict[str, Any], found: Restricted | None) -> Answer:
    """Return who can call a function; where no right is asked for, its arguments decide, and ``holders`` is null."""
    return {
        "contract": contract,
        "function": entry["name"],
        "signature": abi.signature(entry),
        "selector": f"0x{abi.digest(entry)[:4].hex()}",
        "role": found.role if found else None,
        "only": found.only if found else "",
        "holders": _holders(chain, found.holders) if found else None,
    }


def _holders(chain: Chain, holders: Holders) -> list[Answer]:
    names = {address: name for name, address in chain.deployment.items()}
    return [{"account": who, "name": names.get(who, ""), "delay_seconds": delay} for who, delay in holders]


def _lines(chain: Chain, found: Answer) -> list[str]:
    labels = {each["id"]: f"{each['label'] or 'role'} ({each['id']})" for each in found["roles"]}
    return [
        *_head(chain, found),
        f"Roles on {chain.name}:",
        *(f"  {labels[each['id']]}: {_written(each['holders'])}" for each in found["roles"]),
        *(f"  the treasury's {each['label']}: {_written(each['holders'])}" for each in found.get("timelock", [])),
        "Restricted functions:",
        *(f"  {_said(each, labels)}" for each in found["functions"] if each["holders"] is not None),
    ]


def _head(chain: Chain, found: Answer) -> list[str]:
    if found["admin"]["kind"] == "chain-local":
        return [f"The admin is chain-local: the DAO does not decide on {chain.name}."]
    vote, wait = _lasting(found["vote_seconds"]), _lasting(found["timelock_seconds"])
    return [f"The admin is the DAO's timelock: what it does was voted on for {vote} at least, and then waited {wait}."]


def _said(each: Answer, labels: dict[int, str]) -> str:
    who = each["only"] if each["role"] is None else labels.get(each["role"], f"role ({each['role']})")
    return f"{each['contract']}.{each['function']}: {who}: {_written(each['holders'])}"


def _written(holders: list[Answer]) -> str:
    return ", ".join(map(_holder, holders)) or "nobody"


def _holder(holder: Answer) -> str:
    account = f"{holder['name']} {holder['account']}".strip()
    return f"{account} after {_lasting(holder['delay_seconds'])}" if holder["delay_seconds"] else account


def _lasting(seconds: int) -> str:
    return f"{seconds // DAY} days" if seconds and seconds % DAY == 0 else f"{seconds} s"
