"""`restflow.permissions`: who may do what, sync and async, combined by `&`, `|` and `~`."""

from rest_framework.permissions import SAFE_METHODS

from restflow.permissions.base import BasePermission, has_object_permission, has_permission
from restflow.permissions.compositions import AND, NOT, OR
from restflow.permissions.standard import (
    AllowAny,
    DjangoModelPermissions,
    DjangoModelPermissionsOrAnonReadOnly,
    DjangoObjectPermissions,
    IsAdminUser,
    IsAuthenticated,
    IsAuthenticatedOrReadOnly,
)

__all__ = [
    # the base and the standard permissions
    "BasePermission",
    "AllowAny",
    "IsAuthenticated",
    "IsAdminUser",
    "IsAuthenticatedOrReadOnly",
    "DjangoModelPermissions",
    "DjangoModelPermissionsOrAnonReadOnly",
    "DjangoObjectPermissions",
    # what the operators make
    "AND",
    "OR",
    "NOT",
    # asking any permission
    "has_permission",
    "has_object_permission",
    "SAFE_METHODS",
]
