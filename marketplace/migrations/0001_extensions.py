"""What the database must bring: trigrams for typos in names."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    operations = [TrigramExtension()]
