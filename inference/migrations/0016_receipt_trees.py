from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inference", "0015_costs_of_servers")]

    operations = [
        migrations.CreateModel(
            name="ReceiptTree",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True)),
                ("nodes", models.BinaryField()),
            ],
        ),
        # Digests do not compress, and of what is stored as it is the database reads only the part that is asked for.
        migrations.RunSQL(
            "alter table inference_receipttree alter column nodes set storage external", migrations.RunSQL.noop
        ),
    ]
