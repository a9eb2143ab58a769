"""The default gate at login and at refresh."""

from typing import Any

from restflow.authentication.settings import JWTSettings


def default_user_authentication_rule(user: Any) -> bool:
    """Whether the user may log in: there is one, and it is active where `CHECK_USER_IS_ACTIVE` says so."""
    return user is not None and (not JWTSettings.current().CHECK_USER_IS_ACTIVE or getattr(user, "is_active", True))
