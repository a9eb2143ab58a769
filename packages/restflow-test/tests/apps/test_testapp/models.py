from django.db import models


class Invoice(models.Model):
    amount = models.DecimalField(max_digits=8, decimal_places=2)
