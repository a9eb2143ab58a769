"""Changes that Django sends no signals for: told by hand, or by a QuerySet that tells them itself."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connections, router, transaction
from django.db.models import Model, Q, QuerySet

from restflow.caching.rules._changes import change, record_change, work_of
from restflow.caching.rules._collect import Due, record
from restflow.caching.rules._loaded import current_states, watch_of
from restflow.caching.rules._registered import EVERYTHING
from restflow.caching.rules._registry import family, hears, registry
from restflow.caching.rules._states import State
from restflow.caching.rules.rule import SignalTypes
from restflow.core import in_thread

CHUNK = 500
"""Rows in one query."""


def invalidate_instance(instance: Model, *, using: str | None = None) -> None:
    """Invalidates as if the instance had been saved; `watch_fields` and `invalidate_when` do not matter."""
    if not registry.rules_for(type(instance)):
        return
    alias = using or instance._state.db or router.db_for_write(type(instance), instance=instance)
    before, after = current_states(instance, alias)
    record_change(change(instance, alias, before=before, after=after, created=False, signal_type=SignalTypes.MANUAL))


def invalidate_queryset(queryset: "QuerySet[Any, Any]") -> None:
    """Invalidates every row that the QuerySet selects now: one query for the columns that rules need."""
    if not registry.rules_for(queryset.model):
        return
    using = queryset.db
    for instance, state in _rows(queryset):
        _record(instance, using, None, state)


def invalidate_model(model: type[Model], *, using: str | None = None) -> None:
    """Invalidates everything of every function with a rule on the model."""
    alias = using or router.db_for_write(model)
    rules = {rule for cls in family(model) for rule in registry.rules_for(cls)}
    rules |= {rule for rule in registry.all() if rule.model is not None and hears(rule.model, model)}
    record(alias, [Due(rule, EVERYTHING, None, SignalTypes.MANUAL) for rule in sorted(rules, key=lambda r: r.id)])


async def ainvalidate_instance(instance: Model, *, using: str | None = None) -> None:
    """`invalidate_instance` for async code."""
    await in_thread(invalidate_instance, instance, using=using)


async def ainvalidate_queryset(queryset: "QuerySet[Any, Any]") -> None:
    """`invalidate_queryset` for async code."""
    await in_thread(invalidate_queryset, queryset)


async def ainvalidate_model(model: type[Model], *, using: str | None = None) -> None:
    """`invalidate_model` for async code."""
    await in_thread(invalidate_model, model, using=using)


def _record(instance: Model, using: str, before: State | None, after: State | None, *, created: bool = False) -> None:
    record_change(change(instance, using, before=before, after=after, created=created, signal_type=SignalTypes.MANUAL))


def _rows(queryset: "QuerySet[Any, Any]") -> Iterator[tuple[Model, State]]:
    """The rows with the columns that rules need, read in chunks."""
    watch = watch_of(queryset.model)
    plain: QuerySet[Any, Any] = queryset.select_related(None).prefetch_related(None).only(*watch.columns)
    for instance in plain.iterator(chunk_size=CHUNK):
        yield instance, {name: instance.__dict__[name] for name in watch.columns}


class InvalidatingQuerySet(QuerySet[Any, Any]):
    """A QuerySet whose `update`, `bulk_create` and `bulk_update` invalidate, for the states before and after.

    `objects = InvalidatingQuerySet.as_manager()`, or mixed in first. The change and the reading share one transaction;
    models without rules pay nothing.
    """

    def update(self, **kwargs: Any) -> int:
        """`QuerySet.update`, which wipes by the old and the new values of every row."""
        if not registry.rules_for(self.model):
            return super().update(**kwargs)
        using = self._write_db()
        with transaction.atomic(using=using):
            rows = self.using(using).order_by()
            if connections[using].features.has_select_for_update and not rows.query.distinct:
                rows = rows.select_for_update(of=("self",)) if _locks_of_self(using) else rows.select_for_update()
            before = {instance.pk: (instance, state) for instance, state in _rows(rows)}
            count = super().update(**kwargs)
            self._record_pairs(before, using)
        return count

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """`QuerySet.bulk_create`; new rows fire the rules with `trigger_on_create`, updated ones all."""
        if not registry.rules_for(self.model):
            return super().bulk_create(objs, *args, **kwargs)
        using = self._write_db()
        objs = list(objs)
        updates = bool(kwargs.get("update_conflicts"))
        with transaction.atomic(using=using):
            before = self._conflicting(objs, kwargs.get("unique_fields"), using) if updates else {}
            created = super().bulk_create(objs, *args, **kwargs)
            for obj in created:
                _, after = current_states(obj, using)
                made = change(obj, using, before=None, after=after, created=True, signal_type=SignalTypes.POST_SAVE)
                record(using, work_of(made))
            self._record_pairs(before, using)
        return created

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> int:
        """`QuerySet.bulk_update`, which wipes by the old and the new values of every row."""
        if not registry.rules_for(self.model):
            return super().bulk_update(objs, fields, batch_size)
        using = self._write_db()
        objs = tuple(objs)
        with transaction.atomic(using=using):
            before = self._by_pk([obj.pk for obj in objs], using)
            count = super().bulk_update(objs, fields, batch_size)
            self._record_pairs(before, using)
        return count

    bulk_update.alters_data = True  # type: ignore[attr-defined]

    async def aupdate(self, **kwargs: Any) -> int:
        """`update` for async code."""
        return await in_thread(self.update, **kwargs)

    async def abulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """`bulk_create` for async code."""
        return await in_thread(self.bulk_create, objs, *args, **kwargs)

    async def abulk_update(self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> int:
        """`bulk_update` for async code."""
        return await in_thread(self.bulk_update, objs, fields, batch_size)

    def _write_db(self) -> str:
        self._for_write = True  # as Django's own writing methods do
        return self.db

    def _by_pk(self, pks: Iterable[Any], using: str) -> dict[Any, tuple[Model, State]]:
        found: dict[Any, tuple[Model, State]] = {}
        iterator = iter(pks)
        while chunk := list(islice(iterator, CHUNK)):
            rows = self.model._base_manager.using(using).filter(pk__in=chunk)
            found.update((instance.pk, (instance, state)) for instance, state in _rows(rows))
        return found

    def _conflicting(
        self, objs: list[Any], unique_fields: Sequence[str] | None, using: str
    ) -> dict[Any, tuple[Model, State]]:
        """The rows that an upsert will update, as they are before it."""
        if not unique_fields:  # some databases do not say by which constraint: any unique column may be it
            names = [[f.attname] for f in self.model._meta.concrete_fields if f.unique]
            names += [list(constraint.fields) for constraint in self.model._meta.total_unique_constraints]
        else:
            names = [list(unique_fields)]
        found: dict[Any, tuple[Model, State]] = {}
        iterator = iter(objs)
        while chunk := list(islice(iterator, CHUNK // 5)):
            condition = Q()
            for obj in chunk:
                for group in names:
                    values = {name: getattr(obj, name) for name in group}
                    if None not in values.values():
                        condition |= Q(**values)
            if condition:
                rows = self.model._base_manager.using(using).filter(condition)
                found.update((instance.pk, (instance, state)) for instance, state in _rows(rows))
        return found

    def _record_pairs(self, before: dict[Any, tuple[Model, State]], using: str) -> None:
        after = self._by_pk(before, using)
        for pk, (instance, state) in before.items():
            _record(instance, using, state, after[pk][1] if pk in after else None)


def _locks_of_self(using: str) -> bool:
    return bool(connections[using].features.has_select_for_update_of)
