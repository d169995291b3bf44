"""The first versions of the formulas of performance and of reputation."""

from datetime import UTC, datetime
from typing import Any

from django.db import migrations

SINCE = datetime(2026, 1, 1, tzinfo=UTC)

PERFORMANCE = """\
A rating of 0 to 100 points for one version on one engine, of what thirty days have measured: our own checks and
real calls alike.

- **First token**, half of all answers: `first_half_ms` / (`first_half_ms` + p50). A time as long as the parameter gives
  half of the points.
- **Slow first tokens**, one in twenty answers: the same of the p95, with `slow_half_ms`.
- **Speed**: p50 / (p50 + `speed_half`), in tokens a second.
- **Success**: of real calls that ended, the share that was answered, from `success_floor` per cent (no points) to all.
  What the asker's own network or browser broke off counts for nobody.
- **Uptime**: the share of our checks that were answered, from `uptime_floor` per cent to all.

The rating is the mean of the parts, each by its weight. A part of fewer than `least` measurements is left out, and
there is no rating without `least` times and `least` checks. All is reckoned in whole numbers, rounded down.
"""

SELLER = """\
A reputation of 0 to 100 points for whoever sells on a chain, of what was final at one of its blocks.

Each buyer counts by the fees that they have really paid, the square of them up to `full_fee` (in wei; other tokens by
the weight that the DAO gave them): (fees / `full_fee`)², at most 1. The seller, and everybody who is or was among those
that share the sales of one of its models, counts nothing.

- **Age**: days since its first listing, of `age_days`.
- **Sales**: b / (b + `sales_half`), where b sums the buyers by their fees of sales that have matured and were kept.
- **Refunds**: the share of buyers, by fees, whose sales were returned. Up to `refunds_free` per cent cost nothing,
  at `refunds_worst` nothing is left. A buyer weighs no more here than by what they have kept anywhere on the market.
- **Disputes**: the share of buyers whose dispute was ruled for them; at `disputes_worst` per cent nothing is left.
- **Uptime**: of all its models that run here, the share of our checks that were answered in thirty days, from
  `uptime_floor` per cent to all.
- **Reviews**: the mean of the ratings that count, 1 to 5 as 0 to 1, each by the fees that its author has paid for that
  model, with `reviews_prior` middling ones added.

The reputation is the mean of the parts, each by its weight. A part of which too little is known is left out: uptime
under `uptime_least` checks, reviews under `reviews_least`. There is none for fewer than `least` buyers.
"""

REVIEWER = """\
A reputation of 0 to 100 points for whoever reviews, of what was final at a block of the chain that they buy on.

- **Age**: days since the first purchase, of `age_days`.
- **Models**: m / (m + `models_half`), where m sums the models that they have bought and reviewed and whose review
  counts, each by the fees that were paid for them and have matured: (fees / `full_fee`)², at most 1.
- **Helpful**: h / (h + `helpful_half`), where h counts who bought the same model and found their review of it helpful,
  at most `helpful_most` a review.
- **Removed**: the share of their reviews that moderators took out; at `removed_worst` per cent nothing is left.
- **Answers**: how many of their reviews the seller answered. It is shown and weighs nothing: whether a seller
  answers is not the reviewer's doing.

The reputation is the mean of the parts, each by its weight. There is none for fewer than `least` reviews that count.
"""

FORMULAS = {
    "performance": (
        PERFORMANCE,
        {
            "least": 20,
            "first_half_ms": 1000,
            "first_weight": 20,
            "slow_half_ms": 2000,
            "slow_weight": 10,
            "speed_half": 10,
            "speed_weight": 20,
            "success_floor": 90,
            "success_weight": 25,
            "uptime_floor": 90,
            "uptime_weight": 25,
        },
    ),
    "seller-reputation": (
        SELLER,
        {
            "least": 3,
            "full_fee": 10**15,
            "age_days": 180,
            "age_weight": 10,
            "sales_half": 10,
            "sales_weight": 30,
            "refunds_free": 10,
            "refunds_worst": 50,
            "refunds_weight": 20,
            "disputes_worst": 10,
            "disputes_weight": 15,
            "uptime_floor": 90,
            "uptime_least": 20,
            "uptime_weight": 10,
            "reviews_least": 3,
            "reviews_prior": 3,
            "reviews_weight": 15,
        },
    ),
    "reviewer-reputation": (
        REVIEWER,
        {
            "least": 2,
            "full_fee": 10**15,
            "age_days": 180,
            "age_weight": 15,
            "models_half": 5,
            "models_weight": 45,
            "helpful_half": 10,
            "helpful_most": 5,
            "helpful_weight": 25,
            "removed_worst": 50,
            "removed_weight": 15,
            "answers_weight": 0,
        },
    ),
}


def add(apps: Any, schema_editor: Any) -> None:
    formula = apps.get_model("marketplace", "Formula")
    for name, (text, parameters) in FORMULAS.items():
        formula.objects.update_or_create(
            name=name, version=1, defaults={"text": text, "parameters": parameters, "since": SINCE}
        )


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0032_performance_and_reputation")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
