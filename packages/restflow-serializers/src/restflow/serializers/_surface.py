"""The async names that serializers and lists of them share, and the guards of the sync ones."""

import asyncio
import inspect
import os
from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any

from django.core.exceptions import SynchronousOnlyOperation
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers

from restflow.core import in_thread, is_async_callable, require_sync
from restflow.serializers import _flows as flows
from restflow.serializers._blueprints import Blueprint
from restflow.serializers._in_memory import NotInMemoryError
from restflow.serializers._json import DiffersError, RawValues, dumps, is_available, ready
from restflow.serializers._output import awaited_output, renders_inline
from restflow.serializers._tree import (
    AsyncHook,
    blueprint_in_use,
    hooks_given_to,
    may_block,
    output_hooks,
    output_twins,
    saving_hook,
    validation_hooks,
)
from restflow.serializers._twins import twin
from restflow.serializers.validated_data import transform_validated_data

_NOTHING: Any = object()
_RENDERED_OR_GIVEN = frozenset({"_data", "initial_data", "_errors", "to_representation"})
"""What an instance has whose output is there already, or depends on more than its object."""


class AsyncSurface(drf_serializers.BaseSerializer[Any]):
    """The async face of a serializer: the `a` names, and sync names that refuse what they would skip.

    An instance belongs to one task at a time.
    """

    _awaiting_hooks = False
    _awaiting_output = False
    _output_is_sync = False
    _represents_itself = False
    """Whether the class renders by code of the project, which may be async."""
    _wrapped: Any = _NOTHING

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._represents_itself = twin(cls, "to_representation").owner is not None
        if twin(cls, "run_validation").refused and twin(cls, "is_valid").owner is None:
            # DRF's `is_valid` would take the coroutine for validated data
            cls.is_valid = _refuse_is_valid  # type: ignore[assignment, method-assign]

    @property
    def has_async_hooks(self) -> bool:
        """Whether the tree has an async hook for validating, saving or rendering."""
        child = getattr(self, "child", None)
        blueprint = blueprint_in_use(self if child is None else child)
        if blueprint is None:
            return any(True for _hook in self._async_hooks())
        known = blueprint.part(_known_to_await)
        awaits = known.get(type(self))
        if awaits is None:
            awaits = known[type(self)] = self._awaits_as_class(blueprint)
        return awaits or bool(hooks_given_to(self)) or (child is not None and bool(hooks_given_to(child)))

    @classmethod
    def _awaits_as_class(cls, blueprint: Blueprint) -> bool:
        """Whether instances without hooks of their own have any; of a list, one of those that `blueprint` is of."""
        bare: Any = blueprint.prototype
        if cls is not blueprint.cls:
            bare = object.__new__(cls)
            bare._args, bare._kwargs, bare.child = (), {}, blueprint.prototype
            drf_serializers.BaseSerializer.__init__(bare)
        return any(True for _hook in bare._async_hooks())

    def _async_hooks(self) -> Iterable[AsyncHook]:
        yield from validation_hooks(self)
        for name in ("create", "update"):
            if self._awaited_saving_hook(name) is not None:
                yield AsyncHook(type(self).__qualname__, f"a{name}", "asave")
        yield from output_hooks(self)

    # --- validation

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        # The first thing that `run_validation` calls, and it has returned when the data is looked at: a guard around
        # `run_validation` would be one stack frame more, to which DRF's warnings would then point.
        if not self._awaiting_hooks:
            self._refuse_async_validation()
        return super().validate_empty_values(data)

    def _refuse_async_validation(self, blueprint: Blueprint | None = None) -> None:
        if "_validates_sync" not in vars(self):
            _refuse(validation_hooks(self, blueprint))
            self._validates_sync = True

    async def ais_valid(self, *, raise_exception: bool = False) -> bool:
        """`is_valid()`, with the async hooks of the tree awaited."""
        chosen = twin(type(self), "is_valid")
        if chosen.owner is not None and chosen.attribute == "is_valid":
            return bool(await _in_its_place(self.is_valid, raise_exception=raise_exception))
        outcome = flows.Outcome()
        if hasattr(self, "initial_data") and not hasattr(self, "_validated_data"):
            try:
                outcome.value = await self._driven(flows.validation(self, self.initial_data))
            except drf_serializers.ValidationError as error:
                outcome.error = error
        with flows.replaced(self, run_validation=outcome.get):  # the rest is as in DRF
            return super().is_valid(raise_exception=raise_exception)

    async def _driven(self, flow: flows.Flow[Any]) -> Any:
        return await flows.drive(flow, inline=not may_block(self))

    async def arun_validation(self, data: Any = drf.empty) -> Any:
        """`run_validation()`, with the async hooks of the tree awaited."""
        return await self._driven(flows.own_validation(self, data))

    async def ato_internal_value(self, data: Any) -> Any:
        """`to_internal_value()`, with the async hooks of the tree awaited."""
        return await self._driven(flows.own_internal_value(self, data))

    async def avalidate(self, attrs: Any) -> Any:
        """The cross-field hook; by default what `validate` does."""
        return await _in_its_place(self.validate, attrs)  # type: ignore[attr-defined]

    @property
    def validated_data(self) -> Any:
        """The validated data as `ValidatedData`, or a list of it."""
        value = super().validated_data
        if value is not self._wrapped:
            value = self._validated_data = self._wrapped = transform_validated_data(value)
        return value

    # --- saving

    def save(self, **kwargs: Any) -> Any:
        self._take_raw()  # DRF refuses to save what was rendered
        hook = saving_hook(self, self._saving_name)
        if hook is not None:
            raise hook.refusal()
        before = self.instance
        saved = super().save(**kwargs)
        if inspect.isawaitable(saved):
            self.instance = before
            require_sync(saved, f"await {type(self).__qualname__}.asave()")
        return saved

    @property
    def _saving_name(self) -> str:
        return "create" if self.instance is None else "update"

    async def asave(self, **kwargs: Any) -> Any:
        """`save()`, with an async `create` or `update` awaited."""
        chosen = twin(type(self), "save")
        if chosen.owner is not None and chosen.attribute == "save":
            return await _in_its_place(self.save, **kwargs)
        self._take_raw()
        name = self._saving_name
        hook = self._awaited_saving_hook(name)
        if hook is None:
            return await in_thread(self.save, **kwargs)
        before = self.instance
        calls: list[tuple[Any, ...]] = []

        def record(*arguments: Any) -> Any:
            calls.append(arguments)
            return calls

        try:
            with flows.replaced(self, create=record, update=record):
                super().save(**kwargs)  # DRF's assertions, and the arguments of the hook
        finally:
            self.instance = before
        saved = await hook(*calls[0])
        assert saved is not None, f"`{name}()` did not return an object instance."
        self.instance = saved
        return saved

    def _awaited_saving_hook(self, name: str) -> Callable[..., Awaitable[Any]] | None:
        chosen = twin(type(self), name)
        return getattr(self, chosen.attribute) if chosen.awaited else None

    async def acreate(self, validated_data: Any) -> Any:
        """The hook that `asave` awaits to create; by default what `create` does."""
        return await self._saved_by_default("create", validated_data)

    async def aupdate(self, instance: Any, validated_data: Any) -> Any:
        """The hook that `asave` awaits to update; by default what `update` does."""
        return await self._saved_by_default("update", instance, validated_data)

    async def _saved_by_default(self, name: str, *arguments: Any) -> Any:
        method = getattr(self, name)
        if getattr(method, "__func__", None) is getattr(drf_serializers.BaseSerializer, name):
            raise NotImplementedError(f"`a{name}()` must be implemented.")
        return await _in_its_place(method, *arguments)

    # --- output

    @property
    def _output_is_awaited(self) -> bool:
        """Whether what hooks leave in the output will be awaited."""
        return bool(getattr(self.root, "_awaiting_output", False))

    def _refuse_async_output(self, blueprint: Blueprint | None = None) -> None:
        if not self._output_is_sync and not self._output_is_awaited:
            _refuse(output_hooks(self, blueprint))
            self._output_is_sync = True

    @property
    def data(self) -> Any:
        self._take_raw()
        if not hasattr(self, "_data") and self._is_ready_to_render:
            if self._represents_itself:
                self._refuse_async_output()
            if loop_is_running() and not self._data_is_in_memory:
                self._refuse_async_output()
                raise SynchronousOnlyOperation(
                    f"{type(self).__qualname__}.data may query or block, and an event loop is running; "
                    "use `await serializer.adata`."
                )
            if self._represents_itself:
                with flows.replaced(self, to_representation=self._sync_output):
                    return super().data
        return super().data

    def _sync_output(self, instance: Any) -> Any:
        """What the class's own `to_representation` gives, which must not be an awaitable."""
        output = type(self).to_representation(self, instance)
        return require_sync(output, f"`await` with adata of {type(self).__qualname__}")

    def _take_raw(self) -> None:
        """Makes the data of what `render_json` has read."""
        if "_raw" in vars(self):
            output = vars(self).pop("_raw")
            self._complete_raw(output)
            self._data = output

    @property
    def _is_ready_to_render(self) -> bool:
        return not hasattr(self, "initial_data") or hasattr(self, "_validated_data")

    @property
    def _data_is_in_memory(self) -> bool:
        if getattr(self, "_errors", None):
            return not may_block(self)
        if self.instance is not None:
            return renders_inline(self, self.instance)
        if hasattr(self, "_validated_data"):
            return renders_inline(self, self.validated_data)
        return not may_block(self)

    def render_json(self) -> bytes | None:
        """The bytes that DRF's `JSONRenderer` makes of `data`, made in one step; `None` means: read `data` instead.

        It may query, like `data`, and nothing is read twice: `data` is then made from the values that were read here.
        `None` comes where orjson is not installed, where the serializer renders in a way of its own or awaits, and
        where a value turns up whose text could differ.
        """
        if (
            not is_available()
            or self.instance is None
            or getattr(self, "_errors", None)
            or not self._is_ready_to_render
        ):
            return None
        blueprint = self._raw_blueprint()
        if blueprint is None or output_hooks(self, blueprint):
            return None
        if not hasattr(self, "_data"):
            if loop_is_running() and not self._data_is_in_memory:
                return None
            return self._rendered_raw(blueprint)
        try:
            return dumps(ready(self._data))
        except DiffersError:
            return None

    def _rendered_raw(self, blueprint: Blueprint) -> bytes | None:
        values = RawValues()
        output = self._raw_output(blueprint, values)
        written = None if values.differs else dumps(output)
        values.restore()
        self._raw = output  # `data` is completed when it is read
        return written

    def _raw_blueprint(self) -> Blueprint | None:
        """What the output can be made by without the values between; of a list, that of its items."""
        return None

    def _raw_output(self, blueprint: Blueprint, values: RawValues) -> Any:
        raise NotImplementedError

    def _complete_raw(self, output: Any) -> None:
        raise NotImplementedError

    @property
    def adata(self) -> Awaitable[Any]:
        """`data`, to be awaited: async hooks for output are awaited, and what may query runs in the thread."""
        return self._adata()

    async def _adata(self) -> Any:
        self._take_raw()
        if self.instance is not None and vars(self).keys().isdisjoint(_RENDERED_OR_GIVEN):
            with suppress(NotInMemoryError):
                self._data = self._output_in_memory()
        if not hasattr(self, "_data") and self._is_ready_to_render:
            # DRF's rules for what is rendered, without the wrapper that wants the finished output
            read = partial(drf_serializers.BaseSerializer.data.fget, self)  # type: ignore[attr-defined]
            try:
                self._data = await self._rendered(read, output_twins(self), inline=self._data_is_in_memory)
            except BaseException:
                vars(self).pop("_data", None)
                raise
        return self.data

    def _output_in_memory(self) -> Any:
        """The output, if it is made of what is in memory alone. Raises `NotInMemoryError`."""
        raise NotInMemoryError

    async def ato_representation(self, instance: Any) -> Any:
        """`to_representation()`, with the async hooks of the tree awaited."""
        chosen = twin(type(self), "to_representation")
        own = chosen.owner is not None and chosen.attribute == "to_representation"
        render = partial(self.to_representation if own else super().to_representation, instance)
        beneath = (field for field in output_twins(self) if field is not self)
        return await self._rendered(render, beneath, inline=renders_inline(self, instance))

    async def _rendered(self, render: Callable[[], Any], twins: Iterable[Any], *, inline: bool) -> Any:
        """Renders, with coroutines where `twins` and async method fields stand, and then awaits these."""

        def leave_coroutines() -> Any:
            with ExitStack() as stack:
                for serializer in twins:
                    method = serializer.ato_representation
                    stack.enter_context(flows.replaced(serializer, to_representation=method))
                return render()

        with flows.replaced(self.root, _awaiting_output=True):  # type: ignore[arg-type]
            if inline or is_async_callable(render):
                return await awaited_output(leave_coroutines())
            return await awaited_output(await in_thread(leave_coroutines))


def _known_to_await(_blueprint: Blueprint) -> dict[type, bool]:
    return {}


def _refuse_is_valid(self: AsyncSurface, *, raise_exception: bool = False) -> bool:
    """Stands for `is_valid` where validating is async. Raises `TypeError`."""
    _refuse(validation_hooks(self))
    return super(AsyncSurface, self).is_valid(raise_exception=raise_exception)


def _refuse(hooks: Iterable[AsyncHook]) -> None:
    for hook in hooks:
        if hook.refused:
            raise hook.refusal()


async def _in_its_place(method: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Awaits an async method on the loop, and runs a sync one in the thread."""
    if is_async_callable(method):
        return await method(*arguments, **keywords)
    return await in_thread(method, *arguments, **keywords)


def loop_is_running() -> bool:
    """Whether an event loop runs in this thread, as Django's own guard sees it."""
    running = asyncio._get_running_loop() is not None  # which does not raise where there is none
    return running and not os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
