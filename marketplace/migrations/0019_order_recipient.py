from django.db import migrations, models

INTENT = ["chain", "buyer", "model_id", "plan", "quantity", "token", "max_price", "referrer"]
ZERO = "0x" + "0" * 40


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0018_words_in_one_form")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="recipient",
            field=models.CharField(db_default=ZERO, default=ZERO, max_length=42),
        ),
        migrations.RemoveConstraint(model_name="order", name="order_intent_unique"),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_reusable", True)), fields=[*INTENT, "recipient"], name="order_intent_unique"
            ),
        ),
    ]
