from __future__ import annotations

from django.db import migrations, models


def count() -> models.PositiveIntegerField[int, int]:
    return models.PositiveIntegerField(db_default=0, default=0)


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0023_runtime_by_day")]

    operations = [
        migrations.AddField("listingruntime", "asked", count()),
        migrations.AddField("listingruntime", "measured", count()),
        migrations.AddField("listingruntime", "measured_since", models.DateTimeField(null=True)),
        migrations.AddField("listingruntime", "is_told", models.BooleanField(db_default=False, default=False)),
    ]
