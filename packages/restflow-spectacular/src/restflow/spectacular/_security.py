"""Security schemes, and whether anonymous requests pass: read from the classes, no permission is run."""

from collections.abc import Iterable
from typing import Any

from rest_framework.permissions import AND, NOT, OR, SAFE_METHODS

Scheme = tuple[str, dict[str, Any]]

_HOOKS = ("has_permission", "ahas_permission", "has_object_permission", "ahas_object_permission")
_KNOWN = ("rest_framework.permissions", "restflow.permissions")
_HARMLESS = frozenset({"AllowAny", "IsAuthenticated"})


def speaks_schemes(authenticator: Any) -> bool:
    """Whether the authenticator, or its class, can tell its own security scheme."""
    return callable(getattr(authenticator, "get_security_scheme", None))


def open_to_anonymous(permissions: Iterable[Any], method: str) -> bool:
    """Whether the permissions are known to let an anonymous request of this method pass."""
    return all(_passes(permission, method) is True for permission in permissions)


def can_forbid(permissions: Iterable[Any]) -> bool:
    """Whether some permission may refuse a user who has logged in."""
    return any(_can_forbid(permission) for permission in permissions)


def _can_forbid(permission: Any) -> bool:
    if _is(permission, AND, OR):
        return _can_forbid(permission.op1) or _can_forbid(permission.op2)
    return _known_name(permission) not in _HARMLESS


def _passes(permission: Any, method: str) -> bool | None:
    if _is(permission, NOT):
        answer = _passes(permission.op1, method)
        return None if answer is None else not answer
    if _is(permission, AND, OR):
        answers = (_passes(permission.op1, method), _passes(permission.op2, method))
        decisive = _is(permission, OR)
        if decisive in answers:
            return decisive
        return None if None in answers else not decisive
    name = _known_name(permission)
    if name == "AllowAny":
        return True
    if name in ("IsAuthenticated", "IsAdminUser"):
        return False
    if name == "IsAuthenticatedOrReadOnly":
        return method in SAFE_METHODS
    if name in ("DjangoModelPermissions", "DjangoObjectPermissions"):
        return _model_permissions_pass(permission, method)
    return None


def _model_permissions_pass(permission: Any, method: str) -> bool | None:
    if getattr(permission, "authenticated_users_only", True):
        return False
    definer = next((k for k in type(permission).__mro__ if "get_required_permissions" in k.__dict__), None)
    if definer is None or not definer.__module__.startswith(_KNOWN):
        return None
    return method in SAFE_METHODS and not getattr(permission, "perms_map", {}).get(method, True)


def _is(permission: Any, *kinds: type) -> bool:
    """`isinstance`, without a narrower type: the stubs know no operands."""
    return isinstance(permission, kinds)


def _known_name(permission: Any) -> str | None:
    """The name of the library class whose hooks decide; `None` where the project's own do."""
    for klass in type(permission).__mro__:
        if any(hook in klass.__dict__ for hook in _HOOKS):
            known = klass.__module__.startswith(_KNOWN)
            return klass.__name__ if known and klass.__name__ != "BasePermission" else None
    return None
