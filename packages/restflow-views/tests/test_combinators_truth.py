"""Compositions against a model of their rules: every tree, at both levels, through both faces and both libraries."""

import itertools
import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from rest_framework import permissions as drf
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from restflow.permissions import AND, NOT, OR, BasePermission
from restflow.test import assert_max_crossings
from restflow.views import APIView, AsyncAPIView


def operand(request: bool | None, obj: bool | None, *, face: str = "sync", base: Any = BasePermission) -> Any:
    """A permission class that says this at each level; `None`: it says nothing there."""

    def says(answer: bool) -> dict[str, Any]:
        def sync(self: Any, *args: Any) -> bool:
            self.asked.append((type(self).__name__, len(args)))
            return answer

        async def aio(self: Any, *args: Any) -> bool:
            return sync(self, *args)

        return {"": sync, "a": aio}

    prefix = "a" if face == "async" else ""
    body: dict[str, Any] = {"asked": []}
    if request is not None:
        body[f"{prefix}has_permission"] = says(request)[prefix]
    if obj is not None:
        body[f"{prefix}has_object_permission"] = says(obj)[prefix]
    return type(f"P{request}{obj}", (base,), body)


ANSWERS = list(itertools.product((None, True, False), repeat=2))


class Tree:
    """An expression: its composition, and what the rules say about it."""

    def __init__(self, composed: Any, model: Callable[[bool], bool | None]) -> None:
        self.composed = composed
        self.model = model


def leaf(request: bool | None, obj: bool | None, **options: Any) -> Tree:
    def model(of_object: bool) -> bool | None:
        if not of_object:
            return request
        return False not in (request, obj)

    return Tree(operand(request, obj, **options), model)


def both(left: Tree, right: Tree) -> Tree:
    def model(of_object: bool) -> bool | None:
        answers = (left.model(of_object), right.model(of_object))
        return False if False in answers else None if None in answers else True

    return Tree(left.composed & right.composed, model)


def either(left: Tree, right: Tree) -> Tree:
    def model(of_object: bool) -> bool | None:
        answers = (left.model(of_object), right.model(of_object))
        return True if True in answers else None if None in answers else False

    return Tree(left.composed | right.composed, model)


def negated(tree: Tree) -> Tree:
    def model(of_object: bool) -> bool | None:
        answer = tree.model(of_object)
        return None if answer is None else not answer

    return Tree(~tree.composed, model)


def trees(chance: random.Random, depth: int, **options: Any) -> Tree:
    kind = chance.choice(["leaf", "and", "or", "not"]) if depth else "leaf"
    if kind == "leaf":
        picked = {name: chance.choice(values) for name, values in options.items()}
        return leaf(*chance.choice(ANSWERS), **picked)
    if kind == "not":
        return negated(trees(chance, depth - 1, **options))
    make = both if kind == "and" else either
    return make(trees(chance, depth - 1, **options), trees(chance, depth - 1, **options))


def expected(tree: Tree) -> tuple[bool, bool]:
    request = tree.model(False) is not False
    return request, request and tree.model(True) is not False


def by_faces(composed: Any) -> tuple[bool, bool]:
    permission, request = composed(), SimpleNamespace()
    allowed = permission.has_permission(request, None)
    return allowed, allowed and permission.has_object_permission(request, None, "obj")


def by_async_faces(composed: Any) -> tuple[bool, bool]:
    permission, request = composed(), SimpleNamespace()
    allowed = async_to_sync(permission.ahas_permission)(request, None)
    return allowed, allowed and async_to_sync(permission.ahas_object_permission)(request, None, "obj")


def by_view(composed: Any) -> tuple[bool, bool]:
    view = APIView()
    view.permission_classes = [composed]
    view.request = request = Request(APIRequestFactory().get("/"))
    return _allows(view.check_permissions, request), _allows(view.check_permissions, request) and _allows(
        view.check_object_permissions, request, "obj"
    )


def by_async_view(composed: Any) -> tuple[bool, bool]:
    view = AsyncAPIView()
    view.permission_classes = [composed]
    view.request = request = Request(APIRequestFactory().get("/"))
    allowed = _allows(async_to_sync(view.acheck_permissions), request)
    return allowed, allowed and _allows(async_to_sync(view.acheck_object_permissions), request, "obj")


def _allows(check: Any, *args: Any) -> bool:
    try:
        check(*args)
    except drf.exceptions.APIException:
        return False
    return True


@pytest.mark.parametrize("way", [by_faces, by_async_faces, by_view, by_async_view])
def test_all_trees_of_two_operands(way: Any) -> None:
    for (left, right), make in itertools.product(itertools.product(ANSWERS, ANSWERS), (both, either)):
        for tree in (make(leaf(*left), leaf(*right)), negated(make(negated(leaf(*left)), leaf(*right)))):
            assert way(tree.composed) == expected(tree), tree.composed


@pytest.mark.parametrize("way", [by_faces, by_async_faces, by_view, by_async_view])
@pytest.mark.parametrize("seed", range(4))
def test_deeper_trees_of_both_faces(way: Any, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        tree = trees(chance, 3, face=["sync", "async"])
        assert way(tree.composed) == expected(tree), tree.composed


@pytest.mark.parametrize("way", [by_view, by_async_view])
@pytest.mark.parametrize("seed", range(4))
def test_no_mixture_of_libraries_weakens_a_check(way: Any, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        tree = trees(chance, 3, face=["sync", "async"], base=[BasePermission, drf.BasePermission])
        assert way(tree.composed) == expected(tree), tree.composed


# the table of the most used expressions


class IsAdmin(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return bool(request.admin)


class IsOwner(BasePermission):
    message = "You are not the owner."
    code = "not_owner"

    async def ahas_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        return bool(obj == request.name)


@pytest.mark.parametrize("face", ["sync", "async"])
def test_the_expressions_of_the_documentation(face: str) -> None:
    def check(composed: Any, admin: bool, obj: str) -> tuple[bool, bool]:
        permission, request = composed(), SimpleNamespace(admin=admin, name="me")
        if face == "sync":
            return permission.has_permission(request, None), permission.has_object_permission(request, None, obj)
        return (
            async_to_sync(permission.ahas_permission)(request, None),
            async_to_sync(permission.ahas_object_permission)(request, None, obj),
        )

    assert check(IsAdmin | IsOwner, False, "me") == (True, True)
    assert check(IsAdmin | IsOwner, False, "you") == (True, False)
    assert check(IsAdmin | IsOwner, True, "you") == (True, True)
    assert check(IsAdmin & IsOwner, True, "me") == (True, True)
    assert check(IsAdmin & IsOwner, False, "me") == (False, False)
    assert check(~IsAdmin, False, "you") == (True, True)
    assert check(~IsOwner, False, "you") == (True, True)
    assert check(~IsOwner, False, "me") == (True, False)
    assert check(~~IsOwner, False, "me") == (True, True)


# order, memory, exceptions, messages


def recording(name: str, log: list[str], answer: bool, raises: Exception | None = None) -> Any:
    def has_permission(self: Any, request: Any, view: Any) -> bool:
        log.append(name)
        if raises is not None:
            raise raises
        return answer

    return type(name, (BasePermission,), {"has_permission": has_permission, "message": f"{name} says no", "code": name})


def test_operands_are_asked_from_the_left_until_one_decides_and_once_a_request() -> None:
    log: list[str] = []
    yes, no, never = (recording(*args) for args in (("yes", log, True), ("no", log, False), ("never", log, True)))
    permission, request = ((yes | never) & (no & never))(), SimpleNamespace()
    assert permission.has_permission(request, None) is False
    assert permission.has_object_permission(request, None, 1) is False
    assert log == ["yes", "no"]
    assert permission.has_permission(SimpleNamespace(), None) is False
    assert log == ["yes", "no"] * 2


DENIALS = [drf.exceptions.PermissionDenied("first"), drf.exceptions.NotAuthenticated(), drf.exceptions.NotFound(),
           drf.Http404(), drf.exceptions.AuthenticationFailed()]  # fmt: skip


@pytest.mark.parametrize("denial", DENIALS, ids=lambda denial: type(denial).__name__)
def test_an_operand_of_or_that_denies_by_raising_counts_as_false(denial: Exception) -> None:
    log: list[str] = []
    raising, yes, no = (
        recording("raising", log, False, denial),
        recording("yes", log, True),
        recording("no", log, False),
    )
    assert (raising | yes)().has_permission(SimpleNamespace(), None) is True
    for composed in (raising | no, no | raising, raising & yes, ~raising):
        with pytest.raises(type(denial)) as caught:
            composed().has_permission(SimpleNamespace(), None)
        assert caught.value is denial
    broken = recording("broken", log, False, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        (broken | yes)().has_permission(SimpleNamespace(), None)


def test_the_message_is_that_of_the_failing_branch() -> None:
    log: list[str] = []
    yes, one, two = recording("yes", log, True), recording("one", log, False), recording("two", log, False)
    silent = type("Silent", (BasePermission,), {"has_permission": lambda self, request, view: False})
    for composed, code in ((yes & one, "one"), (one & two, "one"), (one | two, "one"), (silent | two, "two"),
                           (yes & (silent | two), "two"), (~yes, None), (silent & one, None)):  # fmt: skip
        permission = composed()
        assert permission.has_permission(SimpleNamespace(), None) is False
        assert permission.code == code
        assert permission.message == (f"{code} says no" if code else None)


@pytest.mark.parametrize("base", [APIView, AsyncAPIView])
def test_the_message_and_code_reach_the_client(base: Any, answer: Any, settings: Any) -> None:
    settings.REST_FRAMEWORK = {"EXCEPTION_HANDLER": "restflow.exceptions.exception_handler"}
    one = recording("one", [], False)

    class View(base):
        authentication_classes = []
        permission_classes = [one & IsOwner]

        def get(self, request: Any) -> Any:
            raise AssertionError("allowed")

    response = answer(View.as_view(), APIRequestFactory().get("/"))
    assert response.data["error"] == {
        "code": "permission_denied",
        "message": "one says no",
        "details": {"reason": "one"},
    }


# what the operators make


def test_compositions_read_like_their_source_and_compare() -> None:
    composed = IsAdmin & (IsOwner | ~IsAdmin)
    assert repr(composed) == "(IsAdmin & (IsOwner | ~IsAdmin))"
    assert composed == IsAdmin & (IsOwner | ~IsAdmin)
    assert hash(composed) == hash(IsAdmin & (IsOwner | ~IsAdmin))
    assert (IsAdmin & IsOwner) != (IsOwner & IsAdmin)
    assert ~IsAdmin == ~IsAdmin
    assert ~IsAdmin != ~IsOwner
    assert isinstance(composed(), AND)
    assert isinstance((IsAdmin | IsOwner)(), OR)
    assert isinstance((~IsAdmin)(), NOT)
    assert isinstance(composed(), drf.AND)
    assert repr(IsOwner & ~(drf.IsAdminUser | drf.AllowAny)) == "(IsOwner & ~(IsAdminUser | AllowAny))"


@pytest.mark.parametrize("other", ["admin", None, 3, object])
def test_what_is_no_permission_cannot_be_combined(other: Any) -> None:
    for combine in (lambda: IsOwner & other, lambda: IsOwner | other, lambda: other & IsOwner, lambda: other | IsOwner,
                    lambda: (IsOwner & IsAdmin) | other):  # fmt: skip
        with pytest.raises(TypeError, match="is no permission"):
            combine()


class HasScope(BasePermission):
    def __init__(self, scope: str) -> None:
        self.scope = scope
        self.message = f"The token lacks the scope {scope!r}."

    def has_permission(self, request: Any, view: Any) -> bool:
        return self.scope in (request.auth or {}).get("scopes", ())


@pytest.mark.parametrize("base", [APIView, AsyncAPIView])
@pytest.mark.parametrize("library", [IsAdmin, drf.IsAdminUser])
def test_instances_combine_and_stand_in_lists(base: Any, library: Any, answer: Any) -> None:
    read, write = HasScope("read"), HasScope("write")
    assert read() is read
    nobody = ~drf.AllowAny if library is drf.IsAdminUser else operand(False, None)

    class View(base):
        authentication_classes = []
        permission_classes = [read, write | nobody, nobody | read]

        def get(self, request: Any) -> Any:
            return drf_response()

        def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            made = super().initialize_request(request, *args, **kwargs)
            made.user, made.auth = SimpleNamespace(is_authenticated=True), request.token
            return made

    for scopes, status in ((["read", "write"], 200), (["read"], 403), ([], 403)):
        request = APIRequestFactory().get("/")
        request.token = {"scopes": scopes}
        response = answer(View.as_view(), request)
        assert response.status_code == status
        if status == 403:
            assert f"lacks the scope {'write' if scopes else 'read'!r}" in str(response.data["detail"])
    assert repr(read | write) == "(HasScope() | HasScope())"


def drf_response() -> Any:
    from rest_framework.response import Response

    return Response()


async def test_concurrent_requests_do_not_see_one_anothers_messages() -> None:
    import asyncio

    class Own(BasePermission):
        async def ahas_permission(self, request: Any, view: Any) -> bool:
            self.message = request.name
            await asyncio.sleep(0)
            return bool(request.admin)

    composed = Own & Own

    async def one(number: int) -> tuple[bool, Any]:
        permission = composed()
        allowed = await permission.ahas_permission(SimpleNamespace(name=str(number), admin=number % 2), None)
        return allowed, permission.message

    answers = await asyncio.gather(*map(one, range(50)))
    assert answers == [(True, None) if number % 2 else (False, str(number)) for number in range(50)]


async def test_a_composition_of_free_operands_costs_no_crossing() -> None:
    from restflow.permissions import AllowAny, IsAdminUser, IsAuthenticated

    composed = IsAuthenticated & (IsAdminUser | AllowAny)
    user = SimpleNamespace(is_authenticated=True, is_staff=False)
    with assert_max_crossings(0):
        assert await composed().ahas_permission(SimpleNamespace(user=user), None)
    sync = recording("sync", [], True)
    with assert_max_crossings(1) as crossings:
        assert await (sync & sync & sync)().ahas_permission(SimpleNamespace(), None)
    assert crossings.count == 1
