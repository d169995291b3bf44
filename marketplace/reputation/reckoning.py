"""Reckons all reputations of a chain anew, and keeps beside them what they were reckoned from."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, transaction

from common.queue import alone
from contracts.models import Block, Chain
from contracts.names import MARKET, PARAMETERS, SPLITTER
from marketplace.ground.formulas import Formula

from .counting import BATCH, CHECKS, REVIEWS, count, given_at, rows_of
from .formulas import reviewer_parts, score_of, seller_parts
from .models import FORMULAS, ExportPart, Reckoning, Reputation, Role

ORDER = " order by 1, 2"
PARTS = {Role.SELLER: seller_parts, Role.REVIEWER: reviewer_parts}
KEPT = 2  # reckonings of a chain: somebody may be reading the one before
Item = TypeVar("Item")
EXPORT = 1  # version of the document's form


def reckon(*, chain: Chain) -> Reckoning | None:
    """Reckon all reputations of a chain at its final block; None where there is none, or another one does so."""
    block = Block.objects.filter(chain=chain, number=chain.final_block()).first()
    with alone(f"reputation:{chain.pk}") as is_first:
        return _reckon(chain, block) if block and is_first else None


def _reckon(chain: Chain, block: Block) -> Reckoning:
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                # What is reckoned and what is exported have to be of one moment.
                cursor.execute("set transaction isolation level repeatable read")
        formulas = {role: Formula.objects.in_force(name) for role, name in FORMULAS.items()}
        made = Reckoning.objects.create(
            chain=chain,
            block_number=block.number,
            block_hash=block.hash,
            block_time=block.time,
            formulas={role: formula.version for role, formula in formulas.items()},
        )
        for role, formula in formulas.items():
            made.counts[role] = _write(made, role, formula, block)
        made.save(update_fields=["counts"])
        Reputation.objects.filter(chain=chain).exclude(reckoning=made).delete()
        _export(made, formulas, block)
        kept = Reckoning.objects.filter(chain=chain).order_by("-pk").values("pk")[:KEPT]
        Reckoning.objects.filter(chain=chain).exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
    return made


def _write(made: Reckoning, role: Role, formula: Formula, block: Block) -> int:
    """Write the reputations of a role; return how many there are."""
    written = 0
    fields = ["score", "n", "facts", "parts", "formula", "reckoning"]
    for some in _batches(_reputations(made, role, formula, block)):
        Reputation.objects.bulk_create(
            some, update_conflicts=True, unique_fields=["address", "chain", "role"], update_fields=fields
        )
        written += len(some)
    return written


def _reputations(made: Reckoning, role: Role, formula: Formula, block: Block) -> Iterator[Reputation]:
    given = formula.parameters
    for address, n, facts in count(role, block, given):
        parts = PARTS[role](facts, given)
        said = {"n": n, "facts": facts, "parts": [part._asdict() for part in parts]}
        score = score_of(n, parts, given)
        whose = {"role": role, "chain_id": made.chain_id, "address": address}
        yield Reputation(**whose, **said, score=score, formula=formula.version, reckoning=made)


def _export(made: Reckoning, formulas: dict[Role, Formula], block: Block) -> None:
    """Keep the document that the same can be reckoned from: in pieces, so that it is never in memory whole."""
    for number, some in enumerate(_batches(_document(made, formulas, block))):
        ExportPart.objects.create(reckoning=made, number=number, content=gzip.compress("".join(some).encode(), mtime=0))


def _document(made: Reckoning, formulas: dict[Role, Formula], block: Block) -> Iterator[str]:
    chain = made.chain
    head = {
        "export": EXPORT,
        "chain": {
            "id": chain.pk,
            "name": chain.short_name,
            "contracts": [
                chain.deployment[name] for name in (MARKET, SPLITTER, PARAMETERS) if name in chain.deployment
            ],
            "start": chain.start_block,
        },
        "block": {"number": block.number, "hash": block.hash, "time": int(block.time.timestamp())},
        "formulas": {
            role: {"name": each.name, "version": each.version, "parameters": each.parameters}
            for role, each in formulas.items()
        },
    }
    yield json.dumps(head)[:-1]
    given = given_at(block)
    yield from _list("checks", ([model, asked, answered] for model, asked, answered in rows_of(CHECKS + ORDER, given)))
    names = ("model", "author", "rating", "counted", "removed", "helpful", "answered")
    yield from _list("reviews", (dict(zip(names, row, strict=True)) for row in rows_of(REVIEWS + ORDER, given)))
    said = Reputation.objects.filter(reckoning=made).order_by("role", "address")
    yield from _list("results", said.values("role", "address", "score", "n", "facts", "parts").iterator(BATCH))
    yield "}\n"


def _list(name: str, rows: Iterable[Any]) -> Iterator[str]:
    yield f',\n"{name}": ['
    for place, row in enumerate(rows):
        yield f"{',' if place else ''}\n{json.dumps(row)}"
    yield "]"


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    left = iter(items)
    while some := list(islice(left, BATCH)):
        yield some
