"""Serializers made on the spot, lists written in bulk, and querysets that bring what is rendered."""

import copy
from dataclasses import dataclass
from typing import Annotated, Any, Required, TypedDict

import pytest
from django.db import IntegrityError
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers
from serializers_testapp.models import Author, Book, Tag

from restflow.core import AnnotationError, ConfigError
from restflow.serializers import BulkListSerializer, Field, InlineSerializer, ModelSerializer, Serializer


class Keys(TypedDict, total=False):
    a: Required[int]
    b: str


class TestInline:
    def test_the_sample_of_the_concepts(self) -> None:
        cls = InlineSerializer(name="Address", fields={"city": str, "country": str, "zip": str})
        assert (cls.__name__, cls.__module__) == ("Address", __name__)
        assert issubclass(cls, Serializer)
        assert list(cls().fields) == ["city", "country", "zip"]

    def test_a_model_brings_its_fields(self) -> None:
        assert set(InlineSerializer(model=Tag)().fields) == {"id", "name"}
        both = InlineSerializer(model=Tag, fields={"extra": Annotated[str, Field(max_length=3)]}, model_fields=["id"])
        assert list(both().fields) == ["id", "extra"]
        assert both.Meta.ref_name is None
        assert both.__name__ == "TagSerializer"
        everything = InlineSerializer(model=Tag, fields={"extra": str}, model_fields="__all__")
        assert set(everything().fields) == {"id", "name", "extra"}

    @pytest.mark.parametrize("model", [None, Book])
    def test_options_reach_fields_with_and_without_a_model(self, model: Any) -> None:
        cls = InlineSerializer(
            fields={"title": str, "isbn": str, "pages": int},
            model=model,
            read_only_fields=["isbn"],
            write_only_fields=["pages"],
            extra_kwargs={"title": {"max_length": 5}},
        )
        fields = cls().fields
        assert fields["isbn"].read_only
        assert fields["pages"].write_only
        assert fields["title"].max_length == 5

    def test_a_dataclass_gives_its_fields(self) -> None:
        @dataclass
        class Shape:
            a: int
            b: str = "x"

        assert list(InlineSerializer(fields=Shape)().fields) == ["a", "b"]

    def test_a_typed_dict_gives_its_fields(self) -> None:
        cls = InlineSerializer(fields=Keys)
        assert {name: field.required for name, field in cls().fields.items()} == {"a": True, "b": False}

    def test_arguments_are_not_changed_and_the_class_is_the_callers(self) -> None:
        arguments: dict[str, Any] = {
            "fields": {"a": int, "b": str},
            "extra_kwargs": {"a": {"min_value": 3, "read_only": False}},
            "read_only_fields": ["a"],
            "write_only_fields": ["b"],
        }
        before = copy.deepcopy(arguments)
        for _time in range(2):
            cls = InlineSerializer("Given", **arguments)
            assert arguments == before
            assert (cls.__module__, cls.__qualname__, cls.__name__) == (__name__, "Given", "Given")
            assert not hasattr(cls.Meta, "ref_name")
            assert not cls().fields["a"].read_only  # what `extra_kwargs` says is the stronger
            assert cls().fields["b"].write_only

    def test_options_reach_the_fields_of_the_model(self) -> None:
        cls = InlineSerializer(
            model=Book,
            model_fields=("title", "isbn"),
            read_only_fields=["isbn"],
            write_only_fields=["title"],
            extra_kwargs={"title": {"label": "Name"}},
        )
        fields = cls().fields
        assert list(fields) == ["title", "isbn"]
        assert fields["isbn"].read_only
        assert (fields["title"].write_only, fields["title"].label) == (True, "Name")

    def test_they_nest_and_have_the_async_face(self) -> None:
        inner = InlineSerializer(name="Inner", fields={"n": int})
        outer = InlineSerializer(fields={"items": list[inner], "by": dict[str, inner]})  # type: ignore[valid-type]
        serializer = outer(data={"items": [{"n": "1"}], "by": {"k": {"n": 2}}})
        assert serializer.is_valid()
        assert serializer.validated_data["items"] == [{"n": 1}]
        assert outer({"items": [{"n": 1}], "by": {}}).data == {"items": [{"n": 1}], "by": {}}

    @pytest.mark.parametrize(
        ("keywords", "error", "words"),
        [
            ({"fields": "ab"}, AnnotationError, "`fields` is a mapping"),
            ({"fields": int}, AnnotationError, "`fields` is a mapping"),
            ({"fields": {"a": complex}, "name": "N"}, AnnotationError, rf"{__name__}\.N\.a: there is no field"),
            ({"fields": {"a": int}, "extra_kwargs": {"b": {}}}, ValueError, "'b' is no field"),
            ({"model": Book, "fields": {"a": int}, "write_only_fields": ["b"]}, ValueError, "'b' is no field"),
            ({}, ValueError, "needs `fields` or a `model`"),
            ({"fields": {"a": Field(max_length=1)}}, AnnotationError, "Annotated"),
            ({"fields": {"data": str}}, ValueError, "name of every serializer"),
            ({"fields": {"data": drf.CharField()}}, ValueError, "name of every serializer"),
            ({"fields": {"a": str}, "read_only_fields": ["b"]}, ValueError, "'b' is no field"),
            ({"fields": {"a": str}, "read_only_fields": ["a"], "write_only_fields": ["a"]}, ValueError, "cannot be"),
        ],
    )
    def test_mistakes_are_refused(self, keywords: Any, error: type[Exception], words: str) -> None:
        with pytest.raises(error, match=words):
            InlineSerializer(**keywords)


class BulkBook(ModelSerializer):
    id = drf.IntegerField(required=False)

    class Meta:
        model = Book
        fields = ["id", "isbn", "title"]
        list_serializer_class = BulkListSerializer
        bulk_batch_size = 2


@pytest.mark.django_db(transaction=True)
class TestBulk:
    def rows(self, count: int = 3) -> list[dict[str, Any]]:
        return [{"isbn": str(number), "title": "t"} for number in range(count)]

    def test_create_writes_a_batch_a_statement(self, django_assert_num_queries: Any) -> None:
        serializer: Any = BulkBook(data=self.rows(), many=True)
        serializer.is_valid(raise_exception=True)
        with django_assert_num_queries(4):  # begin, two batches, commit
            made = serializer.save()
        assert [book.isbn for book in made] == ["0", "1", "2"]

    def test_an_integrity_error_stores_nothing(self) -> None:
        serializer: Any = BulkBook(data=self.rows(), many=True)
        serializer.is_valid(raise_exception=True)
        Book.objects.create(isbn="2", title="first")
        with pytest.raises(IntegrityError):
            serializer.save()
        assert Book.objects.count() == 1

    async def test_update_matches_items_to_instances(self) -> None:
        books = [await Book.objects.acreate(isbn=str(number), title="t") for number in range(3)]
        data = [{"id": books[2].pk, "title": "new", "isbn": "2"}, {"id": books[0].pk, "isbn": "9", "title": "t"}]
        serializer: Any = BulkBook(books, data=data, many=True, partial=True)
        assert await serializer.ais_valid(raise_exception=True)
        await serializer.asave()
        assert [(book.isbn, book.title) async for book in Book.objects.order_by("pk")] == [
            ("9", "t"),
            ("1", "t"),
            ("2", "new"),
        ]

    @pytest.mark.parametrize(
        ("key", "code"), [(None, "required"), (999, "does_not_exist"), ("twice", "duplicate")], ids=str
    )
    def test_items_without_an_instance_are_errors_at_the_item(self, key: Any, code: str) -> None:
        book = Book.objects.create(isbn="1", title="t")
        first = {"id": book.pk, "isbn": "1", "title": "a"}
        second = {"isbn": "5", "title": "b"} | ({} if key is None else {"id": book.pk if key == "twice" else key})
        serializer: Any = BulkBook([book], data=[first, second], many=True)
        assert not serializer.is_valid()
        errors = serializer.errors if isinstance(serializer.errors, list) else [{}, serializer.errors[1]]
        assert errors[1]["id"][0].code == code


class AuthorSerializer(ModelSerializer):
    class Meta:
        model = Author
        fields = ["name"]


class TagSerializer(ModelSerializer):
    class Meta:
        model = Tag
        fields = ["name"]


class FullBook(ModelSerializer):
    author = AuthorSerializer()
    author_name = drf_serializers.CharField(source="author.name")
    tags = TagSerializer(many=True)

    class Meta:
        model = Book
        fields = ["title", "author", "author_name", "tags"]


@pytest.mark.django_db
class TestEager:
    def test_the_number_of_queries_does_not_grow(self, django_assert_num_queries: Any) -> None:
        for number in range(4):
            author = Author.objects.create(name=f"a{number}")
            book = Book.objects.create(isbn=str(number), title="t", author=author)
            book.tags.set([Tag.objects.create(name="x"), Tag.objects.create(name="y")])
        with django_assert_num_queries(2):
            rows = FullBook(FullBook.optimize_queryset(Book.objects.all()), many=True).data
        assert rows[0]["author"] == {"name": "a0"}
        assert len(rows[3]["tags"]) == 2

    def test_what_the_queryset_has_is_kept(self) -> None:
        queryset = FullBook.optimize_queryset(Book.objects.prefetch_related("tags"))
        assert len(queryset._prefetch_related_lookups) == 1  # type: ignore[attr-defined]

    def test_a_queryset_of_another_model_is_refused(self) -> None:
        with pytest.raises(ConfigError, match="queryset of Tag"):
            FullBook.optimize_queryset(Tag.objects.all())


@pytest.mark.django_db
def test_only_the_changed_columns_are_saved() -> None:
    class Some(ModelSerializer):
        class Meta:
            model = Book
            fields = ["title", "pages"]
            save_only_changed = True

    book = Book.objects.create(isbn="1", title="t", pages=1)
    serializer = Some(book, data={"title": "new"}, partial=True)
    serializer.is_valid(raise_exception=True)
    Book.objects.update(pages=7)
    assert serializer.save() is book
    assert Book.objects.values_list("title", "pages").get() == ("new", 7)
    assert "save" not in vars(book)
