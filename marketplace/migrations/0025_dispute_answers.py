"""What newer contracts say of disputes: the seller's answer, and when a subscription ends by them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds three columns, which older rows do without."""

    dependencies = [("marketplace", "0024_runtime_measured")]

    operations = [
        migrations.AddField(
            model_name="purchasereturn",
            name="answer",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
        migrations.AddField(
            model_name="purchasereturn",
            name="taken_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="purchasereturn",
            name="ruled_until",
            field=models.DateTimeField(null=True),
        ),
    ]
