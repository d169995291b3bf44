"""LATTICE that people sent each other, as ties between sellers and reviewers."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from marketplace.scores.ties import Rows, Source, Tie, register

from .models.power import TransferFact


def _between(chains: Collection[int], givers: Collection[str], takers: Collection[str]) -> Rows:
    sent = TransferFact.objects.filter(chain__in=chains, sender__in=givers, recipient__in=takers)
    return sent.values_list("chain", "block_number", "sender", "recipient")


def _since(chain_id: int, block: int) -> Iterator[Tie]:
    sent = TransferFact.objects.filter(chain=chain_id, block_number__gt=block)
    return map(Tie._make, sent.values_list("chain", "block_number", "sender", "recipient"))


register("lattice", Source(_between, _since))
