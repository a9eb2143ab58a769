from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=80)


class Book(models.Model):
    title = models.CharField(max_length=120, unique=True)
    author = models.ForeignKey(Author, related_name="books", on_delete=models.CASCADE)
    price = models.DecimalField(max_digits=6, decimal_places=2)
    published = models.DateField(null=True)

    class Meta:
        ordering = ["id"]
