"""What a permission composed by `&`, `|` and `~` says: three-valued, at the level of the request or of an object.

At the request level an operand that says nothing about requests abstains; at the object level an operand answers by
every level it speaks at, so that an object hook never grants what the same class refused for the request.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.permissions import AND, NOT, OR, BasePermission

from restflow.responses._work import Work

DENIALS = (
    exceptions.PermissionDenied,
    exceptions.NotAuthenticated,
    exceptions.AuthenticationFailed,
    exceptions.NotFound,
    DjangoPermissionDenied,
    Http404,
)
_REQUEST = ("has_permission", "ahas_permission")
_OBJECT = ("has_object_permission", "ahas_object_permission")


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer (`None`: abstains), with the text and code that a denial is to carry, or the exception it came as."""

    answer: bool | None
    message: Any = None
    code: Any = None
    denial: Exception | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: about the request, or about `obj` too. `verdicts` keeps the request-level answers of operands."""

    request: Any
    view: Any
    verdicts: dict[int, Verdict]
    of_object: bool = False
    obj: Any = None


async def judge(io: Work, permission: Any, question: Question) -> Verdict:
    """The verdict of any permission object; operands are asked from the left, up to the first that decides."""
    if isinstance(permission, AND):
        return await _all(io, permission, question)
    if isinstance(permission, OR):
        return await _any(io, permission, question)
    if isinstance(permission, NOT):
        answer = (await judge(io, permission.op1, question)).answer  # type: ignore[attr-defined]
        return Verdict(None if answer is None else not answer)
    return await _operand(io, permission, question)


async def _all(io: Work, permission: Any, question: Question) -> Verdict:
    abstained = False
    for operand in (permission.op1, permission.op2):
        verdict = await judge(io, operand, question)
        if verdict.answer is False:
            return verdict
        abstained = abstained or verdict.answer is None
    return Verdict(None if abstained else True)


async def _any(io: Work, permission: Any, question: Question) -> Verdict:
    denials: list[Exception] = []
    verdicts: list[Verdict] = []
    for operand in (permission.op1, permission.op2):
        try:
            verdict = await judge(io, operand, question)
        except DENIALS as denial:
            denials.append(denial)
            continue
        if verdict.answer is True:
            return verdict
        verdicts.append(verdict)
    if any(verdict.answer is None for verdict in verdicts):
        return Verdict(None)
    if denials:
        raise denials[0]
    return next((v for v in verdicts if v.message is not None or v.code is not None), verdicts[0])


async def _operand(io: Work, permission: Any, question: Question) -> Verdict:
    verdict = await _about_request(io, permission, question)
    if not question.of_object or verdict.answer is False:
        return verdict
    if not speaks(permission, *_OBJECT):
        return Verdict(True)
    return _verdict(permission, await io.ask(permission, *_OBJECT, question.request, question.view, question.obj))


async def _about_request(io: Work, permission: Any, question: Question) -> Verdict:
    if not speaks(permission, *_REQUEST):
        return Verdict(None)
    known = question.verdicts.get(id(permission))
    if known is None:
        try:
            answer = await io.ask(permission, *_REQUEST, question.request, question.view)
        except DENIALS as denial:
            known = Verdict(False, denial=denial)
        else:
            known = _verdict(permission, answer)
        question.verdicts[id(permission)] = known
    if known.denial is not None:
        raise known.denial
    return known


def _verdict(permission: Any, answer: Any) -> Verdict:
    if answer:
        return Verdict(True)
    return Verdict(False, getattr(permission, "message", None), getattr(permission, "code", None))


def speaks(permission: Any, name: str, aname: str) -> bool:
    """Whether some class below REST framework's `BasePermission` defines a face of this level."""
    classes = type(permission).__mro__
    return any(
        name in klass.__dict__ or aname in klass.__dict__
        for klass in classes
        if klass is not BasePermission and klass.__dict__.get("is_permission_base") is not True
    )
