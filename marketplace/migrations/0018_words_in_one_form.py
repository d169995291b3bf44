"""Words, languages, addresses and days that were stored as somebody wrote them, in the form that is stored today."""

from __future__ import annotations

import django.db.models.functions.text
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from common.links import web_address
from marketplace.listings.languages import language_code
from marketplace.listings.words import folded

DAYS = """
update marketplace_listing set released = null
where released not between '1950-01-01' and current_date + 1
"""


def rewrite(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Rewrite what is stored in another form. What means nothing is left out: nobody can have found it."""
    listings = apps.get_model("marketplace", "Listing").objects
    for listing in listings.only("keywords", "languages", "license_url").iterator():
        codes = list(dict.fromkeys(filter(None, map(language_code, listing.languages))))
        kept = {"languages": codes, "license_url": web_address(listing.license_url)}
        if not listing.keywords.isascii():
            kept["keywords"] = folded(listing.keywords)
        changed = {name: value for name, value in kept.items() if value != getattr(listing, name)}
        if changed:
            listings.filter(pk=listing.pk).update(**changed)


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0017_no_tally_of_credits"),
    ]

    operations = [
        migrations.RunPython(rewrite, migrations.RunPython.noop),
        migrations.RunSQL(DAYS, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="savedsearch", name="saved_search_once"),
        migrations.AlterField(
            model_name="savedsearch",
            name="query",
            field=models.CharField(blank=True, max_length=4000),
        ),
        migrations.AddConstraint(
            model_name="savedsearch",
            constraint=models.UniqueConstraint(
                models.F("user"), django.db.models.functions.text.MD5("query"), name="saved_search_once"
            ),
        ),
    ]
