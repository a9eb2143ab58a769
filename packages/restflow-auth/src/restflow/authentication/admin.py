"""The admin of revoked tokens: rows are added and deleted, never changed."""

from typing import Any

from django.contrib import admin

from restflow.authentication.models import BlacklistedToken


@admin.register(BlacklistedToken)
class BlacklistedTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # no generic at run time
    """Lists what is revoked, newest first; searches by the beginning of an id."""

    list_display = ("jti", "reason", "created_at", "expires_at")
    list_filter = ("reason",)
    search_fields = ("jti__startswith",)
    ordering = ("-created_at",)
    fields = ("jti", "expires_at")

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Never."""
        return False
