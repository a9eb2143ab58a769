"""Transactions of actions and handlers: what opens them, what rolls back, and what cannot run in one."""

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from views_testapp.driver import Exchange, Handler, Routes
from views_testapp.models import Author, Book, Tag
from views_testapp.serializers import BookSerializer
from views_testapp.views import AsyncBooks, Books, TenPerPage

from restflow.responses import Response
from restflow.test import AsyncAPIClient, assert_max_crossings
from restflow.views import ActionConfig, APIView, AsyncAPIView, AsyncCreateAPIView, AsyncModelViewSet

ALIASES = [alias for alias in ("default", "postgres") if alias in django_settings.DATABASES]
DATABASES = ["default", pytest.param("postgres", marks=pytest.mark.needs("postgres"))]
pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


@pytest.fixture(params=DATABASES)
def using(request: Any) -> str:
    return request.param


@pytest.fixture(params=[False, True], ids=["ATOMIC_REQUESTS off", "ATOMIC_REQUESTS on"])
def atomic_requests(request: Any, using: str, monkeypatch: Any) -> bool:
    monkeypatch.setitem(connections.settings[using], "ATOMIC_REQUESTS", request.param)
    return request.param


def storing(base: Any, using: str, outcome: str, colour: str, seen: list[bool], **attributes: Any) -> Any:
    """A viewset whose `perform_create` stores a row, and then fails as told."""

    def store(serializer: Any) -> None:
        seen.append(connections[using].in_atomic_block)
        author = Author.objects.using(using).create(name="Ursula")
        serializer.instance = Book.objects.using(using).create(title="New", author=author)
        if outcome != "success":
            raise ValidationError("no") if outcome == "handled" else LookupError("no")

    def perform_create(self: Any, serializer: Any) -> None:
        store(serializer)

    async def aperform_create(self: Any, serializer: Any) -> None:
        await sync_to_async(store)(serializer)

    hook = {"perform_create": perform_create} if colour == "sync" else {"aperform_create": aperform_create}

    class TitleSerializer(BookSerializer):
        class Meta(BookSerializer.Meta):
            fields = ["title"]

    attributes = {
        "queryset": Book.objects.using(using),
        "serializer_class": TitleSerializer,
        **hook,
        **attributes,
    }
    return type("Storing", (base,), attributes)


def post(viewset: Any, settings: Any, action: str = "create") -> Any:
    settings.ROOT_URLCONF = Routes(viewset.as_view({"post": action}))
    client = AsyncAPIClient(raise_request_exception=False)
    return async_to_sync(client.post)("/", {"title": "x"})


@pytest.mark.parametrize("base", [AsyncBooks, Books], ids=["async view", "sync view"])
@pytest.mark.parametrize("atomic", [None, True, False])
@pytest.mark.parametrize("outcome", ["success", "handled", "unhandled"])
def test_a_sync_hook_runs_in_the_transaction_that_is_asked_for(
    base: Any, atomic: Any, outcome: str, using: str, atomic_requests: bool, settings: Any
) -> None:
    seen: list[bool] = []
    response = post(storing(base, using, outcome, "sync", seen, atomic=atomic), settings)
    assert response.status_code == {"success": 201, "handled": 400, "unhandled": 500}[outcome]
    in_transaction = atomic is True or (atomic_requests and atomic is not False)
    assert seen == [in_transaction]
    kept = outcome == "success" or not in_transaction
    assert Book.objects.using(using).count() == int(kept)


@pytest.mark.parametrize("where", ["class", "config"])
@pytest.mark.parametrize("outcome", ["success", "handled"])
def test_an_actions_config_decides_over_the_class(
    where: str, outcome: str, using: str, atomic_requests: bool, settings: Any
) -> None:
    for atomic in (True, False):
        seen: list[bool] = []
        attributes = {"atomic": not atomic, "action_configs": {"create": ActionConfig(atomic=atomic)}}
        post(storing(AsyncBooks, using, outcome, "sync", seen, **attributes), settings)
        assert seen == [atomic]


@pytest.mark.parametrize("atomic", [None, False])
def test_an_async_hook_under_atomic_requests_is_refused_and_never_unprotected(
    atomic: Any, using: str, atomic_requests: bool, settings: Any
) -> None:
    seen: list[bool] = []
    viewset = storing(AsyncBooks, using, "success", "async", seen, atomic=atomic)
    settings.ROOT_URLCONF = Routes(viewset.as_view({"post": "create"}))
    send = async_to_sync(AsyncAPIClient().post)
    if atomic_requests and atomic is None:
        with pytest.raises(RuntimeError, match=rf"Storing \(create\).*aperform_create.*'{using}'.*atomic = False"):
            send("/", {"title": "x"})
        assert not Book.objects.using(using).exists()
    else:
        assert send("/", {"title": "x"}).status_code == 201
        assert seen == [False]


@pytest.mark.parametrize("base", [AsyncBooks, Books], ids=["async view", "sync view"])
@pytest.mark.parametrize("outcome", ["success", "handled", "unhandled"])
@pytest.mark.parametrize("atomic", [None, True, False])
def test_an_async_hook_keeps_what_no_transaction_protects(
    base: Any, outcome: str, atomic: Any, using: str, settings: Any
) -> None:
    """A sync view bridges to the hook, whose thread is another: there too nothing is said to be atomic that is not."""
    seen: list[bool] = []
    viewset = storing(base, using, outcome, "async", seen, atomic=atomic)
    if base is AsyncBooks and atomic:
        with pytest.raises(ImproperlyConfigured, match="cannot span awaits"):
            viewset.as_view({"post": "create"})
        return
    response = post(viewset, settings)
    assert response.status_code == {"success": 201, "handled": 400, "unhandled": 500}[outcome]
    assert seen == [bool(atomic)]
    assert Book.objects.using(using).count() == int(outcome == "success" or not atomic)


@pytest.mark.parametrize("attributes", [{"atomic": True}, {"action_configs": {"create": ActionConfig(atomic=True)}}])
def test_an_async_hook_in_an_atomic_action_is_found_at_as_view(attributes: Any) -> None:
    viewset = storing(AsyncBooks, "default", "success", "async", [], **attributes)
    with pytest.raises(ImproperlyConfigured, match=r"Storing.*create.*aperform_create.*cannot span awaits"):
        viewset.as_view({"post": "create"})
    assert viewset.as_view({"get": "list"})


def test_an_async_action_that_is_to_be_atomic_is_found_at_as_view() -> None:
    class Viewset(AsyncBooks):
        atomic = True

        async def create(self, request, *args, **kwargs):
            return Response()

    with pytest.raises(ImproperlyConfigured, match="create is async"):
        Viewset.as_view({"post": "create"})

    class View(AsyncCreateAPIView):
        atomic = True
        queryset = Book.objects.all()

        async def aperform_create(self, serializer):
            raise NotImplementedError

    with pytest.raises(ImproperlyConfigured, match="aperform_create"):
        View.as_view()


def test_what_only_a_request_can_show_is_refused_then(using: str, settings: Any, monkeypatch: Any) -> None:
    class AsyncBackend(BaseFilterBackend):
        async def afilter_queryset(self, request, queryset, view):
            return queryset

    monkeypatch.setitem(connections.settings[using], "ATOMIC_REQUESTS", True)

    class Viewset(AsyncBooks):
        queryset = Book.objects.using(using)
        filter_backends = [AsyncBackend]

    settings.ROOT_URLCONF = Routes(Viewset.as_view({"get": "list"}))
    with pytest.raises(RuntimeError, match=rf"afilter_queryset.*ATOMIC_REQUESTS.*'{using}'"):
        async_to_sync(AsyncAPIClient().get)("/")


class TestHandlers:
    """Handlers of plain views."""

    def test_an_async_one_under_atomic_requests_is_refused(self, atomic_requests: bool, using: str, settings: Any):
        class View(AsyncAPIView):
            authentication_classes = ()

            async def get(self, request):
                return Response("ok")

        settings.ROOT_URLCONF = Routes(View.as_view())
        if atomic_requests:
            with pytest.raises(RuntimeError, match=rf"View\.get.*'{using}'"):
                async_to_sync(AsyncAPIClient().get)("/")
        else:
            assert async_to_sync(AsyncAPIClient().get)("/").status_code == 200
        settings.ROOT_URLCONF = Routes(View.as_view(atomic=False))
        assert async_to_sync(AsyncAPIClient().get)("/").status_code == 200

    @pytest.mark.parametrize("base", [AsyncAPIView, APIView])
    def test_a_sync_one_runs_in_it(self, base: Any, atomic_requests: bool, using: str, settings: Any) -> None:
        class View(base):
            authentication_classes = ()

            def get(self, request):
                return Response(connections[using].in_atomic_block)

            def post(self, request):
                Author.objects.using(using).create(name="lost")
                raise ValidationError("no")

        settings.ROOT_URLCONF = Routes(View.as_view())
        assert async_to_sync(AsyncAPIClient().get)("/").data is atomic_requests
        assert async_to_sync(AsyncAPIClient().post)("/").status_code == 400
        assert Author.objects.using(using).exists() is not atomic_requests

    @pytest.mark.parametrize("base", [AsyncAPIView, APIView])
    def test_atomic_true_concerns_writing_methods_on_the_default_database(self, base: Any, settings: Any) -> None:
        class View(base):
            authentication_classes = ()
            atomic = True

            def get(self, request):
                return Response(connections["default"].in_atomic_block)

            post = put = get

        settings.ROOT_URLCONF = Routes(View.as_view())
        assert async_to_sync(AsyncAPIClient().get)("/").data is False
        assert async_to_sync(AsyncAPIClient().post)("/").data is True
        assert async_to_sync(AsyncAPIClient().put)("/").data is True

    @pytest.mark.parametrize("base", [AsyncAPIView, APIView])
    @pytest.mark.parametrize("whole", [True, False])
    def test_djangos_exemption_is_honoured(self, base: Any, whole: bool, monkeypatch: Any, settings: Any) -> None:
        monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)

        class View(base):
            authentication_classes = ()

            def get(self, request):
                return Response(connections["default"].in_atomic_block)

        exempt = transaction.non_atomic_requests if whole else transaction.non_atomic_requests(using="default")
        settings.ROOT_URLCONF = Routes(exempt(View.as_view()))
        assert async_to_sync(AsyncAPIClient().get)("/").data is False

    def test_options_works_under_atomic_requests(self, atomic_requests: bool, settings: Any) -> None:
        settings.ROOT_URLCONF = Routes(AsyncBooks.as_view({"get": "list", "post": "create"}))
        assert async_to_sync(AsyncAPIClient().options)("/").status_code == 200


def test_callbacks_run_after_the_commit_and_in_the_crossing(settings: Any) -> None:
    log = []

    class Viewset(AsyncBooks):
        atomic = True

        def perform_create(self, serializer):
            serializer.save(author=Author.objects.create(name="A"))
            transaction.on_commit(lambda: log.append(Book.objects.filter(title="New").exists()))
            log.append("stored")

    class TitleSerializer(BookSerializer):
        class Meta(BookSerializer.Meta):
            fields = ["id", "title"]

    Viewset.serializer_class = TitleSerializer
    settings.ROOT_URLCONF = Routes(Viewset.as_view({"post": "create"}))
    with assert_max_crossings(3):
        response = async_to_sync(AsyncAPIClient().post)("/", {"title": "New"})
    assert response.status_code == 201
    assert log == ["stored", True]


@pytest.mark.needs("postgres")
class TestOverPostgres:
    """What needs two connections, or a thread that works while its client goes away."""

    @pytest.fixture(autouse=True)
    def own_connection(self) -> Any:
        yield
        connections["postgres"].close()

    def test_competing_updates_wait_for_one_another(self, settings: Any) -> None:
        author = Author.objects.using("postgres").create(name="A")
        book = Book.objects.using("postgres").create(title="B", author=author, pages=0)

        class Viewset(AsyncModelViewSet):
            authentication_classes = ()
            serializer_class = BookSerializer
            atomic = True
            action_configs = {
                "partial_update": ActionConfig(queryset=Book.objects.using("postgres").select_for_update())
            }

            def perform_update(self, serializer):
                entered.append(serializer.instance.pages)
                threading.Event().wait(0.3)  # whoever comes second waits for the lock meanwhile
                serializer.save(pages=serializer.instance.pages + 1)

        entered: list[int] = []
        settings.ROOT_URLCONF = Routes(Viewset.as_view({"patch": "partial_update"}), "<pk>")

        async def main() -> list[int]:
            headers = [(b"content-type", b"application/json")]
            exchanges = [
                Exchange(f"/{book.pk}", method="PATCH", headers=headers, body=b'{"title": "C"}').start(Handler())
                for _ in range(2)
            ]
            return [(await exchange.finish()).status for exchange in exchanges]

        assert asyncio.run(main()) == [200, 200]
        assert entered == [0, 1]
        book.refresh_from_db()
        assert book.pages == 2

    @pytest.mark.parametrize("atomic", [None, True])
    @pytest.mark.parametrize("moment", ["before", "during", "after"])
    def test_a_disconnect_never_halves_a_write(self, atomic: Any, moment: str, settings: Any) -> None:
        author = Author.objects.using("postgres").create(name="A")
        tags = [Tag.objects.using("postgres").create(name=f"tag {n}") for n in range(3)]
        begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

        class Tagged(BookSerializer):
            class Meta(BookSerializer.Meta):
                fields = ["title"]

        class Viewset(AsyncModelViewSet):
            authentication_classes = ()
            queryset = Book.objects.using("postgres")
            serializer_class = Tagged

            async def ainitial(self, request, *args, **kwargs):
                await super().ainitial(request, *args, **kwargs)
                if moment == "before":
                    at_policies.set()
                    await asyncio.Event().wait()

            async def afinalize_response(self, request, response, *args, **kwargs):
                if moment == "after":
                    at_policies.set()
                    await asyncio.Event().wait()
                return await super().afinalize_response(request, response, *args, **kwargs)

            def perform_create(self, serializer):
                begun.set()
                if moment == "during":
                    go_on.wait(10)
                book = Book.objects.using("postgres").create(title="half", author=author)
                book.tags.set(tags)
                serializer.instance = book
                done.set()

        Viewset.atomic = atomic
        settings.ROOT_URLCONF = Routes(Viewset.as_view({"post": "create"}))
        at_policies: Any = None

        async def main() -> None:
            nonlocal at_policies
            at_policies = asyncio.Event()
            exchange = Exchange(
                method="POST", headers=[(b"content-type", b"application/json")], body=b'{"title": "x"}'
            ).start(Handler())
            if moment == "during":
                await asyncio.to_thread(begun.wait, 10)
            else:
                await at_policies.wait()
            exchange.disconnect()
            ticks = 0
            for _ in range(20):  # the loop is not stalled by the crossing that goes on
                await asyncio.sleep(0.001)
                ticks += 1
            assert ticks == 20
            go_on.set()
            await exchange.finish()
            if moment == "during":
                assert await asyncio.to_thread(done.wait, 10)

        asyncio.run(main())
        books = list(Book.objects.using("postgres").filter(title="half"))
        assert len(books) == (0 if moment == "before" else 1)
        assert all(book.tags.count() == 3 for book in books)


def test_the_page_of_a_list_is_in_it_too(using: str, settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(connections.settings[using], "ATOMIC_REQUESTS", True)
    seen = []

    class Paginator(TenPerPage):
        def paginate_queryset(self, queryset, request, view=None):
            seen.append(connections[using].in_atomic_block)
            return super().paginate_queryset(queryset, request, view)

    class Viewset(AsyncBooks):
        queryset = Book.objects.using(using).order_by("pk")
        pagination_class = Paginator

    settings.ROOT_URLCONF = Routes(Viewset.as_view({"get": "list"}))
    assert async_to_sync(AsyncAPIClient().get)("/").status_code == 200
    assert seen == [True]
