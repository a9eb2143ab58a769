from django.db import models

from restflow.caching import InvalidatingQuerySet


class Dated(models.Model):
    updated = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Tag(models.Model):
    name = models.CharField(max_length=40)


class Author(models.Model):
    name = models.CharField(max_length=40)


class Book(Dated):
    title = models.CharField(max_length=40, default="")
    author = models.ForeignKey(Author, null=True, on_delete=models.CASCADE, related_name="books")
    status = models.CharField(max_length=10, default="draft")
    stock = models.IntegerField(default=0)
    tags = models.ManyToManyField(Tag, related_name="books")

    bulk = InvalidatingQuerySet.as_manager()
    objects = models.Manager()

    @property
    def slug(self):
        return self.title.lower()


class Bestseller(Book):
    class Meta:
        proxy = True


class Audiobook(Book):
    minutes = models.IntegerField(default=0)


class Note(Dated):
    text = models.CharField(max_length=40, default="")
