import django.db.models.deletion
from django.db import migrations, models

# The checks of what was written are made at once: tables with checks to come cannot be altered.
MOVE = """
insert into inference_owed (charge_id, chain_id, line_id) select id, chain_id, line_id from inference_charge where amount > 0;
set constraints all immediate;
set constraints all deferred;
"""
BACK = "update inference_charge set line_id = owed.line_id from inference_owed owed where owed.charge_id = inference_charge.id"


class Migration(migrations.Migration):
    dependencies = [("inference", "0016_receipt_trees")]

    operations = [
        migrations.CreateModel(
            name="Owed",
            fields=[
                (
                    "charge",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="inference.charge",
                    ),
                ),
                ("chain_id", models.PositiveBigIntegerField()),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owed",
                        to="inference.line",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("line", None)), fields=["chain_id", "charge"], name="ledger_owed_waiting"
                    )
                ],
            },
        ),
        migrations.RunSQL(MOVE, BACK),
        migrations.RemoveConstraint(model_name="charge", name="ledger_charge_within_held"),
        migrations.RemoveConstraint(model_name="charge", name="ledger_charge_of_line"),
        migrations.RemoveIndex(model_name="charge", name="ledger_charge_unsettled"),
        migrations.RemoveField(model_name="charge", name="line"),
        migrations.AddConstraint(
            model_name="charge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount", 0), ("ended_at", None)),
                    models.Q(("amount__gte", 0), ("amount__lte", models.F("held")), ("ended_at__isnull", False)),
                    _connector="OR",
                ),
                name="ledger_charge_within_held",
            ),
        ),
    ]
