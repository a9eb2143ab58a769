"""The base of throttles, and how any throttle is asked."""

from typing import Any

from rest_framework import throttling
from rest_framework.settings import api_settings

from restflow.permissions._spellings import pair_spellings
from restflow.responses._work import AsyncWork, Hook, Work
from restflow.throttling._identity import client_address

PAIRS = (
    ("allow_request", "aallow_request"),
    ("throttle_success", "athrottle_success"),
    ("throttle_failure", "athrottle_failure"),
    ("get_cache_key", "aget_cache_key"),
    ("reset", "areset"),
)


async def _not_written(throttle: Any, io: Work, request: Any, view: Any) -> bool:
    raise NotImplementedError(f"{type(throttle).__qualname__} must define allow_request() or aallow_request().")


_ALLOW = Hook(_not_written, "allow_request")


class BaseThrottle(throttling.BaseThrottle):
    """Base of throttles: override either face of `allow_request`, and `wait` where the time is known."""

    sync_equivalent = True
    default_faces = True

    ipv6_prefix: int | None = 64
    """IPv6 addresses are told apart by this many bits, since one customer owns a whole network; `None`: by all."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        pair_spellings(cls, PAIRS)

    def allow_request(self, request: Any, view: Any) -> bool:
        """Whether the request may go on."""
        return _ALLOW.run(self, BaseThrottle, request, view)  # type: ignore[no-any-return]

    async def aallow_request(self, request: Any, view: Any) -> bool:
        """The async twin: an overridden sync face in one crossing."""
        return await _ALLOW.arun(self, BaseThrottle, request, view)  # type: ignore[no-any-return]

    def get_ident(self, request: Any) -> str:
        """The client's address, by `NUM_PROXIES`; `unknown` where there is none."""
        return client_address(
            request.headers.get("x-forwarded-for"),
            request.META.get("REMOTE_ADDR"),
            api_settings.NUM_PROXIES,
            self.ipv6_prefix,
        )

    def get_headers(self) -> dict[str, str]:
        """Headers for every response to the request, allowed or not."""
        return {}


async def throttler_allow_request(throttle: Any, request: Any, view: Any) -> bool:
    """Asks any throttle, REST framework's and duck-typed ones included, by the face that counts."""
    io = AsyncWork()
    return bool(await io.run(io.ask(throttle, "allow_request", "aallow_request", request, view)))
