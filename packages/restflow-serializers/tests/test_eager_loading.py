"""`optimize_queryset`: the number of queries is that of the class, however many rows there are."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models import Prefetch
from rest_framework import fields as drf
from rest_framework import relations
from rest_framework import serializers as drf_serializers
from serializers_testapp.models import Author, Book, Chapter, Edition, Profile, Tag

from restflow.serializers import Field, ModelSerializer, Serializer

pytestmark = pytest.mark.django_db


class ProfileSerializer(ModelSerializer):
    class Meta:
        model = Profile
        fields = ["bio"]


class AuthorSerializer(ModelSerializer):
    profile: ProfileSerializer

    class Meta:
        model = Author
        fields = ["name"]


class ChapterSerializer(ModelSerializer):
    class Meta:
        model = Chapter
        fields = ["title", "book"]


class Plain(Serializer):
    name: str
    bio: str = Field(source="profile.bio")


@dataclass
class Shape:
    bio: str


class WithShape(ModelSerializer):
    profile: Shape

    class Meta:
        model = Author
        fields: list[str] = []


def of(model: Any, **fields: Any) -> Any:
    meta = type("Meta", (), {"model": model, "fields": list(fields), "depth": fields.pop("depth", 0)})
    declared = {name: field for name, field in fields.items() if field is not None}
    return type("Of", (ModelSerializer,), {"__module__": __name__, "Meta": meta, **declared})


class Deep(ModelSerializer):
    class Meta:
        model = Book
        fields = "__all__"
        depth = 2


WholeBook = of(Book, title=None, author=AuthorSerializer(), chapters=ChapterSerializer(many=True))
Bio = of(Book, bio=drf.CharField(source="author.profile.bio"))

CASES: dict[str, tuple[Any, int]] = {
    "the key of a row that points here": (of(Author, name=None, profile=None), 1),
    "a nested row that points here": (AuthorSerializer, 1),
    "a nested plain serializer with dotted sources": (of(Book, author=Plain()), 1),
    "a nested dataclass": (of(Book, author=WithShape()), 1),
    "two levels, and rows that point here": (WholeBook, 2),
    "a nested list in a nested object": (of(Edition, book=WholeBook(), tags=None), 3),
    "foreign keys and keys of many": (of(Book, author=None, tags=None), 2),
    "texts and slugs": (
        of(
            Book,
            author=relations.StringRelatedField(),
            tags=relations.SlugRelatedField(slug_field="name", many=True, read_only=True),
        ),
        2,
    ),
    "a slug of a row further on": (
        of(Book, author=relations.SlugRelatedField(slug_field="profile__bio", read_only=True)),
        1,
    ),
    "a dotted source through two relations": (Bio, 1),
    "a serializer of the object itself": (of(Book, whole=Bio(source="*")), 1),
    "the key at the end of a dotted source": (
        of(Book, p=relations.PrimaryKeyRelatedField(source="author.profile", read_only=True)),
        1,
    ),
    "a list at the end of a dotted source": (
        of(Book, titles=drf.ListField(child=drf.CharField(), source="chapters.all", read_only=True)),
        2,
    ),
    "Meta.depth": (Deep, 2),
}


def fill(count: int) -> None:
    Author.objects.all().delete()
    tags = [Tag.objects.create(name=name) for name in "ab"]
    for number in range(count):
        author = Author.objects.create(name=f"a{number}")
        Profile.objects.create(author=author, bio="b")
        book = Book.objects.create(isbn=str(number), title="t", author=author)
        book.tags.set(tags)
        for title in "cd":
            Chapter.objects.create(book=book, title=title)
        edition = Edition.objects.create(code=str(number), barcode=str(number), book=book, editor=author)
        edition.tags.set(tags)


@pytest.mark.parametrize("case", CASES)
def test_queries_do_not_grow_with_the_rows(case: str, django_assert_num_queries: Any) -> None:
    cls, queries = CASES[case]
    for count in (2, 5):
        fill(count)
        plain = cls(cls.Meta.model.objects.order_by("pk"), many=True).data
        with django_assert_num_queries(queries):
            rows = cls(cls.optimize_queryset(cls.Meta.model.objects.order_by("pk")), many=True).data
        assert rows == plain
        assert len(rows) == count


def test_options_add_what_methods_read(django_assert_num_queries: Any) -> None:
    class Some(ModelSerializer):
        count = drf_serializers.SerializerMethodField()

        class Meta:
            model = Book
            fields = ["count"]
            select_related = ["author"]
            prefetch_related = ["tags", Prefetch("chapters", Chapter.objects.order_by("-title"))]

        def get_count(self, book: Book) -> Any:
            return book.author.name, len(book.tags.all()), [chapter.title for chapter in book.chapters.all()]  # type: ignore[union-attr, attr-defined]

    fill(3)
    with django_assert_num_queries(3):
        rows = Some(Some.optimize_queryset(Book.objects.order_by("pk")), many=True).data
    assert rows[0]["count"] == ("a0", 2, ["d", "c"])


def test_what_the_queryset_has_is_kept(django_assert_num_queries: Any) -> None:
    fill(2)
    first = Prefetch("chapters", Chapter.objects.filter(title="c"))
    for queryset in (
        Book.objects.prefetch_related(first),
        Book.objects.select_related("author"),
        Book.objects.all()[:1],
    ):
        with django_assert_num_queries(2):
            rows: Any = WholeBook(WholeBook.optimize_queryset(queryset), many=True).data
        assert len(rows[0]["chapters"]) == (1 if queryset._prefetch_related_lookups else 2)
    assert Bio.optimize_queryset(Book.objects.values("id")).query.select_related is False
