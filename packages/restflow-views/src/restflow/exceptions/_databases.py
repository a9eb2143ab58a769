"""What kind of constraint an `IntegrityError` broke, told by the driver's codes and never by its text."""

from django.db import IntegrityError
from django.db.models import ProtectedError, RestrictedError

_SQLSTATES = frozenset({"23505", "23P01", "23503"})  # unique, exclusion, foreign key
_SQLITE = frozenset({2067, 1555, 787})  # SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY, _FOREIGNKEY
_MYSQL = frozenset({1062, 1451, 1452})  # ER_DUP_ENTRY, ER_ROW_IS_REFERENCED_2, ER_NO_REFERENCED_ROW_2


def is_conflict(error: IntegrityError) -> bool:
    """Whether existing rows stand against the request; NOT NULL and CHECK violations are mistakes of the program."""
    if isinstance(error, ProtectedError | RestrictedError):
        return True
    cause = error.__cause__
    if cause is None:
        return False
    sqlstate = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    if sqlstate is not None and sqlstate in _SQLSTATES:
        return True
    if getattr(cause, "sqlite_errorcode", None) in _SQLITE:
        return True
    return bool(cause.args) and isinstance(cause.args[0], int) and cause.args[0] in _MYSQL
