from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


def counts() -> ArrayField[list[int], list[int]]:
    return ArrayField(models.PositiveIntegerField(), db_default=[], default=list, editable=False, size=None)


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0022_runtime_sample")]

    operations = [
        migrations.AddField("listingruntime", "calls_by_day", counts()),
        migrations.AddField("listingruntime", "sales_by_day", counts()),
        migrations.AddField("listingruntime", "probe", models.JSONField(editable=False, null=True)),
    ]
