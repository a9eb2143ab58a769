from django.db import models


class Shelf(models.Model):
    name = models.CharField(max_length=30, unique=True)


class Item(models.Model):
    shelf = models.ForeignKey(Shelf, on_delete=models.PROTECT)
    weight = models.IntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(weight__gte=0), name="weight_not_negative")]
