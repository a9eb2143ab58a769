"""What may query takes one crossing, however much there is of it."""

from typing import Any

import pytest
from serializers_testapp.models import Author, Book, Edition, Tag

from restflow.serializers import ModelSerializer


class EditionSerializer(ModelSerializer):
    class Meta:
        model = Edition
        fields = ["code", "barcode", "book", "editor", "tags"]


class BookSerializer(ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "author", "tags"]


@pytest.mark.django_db
@pytest.mark.parametrize("good", [True, False])
async def test_validating_two_unique_columns_and_three_relations(crossings: Any, good: bool) -> None:
    author = await Author.objects.acreate(name="A")
    book = await Book.objects.acreate(isbn="1", title="t", author=author)
    tags = [await Tag.objects.acreate(name=name) for name in "ab"]
    edition = await Edition.objects.acreate(code="taken", barcode="taken", book=book, editor=author)
    values = {"code": "x", "barcode": "y", "book": book.pk, "editor": author.pk, "tags": [tag.pk for tag in tags]}
    if not good:
        values = {"code": "taken", "barcode": "taken", "book": 0, "editor": 0, "tags": [0]}
    serializer = EditionSerializer(data=values)
    crossings.count = 0
    assert await serializer.ais_valid() is good
    assert crossings.count == 1
    assert set(serializer.errors) == (set() if good else set(values))
    assert edition.pk is not None


@pytest.mark.django_db
async def test_rendering_a_thousand_rows_with_relations(crossings: Any) -> None:
    author = await Author.objects.acreate(name="A")
    tag = await Tag.objects.acreate(name="a")
    books = await Book.objects.abulk_create(Book(isbn=str(n), title="t", author=author) for n in range(1_000))
    await Book.tags.through.objects.abulk_create(Book.tags.through(book=book, tag=tag) for book in books)
    crossings.count = 0
    queryset = BookSerializer.optimize_queryset(Book.objects.order_by("pk"))
    output = await BookSerializer(queryset, many=True).adata
    assert crossings.count == 1
    assert len(output) == 1_000
    assert output[999] == {"id": books[999].pk, "title": "t", "author": author.pk, "tags": [tag.pk]}
