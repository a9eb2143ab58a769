"""Spent tokens, revoked sessions and users; adds columns with defaults and rewrites no row."""

from django.db import migrations, models

REASONS = [
    ("revoked", "revoked"),
    ("rotated", "spent"),
    ("closed", "spent, its grace ended"),
    ("session", "session revoked"),
    ("user", "user's sessions revoked"),
]


class Migration(migrations.Migration):
    """Adds `reason`, `sessions_before` and `keep`."""

    dependencies = [("restflow_authentication", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="blacklistedtoken",
            name="reason",
            field=models.CharField(choices=REASONS, default="revoked", max_length=16),
        ),
        migrations.AddField(
            model_name="blacklistedtoken",
            name="sessions_before",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="blacklistedtoken",
            name="keep",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
    ]
