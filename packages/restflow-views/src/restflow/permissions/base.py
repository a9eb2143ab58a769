"""The base of permissions, and how any permission object is asked."""

from collections.abc import Callable
from typing import Any

from rest_framework import permissions

from restflow.core import is_async_callable
from restflow.permissions._compositions import Question, judge
from restflow.permissions._operators import InstanceOperators, PermissionMetaclass
from restflow.permissions._spellings import pair_spellings
from restflow.responses._work import AsyncWork, Hook, Work

PAIRS = (("has_permission", "ahas_permission"), ("has_object_permission", "ahas_object_permission"))


def _default(name: str) -> Callable[..., Any]:
    async def flow(permission: Any, io: Work, *args: Any) -> bool:
        """The default answer: that of REST framework's class behind restflow's, where a subclass mixes one in."""
        behind = getattr(super(BasePermission, permission), name)
        if behind.__func__ is getattr(permissions.BasePermission, name):
            return True
        return bool(await (io.aio if is_async_callable(behind) else io.sync)(behind, *args))

    return flow


_HAS_PERMISSION = Hook(_default("has_permission"), "has_permission")
_HAS_OBJECT_PERMISSION = Hook(_default("has_object_permission"), "has_object_permission")


class BasePermission(InstanceOperators, permissions.BasePermission, metaclass=PermissionMetaclass):
    """Base of permissions: override either face of `has_permission`, of `has_object_permission`, or of both.

    Classes and instances combine by `&`, `|` and `~`, and both stand in `permission_classes`; an instance serves every
    request, so it must keep no state of one.
    """

    sync_equivalent = True
    default_faces = True
    is_permission_base = True

    message: Any = None
    """The text of the 403; `None` for REST framework's."""
    code: str | None = None
    """The code of the 403; `None` for REST framework's."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        pair_spellings(cls, PAIRS)

    def __call__(self) -> "BasePermission":
        """The instance itself: REST framework calls whatever stands in `permission_classes`."""
        return self

    def has_permission(self, request: Any, view: Any) -> bool:
        """Whether the request may go on."""
        return _HAS_PERMISSION.run(self, BasePermission, request, view)  # type: ignore[no-any-return]

    async def ahas_permission(self, request: Any, view: Any) -> bool:
        """The async twin: an overridden sync face in one crossing, else no crossing."""
        return await _HAS_PERMISSION.arun(self, BasePermission, request, view)  # type: ignore[no-any-return]

    def has_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        """Whether the request may go on with `obj`."""
        return _HAS_OBJECT_PERMISSION.run(self, BasePermission, request, view, obj)  # type: ignore[no-any-return]

    async def ahas_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        """The async twin of `has_object_permission`."""
        return await _HAS_OBJECT_PERMISSION.arun(  # type: ignore[no-any-return]
            self, BasePermission, request, view, obj
        )


async def has_permission(permission: Any, request: Any, view: Any) -> bool:
    """Asks any permission object, REST framework's and duck-typed ones included, about the request."""
    return await _asked(permission, Question(request, view, {}))


async def has_object_permission(permission: Any, request: Any, view: Any, obj: Any) -> bool:
    """Asks any permission object about the request for `obj`."""
    return await _asked(permission, Question(request, view, {}, of_object=True, obj=obj))


async def _asked(permission: Any, question: Question) -> bool:
    io = AsyncWork()
    if isinstance(permission, permissions.AND | permissions.OR | permissions.NOT):
        return (await io.run(judge(io, permission, question))).answer is not False
    names = PAIRS[question.of_object]
    of = (question.obj,) if question.of_object else ()
    return bool(await io.run(io.ask(permission, *names, question.request, question.view, *of)))
