"""The nine generic views of each kind, and what every class of the package is a subclass of."""

from typing import Any

import pytest
import rest_framework.generics
import rest_framework.views
import rest_framework.viewsets
from views_testapp.models import Book
from views_testapp.views import Open

import restflow.views
from restflow.views import ActionConfig, PostFetch

GENERIC = [
    "ListAPIView",
    "CreateAPIView",
    "RetrieveAPIView",
    "UpdateAPIView",
    "DestroyAPIView",
    "ListCreateAPIView",
    "RetrieveUpdateAPIView",
    "RetrieveDestroyAPIView",
    "RetrieveUpdateDestroyAPIView",
]
STATUS = {"get": 200, "post": 201, "put": 200, "patch": 200, "delete": 204}
each_prefix = pytest.mark.parametrize("prefix", ["", "Async"])


@each_prefix
@pytest.mark.parametrize("name", GENERIC)
def test_each_answers_the_methods_of_its_twin(prefix: str, name: str, library: Any, factory: Any, answer: Any) -> None:
    twin = getattr(rest_framework.generics, name)
    view = type("View", (Open, getattr(restflow.views, prefix + name)), {}).as_view()
    of_one = not name.startswith(("List", "Create"))
    kwargs = {"pk": library.books[0].pk} if of_one else {}
    data = {"title": "New", "author": library.author.pk}
    for method, status in STATUS.items():
        request = getattr(factory, method)("/", *([data] if method in ("post", "put", "patch") else []), format="json")
        expected = status if hasattr(twin, method) else 405
        assert answer(view, request, **kwargs).status_code == expected, method
    head = 404 if name.endswith("DestroyAPIView") and hasattr(twin, "get") else 200
    assert answer(view, factory.head("/"), **kwargs).status_code == (head if hasattr(twin, "get") else 405)
    assert answer(view, factory.options("/"), **kwargs).status_code == 200
    assert Book.objects.count() == 3 + hasattr(twin, "post") - hasattr(twin, "delete")


@each_prefix
def test_inheritance(prefix: str) -> None:
    def own(name: str) -> Any:
        return getattr(restflow.views, prefix + name)

    assert issubclass(own("APIView"), rest_framework.views.APIView)
    assert issubclass(own("GenericAPIView"), rest_framework.generics.GenericAPIView)
    for name in GENERIC:
        assert issubclass(own(name), own("GenericAPIView"))
    assert issubclass(own("ViewSetMixin"), rest_framework.viewsets.ViewSetMixin)
    assert issubclass(own("ViewSet"), own("ViewSetMixin"))
    assert issubclass(own("ViewSet"), own("APIView"))
    assert issubclass(own("GenericViewSet"), own("ViewSetMixin"))
    assert issubclass(own("GenericViewSet"), own("GenericAPIView"))
    for name in ("ModelViewSet", "ReadOnlyModelViewSet"):
        assert issubclass(own(name), own("GenericViewSet"))
        assert issubclass(own(name), own("ListModelMixin"))
        assert issubclass(own(name), own("RetrieveModelMixin"))
    for name in ("Create", "Update", "Destroy"):
        assert issubclass(own("ModelViewSet"), own(f"{name}ModelMixin"))
        assert not issubclass(own("ReadOnlyModelViewSet"), own(f"{name}ModelMixin"))
    assert issubclass(own("APIView"), restflow.views.APIViewHelpersMixin)


CLASSES = [
    name
    for name in restflow.views.__all__
    if isinstance(getattr(restflow.views, name), type)
    and getattr(restflow.views, name) not in (ActionConfig, PostFetch, restflow.views.APIViewHelpersMixin)
]


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_tells_its_model(name: str) -> None:
    base: Any = getattr(restflow.views, name)
    alias = base[Book]
    assert alias.__origin__ is base
    assert alias.__args__ == (Book,)

    class Own(base[Book]):  # type: ignore[misc,valid-type]
        pass

    assert Own.__orig_bases__ == (alias,)
    assert issubclass(Own, base)
