import uuid

from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    title = models.CharField(max_length=80, help_text="As printed on the cover.")
    author = models.ForeignKey(Author, on_delete=models.PROTECT)


class Note(models.Model):
    text = models.TextField()
