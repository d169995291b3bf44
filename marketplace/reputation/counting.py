"""Counts what the formulas of reputation are of: one statement a role, over facts that are final at a block.

``recompute.py`` counts the same, event by event, from a node of the chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connection

from contracts.models import Block
from contracts.names import COIN, DAY
from marketplace.scores.voting import BOUGHT_IT

from .models import Role
from .recompute import REVIEWER_FACTS, SELLER_FACTS

BATCH = 2_000  # rows in memory at once
ONE = 10**18  # of a token's weight


# Reviews of what is listed, as the export has them; ``counted`` is what the site's score says of each.
REVIEWS = """
select review.model_id as model, review.author, review.rating, review.standing = 'counted' as counted,
    review.decision_id is not null as removed,
    (select count(*) from marketplace_helpfulvote vote
        where vote.review_id = review.id and vote.weight >= %(bought_it)s) as helpful,
    exists (select from marketplace_answer answer where answer.review_id = review.id
        and answer.withdrawn_at is null and answer.decision_id is null) as answered
from marketplace_review review
join marketplace_onchainlisting listing on listing.chain_id = review.chain_id and listing.model_id = review.model_id
    and listing.listed_block <= %(block)s
where review.chain_id = %(chain)s and (review.withdrawn_at is null or review.decision_id is not null)
"""
# Our checks of thirty days, of each model that runs here.
CHECKS = """
select adoption.model_id as model, sum(performance.asked)::bigint as asked,
    sum(performance.answered)::bigint as answered
from marketplace_performance performance
join marketplace_adoption adoption on adoption.listing_id = performance.listing_id and adoption.chain_id = %(chain)s
join marketplace_onchainlisting listing on listing.chain_id = %(chain)s and listing.model_id = adoption.model_id
    and listing.listed_block <= %(block)s
group by adoption.model_id
"""
SALES = """
with tokens as (
    select %(coin)s::varchar as token, %(one)s::numeric as weight
    union all
    (select distinct on (subject) args->>'token', (args->>'weight')::numeric from contracts_event
    where chain_id = %(chain)s and contract = 'ProtocolParameters' and name = 'TokenSet' and block_number <= %(block)s
        and subject in (select 'token:' || address from contracts_acceptedtoken where chain_id = %(chain)s)
    order by subject, block_number desc, log_index desc)
), parties as (
    select distinct left(model_id, 42) as seller, unnest(recipients) as party from marketplace_splitfact
    where chain_id = %(chain)s and block_number <= %(block)s
), sales as materialized (
    select fact.model_id, left(fact.model_id, 42) as seller, fact.buyer, fact.recipient, fact.time,
        coalesce(div(fact.fee * tokens.weight, %(one)s), 0) as fee,
        case when back.stage is null or (back.stage = 'for-seller' and back.ruled_block <= %(block)s)
                then case when fact.maturity_day < %(today)s then 'kept' end
            when back.stage = 'refunded' then 'returned'
            when back.stage = 'for-buyer' and back.ruled_block <= %(block)s then 'upheld' end as fate,
        left(fact.model_id, 42) in (fact.buyer, fact.recipient) or exists (
            select from parties where parties.seller = left(fact.model_id, 42)
                and parties.party in (fact.buyer, fact.recipient)
        ) as is_own
    from marketplace_purchasefact fact
    left join tokens on tokens.token = fact.token
    left join marketplace_purchasereturn back on back.chain_id = fact.chain_id and back.purchase_tx = fact.tx_hash
        and back.purchase_index = fact.index and back.taken_block <= %(block)s
    where fact.chain_id = %(chain)s and fact.block_number <= %(block)s
), paid as (
    select model_id, recipient, sum(fee) as fees from sales where fate = 'kept' and not is_own group by 1, 2
)
"""
SELLERS = f"""
{SALES}, buyers as (
    select seller, buyer, coalesce(sum(fee) filter (where fate = 'kept'), 0) as kept,
        coalesce(sum(fee) filter (where fate = 'returned'), 0) as returned,
        coalesce(sum(fee) filter (where fate = 'upheld'), 0) as upheld,
        count(*) filter (where fate = 'kept') as sales, count(*) filter (where fate = 'returned') as returns,
        count(*) filter (where fate = 'upheld') as disputes
    from sales where fate is not null and not is_own group by seller, buyer
), everywhere as (
    select *, sum(kept) over (partition by buyer) as in_all from buyers
), capped as (
    select *, least(kept, %(full)s) as k, least(returned, in_all, %(full)s) as r, least(upheld, %(full)s) as u
    from everywhere
), weighed as (
    select *, div(%(million)s * k * k, %(square)s) as kept_weight, div(%(million)s * r * r, %(square)s) as back_weight,
        div(%(million)s * u * u, %(square)s) as upheld_weight
    from capped
), of_buyers as (
    select seller, sum(sales) as sales, count(*) filter (where kept_weight > 0) as buyers, sum(kept_weight) as weight,
        sum(returns) as returned, sum(back_weight) as returned_weight, sum(disputes) as upheld,
        sum(upheld_weight) as upheld_weight
    from weighed group by seller
), of_checks as (
    select left(model, 42) as seller, sum(asked) as asked, sum(answered) as answered from ({CHECKS}) checks group by 1
), of_reviews as (
    select left(model, 42) as seller, count(*) as reviews, sum(weight) as reviews_weight,
        sum(weight * (rating - 1)) as reviews_sum
    from (
        select model, rating, div(%(million)s * least(fees, %(full)s) * least(fees, %(full)s), %(square)s) as weight
        from ({REVIEWS}) reviews join paid on paid.model_id = model and paid.recipient = author where counted
    ) weighing where weight > 0 group by 1
)
select listed.seller, listed.age_days, sales, buyers, weight, returned, returned_weight, upheld, upheld_weight,
    asked, answered, reviews, reviews_weight, reviews_sum
from (
    select left(model_id, 42) as seller,
        greatest(0, %(time)s - extract(epoch from min(listed_at))::bigint) / %(day)s as age_days
    from marketplace_onchainlisting where chain_id = %(chain)s and listed_block <= %(block)s group by 1
) listed
left join of_buyers using (seller) left join of_checks using (seller) left join of_reviews using (seller)
order by listed.seller
"""  # noqa: S608  of the constants above
REVIEWERS = f"""
{SALES}, began as (
    select who, min(time) as at from (select buyer as who, time from sales union all select recipient, time from sales)
        took group by who
)
select author, greatest(0, %(time)s - coalesce(extract(epoch from min(began.at))::bigint, %(time)s)) / %(day)s,
    count(*), count(*) filter (where counted),
    sum(div(%(million)s * least(coalesce(fees, 0), %(full)s) * least(coalesce(fees, 0), %(full)s), %(square)s))
        filter (where counted),
    sum(least(helpful, %(helpful_most)s)) filter (where counted), count(*) filter (where removed),
    count(*) filter (where counted and answered)
from ({REVIEWS}) reviews
left join paid on paid.model_id = model and paid.recipient = author
left join began on began.who = author
group by author order by author
"""  # noqa: S608  of the constants above


class Counted(NamedTuple):
    """What was counted of an address: ``n`` is what the least number is of."""

    address: str
    n: int
    facts: dict[str, int]


def given_at(block: Block) -> dict[str, Any]:
    """Return what the statements are asked of."""
    time = int(block.time.timestamp())
    where = {"chain": block.chain_id, "block": block.number, "time": time, "today": time // DAY, "day": DAY}
    return {**where, "coin": COIN, "one": ONE, "bought_it": BOUGHT_IT, "million": 1_000_000}


def count(role: Role, block: Block, parameters: dict[str, int]) -> Iterator[Counted]:
    """Yield what was counted of each address in a role, in the order of the addresses. One query."""
    names, n, query = (
        (SELLER_FACTS, "buyers", SELLERS) if role == Role.SELLER else (REVIEWER_FACTS, "reviews", REVIEWERS)
    )
    full = parameters["full_fee"]
    given = {**given_at(block), "full": full, "square": full * full, "helpful_most": parameters.get("helpful_most", 0)}
    for address, *counts in rows_of(query, given):
        facts = {name: int(value or 0) for name, value in zip(names, counts, strict=True)}
        yield Counted(address, facts[n], facts)


def rows_of(query: str, given: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a statement, so many at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, given)
        while some := cursor.fetchmany(BATCH):
            yield from some
