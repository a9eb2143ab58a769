import uuid
from importlib.util import find_spec

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Country(models.Model):
    name = models.CharField(max_length=40, null=True)


class Category(models.Model):
    name = models.CharField(max_length=40, null=True)
    country = models.ForeignKey(Country, null=True, on_delete=models.SET_NULL)


class Tag(models.Model):
    name = models.CharField(max_length=40)


class Product(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        LIVE = "live", "Live"

    name = models.CharField(max_length=100, blank=True)
    note = models.TextField(null=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, null=True, help_text="What it costs.")
    stock = models.IntegerField(null=True)
    weight = models.FloatField(null=True)
    active = models.BooleanField(null=True)
    made = models.DateField(null=True)
    seen = models.DateTimeField(null=True)
    opens = models.TimeField(null=True)
    lasts = models.DurationField(null=True)
    key = models.UUIDField(null=True)
    email = models.EmailField(null=True)
    address = models.GenericIPAddressField(null=True)
    status = models.CharField(max_length=10, choices=Status.choices, null=True)
    api_token = models.CharField(max_length=40, null=True)
    data = models.JSONField(null=True)
    category = models.ForeignKey(Category, null=True, on_delete=models.SET_NULL)
    tags = models.ManyToManyField(Tag)
    marks = GenericRelation("Mark")


class Review(models.Model):
    product = models.ForeignKey(Product, related_name="reviews", on_delete=models.CASCADE)
    rating = models.IntegerField(null=True)
    author = models.CharField(max_length=40, null=True)


class Mark(models.Model):
    """What may be put on a row of any model."""

    text = models.CharField(max_length=10)
    weight = models.IntegerField(default=0)
    # migrated after this app, which has no migrations
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, db_constraint=False)
    object_id = models.PositiveIntegerField()
    target = GenericForeignKey()


class Key(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)


class OwnCharField(models.CharField):
    """A column class of a project's own."""


class Wide(models.Model):
    """A column of every other kind."""

    char = models.CharField(max_length=10)
    text = models.TextField()
    slug = models.SlugField()
    url = models.URLField()
    path = models.FilePathField()
    upload = models.FileField()
    small = models.SmallIntegerField()
    big = models.BigIntegerField()
    positive = models.PositiveIntegerField()
    level = models.IntegerField(choices=[(1, "one"), (2, "two")])
    custom = OwnCharField(max_length=10)
    binary = models.BinaryField()
    json = models.JSONField()
    secret = models.CharField(max_length=10)
    owner = models.ForeignKey(Key, on_delete=models.CASCADE)
    twin = models.OneToOneField(Category, on_delete=models.CASCADE)
    # migrated after this app, which has no migrations
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, db_constraint=False)
    object_id = models.PositiveIntegerField()
    target = GenericForeignKey()


if find_spec("psycopg") is not None:
    from filters_testapp.postgres_models import Paper  # noqa: F401
