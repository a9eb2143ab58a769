"""`ModelBlacklistBackend`: revocations in the database, in the model `BlacklistedToken`."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import IntegrityError, connections, router, transaction

from restflow.authentication.backends import (
    BlacklistBackend,
    StoreFailureError,
    refuses,
    session_entry,
    still_kept,
    user_entry,
)
from restflow.core import ConfigError

if TYPE_CHECKING:
    from restflow.authentication.models import BlacklistedToken
    from restflow.authentication.tokens import Token

MAX_ENTRY = 128


def _model() -> "type[BlacklistedToken]":
    if not apps.is_installed("restflow.authentication"):
        raise ConfigError(
            "JWT.BLACKLIST_BACKEND: ModelBlacklistBackend needs its table.",
            hint='Add "restflow.authentication" to INSTALLED_APPS and run migrate.',
        )
    from restflow.authentication.models import BlacklistedToken

    return BlacklistedToken


def _entry(jti: str) -> str:
    if len(jti) <= MAX_ENTRY and "\0" not in jti and jti.isprintable():
        return jti
    return f"sha256:{hashlib.sha256(jti.encode(errors='surrogatepass')).hexdigest()}"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


class ModelBlacklistBackend(BlacklistBackend):
    """Revocations in the table of `BlacklistedToken`; needs `restflow.authentication` in `INSTALLED_APPS`.

    Rows stay until `manage.py flush_blacklisted_tokens` or `BlacklistedToken.cleanup_expired()` removes them. What
    concerns refresh tokens is read where it is written, so that a lagging replica brings no spent token back.
    """

    def blacklist(self, jti: str, *, expires_at: int) -> None:
        """Records an id; one query."""
        _record(jti, expires_at, reason="session" if jti.startswith("sid:") else "revoked")

    def is_blacklisted(self, jti: str) -> bool:
        """Whether the id is recorded; one query."""
        model = _model()
        return model._default_manager.using(router.db_for_write(model)).filter(jti=_entry(jti)).exists()

    def consume(self, jti: str, *, expires_at: int, grace: float = 0, previous: str | None = None) -> bool:
        """Spends a refresh token by the table's unique index; a select only where the id was there."""
        model = _model()
        database = router.db_for_write(model)
        rows = model._default_manager.using(database)
        try:
            with transaction.atomic(using=database):
                rows.create(jti=_entry(jti), expires_at=_moment(expires_at), reason=model.Reason.ROTATED)
        except IntegrityError as error:
            row = rows.filter(jti=_entry(jti)).first()
            if row is None:
                raise StoreFailureError("The table neither took a row nor has one.") from error
            age = datetime.now(UTC) - row.created_at
            return row.reason == model.Reason.ROTATED and age < timedelta(seconds=grace)
        if previous is not None:
            rows.filter(jti=_entry(previous), reason=model.Reason.ROTATED).update(reason=model.Reason.CLOSED)
        return True

    def is_revoked(self, token: "Token") -> bool:
        """The whole check in one query."""
        model = _model()
        own, user = _entry(token.jti), user_entry(token.user_id)
        entries = [own, user]
        if token.sid is not None:
            entries.append(_entry(session_entry(token.sid)))
        database = router.db_for_write(model) if token.token_type == "refresh" else router.db_for_read(model)
        rows = model._default_manager.using(database).filter(jti__in=entries)
        for jti, reason, before, keep in rows.values_list("jti", "reason", "sessions_before", "keep"):
            if jti == user:
                if before is None or refuses(before.timestamp(), keep, token.payload):
                    return True
            elif not (jti == own and token.is_redeemed_once and reason in (model.Reason.ROTATED, model.Reason.CLOSED)):
                return True
        return False

    def revoke_user(self, user_id: str, *, before: float, expires_at: int, keep: str | None = None) -> None:
        """Refuses the user's earlier sessions; one write, with `keep` one read before it."""
        model = _model()
        entry = user_entry(user_id)
        if keep is not None:
            row = model._default_manager.using(router.db_for_write(model)).filter(jti=entry).first()
            if row is not None and row.sessions_before is not None:
                keep = keep if still_kept(row.sessions_before.timestamp(), row.keep, keep) else None
        _record(entry, expires_at, reason="user", sessions_before=_moment(before), keep=keep or "")


def _record(jti: str, expires_at: int, **values: Any) -> None:
    """Inserts a row, or changes the one that is there: one statement, so that concurrent callers cannot fail."""
    model = _model()
    database = router.db_for_write(model)
    row = model(jti=_entry(jti), expires_at=_moment(expires_at), **values)
    targeted = connections[database].features.supports_update_conflicts_with_target
    model._default_manager.using(database).bulk_create(
        [row],
        update_conflicts=True,
        update_fields=["expires_at", *values],
        unique_fields=["jti"] if targeted else None,
    )
