"""`manage.py flush_blacklisted_tokens`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from restflow.authentication.models import BlacklistedToken


class Command(BaseCommand):
    """Deletes the rows of tokens that have expired; safe to run on several machines at once."""

    help = "Deletes the blacklist's rows of tokens that have expired."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--batch-size` and `--dry-run`."""
        parser.add_argument("--batch-size", type=int, default=1000, help="Rows deleted by one query (default 1000).")
        parser.add_argument("--dry-run", action="store_true", help="Only tell how many rows would be deleted.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Deletes, and prints the number."""
        if options["batch_size"] < 1:
            raise CommandError("--batch-size must be at least 1.")
        if options["dry_run"]:
            self.stdout.write(f"{BlacklistedToken.expired().count()} rows would be deleted.")
        else:
            self.stdout.write(f"{BlacklistedToken.cleanup_expired(options['batch_size'])} rows deleted.")
