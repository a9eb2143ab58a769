"""The flows before and around a handler: authentication, permissions, throttles, errors and the final response."""

from dataclasses import dataclass, field
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework import exceptions, status
from rest_framework.permissions import AND, NOT, OR, AllowAny, BasePermission
from rest_framework.views import APIView as DRFAPIView

from restflow.core import is_async_callable
from restflow.permissions._compositions import Question, Verdict, judge
from restflow.responses._faces import faces
from restflow.responses._work import Hook, Work
from restflow.views import _requests

_NEVER_DENY = (BasePermission, AllowAny)  # REST framework's constant answers: asking them cannot block


@dataclass
class Permissions:
    """The permission objects of one request and action, and what composed ones have answered about the request."""

    request: Any
    action: str | None
    objects: list[Any]
    verdicts: dict[int, Verdict] = field(default_factory=dict)


def permissions_of(view: Any, request: Any) -> Permissions:
    """The permission objects of the request: made once, for the check of the request and those of objects."""
    made: Permissions | None = getattr(view, "_permissions", None)
    action = getattr(view, "action", None)
    if made is None or made.request is not request or made.action != action:
        made = view._permissions = Permissions(request, action, list(view.get_permissions()))
    return made


async def initial(view: Any, io: Work, request: Any, *args: Any, **kwargs: Any) -> None:
    """What precedes the handler, in REST framework's order."""
    view.format_kwarg = view.get_format_suffix(**kwargs)
    request.accepted_renderer, request.accepted_media_type = view.perform_content_negotiation(request)
    request.version, request.versioning_scheme = view.determine_version(request, *args, **kwargs)
    await io.hook(PERFORM_AUTHENTICATION, view, request)
    await io.hook(CHECK_PERMISSIONS, view, request)
    await io.hook(CHECK_THROTTLES, view, request)


async def perform_authentication(view: Any, io: Work, request: Any) -> None:
    """Finds the user now, so that reading `request.user` never blocks."""
    await _requests.authenticate(request, io)


async def check_permissions(view: Any, io: Work, request: Any) -> None:
    """Raises at the first permission that denies the request."""
    permissions = permissions_of(view, request)
    for permission in permissions.objects:
        if isinstance(permission, AND | OR | NOT):
            _obey(view, request, await judge(io, permission, Question(request, view, permissions.verdicts)))
        elif faces(type(permission), "has_permission", "ahas_permission").definer not in _NEVER_DENY:
            answer = await io.ask(permission, "has_permission", "ahas_permission", request, view)
            _obey(view, request, _plain(permission, answer))


async def check_object_permissions(view: Any, io: Work, request: Any, obj: Any) -> None:
    """Raises at the first permission that denies the request for `obj`."""
    permissions = permissions_of(view, request)
    names = ("has_object_permission", "ahas_object_permission")
    for permission in permissions.objects:
        if isinstance(permission, AND | OR | NOT):
            question = Question(request, view, permissions.verdicts, of_object=True, obj=obj)
            _obey(view, request, await judge(io, permission, question))
        elif faces(type(permission), *names).definer not in _NEVER_DENY:
            _obey(view, request, _plain(permission, await io.ask(permission, *names, request, view, obj)))


def _plain(permission: Any, answer: Any) -> Verdict:
    if answer:
        return Verdict(True)
    return Verdict(False, getattr(permission, "message", None), getattr(permission, "code", None))


def _obey(view: Any, request: Any, verdict: Verdict) -> None:
    if verdict.answer is False:
        view.permission_denied(request, message=verdict.message, code=verdict.code)


async def check_throttles(view: Any, io: Work, request: Any) -> None:
    """Asks every throttle; if any denies, the longest wait is what the client is told."""
    throttles = view._throttles = view.get_throttles()
    waits = [
        throttle.wait()
        for throttle in throttles
        if not await io.ask(throttle, "allow_request", "aallow_request", request, view)
    ]
    if waits:
        view.throttled(request, max((wait for wait in waits if wait is not None), default=None))


async def handle_exception(view: Any, io: Work, exc: Exception) -> HttpResponseBase:
    """The response for an error, or the error again where the project's handler makes none."""
    if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        header = view.get_authenticate_header(view.request)
        if header:
            exc.auth_header = header  # type: ignore[union-attr]
        else:
            exc.status_code = status.HTTP_403_FORBIDDEN
    if is_async_callable(view.get_exception_handler):
        handler = await io.aio(view.get_exception_handler)
    else:
        handler = view.get_exception_handler()
    response = await _ask_handler(io, handler, exc, view.get_exception_handler_context())
    if response is None:
        view.raise_uncaught_exception(exc)
    response.exception = True
    return response  # type: ignore[no-any-return]


async def _ask_handler(io: Work, handler: Any, exc: Exception, context: dict[str, Any]) -> Any:
    if is_async_callable(handler):
        return await io.aio(handler, exc, context)
    if hasattr(handler, "ahandle"):
        return await io.ask(handler, "__call__", "ahandle", exc, context)
    # by where it was written: what wraps a library's handler passes for it by its `__module__`
    module = str(getattr(handler, "__globals__", {}).get("__name__", type(handler).__module__))
    if module.partition(".")[0] in ("rest_framework", "restflow"):
        return handler(exc, context)  # makes a response of the exception alone
    return await io.sync(handler, exc, context)


async def finalize_response(view: Any, io: Work, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
    """REST framework's final touches, and the headers of the throttles that were asked."""
    response = DRFAPIView.finalize_response(view, request, response, *args, **kwargs)
    told: dict[str, list[str]] = {}
    for throttle in getattr(view, "_throttles", ()):
        if (get_headers := getattr(throttle, "get_headers", None)) is not None:
            for name, value in get_headers().items():
                told.setdefault(name, []).append(value)
    for name, values in told.items():
        response[name] = ", ".join(dict.fromkeys(values))
    return response


INITIAL = Hook(initial, "initial")
PERFORM_AUTHENTICATION = Hook(perform_authentication, "perform_authentication")
CHECK_PERMISSIONS = Hook(check_permissions, "check_permissions")
CHECK_OBJECT_PERMISSIONS = Hook(check_object_permissions, "check_object_permissions")
CHECK_THROTTLES = Hook(check_throttles, "check_throttles")
HANDLE_EXCEPTION = Hook(handle_exception, "handle_exception")
FINALIZE_RESPONSE = Hook(finalize_response, "finalize_response")
