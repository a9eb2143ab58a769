"""Listening to models: the receivers of saves and deletes, for every class that a rule concerns.

Models without rules have no receivers, and pay nothing.
"""

import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any
from weakref import ref

from django.db.models import Model
from django.db.models.signals import class_prepared, post_delete, post_save, pre_delete, pre_save

from restflow.caching.rules._changes import change, record_change
from restflow.caching.rules._collect import Written
from restflow.caching.rules._loaded import before_change, forget_watches, reloaded, remember, watch_of, written
from restflow.caching.rules._m2m import listen_to_relations
from restflow.caching.rules._registered import RegisteredRule
from restflow.caching.rules._registry import family, hears, registry
from restflow.caching.rules._states import State, is_expression
from restflow.caching.rules.rule import SignalTypes

BEFORE = "restflow_before"
"""The attribute of an instance's `_state` that holds the state before a change under way."""

ORIGINAL = "restflow_original"
"""The attribute of our version of a method that holds the class's own."""

_connected: set[type[Model]] = set()
_lock = threading.RLock()


def _before_save(sender: type[Model], instance: Model, using: str, raw: bool = False, **kwargs: Any) -> None:
    watch = watch_of(sender)
    before = before_change(instance, using, watch, adding=not raw)
    values = instance.__dict__
    # noted now: newer versions of Django put the computed value in an expression's place
    expressions = [name for name in watch.columns if is_expression(values.get(name))]
    instance._state.__dict__[BEFORE] = (before, frozenset(expressions))


def _after_save(
    sender: type[Model],
    instance: Model,
    created: bool,
    using: str,
    update_fields: "frozenset[str] | None" = None,
    **kwargs: Any,
) -> None:
    before, expressions = instance._state.__dict__.pop(BEFORE, (None, frozenset()))
    if created:
        before = None
    watch = watch_of(sender)
    after = written(instance, watch, before, update_fields, using, expressions)
    record_change(
        change(
            instance,
            using,
            before=before,
            after=after,
            created=created,
            signal_type=SignalTypes.POST_SAVE,
            update_fields=update_fields,
            expressions=expressions,
        ),
        Written(ref(instance), after),
    )


def _before_delete(sender: type[Model], instance: Model, using: str, **kwargs: Any) -> None:
    before = before_change(instance, using, watch_of(sender), adding=False)
    values = instance.__dict__
    if before is None:
        before = {name: values[name] for name in watch_of(sender).columns if name in values}
    instance._state.__dict__[BEFORE] = before


def _after_delete(sender: type[Model], instance: Model, using: str, **kwargs: Any) -> None:
    before: State | None = instance._state.__dict__.pop(BEFORE, None)
    record_change(
        change(instance, using, before=before, after=None, created=False, signal_type=SignalTypes.POST_DELETE)
    )


_SIGNALS = (
    (pre_save, _before_save),
    (post_save, _after_save),
    (pre_delete, _before_delete),
    (post_delete, _after_delete),
)


def listen(rule: RegisteredRule) -> None:
    """Connects receivers for every class that a rule concerns, and for those that are still to come."""
    model = rule.model
    assert model is not None
    with _lock:
        forget_watches()
        class_prepared.connect(_class_prepared, dispatch_uid="restflow.caching")
        for cls in family(model):
            _connect(cls)
        listen_to_relations(rule)


def _connect(cls: type[Model]) -> None:
    if cls in _connected:
        return
    _connected.add(cls)
    for signal, receiver in _SIGNALS:
        signal.connect(receiver, sender=cls, weak=False, dispatch_uid=("restflow.caching", cls))
    _hook(cls, "from_db", _remembering)
    _hook(cls, "refresh_from_db", _reloading)


def _hook(cls: type[Model], name: str, hooked: Callable[[Any], Any]) -> None:
    """Puts our version of a method in place of the class's own; both read rows, and Django has no signal for it.

    `post_init` would come for every instance, and costs as much as making one.
    """
    own: Any = getattr(cls, name)
    if hasattr(own, ORIGINAL):
        return  # inherited from a class that is tracked already
    own = getattr(own, "__func__", own)
    ours = functools.wraps(own)(hooked(own))
    setattr(ours, ORIGINAL, inspect.getattr_static(cls, name))
    setattr(cls, name, classmethod(ours) if name == "from_db" else ours)


def _remembering(original: Any) -> Any:
    def from_db(cls: type[Model], *args: Any, **kwargs: Any) -> Model:
        instance: Model = original(cls, *args, **kwargs)
        if cls in _connected:
            remember(instance, watch_of(cls))
        return instance

    return from_db


def _reloading(original: Any) -> Any:
    def refresh_from_db(self: Model, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if type(self) in _connected:
            reloaded(self, kwargs.get("fields", args[1] if len(args) > 1 else None))

    return refresh_from_db


def _class_prepared(sender: type[Model], **kwargs: Any) -> None:
    registry.forget_classes()
    forget_watches()
    if any(rule.model is not None and hears(rule.model, sender) for rule in registry.all()):
        with _lock:
            _connect(sender)


def forget_unused() -> None:
    """Disconnects the classes that no rule concerns any more."""
    with _lock:
        forget_watches()
        for cls in [cls for cls in _connected if not registry.rules_for(cls)]:
            _connected.discard(cls)
            for signal, _ in _SIGNALS:
                signal.disconnect(sender=cls, dispatch_uid=("restflow.caching", cls))
            for name in ("from_db", "refresh_from_db"):
                _unhook(cls, name)


def _unhook(cls: type[Model], name: str) -> None:
    ours = vars(cls).get(name)
    original = getattr(getattr(ours, "__func__", ours), ORIGINAL, None)
    if original is None:
        return
    delattr(cls, name)
    if inspect.getattr_static(cls, name) is not original:
        setattr(cls, name, original)
