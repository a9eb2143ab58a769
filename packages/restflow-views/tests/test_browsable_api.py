"""OPTIONS and the browsable API: forms of the input, controls, and nothing that the client may not do."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from rest_framework.filters import SearchFilter
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from views_testapp.driver import Routes
from views_testapp.serializers import BookInputSerializer, BookSerializer, BookTitleSerializer
from views_testapp.views import AsyncBooks, Books, TenPerPage

from restflow.responses import Response
from restflow.test import AsyncAPIClient, assert_max_crossings
from restflow.views import ActionConfig, APIView, AsyncAPIView

each_kind = pytest.mark.parametrize("base", [AsyncBooks, Books], ids=["async view", "sync view"])
ROUTES = {"get": "list", "post": "create"}
DETAIL = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}


class AsyncReadOnly(BasePermission):
    async def ahas_permission(self, request, view):
        return request.method in SAFE_METHODS


class AsyncNotThis(BasePermission):
    async def ahas_object_permission(self, request, view, obj):
        return request.method in SAFE_METHODS


class OnePerPage(TenPerPage):
    page_size = 1


def page(viewset: Any, settings: Any, routes: Any, url: str = "/", route: str = "") -> str:
    settings.ROOT_URLCONF = Routes(viewset.as_view(routes), route)
    response = async_to_sync(AsyncAPIClient().get)(url, headers={"accept": "text/html"})
    assert response.status_code == 200
    return response.content.decode()


def viewset_of(base: Any, **attributes: Any) -> Any:
    return type("Viewset", (base,), {"renderer_classes": [BrowsableAPIRenderer, JSONRenderer], **attributes})


@each_kind
def test_forms_are_of_the_request_serializer(base: Any, library: Any, settings: Any) -> None:
    viewset = viewset_of(
        base, request_serializer_class=BookInputSerializer, response_serializer_class=BookTitleSerializer
    )
    html = page(viewset, settings, ROUTES)
    assert 'name="coupon"' in html
    assert 'name="pages"' not in html


@each_kind
def test_the_config_of_a_forms_action_counts(base: Any, library: Any, settings: Any) -> None:
    configs = {"create": ActionConfig(request_serializer_class=BookInputSerializer)}
    html = page(viewset_of(base, action_configs=configs), settings, ROUTES)
    assert 'name="coupon"' in html


@each_kind
def test_page_and_filter_controls_appear(base: Any, library: Any, settings: Any) -> None:
    viewset = viewset_of(base, filter_backends=[SearchFilter], search_fields=["title"], pagination_class=OnePerPage)
    html = page(viewset, settings, ROUTES)
    assert "pagination" in html
    assert "page=2" in html
    assert "filtersModal" in html


@each_kind
@pytest.mark.parametrize("permission", [AsyncReadOnly, AsyncNotThis])
def test_forms_for_what_is_forbidden_are_hidden(base: Any, permission: Any, library: Any, settings: Any) -> None:
    free = page(viewset_of(base), settings, DETAIL, f"/{library.books[0].pk}", "<pk>")
    assert "put-object-form" in free or 'name="title"' in free
    assert "btn-danger" in free
    html = page(viewset_of(base, permission_classes=[permission]), settings, DETAIL, f"/{library.books[0].pk}", "<pk>")
    assert 'name="title"' not in html
    assert "btn-danger" not in html


def options(view: Any, factory: Any, answer: Any, **kwargs: Any) -> Any:
    return answer(view, factory.options("/"), **kwargs)


@each_kind
def test_options_shows_each_methods_fields_by_its_actions_config(
    base: Any, library: Any, factory: Any, answer: Any
) -> None:
    class Viewset(base):
        serializer_class = BookTitleSerializer
        action_configs = {
            "create": ActionConfig(request_serializer_class=BookInputSerializer),
            "update": ActionConfig(permission_classes=[AsyncReadOnly]),
        }

    response = options(Viewset.as_view({**ROUTES, "put": "update"}), factory, answer, pk=library.books[0].pk)
    assert response.status_code == 200
    assert set(response.data["actions"]) == {"POST"}
    assert "coupon" in response.data["actions"]["POST"]


@each_kind
@pytest.mark.parametrize("permission", [AsyncReadOnly, AsyncNotThis])
def test_options_hides_what_an_async_permission_forbids(
    base: Any, permission: Any, library: Any, factory: Any, answer: Any
) -> None:
    viewset = type("Viewset", (base,), {"permission_classes": [permission]})
    response = options(viewset.as_view({"put": "update"}), factory, answer, pk=library.books[0].pk)
    assert "actions" not in response.data


@each_kind
def test_options_costs_one_crossing(base: Any, library: Any, factory: Any, answer: Any) -> None:
    with assert_max_crossings(1 if base is AsyncBooks else 0) as crossings:
        response = options(base.as_view({**ROUTES}), factory, answer)
    assert set(response.data["actions"]["POST"]) == {"id", "title", "pages", "author"}
    assert crossings.count == (1 if base is AsyncBooks else 0)


@pytest.mark.parametrize("base", [AsyncAPIView, APIView])
def test_options_of_a_view_without_a_serializer(base: Any, factory: Any, answer: Any) -> None:
    class View(base):
        authentication_classes = ()

        def post(self, request):
            return Response({})

    response = options(View.as_view(), factory, answer)
    assert response.status_code == 200
    assert "actions" not in response.data
    assert options(View.as_view(metadata_class=None), factory, answer).status_code == 405


@each_kind
def test_other_configuration_errors_are_not_hidden(base: Any, factory: Any, answer: Any, db: None) -> None:
    class Broken(BookSerializer):
        class Meta(BookSerializer.Meta):
            fields = ["nothing"]

    from django.core.exceptions import ImproperlyConfigured

    viewset = type("Viewset", (base,), {"serializer_class": Broken})
    with pytest.raises(ImproperlyConfigured, match="nothing"):
        options(viewset.as_view(ROUTES), factory, answer)
