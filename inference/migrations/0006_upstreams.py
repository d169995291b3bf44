from django.db import migrations


class Migration(migrations.Migration):
    """What was called an endpoint is an upstream; nothing else changes here."""

    dependencies = [("inference", "0005_probe_words")]

    operations = [migrations.RenameModel(old_name="Endpoint", new_name="Upstream")]
