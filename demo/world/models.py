"""Shows the models that everything else stands on: plain Django, and nothing in them knows of restflow."""

from typing import Any, Never

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from demo.world.timezones import validate_timezone


class Continent(models.Model):
    """One of the seven continents."""

    code = models.CharField(max_length=2, primary_key=True)
    name = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.name


class Language(models.Model):
    """A language, or the variety of one that is spoken in a country: `bn`, `bn-BD`."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.name


class Country(models.Model):
    """A country or territory with a code in ISO 3166; some that no longer exist still have theirs."""

    code = models.CharField(max_length=2, primary_key=True)
    code3 = models.CharField(max_length=3, unique=True)
    name = models.CharField(max_length=60, unique=True)
    continent = models.ForeignKey(Continent, on_delete=models.PROTECT, related_name="countries")
    capital = models.CharField(max_length=60, blank=True)
    area_km2 = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    population = models.PositiveBigIntegerField()
    currency_code = models.CharField(max_length=3, blank=True)
    currency_name = models.CharField(max_length=30, blank=True)
    languages = models.ManyToManyField(Language, related_name="countries", blank=True)
    neighbours = models.ManyToManyField("self", blank=True)

    class Meta:
        verbose_name_plural = "countries"

    def __str__(self) -> str:
        return self.name


class City(models.Model):
    """A populated place. Its name is not unique, not even within a region."""

    geoname_id = models.PositiveBigIntegerField(unique=True, null=True, blank=True)
    name = models.CharField(max_length=80)
    country = models.ForeignKey(
        Country,
        on_delete=models.PROTECT,
        related_name="cities",
        db_index=False,  # the index below begins with it
    )
    region_code = models.CharField(max_length=20, blank=True)
    population = models.PositiveBigIntegerField()
    latitude = models.DecimalField(
        max_digits=8, decimal_places=5, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.DecimalField(
        max_digits=9, decimal_places=5, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    timezone = models.CharField(max_length=40, validators=[validate_timezone])
    is_capital = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name_plural = "cities"
        indexes = [
            models.Index(fields=["country", "-population"], name="city_country_population"),
            models.Index(fields=["-population"], name="city_population"),
            models.Index(fields=["name"], name="city_name"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(latitude__range=(-90, 90)), name="city_latitude"),
            models.CheckConstraint(condition=Q(longitude__range=(-180, 180)), name="city_longitude"),
        ]

    def __str__(self) -> str:
        return self.name


class CityName(models.Model):
    """Another name of a city, in whatever language and script."""

    city = models.ForeignKey(City, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(max_length=300)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["name"], name="cityname_name")]

    def __str__(self) -> str:
        return self.name


class Change(models.Model):
    """One line of the log of changes, which is only ever added to. It outlives the city that it tells of."""

    class Kind(models.TextChoices):
        """What was done."""

        CREATED = "created"
        UPDATED = "updated"
        DELETED = "deleted"
        BULK = "bulk"

    kind = models.CharField(max_length=7, choices=Kind.choices)
    city_id = models.BigIntegerField(null=True)
    city_name = models.CharField(max_length=80, blank=True)
    country_code = models.CharField(max_length=2, blank=True)
    by = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["created", "updated", "deleted", "bulk"]), name="change_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.city_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Adds the line; `TypeError` for one that is stored already."""
        if not self._state.adding:
            raise TypeError("The log of changes is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        """Raises `TypeError`: the log of changes is append-only."""
        raise TypeError("The log of changes is append-only.")
