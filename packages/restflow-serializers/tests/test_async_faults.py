"""What happens between validation and saving, when a task is cancelled, and what hooks see and leave behind."""

import asyncio
import datetime as dt
import gc
import threading
import weakref
from contextvars import ContextVar
from typing import Annotated, Any, Literal

import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, connection, transaction
from django.http import QueryDict
from django.utils import timezone, translation
from rest_framework import fields as drf
from rest_framework import relations
from rest_framework import serializers as drf_serializers
from serializers_testapp.models import Author, Book, Tag

from restflow.core import in_thread
from restflow.serializers import ModelSerializer, Serializer


async def never_mind(value: Any) -> None:
    """A validator that awaits nothing."""


word: ContextVar[str] = ContextVar("word", default="none")


class BookSerializer(ModelSerializer):
    class Meta:
        model = Book
        fields = ["isbn", "title", "author", "tags"]


@pytest.mark.django_db(transaction=True)
class TestBetweenValidationAndSaving:
    async def test_a_row_that_is_gone_leaves_nothing(self) -> None:
        tag = await Tag.objects.acreate(name="gone")
        serializer = BookSerializer(data={"isbn": "1", "title": "t", "tags": [tag.pk]})
        assert await serializer.ais_valid(), serializer.errors
        await Tag.objects.filter(pk=tag.pk).adelete()
        with pytest.raises(IntegrityError):
            await serializer.asave()
        assert await Book.objects.acount() == 0

    async def test_a_row_that_is_gone_leaves_an_update_undone(self) -> None:
        book = await Book.objects.acreate(isbn="1", title="before")
        tag = await Tag.objects.acreate(name="gone")
        serializer = BookSerializer(book, data={"title": "after", "tags": [tag.pk]}, partial=True)
        assert await serializer.ais_valid()
        await Tag.objects.filter(pk=tag.pk).adelete()
        with pytest.raises(IntegrityError):
            await serializer.asave()
        assert (await Book.objects.aget()).title == "before"

    async def test_without_lists_of_keys_there_is_no_transaction(self, django_assert_num_queries: Any) -> None:
        serializer = BookSerializer(data={"isbn": "1", "title": "t", "tags": []})
        assert await serializer.ais_valid()
        del serializer.validated_data["tags"]

        def save() -> None:
            with django_assert_num_queries(1):
                serializer.save()

        await in_thread(save)

    async def test_a_cancelled_task_has_written_all_or_nothing(self) -> None:
        tag = await Tag.objects.acreate(name="x")
        started, go_on = threading.Event(), threading.Event()

        class Slow(BookSerializer):
            def create(self, validated_data: Any) -> Any:
                started.set()
                assert go_on.wait(10)
                return super().create(validated_data)

        serializer = Slow(data={"isbn": "1", "title": "t", "tags": [tag.pk]})
        assert await serializer.ais_valid()
        task = asyncio.create_task(serializer.asave())
        loop = asyncio.get_running_loop()

        def cancel() -> None:
            assert started.wait(10)
            loop.call_soon_threadsafe(task.cancel)
            go_on.set()

        watcher = threading.Thread(target=cancel)  # the thread of this test runs what is sync
        watcher.start()
        with pytest.raises(asyncio.CancelledError):
            await task
        watcher.join()
        book = await Book.objects.aget()
        assert [row async for row in book.tags.all()] == [tag]


@pytest.mark.django_db
async def test_hooks_run_on_the_connection_and_in_the_transaction_of_the_request() -> None:
    seen: list[Any] = []

    class Some(ModelSerializer):
        class Meta:
            model = Author
            fields = ["name"]

        def validate_name(self, value: str) -> str:
            seen.append((threading.get_ident(), connection.in_atomic_block))
            return value

        def create(self, validated_data: Any) -> Any:
            seen.append((threading.get_ident(), connection.in_atomic_block))
            return super().create(validated_data)

    here: Any = await in_thread(lambda: (threading.get_ident(), transaction.get_connection().in_atomic_block))
    serializer = Some(data={"name": "a"})
    assert await serializer.ais_valid()
    await serializer.asave()
    assert seen == [here, here]


class Words(Serializer):
    first: str
    second: str
    third: str

    def validate_first(self, value: str) -> str:
        word.set(f"{word.get()} first")
        return value

    async def validate_second(self, value: str) -> str:
        word.set(f"{word.get()} second")
        return value

    def validate_third(self, value: str) -> str:
        word.set(f"{word.get()} third")
        return value

    def create(self, validated_data: Any) -> Any:
        word.set(f"{word.get()} create")
        return validated_data


async def test_context_variables_that_hooks_set_reach_the_next_and_the_caller() -> None:
    word.set("caller")
    serializer = Words(data={"first": "a", "second": "b", "third": "c"})
    assert await serializer.ais_valid()
    assert word.get() == "caller first second third"
    await serializer.asave()
    assert word.get() == "caller first second third create"


def order_of(hook_is_async: bool) -> tuple[Any, list[str]]:
    """A serializer whose hooks note their order, of one colour."""
    calls: list[str] = []

    def noting(name: str) -> Any:
        def note(*arguments: Any) -> Any:
            calls.append(name)
            value = arguments[-1]
            if value == "skip":
                raise drf.SkipField
            if value == "django":
                raise DjangoValidationError("of Django", code="django")
            return value

        if not hook_is_async:
            return note

        async def later(*arguments: Any) -> Any:
            return note(*arguments)

        return later

    def check(name: str) -> Any:
        inner = noting(name)

        def validator(value: Any) -> Any:
            inner(value)

        async def awaited(value: Any) -> Any:
            await inner(value)

        return awaited if hook_is_async else validator

    body: dict[str, Any] = {
        "a": drf.CharField(validators=[check("a1"), check("a2")]),
        "b": drf.CharField(validators=[check("b1")], required=False),
        "validate_a": noting("validate_a"),
        "validate_b": noting("validate_b"),
        "validate": noting("validate"),
        "Meta": type("Meta", (), {"validators": [check("meta")]}),
        "__module__": __name__,
    }
    inner = type("Inner", (Serializer,), dict(body))
    return type("Outer", (Serializer,), {**body, "inner": inner(), "many": inner(many=True)}), calls


SENT: list[dict[str, Any]] = [
    {"a": "x", "b": "y", "inner": {"a": "x", "b": "y"}, "many": [{"a": "x"}, {"a": "y", "b": "z"}]},
    {"a": "django", "b": "y", "inner": {"a": "x", "b": "django"}, "many": [{"a": "django"}, {}]},
    {"a": "x", "b": "skip", "inner": {"a": "x", "b": "skip"}, "many": []},
    {"a": "", "inner": None, "many": {}},
    {},
]


@pytest.mark.parametrize("sent", SENT, ids=range(len(SENT)))
async def test_awaited_hooks_run_in_the_order_of_sync_ones_and_come_to_the_same(sent: Any) -> None:
    (sync_class, sync_calls), (async_class, async_calls) = order_of(False), order_of(True)
    sync, awaited = sync_class(data=sent), async_class(data=sent)
    valid = sync.is_valid()
    assert await awaited.ais_valid() is valid
    assert async_calls == sync_calls
    assert awaited.errors == sync.errors
    assert repr(awaited.errors) == repr(sync.errors)
    assert awaited.validated_data == sync.validated_data


@pytest.mark.django_db
async def test_items_of_a_list_field_may_be_relations(crossings: Any) -> None:
    class Some(Serializer):
        authors = drf.ListField(child=relations.PrimaryKeyRelatedField(queryset=Author.objects.all()))

    authors = [await Author.objects.acreate(name=name) for name in "ab"]
    crossings.count = 0
    serializer = Some(data={"authors": [author.pk for author in authors]})
    assert await serializer.ais_valid()
    assert serializer.validated_data.authors == authors
    assert crossings.count == 1


async def test_defaults_that_cannot_block_need_no_crossing(crossings: Any) -> None:
    class Some(Serializer):
        a = drf.ListField(default=list)
        b = drf.DateTimeField(default=timezone.now)
        c = drf.CharField(default="c")

    assert await Some(data={}).ais_valid()
    assert crossings.count == 0

    class Other(Serializer):
        a = drf.CharField(default=lambda: "may query")

    assert await Other(data={}).ais_valid()
    assert crossings.count == 1


async def test_an_own_acreate_is_not_wrapped_and_takes_no_crossing(crossings: Any) -> None:
    class Some(Serializer):
        n: int

        async def acreate(self, validated_data: Any) -> Any:
            return validated_data

    for data in ({"n": 1}, [{"n": 1}, {"n": 2}]):
        serializer: Any = Some(data=data, many=isinstance(data, list))
        assert await serializer.ais_valid()
        assert await serializer.asave() == data
    assert crossings.count == 0


async def test_async_hooks_of_members_of_dicts_and_unions_take_the_context() -> None:
    class Asks:
        requires_context = True

        async def __call__(self, value: Any, field: Any) -> None:
            raise drf_serializers.ValidationError(f"{field.context['k']} {value}")

    class Some(Serializer):
        named: dict[str, Annotated[int, Asks()]]
        either: Annotated[int, Asks()] | list[str]

    serializer = Some(data={"named": {"x": 1}, "either": 2}, context={"k": "c"})
    assert not await serializer.ais_valid()
    assert serializer.errors == {"named": {"x": ["c 1"]}, "either": ["c 2"]}


class Localized(Serializer):
    number: Annotated[int, never_mind]
    moment: dt.datetime
    choice: Literal["x"]
    pair: tuple[int, int]

    def validate_moment(self, value: Any) -> Any:
        return value


async def test_errors_and_moments_follow_the_language_and_the_zone_that_are_active() -> None:
    with translation.override("de"), timezone.override("Asia/Dhaka"):
        wrong = Localized(data={"number": "q", "moment": "q", "choice": "q", "pair": []})
        assert not await wrong.ais_valid()
        assert wrong.errors["number"] == ["Eine gültige Ganzzahl ist erforderlich."]
        assert "falsche Format" in wrong.errors["moment"][0]
        assert wrong.errors["choice"] == ['"q" ist keine gültige Option.']
        right = Localized(data={"number": 1, "moment": "2024-01-02T03:04:05", "choice": "x", "pair": [1, 2]})
        assert await right.ais_valid()
        assert right.validated_data.moment.isoformat() == "2024-01-02T03:04:05+06:00"
        assert (await right.adata)["moment"] == "2024-01-02T03:04:05+06:00"


async def test_nothing_of_a_request_is_kept() -> None:
    class Request:
        pass

    class Some(Serializer):
        number: Annotated[int, never_mind]
        own = drf_serializers.SerializerMethodField()

        async def get_own(self, instance: Any) -> bool:
            return self.context["request"] is not None

        async def acreate(self, validated_data: Any) -> Any:
            return validated_data

    request = Request()
    gone = weakref.ref(request)
    for data in ({"number": 1}, {}, [{"number": 1}], None):
        serializer: Any = Some(data=data, many=isinstance(data, list), context={"request": request})
        if await serializer.ais_valid():
            await serializer.asave()
            assert "own" in str(await serializer.adata)
    del request, serializer
    for _time in range(3):  # what has a finalizer, as coroutines have, may take more than one collection
        gc.collect()
    assert gone() is None


async def test_what_awaits_may_give_what_awaits() -> None:
    async def seven() -> int:
        return 7

    class Some(Serializer):
        deep = drf_serializers.SerializerMethodField()

        async def get_deep(self, instance: Any) -> Any:
            return {"k": [1, {"z": seven()}]}

    assert await Some({}).adata == {"deep": {"k": [1, {"z": 7}]}}


FORMS: list[tuple[str, Any]] = [
    ("one.x=1&one.y=2&many[0]x=3&many[0]y=4", {"one": {"x": 1, "y": 2}, "many": [{"x": 3, "y": 4}]}),
    ("one.x=q&many[0]y=4", {"one": ["x", "y"], "many": {0: ["x"]}}),
]


@pytest.mark.parametrize(("form", "expected"), FORMS)
async def test_forms(form: str, expected: Any) -> None:
    class Part(Serializer):
        x: Annotated[int, never_mind]
        y: int

    class Whole(Serializer):
        one: Part
        many: list[Part]

    serializer = Whole(data=QueryDict(form))
    if await serializer.ais_valid():
        assert serializer.validated_data == expected
    else:
        many = {index: list(errors) for index, errors in serializer.errors["many"].items()}
        assert {"one": list(serializer.errors["one"]), "many": many} == expected
