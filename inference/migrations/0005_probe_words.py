from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inference", "0004_networks")]

    operations = [
        migrations.AddField("probe", "question", models.TextField(blank=True, db_default="")),
        migrations.AddField("probe", "answer", models.TextField(blank=True, db_default="")),
        migrations.AddField("probe", "tokens", models.PositiveIntegerField(db_default=0)),
    ]
