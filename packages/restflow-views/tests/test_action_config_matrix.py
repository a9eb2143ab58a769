"""Each field of `ActionConfig` on a list, a detail, an extra action, and HEAD: what the view says of itself then."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.authentication import BasicAuthentication
from rest_framework.decorators import action
from rest_framework.filters import BaseFilterBackend
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.parsers import FormParser, JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.throttling import BaseThrottle
from views_testapp.models import Book
from views_testapp.serializers import BookInputSerializer, BookTitleSerializer
from views_testapp.views import AsyncBooks, Books

from restflow.responses import NDJSONRenderer, Response
from restflow.views import ActionConfig, PostFetch, actions


class Authentication(BasicAuthentication):
    pass


class Permission(BasePermission):
    pass


class Throttle(BaseThrottle):
    def allow_request(self, request, view):
        return True


class Backend(BaseFilterBackend):
    def filter_queryset(self, request, queryset, view):
        return queryset


class Lines(NDJSONRenderer):
    pass


class FilterSet:
    """Stands for a filter set."""


FETCH = PostFetch(Book.objects.all(), to_attr="same", id="id")
FIRST = Book.objects.order_by("-pk")


def kinds(objects: Any) -> list[type]:
    return [type(one) for one in objects]


# field -> a value, and what a view says that it has it
FIELDS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "serializer_class": (BookTitleSerializer, lambda view: view.get_serializer_class()),
    "request_serializer_class": (BookInputSerializer, lambda view: view.get_request_serializer_class()),
    "response_serializer_class": (BookTitleSerializer, lambda view: view.get_response_serializer_class()),
    "queryset": (FIRST, lambda view: FIRST if view.get_queryset().query.order_by == ("-pk",) else None),
    "filter_backends": ([Backend], lambda view: view.filter_backends),
    "filterset_class": (FilterSet, lambda view: view.get_filterset_class()),
    "pagination_class": (LimitOffsetPagination, lambda view: view.get_pagination_class()),
    "permission_classes": ([Permission], lambda view: kinds(view.get_permissions())),
    "authentication_classes": ([Authentication], lambda view: kinds(view.request.authenticators)),
    "throttle_classes": ([Throttle], lambda view: kinds(view.get_throttles())),
    "throttle_scope": ("scope", lambda view: view.get_throttle_scope()),
    "parser_classes": ([FormParser], lambda view: kinds(view.request.parsers)),
    "renderer_classes": ([Lines], lambda view: kinds(view.get_renderers())),
    "lookup_field": ("title", lambda view: view.lookup_field),
    "lookup_url_kwarg": ("name", lambda view: view.lookup_url_kwarg),
    "post_fetches": ([FETCH], lambda view: view.get_post_fetches()),
    "success_status": (206, lambda view: view.success_status),
    "atomic": (False, lambda view: view.atomic),
}
OTHERS: dict[str, Any] = {
    "serializer_class": BookInputSerializer,
    "request_serializer_class": BookTitleSerializer,
    "response_serializer_class": BookInputSerializer,
    "queryset": Book.objects.order_by("title"),
    "filterset_class": object,
    "pagination_class": None,
    "throttle_scope": "other",
    "parser_classes": [JSONParser],
    "renderer_classes": [JSONRenderer],
    "lookup_field": "pages",
    "lookup_url_kwarg": "other",
    "success_status": 200,
    "atomic": None,
}
OTHERS_SAID = {"queryset": None}
PLACES = [
    ("list", "get"),
    ("retrieve", "get"),
    ("extra", "get"),
    ("list", "head"),
    ("retrieve", "head"),
    ("create", "post"),
]


def said(base: Any, name: str, method: str, field: str, factory: Any, answer: Any, **attributes: Any) -> Any:
    """What the view says of the field while its action runs; the action itself does nothing."""
    _, says = FIELDS[field]
    heard = []

    class Viewset(base):
        renderer_classes = [JSONRenderer]

        @action(detail=False)
        def extra(self, request, **kwargs):
            raise NotImplementedError

        def listen(self, request, **kwargs):
            heard.append(says(self))
            return Response({})

        locals().update(attributes)

    for own in ("list", "retrieve", "create", "extra"):
        setattr(Viewset, own, Viewset.listen)
    view = Viewset.as_view({"post" if name == "create" else "get": name})
    request = getattr(factory, method)("/", **({"data": {}, "format": "json"} if method == "post" else {}))
    assert answer(view, request).status_code == 200
    return list(heard[0]) if isinstance(heard[0], tuple) else heard[0]


def test_every_field_is_in_the_table() -> None:
    assert set(FIELDS) == set(actions.FIELDS)


each_kind = pytest.mark.parametrize("base", [AsyncBooks, Books], ids=["async view", "sync view"])


@each_kind
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(("name", "method"), PLACES)
def test_the_config_of_the_action_is_what_counts(
    base: Any, field: str, name: str, method: str, db: None, factory: Any, answer: Any
) -> None:
    value, _ = FIELDS[field]
    default = said(base, name, method, field, factory, answer)
    configs = {name: ActionConfig(**{field: value})}
    elsewhere = {"destroy": ActionConfig(**{field: value})}
    assert said(base, name, method, field, factory, answer, action_configs=configs) == value
    assert said(base, name, method, field, factory, answer, action_configs=elsewhere) == default
    assert default != value


@each_kind
@pytest.mark.parametrize("field", FIELDS)
def test_it_comes_before_the_class_attribute(base: Any, field: str, db: None, factory: Any, answer: Any) -> None:
    value, _ = FIELDS[field]
    other = OTHERS.get(field, [])
    of_class = {field: other}
    configs = {"list": ActionConfig(**{field: value})}
    assert said(base, "list", "get", field, factory, answer, **of_class) == OTHERS_SAID.get(field, other)
    assert said(base, "list", "get", field, factory, answer, **of_class, action_configs=configs) == value
