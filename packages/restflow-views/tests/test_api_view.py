"""`api_view`: function views of both kinds, with REST framework's decorators."""

import asyncio
from typing import Any

import pytest
from rest_framework import decorators
from rest_framework.authentication import BasicAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import FormParser
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.throttling import BaseThrottle
from rest_framework.versioning import QueryParameterVersioning

from restflow.responses import Response
from restflow.views import APIView, AsyncAPIView, api_view


def on_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@pytest.fixture(params=["async", "sync"])
def make(request: Any) -> Any:
    """Decorates a function of either kind that answers with its method."""

    def decorated(*methods: Any, policies: Any = ()) -> Any:
        if request.param == "async":

            async def orders(request, **kwargs):
                "What it does."
                return Response({"method": request.method, "on loop": on_loop(), **kwargs})
        else:

            def orders(request, **kwargs):
                "What it does."
                return Response({"method": request.method, "on loop": on_loop(), **kwargs})

        for policy in (decorators.authentication_classes([]), *policies):
            orders = policy(orders)
        return api_view(*methods)(orders)

    decorated.kind = request.param
    return decorated


def test_the_function_answers_its_methods(make: Any, answer: Any, factory: Any) -> None:
    view = make(["GET", "POST"])
    assert issubclass(view.cls, AsyncAPIView if make.kind == "async" else APIView)
    for method in ("get", "post"):
        response = answer(view, getattr(factory, method)("/"), pk=5)
        assert response.data == {"method": method.upper(), "on loop": make.kind == "async", "pk": 5}
    assert answer(view, factory.delete("/")).status_code == 405
    assert answer(view, factory.head("/")).status_code == 200
    assert answer(view, factory.options("/")).status_code == 200


def test_the_default_is_get(make: Any, answer: Any, factory: Any) -> None:
    view = make()
    assert answer(view, factory.get("/")).status_code == 200
    assert answer(view, factory.post("/")).status_code == 405
    assert "GET" in answer(view, factory.post("/"))["Allow"]


def test_without_get_there_is_no_head(make: Any, answer: Any, factory: Any) -> None:
    assert answer(make(["POST"]), factory.head("/")).status_code == 405


def test_it_keeps_name_module_and_docstring(make: Any) -> None:
    view = make()
    assert (view.__name__, view.__module__, view.__doc__) == ("orders", __name__, "What it does.")
    assert view.cls.__name__ == "orders"
    assert view.csrf_exempt


class AsyncOnly(BasePermission):
    async def ahas_permission(self, request, view):
        return False


class Never(BaseThrottle):
    def allow_request(self, request, view):
        return False


class Basic(BasicAuthentication):
    def authenticate(self, request):
        return None


class FirstRenderer(BaseContentNegotiation):
    def select_parser(self, request, parsers):
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


def test_policies_stack_under_it(make: Any, answer: Any, factory: Any) -> None:
    for denied in (IsAuthenticated, AsyncOnly):
        view = make(policies=[decorators.permission_classes([denied])])
        assert answer(view, factory.get("/")).status_code == 403
    view = make(policies=[decorators.throttle_classes([Never])])
    assert answer(view, factory.get("/")).status_code == 429
    view = make(policies=[decorators.renderer_classes([JSONRenderer])])
    assert answer(view, factory.get("/", HTTP_ACCEPT="text/html")).status_code == 406
    view = make(["POST"], policies=[decorators.parser_classes([FormParser])])
    assert view.cls.parser_classes == [FormParser]
    view = make(policies=[decorators.permission_classes([IsAuthenticated]), decorators.authentication_classes([Basic])])
    response = answer(view, factory.get("/"))
    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Basic realm="api"')
    view = make(policies=[decorators.content_negotiation_class(FirstRenderer)])
    assert answer(view, factory.get("/", HTTP_ACCEPT="no/such")).status_code == 200
    view = make(policies=[decorators.versioning_class(QueryParameterVersioning)])
    assert view.cls.versioning_class is QueryParameterVersioning
    view = make(policies=[decorators.metadata_class(None)])
    assert answer(view, factory.options("/")).status_code == 405
    schema = object()
    assert make(policies=[decorators.schema(None)]).cls.schema is None
    assert schema is not None


def test_without_parentheses_it_says_so() -> None:
    with pytest.raises(TypeError, match=r"@api_view\(\).*parentheses"):

        @api_view
        def view(request): ...


def test_a_string_is_no_list() -> None:
    with pytest.raises(TypeError, match=r"@api_view\(\['GET'\]\)"):
        api_view("GET")


def test_it_decorates_functions_only() -> None:
    with pytest.raises(TypeError, match="decorates a function"):
        api_view(["GET"])(AsyncAPIView)


def test_a_handler_stands_for_every_method_that_is_answered():
    """Decorators of others, such as drf-spectacular's `extend_schema`, look each of them up."""

    @api_view(["GET", "POST"])
    async def view(request):
        raise AssertionError

    assert all(callable(getattr(view.cls, name)) for name in view.cls.http_method_names)
