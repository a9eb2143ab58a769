"""Validation that awaits: DRF's algorithm for trees with async hooks, written as flows.

A flow runs sync code where it is stepped, in the request's thread or, when nothing can block, on the event loop; what
must be awaited it hands out with `outside`. `drive` steps the flow, and awaits on the loop what comes out. So a whole
tree takes one crossing, and one more for each time that the thread is given back.

What DRF's methods do around their hooks is not repeated: they are called with `run_validators` or
`run_child_validation` of that one instance replaced, first to learn what they would check, then to tell them what
came of it.
"""

import inspect
import types
from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers
from rest_framework.exceptions import ValidationError

from restflow.core import in_thread
from restflow.serializers._checked_validators import note
from restflow.serializers._depth import refuse_depth
from restflow.serializers._hostile import refuse_hostile
from restflow.serializers._tree import OPEN_CONTAINERS, validation_hooks
from restflow.serializers._twins import is_library_member, twin
from restflow.serializers.fields import TupleField
from restflow.serializers.unions import UnionField

T = TypeVar("T")
Flow = Coroutine[Any, Any, T]


@types.coroutine
def outside(awaitable: Any) -> Generator[Any, Any, Any]:
    """Hands an awaitable to `drive`, and gives what it came to."""
    return (yield awaitable)


async def settled(value: Any) -> Any:
    return await outside(value) if inspect.isawaitable(value) else value


@dataclass(slots=True)
class _Finished:
    value: Any


class _Steps:
    """A flow that is stepped in one thread after another; each step ends at an awaitable, or is `_Finished`."""

    def __init__(self, flow: Flow[Any]) -> None:
        self.flow = flow
        self.abandoned = False

    def step(self, result: Any, error: Exception | None) -> Any:
        try:
            awaitable = self.flow.send(result) if error is None else self.flow.throw(error)
        except StopIteration as stop:  # which cannot pass through a future
            return _Finished(stop.value)
        if self.abandoned:
            self.flow.close()
            dispose(awaitable)
        return awaitable

    def abandon(self) -> None:
        """Ends the flow; if a cancelled task has left a step running in its thread, at the end of that step."""
        self.abandoned = True
        if not self.flow.cr_running:  # type: ignore[attr-defined]
            self.flow.close()


def dispose(awaitable: Any) -> None:
    """Ends an awaitable that nobody will await, so that it does not warn."""
    close = getattr(awaitable, "close", None) or getattr(awaitable, "cancel", None)
    if close is not None:
        close()


async def drive(flow: Flow[T], *, inline: bool) -> T:
    """Runs a flow to its end: its sync parts on the loop if `inline`, else in the request's thread."""
    steps = _Steps(flow)
    result: Any = None
    error: Exception | None = None
    try:
        while True:
            step = steps.step(result, error) if inline else await in_thread(steps.step, result, error)
            if isinstance(step, _Finished):
                value: T = step.value
                return value
            result, error = None, None
            try:
                result = await step
            except Exception as raised:
                error = raised
    finally:
        steps.abandon()


@contextmanager
def replaced(target: Any, **methods: Callable[..., Any]) -> Iterator[None]:
    """Gives one instance other methods for a moment."""
    before = {name: vars(target)[name] for name in methods if name in vars(target)}
    vars(target).update(methods)
    try:
        yield
    finally:
        for name in methods:
            del vars(target)[name]
        vars(target).update(before)


@contextmanager
def hooks_are_awaited(serializer: Any) -> Iterator[None]:
    """Tells the serializer's guard that its async hooks will not be skipped."""
    with replaced(serializer, _awaiting_hooks=True):  # type: ignore[arg-type]
        yield


def is_async_tree(field: Any) -> bool:
    """Whether validating `field` awaits anything. Raises `TypeError` for a hook that nobody can await."""
    found = list(validation_hooks(field))
    for hook in found:
        if not hook.reachable:
            raise hook.refusal()
    return bool(found)


async def validation(field: Any, data: Any) -> Any:
    """What `field.run_validation(data)` gives, with the async hooks of its tree awaited; the twin rule included."""
    if not is_async_tree(field):
        return field.run_validation(data)
    if not isinstance(field, drf_serializers.BaseSerializer):
        return await _field_validation(field, data)
    chosen = twin(type(field), "run_validation")
    if chosen.owner is None:
        return await serializer_validation(field, data)
    return await settled(getattr(field, chosen.attribute)(data))


async def own_validation(serializer: Any, data: Any) -> Any:
    """The default of `arun_validation`: also what an override of it reaches with `super()`."""
    chosen = twin(type(serializer), "run_validation")
    if chosen.owner is not None and chosen.attribute == "run_validation":
        return await settled(serializer.run_validation(data))
    if not is_async_tree(serializer):
        return serializer.run_validation(data)
    return await serializer_validation(serializer, data)


async def own_internal_value(serializer: Any, data: Any) -> Any:
    """The default of `ato_internal_value`: also what an override of it reaches with `super()`."""
    chosen = twin(type(serializer), "to_internal_value")
    if chosen.owner is not None and chosen.attribute == "to_internal_value":
        return await settled(serializer.to_internal_value(data))
    if not is_async_tree(serializer):
        return serializer.to_internal_value(data)
    return await internal_value(serializer, data)


async def serializer_validation(serializer: Any, data: Any) -> Any:
    """DRF's `run_validation` of serializers and of lists of them."""
    try:
        return await _serializer_validation(serializer, data)
    except (RecursionError, ValueError) as error:
        refuse_hostile(data, error)
        raise


async def _serializer_validation(serializer: Any, data: Any) -> Any:
    with hooks_are_awaited(serializer):
        is_empty_value, data = serializer.validate_empty_values(data)
    if is_empty_value:
        return data
    if getattr(serializer, "_needs_all_values", False):
        return await serializer_validation(serializer._whole(), data)
    value = await _internal_value(serializer, data)
    try:
        await _validators(serializer, value)
        chosen = twin(type(serializer), "validate")
        value = await settled(getattr(serializer, chosen.attribute)(value))
        assert value is not None, ".validate() should return the validated data"
    except (ValidationError, DjangoValidationError) as error:
        raise ValidationError(detail=drf_serializers.as_serializer_error(error)) from error
    return value if isinstance(serializer, drf_serializers.ListSerializer) else serializer._constructed(value)


async def _internal_value(serializer: Any, data: Any) -> Any:
    chosen = twin(type(serializer), "to_internal_value")
    if chosen.owner is None:
        return await internal_value(serializer, data)
    return await settled(getattr(serializer, chosen.attribute)(data))


async def internal_value(serializer: Any, data: Any) -> Any:
    """DRF's `to_internal_value` of serializers and of lists of them."""
    if isinstance(serializer, drf_serializers.ListSerializer):
        return await _list_value(serializer, data)
    if not isinstance(data, Mapping):
        with hooks_are_awaited(serializer):
            return serializer.to_internal_value(data)  # which raises DRF's error
    refuse_depth(serializer)
    values: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for field in serializer._writable_fields:
        hook = getattr(serializer, f"validate_{field.field_name}", None)
        primitive = field.get_value(data)
        try:
            value = await validation(field, primitive)
            if hook is not None:
                value = await settled(hook(value))
        except ValidationError as error:
            errors[field.field_name] = error.detail
        except DjangoValidationError as error:
            errors[field.field_name] = drf.get_error_detail(error)
        except drf.SkipField:
            pass
        else:
            serializer.set_value(values, field.source_attrs, value)
    errors.update(serializer.unknown_field_errors(data))
    if errors:
        raise ValidationError(errors)
    return values


async def _list_value(serializer: Any, data: Any) -> Any:
    items: list[Any] = []
    own = twin(type(serializer), "run_validation").owner is not None
    if not own and is_library_member(type(serializer), "run_child_validation"):
        # the first pass checks the list itself, the second makes DRF's shape of the items' errors
        with replaced(serializer, run_child_validation=items.append):
            drf_serializers.ListSerializer.to_internal_value(serializer, data)
        turn = serializer._item_turns() if hasattr(serializer, "_item_turns") else nullcontext
        outcomes = iter([await _item_outcome(serializer.child, item, turn) for item in items])
        with replaced(serializer, run_child_validation=lambda item: next(outcomes).get()):
            return drf_serializers.ListSerializer.to_internal_value(serializer, data)
    return serializer.to_internal_value(data)


@dataclass(slots=True)
class Outcome:
    """What a validation came to: a value, or the error to raise where DRF expects it."""

    value: Any = None
    error: Exception | None = None

    def get(self, *_arguments: Any) -> Any:
        if self.error is not None:
            raise self.error
        return self.value


async def _outcome(field: Any, data: Any) -> Outcome:
    try:
        return Outcome(value=await validation(field, data))
    except ValidationError as error:
        return Outcome(error=error)


async def _item_outcome(child: Any, item: Any, turn: Callable[[Any], AbstractContextManager[Any]]) -> Outcome:
    try:
        with turn(item):
            return Outcome(value=await validation(child, item))
    except ValidationError as error:
        return Outcome(error=error)


class _Items(Exception):  # noqa: N818  # it leaves a method early, and is no error
    """Carries the items that a container was about to validate."""

    def __init__(self, items: Any) -> None:
        self.items = items


def _stop_at(items: Any) -> None:
    raise _Items(items)


async def _field_validation(field: Any, data: Any) -> Any:
    """A field's `run_validation` around its awaited items and validators, with all that its class adds to it."""
    methods: dict[str, Any] = {}
    if type(field) in OPEN_CONTAINERS:
        try:
            with replaced(field, run_child_validation=_stop_at, run_validators=_ignore):
                field.run_validation(data)
        except _Items as stopped:
            methods["run_child_validation"] = (await _container_outcome(field, stopped.items)).get
    to_check: list[Any] = []
    with replaced(field, run_validators=to_check.append, **methods):
        value = field.run_validation(data)
    for converted in to_check:
        await _validators(field, converted)
    return value


def _ignore(value: Any) -> None:
    return None


async def _container_outcome(field: Any, items: Any) -> Outcome:
    if isinstance(field, UnionField):
        return await _union_outcome(field, items)
    values: dict[Any, Any] = {}
    errors: dict[Any, Any] = {}
    try:
        parts = list(_parts(field, items))
    except ValidationError as error:
        return Outcome(error=error)
    for key, child, item in parts:
        try:
            values[key] = await validation(child, item)
        except ValidationError as error:
            errors[key] = error.detail
        except DjangoValidationError as error:
            errors[key] = drf.get_error_detail(error)
    if errors:
        return Outcome(error=ValidationError(errors))
    return Outcome(value=values if isinstance(field, drf.DictField) else list(values.values()))


async def _union_outcome(field: UnionField, data: Any) -> Outcome:
    trials = field.trials(data)
    try:
        member = next(trials)
        while True:
            outcome = await _outcome(member, data)
            if outcome.error is None:
                return outcome
            member = trials.throw(outcome.error)
    except ValidationError as error:
        return Outcome(error=error)
    finally:
        trials.close()


def _parts(field: Any, items: Any) -> Iterable[tuple[Any, Any, Any]]:
    if isinstance(field, drf.DictField):
        return [(str(key), field.child, item) for key, item in items.items()]
    items = list(items)
    children = field.children_of(items) if isinstance(field, TupleField) else [field.child] * len(items)
    return [(index, child, item) for index, (child, item) in enumerate(zip(children, items, strict=True))]


async def _validators(field: Any, value: Any) -> None:
    """DRF's `run_validators`."""
    if isinstance(field, drf_serializers.Serializer) and isinstance(value, dict):
        value = {**field._read_only_defaults(), **value}
    errors: list[Any] = []
    for validator in field.validators:
        arguments = (value, field) if getattr(validator, "requires_context", False) else (value,)
        try:
            await settled(validator(*arguments))
        except (ValidationError, DjangoValidationError) as error:
            note(error, errors)
    if errors:
        raise ValidationError(errors)
