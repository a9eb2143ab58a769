"""The security requirements of an operation."""

from typing import Any

from drf_spectacular.drainage import warn
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import ResolvedComponent, whitelisted
from drf_spectacular.settings import spectacular_settings

from restflow.spectacular import _notes, _security, _views
from restflow.spectacular._operations.view import OfView, Schema


class WithSecurity(OfView):
    """Describes the authenticators of the action, and reads from its permissions whether anonymous requests pass."""

    def get_auth(self) -> list[Schema]:
        """The security requirements; `{}` is among them where anonymous requests are known to pass."""
        requirements: list[Schema] = []
        for authenticator in _views.authenticators_of(self.view):
            if whitelisted(authenticator, spectacular_settings.AUTHENTICATION_WHITELIST, True):
                requirements += self._requirements_of(authenticator)
        requirements += spectacular_settings.SECURITY or []
        if requirements and self._is_open():
            requirements.append({})
        return requirements

    def _is_open(self) -> bool:
        return _security.open_to_anonymous(_views.permissions_of(self.view), self.method)

    def _requirements_of(self, authenticator: Any) -> list[Schema]:
        kind = type(authenticator)
        scheme: Any = OpenApiAuthenticationExtension.get_match(authenticator)
        if scheme is None:
            warn(
                f"nothing tells the security scheme of {kind.__module__}.{kind.__qualname__}. Give it a class method "
                "get_security_scheme(), or register an OpenApiAuthenticationExtension. Ignored."
            )
            return []
        requirement = scheme.get_security_requirement(self)
        definition = scheme.get_security_definition(self)
        several = not isinstance(scheme.name, str)
        for name, one in zip(scheme.name, definition, strict=True) if several else [(scheme.name, definition)]:
            if _notes.claim(self.registry, "security scheme", name, one, kind):
                _notes.component(self.registry, ResolvedComponent.SECURITY_SCHEMA, name, one)
        if requirement is None:
            return []
        return [requirement] if isinstance(requirement, dict) else list(requirement)
