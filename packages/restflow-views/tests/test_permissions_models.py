"""Django's model and object permissions on views of both kinds: who passes, and what asking costs."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.http import Http404
from exceptions_testapp.models import Shelf
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView as DRFAPIView

from restflow.permissions import (
    DjangoModelPermissions,
    DjangoModelPermissionsOrAnonReadOnly,
    DjangoObjectPermissions,
)
from restflow.test import assert_max_crossings, assert_num_queries

pytestmark = pytest.mark.django_db


class SyncView(DRFAPIView):
    queryset = Shelf.objects.all()


class QueryingView(DRFAPIView):
    def get_queryset(self) -> Any:
        assert Shelf.objects.count() >= 0
        return Shelf.objects.all()


class AsyncView(DRFAPIView):
    async def get_queryset(self) -> Any:
        return Shelf.objects.all()


VIEWS = [SyncView, QueryingView, AsyncView]


class OwnObjects:
    """A backend with sync methods alone, which knows names of objects."""

    def has_perm(self, user: Any, perm: str, obj: Any = None) -> bool:
        if obj is None:
            return bool(user.is_authenticated and user.username == "model")
        return perm.rpartition(".")[2].split("_")[0] in obj.name


class Reading(DjangoObjectPermissions):
    perms_map = {**DjangoObjectPermissions.perms_map, "GET": ["%(app_label)s.view_%(model_name)s"]}

    def has_permission(self, request: Any, view: Any) -> bool:
        return True


@pytest.fixture(params=["sync", "async"])
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def ask(door: str, permission: Any, user: Any, method: str = "POST", view: Any = SyncView, obj: Any = None) -> bool:
    request = Request(APIRequestFactory().generic(method, "/"))
    request.user = user
    names = "has_permission" if obj is None else "has_object_permission"
    args = (request, view()) if obj is None else (request, view(), obj)
    if door == "sync":
        return bool(getattr(permission(), names)(*args))
    return bool(async_to_sync(getattr(permission(), f"a{names}"))(*args))


def user_with(*codenames: str, group: bool = False) -> Any:
    user = User.objects.create(username=f"user{User.objects.count()}")
    permissions = Permission.objects.filter(codename__in=codenames)
    if group:
        made = Group.objects.create(name="g")
        made.permissions.set(permissions)
        user.groups.add(made)
    else:
        user.user_permissions.set(permissions)
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("group", [False, True])
def test_permissions_of_users_and_groups_count(door: str, view: Any, group: bool) -> None:
    user = user_with("add_shelf", "change_shelf", group=group)
    answers = {method: ask(door, DjangoModelPermissions, user, method, view) for method in
               ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")}  # fmt: skip
    assert answers == dict.fromkeys(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH"), True) | {"DELETE": False}


@pytest.mark.parametrize(
    ("permission", "method", "allowed"),
    [(DjangoModelPermissions, "GET", False), (DjangoModelPermissionsOrAnonReadOnly, "GET", True),
     (DjangoModelPermissionsOrAnonReadOnly, "POST", False)],
)  # fmt: skip
def test_anonymous_users_are_answered_for_nothing(door: str, permission: Any, method: str, allowed: bool) -> None:
    with assert_max_crossings(0), assert_num_queries(0):
        assert ask(door, permission, AnonymousUser(), method) is allowed


def test_what_asking_costs(door: str) -> None:
    user, superuser = user_with("add_shelf"), User.objects.create(username="root", is_superuser=True)
    costs = [(superuser, "POST", 0, 0), (user, "GET", 0, 0), (user, "POST", 1, 2), (user, "DELETE", 1, 0)]
    for asked, method, crossed, queries in costs:
        with assert_max_crossings(crossed) as crossings, assert_num_queries(queries):
            assert ask(door, DjangoModelPermissions, asked, method) is (method != "DELETE")
        assert crossings.count == (crossed if door == "async" else 0)


def test_an_inactive_superuser_has_no_permissions(door: str) -> None:
    user = User.objects.create(username="gone", is_superuser=True, is_active=False)
    assert ask(door, DjangoModelPermissions, user) is False


def test_a_method_without_an_entry_is_not_allowed(door: str) -> None:
    with pytest.raises(MethodNotAllowed):
        ask(door, DjangoModelPermissions, user_with(), "PROPFIND")


def test_a_view_without_a_queryset_is_a_mistake(door: str) -> None:
    with pytest.raises(AssertionError, match="Cannot apply DjangoModelPermissions on a view"):
        ask(door, DjangoModelPermissions, user_with(), view=DRFAPIView)


def test_a_users_own_has_perms_is_asked(door: str) -> None:
    class Custom:
        is_authenticated = is_active = is_superuser = True
        is_anonymous = False

        def has_perms(self, perms: Any, obj: Any = None) -> bool:
            return False

    assert ask(door, DjangoModelPermissions, Custom()) is False


@pytest.mark.parametrize("view", VIEWS)
def test_object_permissions(door: str, view: Any, settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.OwnObjects"]
    user = User.objects.create(username="model")
    changeable, readable, hidden = (Shelf(name=name) for name in ("view change", "view", "none"))
    with assert_max_crossings(1) as crossings:
        assert ask(door, Reading, user, "PUT", view, changeable) is True
    if view is not AsyncView:
        assert crossings.count == (door == "async")
    assert ask(door, Reading, user, "PUT", view, readable) is False
    assert ask(door, Reading, user, "GET", view, readable) is True
    for method in ("GET", "PUT"):
        with pytest.raises(Http404):
            ask(door, Reading, user, method, view, hidden)
