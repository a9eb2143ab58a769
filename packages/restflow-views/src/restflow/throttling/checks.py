"""System checks of the throttles that the settings name."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from rest_framework import throttling
from rest_framework.settings import api_settings

from restflow.core.names import suggestion
from restflow.throttling.rates import HINT, parse_rate

_UNSHARED = {
    "django.core.cache.backends.locmem.LocMemCache": "each process counts for itself",
    "django.core.cache.backends.dummy.DummyCache": "it keeps nothing, so that nothing is limited",
}
_BY_ADDRESS = (throttling.AnonRateThrottle, throttling.UserRateThrottle, throttling.ScopedRateThrottle)
_OBJ = "REST_FRAMEWORK"


@register("restflow")
def check_rates(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Rates that do not parse, and default throttles whose scope has none."""
    return [*_bad_rates(), *_missing_rates()]


def _bad_rates() -> Iterator[CheckMessage]:
    for scope, rate in _rates().items():
        if rate is None:
            continue
        try:
            parse_rate(rate, f"DEFAULT_THROTTLE_RATES[{scope!r}]")
        except ImproperlyConfigured as error:
            yield Error(getattr(error, "message", str(error)), hint=HINT, obj=_OBJ, id="restflow.E451")


def _missing_rates() -> Iterator[CheckMessage]:
    rates = _rates()
    for throttle in _throttles():
        scope = getattr(throttle, "scope", None)
        is_told_later = issubclass(throttle, throttling.ScopedRateThrottle) or getattr(throttle, "rate", None)
        if is_told_later or scope in throttle.THROTTLE_RATES:
            continue
        yield Error(
            f"{throttle.__qualname__} in DEFAULT_THROTTLE_CLASSES has the scope {scope!r}, and DEFAULT_THROTTLE_RATES "
            "has no rate for it.",
            hint=suggestion(str(scope), rates, what="scopes") if rates else "Give the scope a rate, or None.",
            obj=_OBJ,
            id="restflow.E452",
        )


@register("restflow", deploy=True)
def check_deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Limits that a deployment would not really have."""
    return [*_unknown_proxies(), *_unshared_caches()]


def _unknown_proxies() -> Iterator[CheckMessage]:
    by_address = [throttle.__qualname__ for throttle in _throttles() if issubclass(throttle, _BY_ADDRESS)]
    if by_address and api_settings.NUM_PROXIES is None:
        yield Warning(
            f"{', '.join(by_address)} tell clients apart by address, and NUM_PROXIES is None: behind a proxy on "
            "another host all clients are one.",
            hint="Set REST_FRAMEWORK['NUM_PROXIES'] to the number of proxies in front, 0 for none.",
            obj=_OBJ,
            id="restflow.W451",
        )


def _unshared_caches() -> Iterator[CheckMessage]:
    aliases = sorted({_alias(throttle) for throttle in _throttles()} - {""})
    for alias in aliases:
        backend = settings.CACHES.get(alias, {}).get("BACKEND")
        if backend in _UNSHARED:
            yield Warning(
                f"The default throttles count in the cache {alias!r}, a {backend.rpartition('.')[2]}: "
                f"{_UNSHARED[backend]}.",
                hint="Use a cache that all processes share, such as Redis.",
                obj="CACHES",
                id="restflow.W453",
            )


def _alias(throttle: Any) -> str:
    """The alias of a throttle's cache; empty for a cache that has none."""
    declared = next((klass.__dict__["cache"] for klass in throttle.__mro__ if "cache" in klass.__dict__), "")
    if isinstance(declared, str):
        return declared
    return str(getattr(declared, "alias", "") or declared.__dict__.get("_alias", ""))


def _rates() -> Mapping[str, Any]:
    return api_settings.DEFAULT_THROTTLE_RATES or {}


def _throttles() -> list[Any]:
    defaults: Any = api_settings.DEFAULT_THROTTLE_CLASSES
    return [throttle for throttle in defaults if issubclass(throttle, throttling.SimpleRateThrottle)]
