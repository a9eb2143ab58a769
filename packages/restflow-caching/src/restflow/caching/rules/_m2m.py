"""Listening to many-to-many relations, from either side."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Model
from django.db.models.signals import m2m_changed

from restflow.caching.rules._changes import change, record_change
from restflow.caching.rules._loaded import current_states
from restflow.caching.rules._registered import RegisteredRule
from restflow.caching.rules._registry import hears
from restflow.caching.rules._relations import relation
from restflow.caching.rules.rule import SignalTypes

CLEARED = "restflow_cleared"
"""The attribute of an instance's `_state` that holds related rows before a clear."""

_receivers: dict[Any, tuple[Any, Callable[..., None]]] = {}


def listen_to_relations(rule: RegisteredRule) -> None:
    """Connects a receiver for each relation that a rule names."""
    for name in rule.rule.m2m_fields:
        field = relation(rule.model, name)
        if field is None:
            continue  # the check restflow.E305 says so
        through = field.remote_field.through
        receiver = _receiver(rule, field)
        m2m_changed.connect(receiver, sender=through, weak=False, dispatch_uid=("restflow.caching", rule.id, name))
        _receivers[rule.id, name] = (through, receiver)


def forget_relations(rule_ids: Iterable[str]) -> None:
    """Disconnects the relations of rules that are gone."""
    gone = set(rule_ids)
    for key in [key for key in _receivers if key[0] in gone]:
        through, _ = _receivers.pop(key)
        m2m_changed.disconnect(sender=through, dispatch_uid=("restflow.caching", *key))


def _receiver(rule: RegisteredRule, field: Any) -> Callable[..., None]:
    """The receiver for one relation of one rule: finds the rows of the rule's model that are concerned."""

    def changed(
        sender: Any, instance: Model, action: str, reverse: bool, pk_set: "set[Any] | None", using: str, **kwargs: Any
    ) -> None:
        if action not in ("post_add", "post_remove", "pre_clear", "post_clear"):
            return
        itself = field.remote_field.model is field.model or issubclass(type(instance), field.remote_field.model)
        rows: list[Model] = []
        if not reverse or (itself and hears(rule.model or Model, type(instance))):
            rows.append(instance)
        if reverse or itself:
            rows += _other_side(rule, field, instance, action, pk_set, using)
        if action == "pre_clear":
            return
        for row in rows:
            before, after = current_states(row, using)
            record_change(
                change(
                    row,
                    using,
                    before=before,
                    after=after,
                    created=False,
                    signal_type=SignalTypes.M2M_CHANGED,
                    only=(rule,),
                )
            )

    return changed


def _other_side(
    rule: RegisteredRule, field: Any, instance: Model, action: str, pk_set: "set[Any] | None", using: str
) -> list[Model]:
    """Rows of the rule's model where the change came from the related one; before a clear they are noted."""
    model = field.model
    noted: dict[Any, list[Any]] = instance._state.__dict__.setdefault(CLEARED, {})
    if action == "pre_clear":
        lookup = {field.name: instance.pk}
        noted[rule.id, field.name] = list(
            model._base_manager.using(using).filter(**lookup).values_list("pk", flat=True)
        )
        return []
    pks: Iterable[Any] = noted.pop((rule.id, field.name), []) if action == "post_clear" else (pk_set or ())
    return list(model._base_manager.using(using).filter(pk__in=list(pks)))
