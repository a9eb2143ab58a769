from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations


class Migration(migrations.Migration):
    """What PostgreSQL needs to search names without their accents and by similarity; nothing on other databases."""

    dependencies = [("world", "0001_initial")]
    operations = [UnaccentExtension(), TrigramExtension()]
