"""Summaries are found by their words too, below names and facts."""

import django.contrib.postgres.search
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations, models

# As folded() and words_of_text() write them, but for what an import or a publication brings in that form anyway.
SUMMARIES = """
update marketplace_listing
set summary_words = lower(normalize(facts ->> 'summary', nfkc)) || ' '
    || translate(lower(normalize(facts ->> 'summary', nfkc)), '_-', '  ')
where facts ->> 'summary' <> ''
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0020_dispute_statements"),
    ]

    operations = [
        migrations.AddField(
            model_name="listing",
            name="summary_words",
            field=models.TextField(db_default="", editable=False),
        ),
        migrations.RunSQL(SUMMARIES, migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="listing", name="listing_search"),
        migrations.RemoveField(model_name="listing", name="search_vector"),
        migrations.AddField(
            model_name="listing",
            name="search_vector",
            field=models.GeneratedField(
                db_persist=True,
                expression=SearchVector("name_words", config="simple", weight="A")
                + SearchVector("keywords", config="english", weight="C")
                + SearchVector("summary_words", config="english", weight="D"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=GinIndex(fields=["search_vector"], name="listing_search"),
        ),
    ]
