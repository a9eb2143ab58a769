import uuid
from typing import Any

from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=30)


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=50)
    pages = models.IntegerField(default=1)
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    tags = models.ManyToManyField(Tag, blank=True)


class Review(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
    reader = models.CharField(max_length=20, default="")
    code = models.UUIDField(default=uuid.uuid4)
    rating = models.IntegerField(null=True)

    class Meta:
        ordering = ["-rating"]


class Product(models.Model):
    name = models.CharField(max_length=50)
    is_archived = models.BooleanField(default=False)
    owner = models.CharField(max_length=20, default="")


class ProductReview(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    rating = models.IntegerField()
    created_at = models.DateTimeField(auto_now_add=True)


class Order(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    quantity = models.IntegerField()


class WordsField(models.TextField):
    """A list of words, which a row brings as one text."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> list[str]:
        return value.split()  # type: ignore[no-any-return]

    def get_prep_value(self, value: Any) -> str:
        return " ".join(value)


class Named(models.Model):
    name = models.CharField(max_length=30, db_column="the_name")

    class Meta:
        abstract = True


class Place(Named):
    """Has a column of every kind that is not stored, named or read as an ordinary one is."""

    words = WordsField(default=list)
    size = models.IntegerField(default=2)
    double = models.GeneratedField(expression=models.F("size") * 2, output_field=models.IntegerField(), db_persist=True)
    near = models.ForeignKey("self", on_delete=models.CASCADE, null=True)


class Cafe(Place):
    seats = models.IntegerField(default=4)


class Mark(models.Model):
    """Has one column."""

    code = models.CharField(max_length=10, primary_key=True)


class Seat(models.Model):
    """Has a primary key of two columns."""

    pk = models.CompositePrimaryKey("row", "number")
    row = models.IntegerField()
    number = models.IntegerField()


class Paper(models.Model):
    """Has a column whose field wraps what the row brings."""

    upload = models.FileField()
