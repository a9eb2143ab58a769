"""No override of a view's hook is ever ignored: each hook, each way to override it, on each kind of view."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from rest_framework.filters import OrderingFilter
from rest_framework.permissions import BasePermission
from views_testapp.models import Book
from views_testapp.serializers import BookSerializer
from views_testapp.views import AsyncBooks, Books, TenPerPage

from restflow.responses import _faces
from restflow.views import AsyncModelViewSet

BOOK = {"title": "New", "pages": 5}
ROUTES = {
    "list": ("get", False),
    "create": ("post", False),
    "retrieve": ("get", True),
    "update": ("put", True),
    "partial_update": ("patch", True),
    "destroy": ("delete", True),
}
# hook, its async face, and the action that runs it
HOOKS = [
    ("initial", "ainitial", "retrieve"),
    ("perform_authentication", "aperform_authentication", "retrieve"),
    ("check_permissions", "acheck_permissions", "retrieve"),
    ("check_object_permissions", "acheck_object_permissions", "retrieve"),
    ("check_throttles", "acheck_throttles", "retrieve"),
    ("handle_exception", "ahandle_exception", "missing"),
    ("finalize_response", "afinalize_response", "retrieve"),
    ("get_queryset", None, "list"),
    ("get_queryset", None, "retrieve"),
    ("get_object", "aget_object", "retrieve"),
    ("get_object", "aget_object", "update"),
    ("get_object", "aget_object", "destroy"),
    ("filter_queryset", "afilter_queryset", "list"),
    ("filter_queryset", "afilter_queryset", "retrieve"),
    ("paginate_queryset", "apaginate_queryset", "list"),
    ("get_paginated_response", None, "list"),
    ("perform_create", "aperform_create", "create"),
    ("perform_update", "aperform_update", "update"),
    ("perform_update", "aperform_update", "partial_update"),
    ("perform_destroy", "aperform_destroy", "destroy"),
    ("validated_serializer", "avalidated_serializer", "create"),
    ("validated_serializer", "avalidated_serializer", "update"),
    ("serialized_response", "aserialized_response", "retrieve"),
    ("serialized_response", "aserialized_response", "create"),
    ("paginated_response", "apaginated_response", "list"),
]
WAYS = ["sync", "async", "coroutine", "sync async", "sync async equivalent"]
TABLE = [
    # where both faces have one name, a class can define one of them
    (*hook, ways)
    for hook in HOOKS
    for ways in (WAYS if hook[1] is not None else ["sync", "async"])
]
PAIRS = [hook for hook in HOOKS if hook[1] is not None]
each_kind = pytest.mark.parametrize("base", [AsyncBooks, Books], ids=["async view", "sync view"])


@pytest.fixture
def act(library: Any, factory: Any, answer: Any) -> Any:
    """Sends the request of an action to a viewset."""

    def send(viewset: Any, action: str) -> Any:
        missing = action == "missing"
        action = "retrieve" if missing else action
        method, detail = ROUTES[action]
        request = getattr(factory, method)("/", {**BOOK, "author": library.author.pk}, format="json")
        if method in ("get", "delete"):
            request = getattr(factory, method)("/")
        kwargs = {"pk": 0 if missing else library.books[0].pk} if detail else {}
        return answer(viewset.as_view({method: action}), request, **kwargs)

    return send


def overridden(base: Any, name: str, aname: str | None, ways: str, log: list[str]) -> Any:
    """The viewset with the faces named in `ways` overridden: `sync`, `async`, or `coroutine` for an async `name`."""
    default = getattr(base, name)
    adefault = getattr(base, aname or name)

    def sync(self: Any, *args: Any, **kwargs: Any) -> Any:
        log.append("sync")
        return default(self, *args, **kwargs)

    async def aio(self: Any, *args: Any, **kwargs: Any) -> Any:
        log.append("async")
        made = adefault(self, *args, **kwargs)
        return await made if asyncio.iscoroutine(made) else made

    namespace: dict[str, Any] = {}
    if "sync" in ways.split():
        namespace[name] = sync
    if "async" in ways.split():
        namespace[aname or name] = aio
    if "coroutine" in ways.split():
        namespace[name] = aio
    if "equivalent" in ways.split():
        namespace["sync_equivalent"] = True
    return type("Overriding", (base,), namespace)


@each_kind
@pytest.mark.parametrize(("name", "aname", "action", "ways"), TABLE, ids=str)
def test_the_most_derived_face_runs_once(
    name: str, aname: str | None, action: str, ways: str, base: Any, act: Any
) -> None:
    log: list[str] = []
    response = act(overridden(base, name, aname, ways, log), action)
    assert response.status_code == {"create": 201, "destroy": 204, "missing": 404}.get(action, 200)
    if ways == "sync":
        assert log == ["sync"]
    elif ways in ("async", "coroutine"):
        assert log == ["async"]
    elif ways == "sync async":
        assert log == (["async"] if base is AsyncBooks else ["sync"])
    else:
        assert len(log) == 1


@each_kind
@pytest.mark.parametrize(("name", "aname", "action"), PAIRS, ids=str)
@pytest.mark.parametrize("first", ["sync", "async"])
def test_an_override_of_the_other_face_below_runs_too_and_once(
    name: str, aname: str | None, action: str, first: str, base: Any, act: Any
) -> None:
    """`B` overrides one face, `C(B)` the other, and calls `super()`."""
    log: list[str] = []
    below = overridden(base, name, aname, first, log)
    above = overridden(below, name, aname, "async" if first == "sync" else "sync", log)
    response = act(above, action)
    assert response.status_code == {"create": 201, "destroy": 204, "missing": 404}.get(action, 200)
    assert sorted(log) == ["async", "sync"]


@each_kind
def test_the_flag_is_not_inherited_by_a_class_that_overrides_a_face(base: Any, act: Any) -> None:
    log: list[str] = []
    below = overridden(base, "perform_create", "aperform_create", "sync async equivalent", [])
    assert act(overridden(below, "perform_create", "aperform_create", "async", log), "create").status_code == 201
    assert log == ["async"]
    assert act(overridden(below, "perform_create", "aperform_create", "sync", log), "create").status_code == 201
    assert log == ["async", "sync"]


@each_kind
@pytest.mark.parametrize("is_async", [False, True])
def test_get_filterset_class_may_be_either(base: Any, is_async: bool, act: Any) -> None:
    asked = []

    class Backend:
        def filter_queryset(self, request, queryset, view):
            asked.append(view.get_filterset_class())
            return queryset

    class Viewset(base):
        filter_backends = [Backend]

        if is_async:

            async def get_filterset_class(self):
                return OrderingFilter
        else:

            def get_filterset_class(self):
                return OrderingFilter

    assert act(Viewset, "list").status_code == 200
    assert asked == [OrderingFilter]


def test_hooks_that_only_decide_run_on_the_loop(act: Any) -> None:
    where = {}

    def on_loop() -> bool:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return False
        return True

    def recording(name: str) -> Any:
        def hook(self: Any, *args: Any, **kwargs: Any) -> Any:
            where[name] = on_loop()
            return getattr(AsyncModelViewSet, name)(self, *args, **kwargs)

        return hook

    deciding = [
        "get_format_suffix",
        "perform_content_negotiation",
        "determine_version",
        "get_permissions",
        "get_throttles",
        "get_authenticators",
        "get_parsers",
        "get_renderers",
    ]
    querying = ["get_queryset", "get_serializer", "get_serializer_class", "get_context", "get_serializer_context"]
    querying += ["get_success_headers"]
    names = [*deciding, *querying]
    viewset = type("Recording", (AsyncBooks,), {name: recording(name) for name in names})
    assert act(viewset, "create").status_code == 201
    assert act(viewset, "list").status_code == 200
    assert {name for name in names if where[name]} == set(deciding)


class TestBridging:
    """Sync code that needs an async face gets it in a thread, and is told what to await on the loop."""

    class Owned(AsyncBooks):
        async def acheck_object_permissions(self, request, obj):
            self.permission_denied(request, message="async")

    def test_get_object_in_a_sync_handler_obeys_an_async_hook(self, act: Any) -> None:
        class Viewset(self.Owned):
            def retrieve(self, request, *args, **kwargs):
                return self.serialized_response(self.get_object())

        assert act(Viewset, "retrieve").status_code == 403

    def test_on_the_loop_the_async_twin_is_named(self, library: Any, factory: Any) -> None:
        class Viewset(AsyncBooks):
            async def acheck_object_permissions(self, request, obj):
                raise NotImplementedError

            async def retrieve(self, request, *args, **kwargs):
                self.check_object_permissions(request, None)

        view = Viewset.as_view({"get": "retrieve"})
        with pytest.raises(RuntimeError, match=r"on a running event loop; await .*Viewset\.acheck_object_permissions"):
            async_to_sync(view)(factory.get("/"), pk=library.books[0].pk)

    @pytest.mark.parametrize(
        ("check", "twin"),
        [
            (lambda view: view.check_permissions(view.request), "acheck_permissions"),
            (lambda view: view.check_object_permissions(view.request, None), "acheck_object_permissions"),
            (lambda view: view.initial(view.request), "ainitial"),
        ],
    )
    async def test_a_check_on_the_loop_names_the_async_twin(self, check: Any, twin: str, factory: Any) -> None:
        """An async-only permission cannot be asked there, and is not left out."""

        class AsyncOnly(BasePermission):
            async def ahas_permission(self, request, view):
                return True

            async def ahas_object_permission(self, request, view, obj):
                return True

        class Viewset(AsyncBooks):
            permission_classes = [AsyncOnly]

            async def list(self, request, *args, **kwargs):
                check(self)

        with pytest.raises(RuntimeError, match=rf"ahas_\w+ is async.*await .*{twin}"):
            await Viewset.as_view({"get": "list"})(factory.get("/"))

    def test_an_async_override_that_calls_the_sync_face_in_a_thread_runs_once(self, act: Any) -> None:
        log = []

        class Viewset(AsyncBooks):
            async def aperform_create(self, serializer):
                log.append("async")
                await sync_to_async(self.perform_create)(serializer)

        assert act(Viewset, "create").status_code == 201
        assert log == ["async"]
        assert Book.objects.filter(title="New").count() == 1


def test_async_faces_can_be_called_on_sync_views_by_hand(library: Any, factory: Any) -> None:
    class Viewset(Books):
        def perform_create(self, serializer):
            serializer.save(pages=77)

    view = Viewset(action="create", format_kwarg=None, request=None)
    serializer = BookSerializer(data={**BOOK, "author": library.author.pk})
    serializer.is_valid(raise_exception=True)
    async_to_sync(view.aperform_create)(serializer)
    assert Book.objects.get(title="New").pages == 77
    assert TenPerPage.page_size == 10


def test_class_methods_are_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Made:
        @classmethod
        def make(cls) -> None: ...

        @classmethod
        async def amake(cls) -> None: ...

    first = _faces.faces(Made, "make", "amake")
    monkeypatch.delattr(_faces, "_decide")
    assert _faces.faces(Made, "make", "amake") is first
