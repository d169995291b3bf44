"""The fold of what a buyer had taken back is named for what it is; events say by that name to which fold they belong."""

from django.db import migrations

RENAME = """
update contracts_event set subject = %s || substr(subject, length(%s) + 1)
where subject like %s || '%%'
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0005_event_key"), ("marketplace", "0015_order_watch")]

    operations = [
        migrations.RenameIndex(model_name="purchasereturn", new_name="return_buyer", old_name="return_standing"),
        migrations.RunSQL(
            [(RENAME, ["returns:", "standing:", "standing:"])],
            [(RENAME, ["standing:", "returns:", "returns:"])],
        ),
    ]
