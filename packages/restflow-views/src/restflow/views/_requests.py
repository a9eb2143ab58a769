"""The request of restflow's views: REST framework's, authenticated by the face that counts on either kind of view."""

from typing import Any

from rest_framework import exceptions
from rest_framework.request import Request as DRFRequest

from restflow.core import finish
from restflow.responses._work import AsyncWork, SyncWork, Work
from restflow.views._json_bodies import parsed_json


async def authenticate(request: DRFRequest, io: Work) -> None:
    """Asks the authenticators in order; the first that knows the client wins. Does nothing a second time."""
    if "_user" in request.__dict__:
        return
    for authenticator in request.authenticators or ():
        try:
            answer = await io.ask(authenticator, "authenticate", "aauthenticate", request)
        except exceptions.APIException:
            request._not_authenticated()  # type: ignore[attr-defined]
            raise
        if answer is not None:
            request._authenticator = authenticator  # type: ignore[attr-defined]
            request.user, request.auth = answer
            return
    request._not_authenticated()  # type: ignore[attr-defined]


class Request(DRFRequest):
    """REST framework's request, whose lazy authentication obeys async authenticators, with `auser()`."""

    def _parse(self) -> Any:
        parsed = parsed_json(self)
        try:
            return super()._parse() if parsed is None else parsed  # type: ignore[misc]
        except RecursionError as error:  # brackets without end: the client's doing
            raise exceptions.ParseError("The body is nested too deeply.") from error

    def _authenticate(self) -> None:
        finish(authenticate(self, SyncWork("request.auser()")))

    @property
    def user(self) -> Any:
        """The user that the view's authenticators found."""
        return DRFRequest.user.fget(self)  # type: ignore[attr-defined]

    @user.setter
    def user(self, value: Any) -> None:
        DRFRequest.user.fset(self, value)  # type: ignore[attr-defined]

        async def auser() -> Any:
            return value

        self._request.auser = auser  # Django's own answers for the session

    async def auser(self) -> Any:
        """The same object as `user`; authenticates first where the view has left that for later."""
        io = AsyncWork()
        await io.run(authenticate(self, io))
        return self.user
