"""`BlacklistedToken`: the rows of the revocation store in the database."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

from django.db import models, router
from django.utils.translation import gettext_lazy as _

from restflow.authentication.settings import JWTSettings
from restflow.core import in_thread


class BlacklistedToken(models.Model):
    """A revoked or spent token, a revoked session (`sid:<sid>`) or the revocation of a user (`user:<digest>`)."""

    class Reason(models.TextChoices):
        """Why the row is there."""

        REVOKED = "revoked", _("revoked")
        ROTATED = "rotated", _("spent")
        CLOSED = "closed", _("spent, its grace ended")
        SESSION = "session", _("session revoked")
        USER = "user", _("user's sessions revoked")

    jti = models.CharField(max_length=128, unique=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=16, choices=Reason.choices, default=Reason.REVOKED)
    sessions_before = models.DateTimeField(null=True, blank=True)
    keep = models.CharField(max_length=64, blank=True, default="")

    objects: ClassVar[models.Manager["BlacklistedToken"]] = models.Manager()

    class Meta:
        verbose_name = _("blacklisted token")
        verbose_name_plural = _("blacklisted tokens")
        indexes = [models.Index(fields=["expires_at"], name="restflow_au_expires_idx")]

    def __str__(self) -> str:
        return f"{self.jti} (until {self.expires_at})"

    @classmethod
    def expired(cls) -> models.QuerySet["BlacklistedToken"]:
        """The rows that nobody needs any more: their tokens are refused for their age, the leeway included."""
        limit = datetime.now(UTC) - timedelta(seconds=JWTSettings.current().leeway)
        return cls._default_manager.using(router.db_for_write(cls)).filter(expires_at__lt=limit)

    @classmethod
    def cleanup_expired(cls, batch_size: int = 1000) -> int:
        """Deletes the rows that nobody needs any more, `batch_size` at a time; returns how many.

        Raises `ValueError` for a batch size below 1. Safe to run several times at once.
        """
        if batch_size < 1:
            raise ValueError("batch_size must be at least 1.")
        deleted = 0
        while batch := list(cls.expired().order_by("pk").values_list("pk", flat=True)[:batch_size]):
            deleted += cls.expired().filter(pk__in=batch).delete()[0]
            if len(batch) < batch_size:
                break
        return deleted

    @classmethod
    async def acleanup_expired(cls, batch_size: int = 1000) -> int:
        """Async twin of `cleanup_expired`."""
        return await in_thread(cls.cleanup_expired, batch_size)
