from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=40, unique=True)


class Profile(models.Model):
    author = models.OneToOneField(Author, models.CASCADE, related_name="profile")
    bio = models.CharField(max_length=20)


class Tag(models.Model):
    name = models.CharField(max_length=20)


class Book(models.Model):
    isbn = models.CharField(max_length=13, unique=True, help_text="ISBN-13")
    title = models.CharField(max_length=80)
    pages = models.PositiveIntegerField(default=1)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    author = models.ForeignKey(Author, models.CASCADE, null=True)
    tags = models.ManyToManyField(Tag, blank=True)


class Chapter(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="chapters")
    title = models.CharField(max_length=20)


class Edition(models.Model):
    code = models.CharField(max_length=10, unique=True)
    barcode = models.CharField(max_length=10, unique=True)
    book = models.ForeignKey(Book, models.CASCADE)
    editor = models.ForeignKey(Author, models.CASCADE)
    tags = models.ManyToManyField(Tag)
