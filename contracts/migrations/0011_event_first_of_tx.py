import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    """By their transaction only the first of its events are found, and the others beside them."""

    dependencies = [("contracts", "0010_event_place")]

    operations = [
        migrations.RemoveIndex("event", "event_tx"),
        migrations.AddIndex(
            "event",
            django.contrib.postgres.indexes.HashIndex(
                fields=["tx_hash"], name="event_first_of_tx", condition=models.Q(index=0)
            ),
        ),
    ]
