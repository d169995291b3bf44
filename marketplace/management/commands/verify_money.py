"""``manage.py verify_money [--chain anvil] [--at N]``: what the splitter owes, by our facts and by the chain."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contracts.errors import ChainError
from contracts.management.commands.index_chain import find_chains
from contracts.models import Chain
from marketplace.money.verification import Total, money_at


class Command(BaseCommand):
    """Ends with an error where the splitter has less than it owes, or owes something else than the facts say."""

    help = "Compare buckets, held sums and credits with the contracts at a block, by default the last final one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", action="append", help="a chain's short name; all that have contracts by default")
        parser.add_argument("--at", type=int, help="the block's number")

    def handle(self, *args: object, **options: Any) -> None:
        wrong = [chain.name for chain in find_chains(options["chain"]) if not self._verify(chain, options["at"])]
        if wrong:
            raise CommandError(f"The money does not match on {', '.join(wrong)}; see above.")

    def _verify(self, chain: Chain, at: int | None) -> bool:
        # A young chain has no final block of ours yet, and nothing before the contracts.
        number = max(chain.final_block(), chain.start_block - 1) if at is None else at
        try:
            totals, found = money_at(chain=chain, number=number)
        except ChainError as error:
            raise CommandError(str(error.detail)) from error
        for each in found.differences:
            self.stdout.write(f"{each['name']} is {each['stored']} here and {each['chain']} on chain.")
        for total in totals:
            self.stdout.write(_line(total))
        self.stdout.write(f"{found.compared} values compared with {chain.name} at block {number}.")
        return not found.differences and all(total.is_covered for total in totals)


def _line(total: Total) -> str:
    return (
        f"{total.token}: buckets {total.buckets} + referrals {total.referrals} + held {total.held} + "
        f"credits {total.credits} = {total.owed}; the splitter has {total.balance}."
    )
