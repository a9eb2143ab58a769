"""Models that only PostgreSQL can store; their module needs its driver."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class Paper(models.Model):
    title = models.CharField(max_length=60, null=True)
    tags = ArrayField(models.CharField(max_length=8), null=True)
    pages = ArrayField(models.SmallIntegerField(), null=True)
    prices = ArrayField(models.DecimalField(max_digits=5, decimal_places=2), null=True)
    vector = SearchVectorField(null=True)

    class Meta:
        app_label = "filters_testapp"
        required_db_vendor = "postgresql"
