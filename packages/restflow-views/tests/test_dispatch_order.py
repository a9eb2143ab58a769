"""The order of work is REST framework's, and policies are asked one after the other up to the first denial."""

from typing import Any

import pytest
from rest_framework.permissions import BasePermission
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView as DRFAPIView

from restflow.responses import Response
from restflow.test import assert_max_crossings
from restflow.views import APIView, AsyncAPIView

HOOKS = [
    "initialize_request",
    "initial",
    "get_format_suffix",
    "perform_content_negotiation",
    "determine_version",
    "perform_authentication",
    "check_permissions",
    "check_throttles",
    "handle_exception",
    "finalize_response",
]


class Recorder:
    """Records what happens to a view, in order."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def view(self, base: Any, permissions: str = "", throttles: str = "", authenticators: str = "") -> Any:
        """A view whose policies answer as the letters say: `+` and `-`, in lower case by an async face (`y`, `n`)."""
        log = self.log

        def hook(name: str) -> Any:
            def call(view: Any, *args: Any, **kwargs: Any) -> Any:
                log.append(name)
                return getattr(base, name)(view, *args, **kwargs)

            return call

        def policies(parent: Any, name: str, letters: str) -> list[Any]:
            made = []
            for n, letter in enumerate(letters):
                answer = letter in "+y"

                def sync(self: Any, *args: Any, n: int = n, answer: Any = answer) -> Any:
                    log.append(f"{name}{n}")
                    return (None if name == "authenticate" else answer) if answer else answer

                async def aio(self: Any, *args: Any, n: int = n, answer: Any = answer) -> Any:
                    return sync(self, n=n, answer=answer)

                face = {name: sync} if letter in "+-" or base is DRFAPIView else {f"a{name}": aio}
                made.append(type(f"{name}{n}", (parent,), face))
            return made

        class Authenticator:
            def authenticate_header(self, request: Any) -> None:
                return None

        def get(view: Any, request: Any) -> Any:
            log.append("handler")
            return Response({})

        async def aget(view: Any, request: Any) -> Any:
            return get(view, request)

        return type(
            "View",
            (base,),
            {
                **{name: hook(name) for name in HOOKS},
                "get": aget if base is AsyncAPIView else get,
                "permission_classes": policies(BasePermission, "has_permission", permissions),
                "throttle_classes": policies(BaseThrottle, "allow_request", throttles),
                "authentication_classes": policies(Authenticator, "authenticate", authenticators),
            },
        )


@pytest.mark.parametrize("base", [AsyncAPIView, APIView])
@pytest.mark.parametrize(
    "policies",
    [
        {},
        {"permissions": "+++", "throttles": "++", "authenticators": "++"},
        {"permissions": "+-+", "throttles": "++"},
        {"permissions": "+y+n+", "throttles": "++", "authenticators": "+y+"},
        {"permissions": "+", "throttles": "-+-"},
        {"permissions": "y", "throttles": "n+y"},
    ],
)
def test_the_order_is_drfs(base: Any, policies: Any, factory: Any, answer: Any) -> None:
    expected, found = Recorder(), Recorder()
    theirs = answer(expected.view(DRFAPIView, **policies).as_view(), factory.get("/"))
    ours = answer(found.view(base, **policies).as_view(), factory.get("/"))
    assert ours.status_code == theirs.status_code
    assert found.log == expected.log


@pytest.mark.parametrize(
    ("policies", "crossed"),
    [
        ({}, 0),
        ({"permissions": "+++"}, 1),
        ({"permissions": "yyy"}, 0),
        ({"permissions": "+++", "throttles": "++", "authenticators": "+++"}, 1),
        ({"permissions": "+y+"}, 2),
        ({"authenticators": "+", "permissions": "y", "throttles": "+"}, 2),
    ],
)
def test_consecutive_sync_policies_share_a_crossing(policies: Any, crossed: int, factory: Any, answer: Any) -> None:
    def plain(base: Any, **policies: Any) -> Any:
        view = Recorder().view(base, **policies)
        for name in HOOKS:
            delattr(view, name)
        return view.as_view()

    with assert_max_crossings(crossed) as crossings:
        assert answer(plain(AsyncAPIView, **policies), factory.get("/")).status_code == 200
    assert crossings.count == crossed


def test_permission_objects_are_made_once_for_the_request_and_its_objects(factory: Any, answer: Any) -> None:
    made = []

    class Counting(BasePermission):
        def __init__(self) -> None:
            made.append(self)

        def has_object_permission(self, request, view, obj):
            return self is made[0]

    for base in (AsyncAPIView, APIView):
        made.clear()

        class View(base):
            authentication_classes = ()
            permission_classes = [Counting]

            def get(self, request):
                self.check_object_permissions(request, object())
                return Response({})

        assert answer(View.as_view(), factory.get("/")).status_code == 200
        assert len(made) == 1
