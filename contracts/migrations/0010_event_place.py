import django.contrib.postgres.indexes
from django.db import migrations, models

FORWARDS = """
alter table contracts_event
  drop constraint contracts_event_pkey, add primary key (chain_id, block_number, log_index)
"""
BACKWARDS = """
alter table contracts_event
  drop constraint contracts_event_pkey, add primary key (chain_id, tx_hash, index)
"""


class Migration(migrations.Migration):
    """An event's key is its place. Django itself does not change a table's primary key."""

    dependencies = [("contracts", "0009_no_chain_key_of_facts")]

    operations = [
        migrations.RemoveIndex("event", "event_order"),
        migrations.RunSQL(
            FORWARDS,
            BACKWARDS,
            state_operations=[
                migrations.AlterField(
                    "event",
                    "pk",
                    models.CompositePrimaryKey(
                        "chain_id",
                        "block_number",
                        "log_index",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
        ),
        migrations.AddIndex("event", django.contrib.postgres.indexes.HashIndex(fields=["tx_hash"], name="event_tx")),
    ]
