"""What the node keeps, what is unclaimed on chains, and cards among what a search reads."""

import django.contrib.postgres.search
import django.db.models.deletion
import django.utils.timezone
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0009_no_chain_key_of_facts"),
        ("marketplace", "0042_uploads_in_full"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pin",
            fields=[
                ("cid", models.CharField(max_length=64, primary_key=True, serialize=False)),
                (
                    "source",
                    models.CharField(
                        choices=[("document", "document"), ("blob", "model file"), ("card", "card")], max_length=8
                    ),
                ),
                ("key", models.CharField(max_length=64)),
                ("size", models.PositiveBigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("wanted", "on its way"),
                            ("pinned", "pinned"),
                            ("lost", "lost, and brought again"),
                            ("refused", "not kept"),
                        ],
                        default="wanted",
                        max_length=8,
                    ),
                ),
                ("says", models.CharField(blank=True, max_length=300)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("lost", models.PositiveIntegerField(default=0)),
                ("pinned_at", models.DateTimeField(blank=True, null=True)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("next_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="UnclaimedListing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("model_id", models.CharField(max_length=66)),
                ("seller", models.CharField(db_index=True, max_length=42)),
                ("named", models.CharField(max_length=256)),
                ("cid", models.CharField(blank=True, db_index=True, max_length=64)),
                ("listed_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "being fetched"),
                            ("ok", "complete"),
                            ("missing", "not found"),
                            ("slow", "too slow"),
                            ("oversize", "too large"),
                            ("wrong", "not what was named"),
                            ("invalid", "not valid"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("says", models.CharField(blank=True, max_length=500)),
                ("title", models.CharField(blank=True, max_length=193)),
                ("summary", models.CharField(blank=True, max_length=500)),
                ("task", models.CharField(blank=True, max_length=64)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name="listing",
            name="card_words",
            field=models.TextField(db_default="", editable=False),
        ),
        # A generated column cannot be changed, so it is made anew, and its index with it.
        migrations.RemoveIndex(model_name="listing", name="listing_search"),
        migrations.RemoveField(model_name="listing", name="search_vector"),
        migrations.AddField(
            model_name="listing",
            name="search_vector",
            field=models.GeneratedField(
                db_persist=True,
                expression=SearchVector("name_words", config="simple", weight="A")
                + SearchVector("keywords", config="english", weight="B")
                + SearchVector("summary_words", config="english", weight="C")
                + SearchVector("card_words", config="english", weight="D"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=GinIndex(fields=["search_vector"], name="listing_search"),
        ),
        migrations.AddIndex(
            model_name="onchainlisting",
            index=models.Index(fields=["chain", "changed_block"], name="onchain_listing_changed"),
        ),
        migrations.AddIndex(
            model_name="pin",
            index=models.Index(fields=["next_at", "cid"], name="pin_due"),
        ),
        migrations.AddIndex(
            model_name="pin",
            index=models.Index(
                condition=models.Q(("state", "pinned"), _negated=True), fields=["state"], name="pin_not_pinned"
            ),
        ),
        migrations.AddConstraint(
            model_name="pin",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("checked_at__isnull", False), ("pinned_at__isnull", False), ("state", "pinned")),
                    models.Q(models.Q(("state", "pinned"), _negated=True), ("pinned_at", None)),
                    _connector="OR",
                ),
                name="pin_dated_while_pinned",
            ),
        ),
        migrations.AddField(
            model_name="unclaimedlisting",
            name="chain",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="contracts.chain"
            ),
        ),
        migrations.AddIndex(
            model_name="unclaimedlisting",
            index=models.Index(fields=["-listed_at", "-id"], name="unclaimed_newest"),
        ),
        migrations.AddIndex(
            model_name="unclaimedlisting",
            index=models.Index(fields=["state", "-listed_at", "-id"], name="unclaimed_by_state"),
        ),
        migrations.AddIndex(
            model_name="unclaimedlisting",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "missing", "slow", "wrong"))),
                fields=["next_at", "id"],
                name="unclaimed_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="unclaimedlisting",
            constraint=models.UniqueConstraint(fields=("chain", "model_id"), name="unclaimed_key_unique"),
        ),
    ]
