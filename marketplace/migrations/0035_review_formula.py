"""The first version of the formula of the site's score, with its numbers."""

from datetime import UTC, datetime
from typing import Any

from django.db import migrations

NAME = "review-score"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
PARAMETERS = {
    "use_most": 100,
    "use_full": 20_000,
    "spend_least": 100,
    "spend_most": 500,
    "prior_reviews": 3,
    "prior_start": 3_500,
    "prior_models": 5,
    "burst_least": 10,
    "burst_times": 5,
    "burst_minutes": 60,
    "burst_days": 30,
    "burst_use": 1_000,
}
TEXT = """
A model’s score is the mean of the stars of the reviews that count, each by its weight, drawn a little towards the mean
of all models.

**What counts.** The newest edition of each review whose author has a final purchase that was not refunded, or settled
metered use. Left out, and labelled, are reviews of those who get a part of the sales, of people connected with the
seller, of bursts, and those whose purchase was refunded, is in dispute or is not final.

**A weight** is the product of two numbers:

- *use*, from 1 to 100: 1 + 99 × the tokens that the author has run with access of their own ÷ 20,000, at most 100;
- *spending*, from 100 to 500: 100 + 400 × what was paid for the author and can no longer be refunded ÷ the reference,
  at most 500. The reference is the spending from which on reviewers have brought half of all that these reviews paid.

**The prior** is the mean of all models: (the sum of their means + 5 × 3.5) ÷ (their number + 5). It weighs as much as
three typical reviews of the model: 3 × the sum of the squared weights ÷ the sum of the weights.

**Score** = (sum of weight × stars + weight of the prior × prior) ÷ (sum of weights + weight of the prior).

**A burst** is ten or more first reviews, by people who have run fewer than 1,000 tokens, within an hour, if the thirty
days before had less than a fifth of that in such a time. It is left out, and a moderator is told.

All divisions are of integers, in thousandths of a star. Votes that a review is helpful do not change the score.
""".strip()


def add(apps: Any, _editor: object) -> None:
    formula = apps.get_model("marketplace", "Formula")
    values = {"text": TEXT, "parameters": PARAMETERS, "since": SINCE}
    formula.objects.get_or_create(name=NAME, version=1, defaults=values)


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0034_review_prior"),
    ]

    operations = [
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
