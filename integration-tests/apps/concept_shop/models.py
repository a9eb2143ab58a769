from django.conf import settings
from django.db import models


class Product(models.Model):
    name = models.CharField(max_length=80)
    description = models.TextField(blank=True)
    price = models.IntegerField(default=0)
    in_stock = models.BooleanField(default=True)
    archived = models.BooleanField(default=False)
    # an app without migrations gets its tables before the users' exist, which PostgreSQL would refuse
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_constraint=False)

    class Meta:
        ordering = ["id"]


class Review(models.Model):
    product = models.ForeignKey(Product, related_name="reviews", on_delete=models.CASCADE)
    rating = models.IntegerField()
    created_at = models.DateTimeField()


class Order(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    quantity = models.PositiveIntegerField()
