"""The permission objects that `&`, `|` and `~` make."""

from typing import Any

from rest_framework import permissions

from restflow.core import finish
from restflow.permissions._compositions import Question, Verdict, judge
from restflow.responses._work import AsyncWork, SyncWork, Work


class _Composed:
    """Both faces of a composition: one flow, in whose order its operands are asked."""

    sync_equivalent = True

    message: Any = None
    code: Any = None
    _answered: tuple[Any, dict[int, Verdict]] | None = None

    def has_permission(self, request: Any, view: Any) -> bool:
        """Whether the expression allows the request."""
        return finish(self._judge(SyncWork(f"{type(self).__name__}.ahas_permission()"), self._question(request, view)))

    async def ahas_permission(self, request: Any, view: Any) -> bool:
        """The async twin of `has_permission`; consecutive sync operands share a crossing."""
        io = AsyncWork()
        return bool(await io.run(self._judge(io, self._question(request, view))))

    def has_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        """Whether the expression allows the request for `obj`; request-level answers are not asked for again."""
        io = SyncWork(f"{type(self).__name__}.ahas_object_permission()")
        return finish(self._judge(io, self._question(request, view, of_object=True, obj=obj)))

    async def ahas_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        """The async twin of `has_object_permission`."""
        io = AsyncWork()
        return bool(await io.run(self._judge(io, self._question(request, view, of_object=True, obj=obj))))

    def _question(self, request: Any, view: Any, **of: Any) -> Question:
        if self._answered is None or self._answered[0] is not request:
            self._answered = (request, {})
        return Question(request, view, self._answered[1], **of)

    async def _judge(self, io: Work, question: Question) -> bool:
        verdict = await judge(io, self, question)
        self.message, self.code = verdict.message, verdict.code
        return verdict.answer is not False


class AND(_Composed, permissions.AND):
    """True if both operands are; the message is that of the one that says no."""


class OR(_Composed, permissions.OR):
    """True if either operand is; an operand that denies by raising counts as false."""


class NOT(_Composed, permissions.NOT):
    """The opposite of its operand, where that speaks at the level that is asked about."""
