"""Async output: awaited hooks in their place, one crossing at most, and a clear refusal on the loop."""

import asyncio
from typing import Any

import pytest
from django.core.exceptions import SynchronousOnlyOperation
from rest_framework import serializers as drf_serializers
from serializers_testapp.models import Author, Book

from restflow.serializers import ModelSerializer, Serializer


class BookSerializer(ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "author"]


class TitleSerializer(ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title"]


class Greeting(Serializer):
    first = drf_serializers.SerializerMethodField()
    name: str
    last = drf_serializers.SerializerMethodField()

    async def get_first(self, instance: Any) -> str:
        await asyncio.sleep(0)
        return f"hello {instance['name']}"

    async def get_last(self, instance: Any) -> str:
        return "bye"


class Party(Serializer):
    guests: list[Greeting]


async def test_async_method_fields_land_in_their_place() -> None:
    output = await Party({"guests": [{"name": "a"}, {"name": "b"}]}).adata
    assert output == {
        "guests": [
            {"first": "hello a", "name": "a", "last": "bye"},
            {"first": "hello b", "name": "b", "last": "bye"},
        ]
    }
    assert list(output["guests"][0]) == ["name", "first", "last"]


def test_the_sync_face_refuses_async_method_fields() -> None:
    for read in (lambda: Party({"guests": []}).data, lambda: Party().to_representation({"guests": []})):
        with pytest.raises(TypeError, match=r"get_first is async, and this call is sync\. Use `await` with adata"):
            read()


async def test_a_hook_that_raises_leaves_no_coroutine_behind() -> None:
    class Broken(Greeting):
        async def get_first(self, instance: Any) -> str:
            raise KeyError("bug")

    serializer = Broken({"name": "a"})
    for _attempt in range(2):
        with pytest.raises(KeyError, match="bug"):
            await serializer.adata


async def test_output_in_memory_needs_no_crossing(crossings: Any) -> None:
    serializer = TitleSerializer(Book(id=1, title="t"))
    assert await serializer.adata == {"id": 1, "title": "t"}
    assert TitleSerializer({"id": 1, "title": "t"}).data == {"id": 1, "title": "t"}
    assert await TitleSerializer([Book(id=1, title="t")] * 3, many=True).adata == [{"id": 1, "title": "t"}] * 3
    assert crossings.count == 0


@pytest.mark.django_db
async def test_relations_cost_one_crossing_for_any_number_of_rows(crossings: Any) -> None:
    author = await Author.objects.acreate(name="A")
    for number in range(3):
        await Book.objects.acreate(isbn=str(number), title="t", author=author)
    crossings.count = 0
    output = await BookSerializer(Book.objects.all(), many=True).adata
    assert [row["author"] for row in output] == [author.pk] * 3
    assert crossings.count == 1


async def test_data_on_the_loop_is_refused_where_it_may_block() -> None:
    with pytest.raises(SynchronousOnlyOperation, match=r"BookSerializer\.data .* use `await serializer\.adata`"):
        BookSerializer(Book(id=1, title="t")).data  # noqa: B018


async def test_deferred_columns_are_read_in_the_thread(db: None, crossings: Any) -> None:
    book = await Book.objects.acreate(isbn="1", title="t")
    deferred = await Book.objects.defer("title").aget(pk=book.pk)
    crossings.count = 0
    assert await TitleSerializer(deferred).adata == {"id": book.pk, "title": "t"}
    assert crossings.count >= 1


async def test_one_deferred_row_of_many_sends_the_list_to_the_thread(db: None, crossings: Any) -> None:
    book = await Book.objects.acreate(isbn="1", title="t")
    deferred = await Book.objects.defer("title").aget(pk=book.pk)
    loaded: list[Any] = [Book(id=1, title="t"), {"id": 2, "title": "u"}]
    crossings.count = 0
    output = await TitleSerializer([*loaded, deferred], many=True).adata
    assert [row["title"] for row in output] == ["t", "u", "t"]
    assert crossings.count >= 1


class Calling:
    """An item that is no instance of a model: its attributes may be code."""

    id = 1
    title = "t"


class Shouting(dict[str, Any]):
    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        return f"{value}!" if key == "title" else value


async def _late() -> str:
    return "late"


@pytest.mark.parametrize(
    ("item", "title"),
    [
        ({"id": 1, "title": lambda: "called"}, "called"),
        ({"id": 1, "title": _late}, "late"),
        ({"id": 1, "title": lambda: _late()}, "late"),
        (Calling(), "t"),
    ],
)
async def test_what_may_run_code_goes_to_the_thread(item: Any, title: str, crossings: Any) -> None:
    rows = await TitleSerializer([{"id": 1, "title": "first"}, item], many=True).adata
    assert [row["title"] for row in rows] == ["first", title]
    assert crossings.count >= 1
    assert (await TitleSerializer(item).adata)["title"] == title


async def test_a_mapping_of_the_projects_reads_by_its_own_methods() -> None:
    assert await TitleSerializer([Shouting(id=1, title="t")], many=True).adata == [{"id": 1, "title": "t!"}]


async def test_an_awaitable_among_the_columns_is_awaited_once() -> None:
    item = {"id": 1, "title": _late()}
    assert (await TitleSerializer(item).adata)["title"] == "late"


async def test_methods_given_to_an_instance_or_a_list_are_what_renders(crossings: Any) -> None:
    serializer = TitleSerializer(Book(id=1, title="t"))
    serializer.to_representation = lambda instance: {"mine": instance.title}  # type: ignore[method-assign]
    assert await serializer.adata == {"mine": "t"}
    rows = TitleSerializer([Book(id=1, title="t")], many=True)
    rows.child.to_representation = lambda instance: {"mine": instance.title}
    assert await rows.adata == [{"mine": "t"}]
    touched = TitleSerializer(Book(id=1, title="t"))
    touched.fields.pop("title")
    assert await touched.adata == {"id": 1}


async def test_data_follows_drfs_rules_for_calls_out_of_order() -> None:
    serializer = TitleSerializer(data={"title": "x"})
    with pytest.raises(AssertionError, match=r"must call `\.is_valid\(\)`"):
        await serializer.adata
    assert await TitleSerializer().adata == {"title": ""}
