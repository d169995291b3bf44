from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inference", "0003_past_uses")]

    operations = [
        migrations.AlterField(
            model_name="usagewindow",
            name="scope",
            field=models.CharField(
                choices=[
                    ("all", "everybody without access"),
                    ("network", "an IPv6 network of many blocks"),
                    ("block", "a network block"),
                    ("wallet", "a known wallet without access"),
                    ("holder", "a wallet with access, for one listing"),
                ],
                max_length=8,
            ),
        )
    ]
