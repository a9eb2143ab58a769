"""The permissions that most views need."""

from typing import Any

from django.contrib.auth import get_backends
from django.http import Http404
from rest_framework import permissions
from rest_framework.permissions import SAFE_METHODS

from restflow.core import is_async_callable
from restflow.permissions.base import BasePermission
from restflow.responses._work import Hook, Work


def _is_authenticated(request: Any) -> bool:
    return bool(request.user and request.user.is_authenticated)


async def _allow(permission: Any, io: Work, request: Any, view: Any) -> bool:
    return True


async def _authenticated(permission: Any, io: Work, request: Any, view: Any) -> bool:
    return _is_authenticated(request)


async def _staff(permission: Any, io: Work, request: Any, view: Any) -> bool:
    return bool(request.user and request.user.is_staff)


async def _authenticated_or_read_only(permission: Any, io: Work, request: Any, view: Any) -> bool:
    return request.method in SAFE_METHODS or _is_authenticated(request)


_ALLOW_ANY = Hook(_allow, "has_permission")
_IS_AUTHENTICATED = Hook(_authenticated, "has_permission")
_IS_ADMIN = Hook(_staff, "has_permission")
_IS_AUTHENTICATED_OR_READ_ONLY = Hook(_authenticated_or_read_only, "has_permission")


class AllowAny(BasePermission, permissions.AllowAny):
    """Everybody."""

    sync_equivalent = True
    default_faces = True

    def has_permission(self, request: Any, view: Any) -> bool:
        """Always."""
        return _ALLOW_ANY.run(self, AllowAny, request, view)  # type: ignore[no-any-return]

    async def ahas_permission(self, request: Any, view: Any) -> bool:
        """Always, without a crossing."""
        return await _ALLOW_ANY.arun(self, AllowAny, request, view)  # type: ignore[no-any-return]


class IsAuthenticated(BasePermission, permissions.IsAuthenticated):
    """Users that have proved who they are."""

    sync_equivalent = True
    default_faces = True

    def has_permission(self, request: Any, view: Any) -> bool:
        """Whether there is an authenticated user."""
        return _IS_AUTHENTICATED.run(self, IsAuthenticated, request, view)  # type: ignore[no-any-return]

    async def ahas_permission(self, request: Any, view: Any) -> bool:
        """The async twin, without a crossing."""
        return await _IS_AUTHENTICATED.arun(self, IsAuthenticated, request, view)  # type: ignore[no-any-return]


class IsAdminUser(BasePermission, permissions.IsAdminUser):
    """Users of the staff."""

    sync_equivalent = True
    default_faces = True

    def has_permission(self, request: Any, view: Any) -> bool:
        """Whether the user is of the staff."""
        return _IS_ADMIN.run(self, IsAdminUser, request, view)  # type: ignore[no-any-return]

    async def ahas_permission(self, request: Any, view: Any) -> bool:
        """The async twin, without a crossing."""
        return await _IS_ADMIN.arun(self, IsAdminUser, request, view)  # type: ignore[no-any-return]


class IsAuthenticatedOrReadOnly(BasePermission, permissions.IsAuthenticatedOrReadOnly):
    """Anybody who only reads, and authenticated users."""

    sync_equivalent = True
    default_faces = True

    def has_permission(self, request: Any, view: Any) -> bool:
        """Whether the method is safe or the user authenticated."""
        return _IS_AUTHENTICATED_OR_READ_ONLY.run(  # type: ignore[no-any-return]
            self, IsAuthenticatedOrReadOnly, request, view
        )

    async def ahas_permission(self, request: Any, view: Any) -> bool:
        """The async twin, without a crossing."""
        return await _IS_AUTHENTICATED_OR_READ_ONLY.arun(  # type: ignore[no-any-return]
            self, IsAuthenticatedOrReadOnly, request, view
        )


async def _model_permission(permission: Any, io: Work, request: Any, view: Any) -> bool:
    user = request.user
    if not user or (not user.is_authenticated and permission.authenticated_users_only):
        return False
    if getattr(view, "_ignore_model_permissions", False):  # the root view of a router
        return True
    refuse_without_queryset(permission, view)
    if _needs_nothing(permission, request.method) or (request.method in permission.perms_map and _may_everything(user)):
        return True
    if request.method in permission.perms_map and _is_nobody(user):
        return False
    queryset = await _queryset(permission, io, view)
    return await io.sync(_has_model_permissions, permission, request, queryset)  # type: ignore[no-any-return]


def _has_model_permissions(permission: Any, request: Any, queryset: Any) -> bool:
    perms = permission.get_required_permissions(request.method, queryset.model)
    return bool(request.user.has_perms(perms))


async def _object_permission(permission: Any, io: Work, request: Any, view: Any, obj: Any) -> bool:
    refuse_without_queryset(permission, view)
    queryset = await _queryset(permission, io, view)
    return await io.sync(_has_object_permissions, permission, request, queryset, obj)  # type: ignore[no-any-return]


def _has_object_permissions(permission: Any, request: Any, queryset: Any, obj: Any) -> bool:
    user, required = request.user, permission.get_required_object_permissions
    if user.has_perms(required(request.method, queryset.model), obj):
        return True
    if request.method in SAFE_METHODS or not user.has_perms(required("GET", queryset.model), obj):
        raise Http404  # who may not read it does not learn that it is there
    return False


def refuse_without_queryset(permission: Any, view: Any) -> None:
    """`AssertionError` for a view that tells no model."""
    assert hasattr(view, "get_queryset") or getattr(view, "queryset", None) is not None, (
        f"Cannot apply {type(permission).__name__} on a view that does not set "
        "`.queryset` or have a `.get_queryset()` method."
    )


async def _queryset(permission: Any, io: Work, view: Any) -> Any:
    if not hasattr(view, "get_queryset"):
        return view.queryset
    get_queryset = view.get_queryset
    queryset = await (io.aio if is_async_callable(get_queryset) else io.sync)(get_queryset)
    assert queryset is not None, f"{type(view).__name__}.get_queryset() returned None"
    return queryset


def _needs_nothing(permission: Any, method: str) -> bool:
    own = type(permission).get_required_permissions is not permissions.DjangoModelPermissions.get_required_permissions
    return not own and permission.perms_map.get(method) == []


def _may_everything(user: Any) -> bool:
    """Whether Django grants the user all, without asking anybody."""
    cls = type(user)
    own = any(getattr(cls, name, None) is None or getattr(cls, name).__module__ != "django.contrib.auth.models"
              for name in ("has_perm", "has_perms"))  # fmt: skip
    return not own and bool(user.is_active and user.is_superuser)


def _is_nobody(user: Any) -> bool:
    """Whether the user is anonymous, and no backend of the project could grant anything to such a one."""
    return bool(user.is_anonymous) and all(
        type(backend).__module__ == "django.contrib.auth.backends" for backend in get_backends()
    )


_MODEL = Hook(_model_permission, "has_permission")
_OBJECT = Hook(_object_permission, "has_object_permission")


class DjangoModelPermissions(BasePermission, permissions.DjangoModelPermissions):
    """Users with Django's `add`, `change` or `delete` permission on the view's model, by the request's method."""

    sync_equivalent = True
    default_faces = True

    def has_permission(self, request: Any, view: Any) -> bool:
        """Whether the user has the model permissions that the method needs."""
        return _MODEL.run(self, DjangoModelPermissions, request, view)  # type: ignore[no-any-return]

    async def ahas_permission(self, request: Any, view: Any) -> bool:
        """The async twin, in one crossing; without one where nobody need be asked."""
        return await _MODEL.arun(self, DjangoModelPermissions, request, view)  # type: ignore[no-any-return]


class DjangoModelPermissionsOrAnonReadOnly(DjangoModelPermissions, permissions.DjangoModelPermissionsOrAnonReadOnly):
    """The same, and anybody who only reads."""

    authenticated_users_only = False


class DjangoObjectPermissions(DjangoModelPermissions, permissions.DjangoObjectPermissions):
    """Users with the model permissions, and those on the object; 404 for an object that the user may not even read."""

    sync_equivalent = True
    default_faces = True

    def has_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        """Whether the user has the permissions on `obj`."""
        return _OBJECT.run(self, DjangoObjectPermissions, request, view, obj)  # type: ignore[no-any-return]

    async def ahas_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        """The async twin, in one crossing."""
        return await _OBJECT.arun(self, DjangoObjectPermissions, request, view, obj)  # type: ignore[no-any-return]
