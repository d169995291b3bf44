import json
import re
from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

CID = r"b[a-z2-7]{20,63}"


def await_cards(apps: Any, schema_editor: Any) -> None:
    """Have the cards asked for of what was claimed before they were here. What was published here has its card."""
    found = apps.get_model("marketplace", "Version").objects.filter(card="", files=None, yanked_at=None)
    documents = apps.get_model("marketplace", "MetadataDocument").objects
    for version in found.exclude(manifest={}).select_related("metadata").iterator():
        cid = json.loads(bytes(version.metadata.content)).get("card") or ""
        if re.fullmatch(CID, cid) and not documents.filter(pk=cid).exists():
            apps.get_model("marketplace", "AwaitedCard").objects.create(version=version, cid=cid)


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0056_unclaimed_read_again")]

    operations = [
        migrations.CreateModel(
            name="AwaitedCard",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="marketplace.version",
                    ),
                ),
                ("cid", models.CharField(db_index=True, max_length=64)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
            ],
        ),
        migrations.RunPython(await_cards, migrations.RunPython.noop),
    ]
