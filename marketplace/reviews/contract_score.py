"""The contract's score of a model: ratings given on chain, weighted by fees. Another number than the site's score."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import JSONField
from django.db.models.expressions import RawSQL

from common.statements import Found, Given, Statement
from contracts.models import Chain
from marketplace.scores.showing import STAR, in_stars

# As Ratings.sol: the last rating of each counts with the fees that it had paid by then; zero voids it.
LATEST = """(
    select jsonb_build_object(
        'raters', count(*) filter (where weight > 0), 'ratings', count(*),
        'weight', coalesce(sum(weight), 0)::text, 'weighted', coalesce(sum(weight * rating), 0)::text
    ) from (
        select distinct on (rater) rating, weight from marketplace_ratingfact
        where chain_id = %s and model_id = %s order by rater, block_number desc, log_index desc
    ) latest where rating > 0
)"""
BPS = 10_000


@dataclass(frozen=True)
class ContractScore:
    """What ``scoreOf`` says: ``raters`` of weight, their ``weight`` in wei of fees, the ``mean`` in 1/10,000.

    ``ratings`` counts those without weight too.
    """

    chain: Chain
    model_id: str
    raters: int
    ratings: int
    weight: int
    mean: int

    @property
    def shown(self) -> str:
        """The mean as it is read: “4.6”."""
        return in_stars(self.mean * STAR // BPS)


@cache
def contract_scores() -> Statement[Chain]:
    """Return the statement for a model's score on a chain (``chain``, ``model``)."""
    found = RawSQL(LATEST, [Given("chain"), Given("model")], output_field=JSONField())  # noqa: S611  values of ours
    return Statement(Chain.objects.filter(pk=Given("chain")).annotate(rated=found))


def score_in(found: Found[Chain], model_id: str) -> ContractScore | None:
    """Return the score that the statement has found; None for a chain that is not there."""
    if not found:
        return None
    (chain,) = found
    rated: dict[str, Any] = vars(chain)["rated"]
    weight, weighted = int(rated["weight"]), int(rated["weighted"])
    mean = weighted * BPS // weight if weight else 0
    return ContractScore(chain, model_id, rated["raters"], rated["ratings"], weight, mean)


def contract_score_of(chain: Chain, model_id: str) -> ContractScore | None:
    """Return a model's score. One query."""
    return score_in(contract_scores().find(chain=chain.pk, model=model_id), model_id)
