"""One model of 9 columns, as in every work of the benchmark, and rows that refer to it."""

from django.db import models


class Category(models.Model):
    """What a product belongs to."""

    name = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """The row that is served."""

    name = models.CharField(max_length=80)
    sku = models.CharField(max_length=20, unique=True)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    stock = models.IntegerField()
    active = models.BooleanField()
    created = models.DateTimeField()
    category = models.ForeignKey(Category, on_delete=models.CASCADE)
    description = models.TextField()

    def __str__(self) -> str:
        return self.name


class Review(models.Model):
    """One of many of a product."""

    product = models.ForeignKey(Product, related_name="reviews", on_delete=models.CASCADE)
    rating = models.IntegerField()
    author = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.author
