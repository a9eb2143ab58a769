"""`LoginRateThrottle`: attempts to log in, by client address and user name."""

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from rest_framework.settings import api_settings

from restflow.throttling import SimpleRateThrottle


class LoginRateThrottle(SimpleRateThrottle):
    """Counts attempts per client address and user name; unlimited without a rate for the scope `login`."""

    scope: str = "login"

    def get_rate(self) -> str | None:
        """The rate of the scope, `None` where the settings have none."""
        rates: Mapping[str, Any] = api_settings.DEFAULT_THROTTLE_RATES
        rate: str | None = rates.get(self.scope)
        return rate

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        """The key; the user name is hashed into it, its spellings as one."""
        name = unicodedata.normalize("NFKC", _username(request)).casefold().strip()
        digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
        return self.key_for(f"{self.get_ident(request)}:{digest}")


def _username(request: Any) -> str:
    data = request.data  # raises what is wrong with the body: REST framework tells that once, then says it is empty
    if not isinstance(data, dict):
        return ""
    value = data.get(get_user_model().USERNAME_FIELD, data.get("username", ""))
    return value if isinstance(value, str) else ""
