"""`BulkListSerializer`: lists that are written with one statement a batch."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from django.db import router, transaction
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.utils import model_meta

from restflow.core import ConfigError
from restflow.serializers._flows import replaced
from restflow.serializers._hostile import text_of
from restflow.serializers._options import option
from restflow.serializers._twins import is_library_member, twin
from restflow.serializers.listing import ListSerializer


class BulkListSerializer(ListSerializer[Any]):
    """Creates with `bulk_create` and updates with `bulk_update`: no `save()` and no signals.

    `Meta.bulk_batch_size` is the number of rows a statement, `Meta.update_lookup_field` the field that tells which
    instance an item is for. What cannot be written in bulk is created one by one: many-to-many values, inherited
    tables, a child with a `create` of its own.
    """

    _turn: Any = staticmethod(nullcontext)

    def create(self, validated_data: Any) -> Any:
        """The new instances, in one transaction."""
        child: Any = self.child
        model = child.Meta.model
        if not self._creates_in_bulk(model, validated_data):
            return super().create(validated_data)
        batch = option(type(child), "bulk_batch_size")
        with transaction.atomic(using=router.db_for_write(model)):
            return model._default_manager.bulk_create([model(**item) for item in validated_data], batch_size=batch)

    def _creates_in_bulk(self, model: Any, validated_data: Any) -> bool:
        to_many = {name for name, info in model_meta.get_field_info(model).relations.items() if info.to_many}
        own_create = not is_library_member(type(self.child), "create") or twin(type(self.child), "create").owner
        inherited = len(model._meta.concrete_model._meta.parents) > 0
        return not own_create and not inherited and not any(to_many & set(item) for item in validated_data)

    def run_child_validation(self, data: Any) -> Any:
        """DRF's; in an update each item is checked against its own instance. Raises `ValidationError`."""
        with self._turn(data):
            return super().run_child_validation(data)

    def to_internal_value(self, data: Any) -> Any:
        """DRF's, with the instances at hand. Raises `ValidationError`."""
        with replaced(self, _turn=self._item_turns()):
            return super().to_internal_value(data)

    def _item_turns(self) -> Callable[[Any], AbstractContextManager[Any]]:
        """In an update, gives the child the instance of each item while that is validated.

        What it makes raises `ValidationError` for an item that is for no instance, or for that of another item.
        """
        if self.instance is None:
            return nullcontext
        name, attribute = self._lookup_field, self._lookup_attribute
        child: Any = self.child
        seen: set[str] = set()
        instances = {str(getattr(instance, attribute)): instance for instance in self.instance}

        @contextmanager
        def turn(data: Any) -> Iterator[None]:
            if not isinstance(data, Mapping):
                yield  # the child refuses it
                return
            if name not in data:
                raise _error(name, "This field is required.", "required")
            key = text_of(data[name])
            if key in seen:
                raise _error(name, "Another item has the same value.", "duplicate")
            instance = instances.get(key or "")
            if key is None or instance is None:
                raise _error(name, "No object has this value.", "does_not_exist")
            seen.add(key)
            child.instance, child.initial_data = instance, data
            try:
                yield
            finally:
                child.instance = self.instance
                del child.initial_data

        return turn

    @property
    def _lookup_field(self) -> str:
        """The name of the field in the input."""
        child: Any = self.child
        name: str = option(type(child), "update_lookup_field")
        pk = child.Meta.model._meta.pk.name
        return pk if name == "pk" and "pk" not in child.fields and pk in child.fields else name

    @property
    def _lookup_attribute(self) -> str:
        child: Any = self.child
        field = child.fields.get(self._lookup_field)
        if field is not None and field.read_only:
            raise ConfigError(
                f"{type(child).__qualname__}: {self._lookup_field!r} tells which instance an item is for, and is "
                "read-only.",
                hint=f"Declare it writable, as `{self._lookup_field} = IntegerField()`.",
            )
        return "pk" if field is None else str(field.source)

    def update(self, instance: Any, validated_data: Any) -> Any:
        """The instances that are mentioned, written together; the others stay as they are."""
        child: Any = self.child
        model, attribute = child.Meta.model, self._lookup_attribute
        known = {str(getattr(one, attribute)): one for one in instance}
        relations = model_meta.get_field_info(model).relations
        names_of_columns = {column.name for column in model._meta.concrete_fields}
        fixed = {attribute, "pk", model._meta.pk.name}
        changed: list[Any] = []
        columns: set[str] = set()
        with transaction.atomic(using=router.db_for_write(model)):
            for item in validated_data:
                one = known[str(item[attribute])]
                for name, value in item.items():
                    if name in relations and relations[name].to_many:
                        getattr(one, name).set(value)
                    elif name not in fixed:
                        setattr(one, name, value)  # what is no column too, as DRF does
                        columns |= {name} & names_of_columns
                changed.append(one)
            if columns and changed:
                batch = option(type(child), "bulk_batch_size")
                model._default_manager.bulk_update(changed, sorted(columns), batch_size=batch)
        return changed


def _error(name: str, text: str, code: str) -> ValidationError:
    return ValidationError({name: [ErrorDetail(text, code=code)]})
