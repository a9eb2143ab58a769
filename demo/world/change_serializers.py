"""Shows a union of serializers: the literal in `kind` tells them apart, in the answer and in its schema."""

from datetime import datetime
from typing import Literal

from restflow.serializers import Field, Serializer


class Values(Serializer):
    """The columns of a city that a line tells of; those that did not change are not there."""

    name: str = Field(required=False)
    country_id: str = Field(required=False)
    region_code: str = Field(required=False)
    population: int = Field(required=False)
    latitude: str = Field(required=False)
    longitude: str = Field(required=False)
    timezone: str = Field(required=False)
    is_capital: bool = Field(required=False)


class Upload(Serializer):
    """How much was written at once."""

    cities: int


class Subject(Serializer):
    """The city that a line tells of; it may be gone by now."""

    city_id: int
    city_name: str
    country_code: str


class Created(Subject):
    """A city was made."""

    kind: Literal["created"]
    after: Values


class Updated(Subject):
    """A city was changed: what was otherwise before and after."""

    kind: Literal["updated"]
    before: Values
    after: Values


class Deleted(Subject):
    """A city was deleted, and was like this."""

    kind: Literal["deleted"]
    before: Values


class Bulk(Serializer):
    """Many cities were written at once."""

    kind: Literal["bulk"]
    after: Upload


class ChangeSerializer(Serializer):
    """A line of the log of changes."""

    id: int
    at: datetime
    by: str
    what: Created | Updated | Deleted | Bulk = Field(source="*", read_only=True)
