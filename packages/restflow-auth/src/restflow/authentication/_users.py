"""The user that a token names: found by its id, and checked. Runs in a thread: it queries."""

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Field, IntegerField

from restflow.authentication import _claims
from restflow.authentication.errors import failed
from restflow.authentication.settings import JWTSettings
from restflow.authentication.tokens import Token

logger = logging.getLogger("restflow.authentication")


def id_field(section: JWTSettings) -> "Field[Any, Any]":
    """The field of the user model that tokens name users by; of a relation, the field that it leads to."""
    meta = get_user_model()._meta
    field: Any = meta.pk if section.USER_ID_FIELD == "pk" else meta.get_field(section.USER_ID_FIELD)
    while getattr(field, "remote_field", None) is not None:
        field = field.target_field
    return field  # type: ignore[no-any-return]


def user_key(token: Token, section: JWTSettings) -> Any:
    """The token's user id as the field's own type. Raises `AuthenticationFailed` for what the field cannot take."""
    value = token.payload.get(section.USER_ID_CLAIM)
    if not (isinstance(value, str) or type(value) is int) or value == "" or (isinstance(value, str) and "\0" in value):
        raise failed("invalid_token")
    field = id_field(section)
    try:
        key = field.to_python(value)
        if isinstance(field, IntegerField):
            field.run_validators(key)  # the database's range
        exact = str(key) == str(value)  # "07", " 7" and another spelling of a UUID are not the id that was issued
    except (ValidationError, ValueError, TypeError, OverflowError):
        exact = False
    if not exact:
        raise failed("invalid_token")
    return key


def load_user(token: Token) -> Any:
    """The user, checked as the settings say; one query. Raises `AuthenticationFailed`."""
    section = JWTSettings.current()
    model: Any = get_user_model()
    key = user_key(token, section)
    try:
        user = model._default_manager.get(**{section.USER_ID_FIELD: key})
    except model.DoesNotExist:
        raise failed("user_not_found") from None
    except model.MultipleObjectsReturned:
        logger.error("More than one user has the %s that a token names.", section.USER_ID_FIELD)
        raise failed("user_not_found") from None
    check_user(user, token, section)
    return user


def check_user(user: Any, token: Token, section: JWTSettings) -> None:
    """Raises `AuthenticationFailed` for an inactive user and for a changed password."""
    if section.CHECK_USER_IS_ACTIVE and not getattr(user, "is_active", True):
        raise failed("user_inactive")
    if section.CHECK_REVOKE_TOKEN and not _claims.same_password(user, token.payload.get(section.REVOKE_TOKEN_CLAIM)):
        raise failed("password_changed")
