import uuid

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
