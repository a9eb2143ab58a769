"""The codes and fixed messages of everything that can be wrong with a token, and the errors that carry them.

No message contains text of the token, of a library or of the configuration: it goes to the client.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import AuthenticationFailed

from restflow.core import RestflowError
from restflow.exceptions import ServiceUnavailable

MESSAGES: dict[str, Any] = {
    "invalid_authorization_header": _("Invalid authorization header."),
    "invalid_token": _("Token is invalid."),
    "token_expired": _("Token has expired."),
    "token_not_yet_valid": _("Token is not yet valid."),
    "wrong_token_type": _("Wrong token type."),
    "token_blacklisted": _("Token has been blacklisted."),
    "user_not_found": _("User not found."),
    "user_inactive": _("User is inactive."),
    "password_changed": _("The password has been changed."),
    "no_active_account": _("No active account found with the given credentials."),
}


class TokenError(RestflowError):
    """A token that is refused, or that is not issued; `code` is stable and says why, the message is fixed."""

    code: str

    def __init__(self, code: str) -> None:
        super().__init__(str(MESSAGES[code]))
        self.code = code


def failed(code: str) -> AuthenticationFailed:
    """The 401 of a code."""
    return AuthenticationFailed(MESSAGES[code], code)


def unavailable() -> ServiceUnavailable:
    """The 503 of a revocation store that fails."""
    return ServiceUnavailable(_("Authentication is temporarily unavailable."))
