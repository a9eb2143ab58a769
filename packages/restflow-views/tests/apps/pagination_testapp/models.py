import uuid

from django.db import models


class Writer(models.Model):
    name = models.CharField(max_length=30)


class Entry(models.Model):
    """Has a field of every kind that a cursor may stand on."""

    name = models.CharField(max_length=30)
    score = models.IntegerField(null=True)
    rank = models.SmallIntegerField(default=0)
    price = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    ratio = models.FloatField(default=0)
    flag = models.BooleanField(default=False)
    uid = models.UUIDField(default=uuid.uuid4)
    day = models.DateField(null=True)
    hour = models.TimeField(null=True)
    took = models.DurationField(null=True)
    created = models.DateTimeField()
    blob = models.BinaryField(default=b"")
    extra = models.JSONField(default=dict)
    writer = models.ForeignKey(Writer, null=True, on_delete=models.CASCADE)
    tags = models.ManyToManyField(Writer, related_name="tagged")

    class Meta:
        indexes = [models.Index(fields=["rank", "id"], name="entry_rank_id")]
