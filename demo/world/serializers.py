"""Shows serializers by annotation: what an annotation does not say, the model's column does."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from annotated_types import Ge, Le
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction
from rest_framework.exceptions import ValidationError
from rest_framework.relations import SlugRelatedField

from demo.world.models import City, CityName, Continent, Country, Language
from restflow.serializers import BulkListSerializer, Field, ModelSerializer, Serializer


class ContinentSerializer(ModelSerializer):
    """A continent."""

    class Meta:
        model = Continent
        fields = ["code", "name"]


class LanguageSerializer(ModelSerializer):
    """A language within a country."""

    class Meta:
        model = Language
        fields = ["code", "name"]


class TotalsSerializer(Serializer):
    """The cities of a country, counted and added up."""

    number: int
    inhabitants: int


class CountryRowSerializer(ModelSerializer):
    """A country in a list."""

    class Meta:
        model = Country
        fields = [
            *("code", "code3", "name", "continent", "capital", "area_km2", "population"),
            *("currency_code", "currency_name"),
        ]


class CountryListSerializer(CountryRowSerializer):
    """A country in a list, with what two `PostFetch` attach to the whole page."""

    largest_cities: Any = Field(read_only=True)  # the post-fetch tells the document what is in it
    cities: TotalsSerializer | None = Field(
        source="totals", read_only=True, help_text="`null` for a country without one."
    )


class CountrySerializer(CountryRowSerializer):
    """A country in full: its languages nested, its neighbours by code."""

    languages: list[LanguageSerializer]

    class Meta(CountryRowSerializer.Meta):
        fields = [*CountryRowSerializer.Meta.fields, "neighbours"]


class ReportSerializer(Serializer):
    """How the cities of a country are distributed."""

    country: str
    cities: int
    inhabitants: int
    gini: float | None = Field(help_text="How unequal the sizes are, from 0 (all alike) towards 1.")
    zipf: float | None = Field(help_text="The exponent of the rank-size rule; near 1 in many countries.")
    nearest_km: float | None = Field(
        help_text="The median distance to the nearest other city, in kilometres, among the 400 largest."
    )


class CityListSerializer(ModelSerializer):
    """A city in a list: a slim row."""

    country_name: str = Field(source="country.name", read_only=True)

    class Meta:
        model = City
        fields = ["id", "name", "country", "population", "timezone", "is_capital", "version"]
        read_only_fields = ["version"]


class LastChangeSerializer(Serializer):
    """When a city was changed last, and by whom."""

    id: int
    kind: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Location:
    """Where a city is, and what time it has."""

    latitude: Annotated[Decimal, Field(max_digits=8, decimal_places=5)]
    longitude: Annotated[Decimal, Field(max_digits=9, decimal_places=5)]
    timezone: str


class CitySerializer(ModelSerializer):
    """A city in full: what is answered for one."""

    country_name: str = Field(source="country.name", read_only=True)
    location: Location = Field(source="*", read_only=True)
    names = SlugRelatedField[CityName](many=True, read_only=True, slug_field="name")
    last_change: LastChangeSerializer | None = Field(read_only=True)

    class Meta:
        model = City
        fields = [
            *("id", "geoname_id", "name", "country", "region_code", "population", "is_capital"),
            *("version", "updated_at", "names"),
        ]
        read_only_fields = fields


class NewCitySerializer(ModelSerializer):
    """A city to be made."""

    population: Annotated[int, Ge(0)]
    latitude: Annotated[Decimal, Ge(-90), Le(90)]
    longitude: Annotated[Decimal, Ge(-180), Le(180)]
    is_capital: bool = False

    class Meta:
        model = City
        fields = ["name", "country", "region_code", "timezone"]
        unknown_fields = "forbid"  # a misspelt name is an error, not a value that is silently dropped
        save_only_changed = True


class EditedCitySerializer(NewCitySerializer):
    """A change of a city, and the version that it was made from."""

    version: Annotated[int, Ge(1)] = Field(help_text="As it was read. If the city has another one by now: 409.")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Asks for the version in a `PATCH` too, in which fields are optional."""
        if "version" not in data:
            raise ValidationError({"version": ["This field is required."]}, code="required")
        return data


class EditedCityExtension(OpenApiSerializerExtension):
    """Tells the document what `validate` asks for: in a `PATCH` no field is required by itself."""

    target_class = EditedCitySerializer

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Any:
        """The schema of the serializer, in which the version is required."""
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "required": sorted({"version", *schema.get("required", ())})}


class CensusSerializer(ModelSerializer):
    """One line of a census: a city and how many live there now."""

    id: int
    population: Annotated[int, Ge(0)]

    class Meta:
        model = City
        fields: list[Any] = []
        list_serializer_class = BulkListSerializer
        unknown_fields = "forbid"
