import json
from typing import Any

from django.db import migrations


def read_again(apps: Any, schema_editor: Any) -> None:
    """Note what documents list and name that were read before anybody looked at that; their cards are asked for."""
    rows = apps.get_model("marketplace", "UnclaimedListing").objects.filter(state="ok")
    documents = apps.get_model("marketplace", "MetadataDocument").objects
    for row in rows.iterator():
        document = documents.filter(pk=row.cid).first()
        said = json.loads(bytes(document.content)) if document else {}
        row.files, row.card = len(said.get("files") or []), said.get("card") or ""
        row.card_state = "waiting" if row.card else ""
        row.save(update_fields=["files", "card", "card_state"])


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0055_unclaimed_cards_and_reports")]

    operations = [migrations.RunPython(read_again, migrations.RunPython.noop)]
