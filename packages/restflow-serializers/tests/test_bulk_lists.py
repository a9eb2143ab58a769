"""Lists written in bulk: on both faces, with hooks that await, and with what is no column."""

from typing import Annotated, Any

import pytest
from django.db import IntegrityError
from django.test import override_settings
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers
from serializers_testapp.models import Author, Book, Tag

from restflow.core import ConfigError, in_thread
from restflow.serializers import BulkListSerializer, Field, ModelSerializer, Serializer

pytestmark = pytest.mark.django_db(transaction=True)


async def is_polite(value: str) -> None:
    if value == "bad":
        raise drf_serializers.ValidationError("bad", code="bad")


class Row(ModelSerializer):
    id = drf.IntegerField(required=False)
    shelf: str = Field(write_only=True, required=False)

    class Meta:
        model = Book
        fields = ["id", "isbn", "title", "tags"]
        list_serializer_class = BulkListSerializer
        extra_kwargs = {"tags": {"required": False}}


class AwaitedRow(Row):
    title: Annotated[str, is_polite]


async def books() -> list[Book]:
    return [await Book.objects.acreate(isbn=str(number), title="t") for number in range(3)]


async def texts() -> list[tuple[Any, ...]]:
    return [row async for row in Book.objects.order_by("pk").values_list("isbn", "title")]


def rows_for(found: list[Book], *titles: str) -> list[dict[str, Any]]:
    return [{"id": book.pk, "isbn": book.isbn, "title": title} for book, title in zip(found, titles, strict=False)]


class TestHooksThatAwait:
    async def test_create(self) -> None:
        refused: Any = AwaitedRow(data=[{"isbn": "a", "title": "t"}, {"isbn": "b", "title": "bad"}], many=True)
        assert not await refused.ais_valid()
        assert refused.errors[1]["title"][0].code == "bad"
        good: Any = AwaitedRow(data=[{"isbn": "a", "title": "t"}, {"isbn": "b", "title": "u"}], many=True)
        assert await good.ais_valid()
        assert len(await good.asave()) == 2

    async def test_update_checks_each_item_against_its_own_instance(self) -> None:
        found = await books()
        good: Any = AwaitedRow(found, data=rows_for(found, "a", "b"), many=True)
        assert await good.ais_valid(), good.errors
        await good.asave()
        assert await texts() == [("0", "a"), ("1", "b"), ("2", "t")]
        taken = [{**rows_for(found, "a")[0], "isbn": "2"}]
        refused: Any = AwaitedRow(found, data=taken, many=True)
        assert not await refused.ais_valid()
        assert refused.errors[0]["isbn"][0].code == "unique"

    @pytest.mark.parametrize(
        ("key", "code"), [(None, "required"), (999, "does_not_exist"), ("twice", "duplicate")], ids=str
    )
    async def test_items_without_an_instance(self, key: Any, code: str) -> None:
        found = await books()
        first, second = rows_for(found, "a", "b")
        del second["id"]
        if key is not None:
            second["id"] = first["id"] if key == "twice" else key
        refused: Any = AwaitedRow(found, data=[first, second], many=True)
        assert not await refused.ais_valid()
        assert refused.errors[1]["id"][0].code == code
        again: Any = AwaitedRow(found, data=[first], many=True)
        assert await again.ais_valid()

    async def test_the_sync_face_refuses(self) -> None:
        with pytest.raises(TypeError, match="is async, and this call is sync"):
            AwaitedRow(data=[], many=True).is_valid()


def sync_books() -> list[Book]:
    return [Book.objects.create(isbn=str(number), title="t") for number in range(3)]


def saved(*arguments: Any, **keywords: Any) -> Any:
    serializer: Any = Row(*arguments, many=True, **keywords)
    serializer.is_valid(raise_exception=True)
    return serializer.save()


def test_what_is_no_column_is_an_attribute_of_the_instance() -> None:
    found = sync_books()
    changed = saved(found, data=[{**rows_for(found, "new")[0], "shelf": "s"}])
    assert (changed[0].shelf, changed[0].title) == ("s", "new")
    assert Book.objects.get(pk=found[0].pk).title == "new"


def test_many_to_many_values_are_written_one_by_one() -> None:
    tag = Tag.objects.create(name="x")
    found = sync_books()
    saved(found, data=[{**rows_for(found, "new")[0], "tags": [tag.pk]}])
    assert list(found[0].tags.all()) == [tag]
    made = saved(data=[{"isbn": "m", "title": "t", "tags": [tag.pk]}])
    assert list(made[0].tags.all()) == [tag]


@pytest.mark.parametrize(
    "key", [{}, [], None, 10**5_000, "\ud800", "x", True, float("nan"), [[]] * 2], ids=lambda key: str(type(key))
)
def test_hostile_keys_are_errors(key: Any) -> None:
    found = sync_books()
    serializer: Any = Row(found, data=[{"id": key, "isbn": "0", "title": "t"}, "x", None, 3, []], many=True)
    assert not serializer.is_valid()
    assert serializer.errors[0]["id"][0].code == "does_not_exist"


def test_a_lookup_field_that_is_read_only_is_told_about() -> None:
    class ReadOnly(ModelSerializer):
        class Meta:
            model = Book
            fields = ["id", "isbn", "title"]
            list_serializer_class = BulkListSerializer

    serializer: Any = ReadOnly(sync_books(), data=[], many=True)
    with pytest.raises(ConfigError, match=r"ReadOnly: 'id' .* is read-only\. Declare it writable"):
        serializer.is_valid()


def test_another_field_may_tell_the_instance() -> None:
    class ByNumber(ModelSerializer):
        number = drf.CharField(source="isbn")
        name = drf.CharField(source="title")

        class Meta:
            model = Book
            fields = ["number", "name"]
            list_serializer_class = BulkListSerializer
            update_lookup_field = "number"

    sync_books()
    serializer: Any = ByNumber(Book.objects.all(), data=[{"number": "1", "name": "new"}], many=True)
    serializer.is_valid(raise_exception=True)
    serializer.save()
    assert dict(Book.objects.values_list("isbn", "title")) == {"0": "t", "1": "new", "2": "t"}


def test_an_own_create_is_called_for_each() -> None:
    class OwnCreate(Row):
        def create(self, validated_data: Any) -> Any:
            return super().create({**validated_data, "title": "own"})

    serializer: Any = OwnCreate(data=[{"isbn": "a", "title": "t"}], many=True)
    serializer.is_valid(raise_exception=True)
    assert serializer.save()[0].title == "own"


class OwnAwaited(Row):
    async def acreate(self, validated_data: Any) -> Any:
        return await Book.objects.acreate(**{**validated_data, "title": "awaited"})


async def test_an_own_acreate_is_awaited_for_each() -> None:
    serializer: Any = OwnAwaited(data=[{"isbn": "a", "title": "t"}], many=True)
    assert await serializer.ais_valid()
    with pytest.raises(TypeError, match="acreate is async"):
        serializer.save()
    assert [book.title for book in await serializer.asave()] == ["awaited"]


class NamedModel(ModelSerializer):
    class Meta:
        model = Author
        fields = ["name"]
        extra_kwargs = {"name": {"validators": []}}


class NamedPlain(Serializer):
    name: str

    def create(self, validated_data: Any) -> Any:
        return Author.objects.create(**validated_data)


class NamedBulk(NamedModel):
    class Meta(NamedModel.Meta):
        list_serializer_class = BulkListSerializer
        bulk_batch_size = 1


@pytest.mark.parametrize("face", ["sync", "async"])
@pytest.mark.parametrize("cls", [NamedModel, NamedPlain, NamedBulk])
class TestAnErrorInTheMiddleStoresNothing:
    async def save(self, cls: Any, face: str) -> None:
        serializer = cls(data=[{"name": "a"}, {"name": "b"}, {"name": "a"}, {"name": "c"}], many=True)
        assert await serializer.ais_valid()
        with pytest.raises(IntegrityError):
            await (serializer.asave() if face == "async" else in_thread(serializer.save))

    async def test_on_sqlite(self, cls: Any, face: str) -> None:
        await self.save(cls, face)
        assert await Author.objects.acount() == 0


class ToPostgres:
    """All rows live in PostgreSQL."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "postgres"

    db_for_write = db_for_read


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True, databases=["default", "postgres"])
@pytest.mark.parametrize("face", ["sync", "async"])
@pytest.mark.parametrize("cls", [NamedModel, NamedBulk])
@override_settings(DATABASE_ROUTERS=[ToPostgres()])
async def test_an_error_in_the_middle_stores_nothing_on_the_database_of_the_router(cls: Any, face: str) -> None:
    await TestAnErrorInTheMiddleStoresNothing().save(cls, face)
    assert await Author.objects.using("postgres").acount() == 0
