"""What is cached."""

from django.db import models


class Item(models.Model):
    """A row whose version is cached."""

    version = models.IntegerField(default=1)

    def __str__(self) -> str:
        return f"version {self.version}"
