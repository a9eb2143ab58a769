"""Shows filter sets: each declaration yields its parameters, their lookups and their negations."""

from typing import Any

from django.conf import settings
from django.db.models import F, FloatField, Q
from django.db.models.functions import Cast
from rest_framework.exceptions import ValidationError

from demo.world.currencies import known_currencies
from demo.world.models import City, Country
from restflow import filters


class CountryFilterSet(filters.FilterSet):
    """`?continent=EU&population__gte=5000000&density__gte=300&order_by=-density`, for example."""

    name = filters.StringField(lookups=["text"])
    continent = filters.StringField(lookups=["in"])
    currency = filters.ChoiceField(choices=known_currencies(), db_field="currency_code", lookups=["in"])
    population = filters.IntegerField(lookups=["comparison", "range"])
    languages = filters.StringField(lookups=["in"], help_text="Countries where the language is spoken, by its code.")
    density = filters.FloatField(
        lookups=["comparison"], allow_base=False, help_text="Inhabitants per square kilometre."
    )
    cities__population = filters.IntegerField(
        lookups=["gte"], allow_base=False, help_text="Countries with a city at least that large."
    )

    class Meta:
        model = Country
        # Joins the query when a parameter or the ordering asks for it, and costs nothing otherwise.
        annotations = {"density": Cast(F("population"), FloatField()) / Cast(F("area_km2"), FloatField())}
        order_fields = ["name", "population", "area_km2", "density"]
        default_order_fields = ["name"]
        order_nulls = "last"
        unknown_params = "error"


class CityFilterSet(filters.FilterSet):
    """`?population__gte=1000000&country!=CN&order_by=-population`, for example."""

    is_capital: bool

    q = filters.StringField(
        filter_by=["name__icontains", "names__name__icontains"],
        help_text="Part of any name in any language; each city comes once.",
    )
    name = filters.StringField(lookups=["text", *settings.NAME_LOOKUPS])
    country = filters.StringField(lookups=["in"], help_text="Code of the country, such as DE.")
    country__name = filters.StringField(lookups=["icontains"])
    continent = filters.StringField(db_field="country__continent", lookups=["in"])
    language = filters.ListField(
        db_field="country__languages",
        match="all",
        help_text="Spoken in the country, by their codes; of several, all.",
    )
    population = filters.IntegerField(lookups=["comparison", "range"])
    timezone = filters.StringField(lookups=["in", "startswith"])
    updated_at = filters.DateTimeField(lookups=["comparison", "date"])
    bbox = filters.StringField(
        method="within",
        help_text="west,south,east,north in degrees; west beyond east crosses the date line.",
    )

    class Meta:
        model = City
        order_fields = ["name", "population", ("country", "country__name"), "updated_at"]
        default_order_fields = ["-population"]
        order_field_labels = [("updated_at", "Last changed")]
        or_groups = [("name", "q")]
        unknown_params = "error"
        max_params = 20

    def validate_bbox(self, value: str) -> list[float]:
        """The four numbers of degrees; raises `ValidationError` for anything else."""
        try:
            west, south, east, north = map(float, value.split(","))
        except ValueError:
            raise ValidationError("Enter four numbers: west,south,east,north.") from None
        if not (abs(west) <= 180 and abs(east) <= 180 and -90 <= south <= north <= 90):
            raise ValidationError("Longitudes go from -180 to 180, latitudes from -90 to 90, and south is below north.")
        return [west, south, east, north]

    def within(self, queryset: Any, value: list[float]) -> Q:
        """The cities in a rectangle, which may cross the date line."""
        west, south, east, north = value
        right_of, left_of = Q(longitude__gte=west), Q(longitude__lte=east)
        return (right_of & left_of if west <= east else right_of | left_of) & Q(latitude__range=(south, north))
