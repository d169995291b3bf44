"""What accounts may withdraw is summed from its facts, by pages and by the comparison alike: nobody reads the tally."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contracts", "0005_event_key"), ("marketplace", "0016_returns_by_name")]

    operations = [
        migrations.RunSQL("delete from contracts_tally where kind = 'credit'", migrations.RunSQL.noop),
    ]
