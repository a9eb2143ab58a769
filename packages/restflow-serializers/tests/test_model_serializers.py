"""Model serializers: annotated names join Meta.fields, the model supplies the rest, and saving is all or nothing."""

from decimal import Decimal
from functools import partial
from typing import Annotated, Any

import annotated_types as at
import pytest
from django.db import IntegrityError
from rest_framework import fields as drf
from rest_framework import relations
from rest_framework.validators import UniqueValidator
from serializers_testapp.models import Author, Book, Tag

from restflow.serializers import Email, Field, HyperlinkedModelSerializer, ModelSerializer


class BookSerializer(ModelSerializer):
    isbn: str
    shelf: str = Field(write_only=True, required=False)

    class Meta:
        model = Book
        fields = ["id", "title", "tags"]
        extra_kwargs = {"isbn": {"label": "Number"}}

    def create(self, validated_data: Any) -> Any:
        validated_data.pop("shelf", None)
        return super().create(validated_data)


def test_annotated_names_join_fields() -> None:
    assert BookSerializer.Meta.fields == ["id", "title", "tags", "isbn", "shelf"]


def test_objects_of_others_are_not_changed() -> None:
    shared = ["id"]

    class Options:
        model = Book
        fields = shared

    class First(ModelSerializer):
        extra: str
        Meta = Options

    class Second(First):
        more: str

    class Third(Second):
        extra = None  # type: ignore[assignment]

    assert shared == Options.fields == ["id"]
    assert First.Meta.fields == ["id", "extra"]
    assert list(Second().fields) == ["id", "extra", "more"]
    assert list(Third().fields) == ["id", "more"]


@pytest.mark.parametrize("meta", [{"fields": "__all__"}, {"exclude": ["tags"]}])
def test_all_and_exclude_stay(meta: dict[str, Any]) -> None:
    made = type("Meta", (), {"model": Book, **meta})
    cls = type("S", (ModelSerializer,), {"Meta": made, "__annotations__": {"extra": str}, "__module__": __name__})
    assert cls.Meta is made
    assert "extra" in cls().fields


def test_a_tuple_stays_a_tuple() -> None:
    class Some(ModelSerializer):
        extra: str

        class Meta:
            model = Book
            fields = ("id",)

    assert Some.Meta.fields == ("id", "extra")


@pytest.mark.django_db
def test_the_model_supplies_lengths_uniqueness_and_texts() -> None:
    field = BookSerializer().fields["isbn"]
    assert (field.max_length, field.help_text, field.label) == (13, "ISBN-13", "Number")  # type: ignore[attr-defined]
    Book.objects.create(isbn="1", title="t")
    serializer = BookSerializer(data={"isbn": "1", "title": "t"})
    assert not serializer.is_valid()
    assert serializer.errors["isbn"][0].code == "unique"


def test_options_reach_annotated_fields_and_field_keywords_win() -> None:
    class Some(ModelSerializer):
        title: str
        pages: int = Field(min_value=5)
        price: str

        class Meta:
            model = Book
            fields: list[str] = []
            read_only_fields = ["title"]
            extra_kwargs = {"pages": {"min_value": 1, "max_value": 9}}

    fields: Any = Some().fields
    assert fields["title"].read_only
    assert (fields["pages"].min_value, fields["pages"].max_value) == (5, 9)
    assert type(fields["price"]) is drf.CharField
    assert fields["price"].max_length is None


def test_a_model_class_is_hyperlinked_in_a_hyperlinked_serializer() -> None:
    class Some(HyperlinkedModelSerializer):
        author: Author

        class Meta:
            model = Book
            fields = ["title"]

    field = Some().fields["author"]
    assert isinstance(field, relations.HyperlinkedRelatedField)
    assert field.view_name == "author-detail"


@pytest.mark.django_db
async def test_a_whole_create_takes_two_crossings(crossings: Any) -> None:
    tag = await Tag.objects.acreate(name="x")
    crossings.count = 0
    serializer = BookSerializer(data={"isbn": "1", "title": "t", "tags": [tag.pk], "shelf": "s"})
    assert await serializer.ais_valid(raise_exception=True)
    assert crossings.count == 1
    book = await serializer.asave(title="other")
    assert crossings.count == 2
    assert serializer.instance is book
    assert (book.title, [row async for row in book.tags.all()]) == ("other", [tag])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("face", ["sync", "async"])
async def test_a_bad_relation_leaves_no_row(face: str) -> None:
    from restflow.core import in_thread

    serializer = BookSerializer(data={"isbn": "1", "title": "t", "tags": []})
    assert await serializer.ais_valid()
    save = serializer.asave if face == "async" else partial(in_thread, serializer.save)
    with pytest.raises((IntegrityError, ValueError, TypeError)):
        await save(tags=["no key"])
    assert await Book.objects.acount() == 0


@pytest.mark.django_db
async def test_the_database_decides_a_race() -> None:
    serializer = BookSerializer(data={"isbn": "1", "title": "t"})
    assert await serializer.ais_valid()
    await Book.objects.acreate(isbn="1", title="other")
    with pytest.raises(IntegrityError):
        await serializer.asave()


@pytest.mark.django_db(transaction=True)
async def test_a_list_is_written_in_one_crossing_all_or_none(crossings: Any) -> None:
    rows = [{"isbn": str(number), "title": "t"} for number in range(3)]
    serializer: Any = BookSerializer(data=rows, many=True)
    assert await serializer.ais_valid(raise_exception=True)
    crossings.count = 0
    assert len(await serializer.asave()) == 3
    assert crossings.count == 1
    doubled: Any = BookSerializer(data=[{"isbn": "8", "title": "t"}, {"isbn": "9", "title": "t"}], many=True)
    assert await doubled.ais_valid(raise_exception=True)
    await Book.objects.acreate(isbn="9", title="first")
    with pytest.raises(IntegrityError):
        await doubled.asave()
    assert not await Book.objects.filter(isbn="8").aexists()


async def test_calls_out_of_order_are_drfs_assertions() -> None:
    with pytest.raises(AssertionError, match=r"must call `\.is_valid\(\)` before calling `\.save\(\)`"):
        await BookSerializer(data={}).asave()
    with pytest.raises(AssertionError, match="no `data=` keyword"):
        await BookSerializer().ais_valid()


class Hooked(ModelSerializer):
    class Meta:
        model = Tag
        fields = ["name"]

    async def acreate(self, validated_data: Any) -> Tag:
        return await Tag.objects.acreate(name=validated_data["name"].upper())


@pytest.mark.django_db
async def test_an_async_create_runs_and_the_sync_save_refuses() -> None:
    serializer = Hooked(data={"name": "x"})
    assert await serializer.ais_valid()
    with pytest.raises(TypeError, match=r"Hooked: acreate is async, and this call is sync\. Use `await` with asave"):
        serializer.save()
    with pytest.raises(AssertionError, match="commit"):
        await serializer.asave(commit=False)
    assert serializer.instance is None
    assert (await serializer.asave()).name == "X"
    many: Any = Hooked(data=[{"name": "a"}, {"name": "b"}], many=True)
    assert await many.ais_valid()
    assert [tag.name for tag in await many.asave()] == ["A", "B"]


@pytest.mark.django_db
@pytest.mark.parametrize("read", ["data", "render_json"])
async def test_what_was_rendered_is_not_saved(read: str) -> None:
    pytest.importorskip("orjson")
    tag = await Tag.objects.acreate(name="x")
    for cls in (Hooked, NoHook):
        serializer: Any = cls(tag, data={"name": "y"})
        assert await serializer.ais_valid()
        if read == "data":
            await serializer.adata
        else:
            assert serializer.render_json() == b'{"name":"x"}'
        with pytest.raises(AssertionError, match=r"after accessing `serializer\.data`"):
            await serializer.asave()


class NoHook(ModelSerializer):
    class Meta:
        model = Tag
        fields = ["name"]


class Limits(ModelSerializer):
    title: Annotated[str, at.MaxLen(5)]
    isbn: Annotated[str, at.MinLen(2), str.isdecimal]
    pages: Annotated[int | None, at.Ge(3)]
    price: Decimal
    author: Author = Field(help_text="who")
    number: str = Field(source="isbn")
    email: Email = Field(source="isbn")
    words: list[str] = Field(source="title")

    class Meta:
        model = Book
        fields: list[str] = []
        extra_kwargs = {"title": {"label": "T"}}


def test_the_annotation_is_stronger_than_the_column_which_supplies_the_rest() -> None:
    fields: Any = Limits().fields
    assert (fields["title"].max_length, fields["title"].label) == (5, "T")
    assert (fields["isbn"].min_length, fields["isbn"].max_length) == (2, 13)
    assert str.isdecimal in fields["isbn"].validators
    assert any(isinstance(validator, UniqueValidator) for validator in fields["isbn"].validators)
    assert (fields["pages"].min_value, fields["pages"].allow_null) == (3, True)
    assert (fields["price"].max_digits, fields["price"].decimal_places) == (8, 2)
    assert fields["author"].help_text == "who"
    for name in ("number", "email"):  # of the family of the column's field
        assert (fields[name].max_length, fields[name].help_text) == (13, "ISBN-13")
        assert any(isinstance(validator, UniqueValidator) for validator in fields[name].validators)
    assert fields["words"].max_length is None


@pytest.mark.django_db
async def test_an_update_is_checked_for_uniqueness_against_the_others() -> None:
    class Named(ModelSerializer):
        isbn: str

        class Meta:
            model = Book
            fields: list[str] = []

    first = await Book.objects.acreate(isbn="1", title="t")
    await Book.objects.acreate(isbn="2", title="t")
    assert await Named(first, data={"isbn": "1"}).ais_valid()
    taken = Named(first, data={"isbn": "2"})
    assert not await taken.ais_valid()
    assert taken.errors["isbn"][0].code == "unique"
