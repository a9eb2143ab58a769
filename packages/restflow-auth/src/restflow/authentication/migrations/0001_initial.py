"""The table, as drf-restflow 2.0.1 has it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Creates `BlacklistedToken`."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="BlacklistedToken",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jti", models.CharField(max_length=128, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "blacklisted token",
                "verbose_name_plural": "blacklisted tokens",
                "indexes": [models.Index(fields=["expires_at"], name="restflow_au_expires_idx")],
            },
        ),
    ]
