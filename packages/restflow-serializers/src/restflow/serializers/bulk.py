"""`BulkListSerializer`: lists that are written with one statement a batch."""

from collections.abc import Mapping
from typing import Any

from django.db import router, transaction
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.utils import model_meta

from restflow.serializers._options import option
from restflow.serializers._twins import is_library_member, twin
from restflow.serializers.listing import ListSerializer


class BulkListSerializer(ListSerializer[Any]):
    """Creates with `bulk_create` and updates with `bulk_update`: no `save()` and no signals.

    `Meta.bulk_batch_size` is the number of rows a statement, `Meta.update_lookup_field` the field that tells which
    instance an item is for. What cannot be written in bulk is created one by one: many-to-many values, inherited
    tables, a child with a `create` of its own.
    """

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
        if self.instance is None or not isinstance(data, Mapping):
            return super().run_child_validation(data)
        child: Any = self.child
        name, key = self._lookup_field, None
        if name not in data:
            raise _error(name, "This field is required.", "required")
        key = str(data[name])
        if key in self._seen:
            raise _error(name, "Another item has the same value.", "duplicate")
        self._seen.add(key)
        instance = self._instances.get(key)
        if instance is None:
            raise _error(name, "No object has this value.", "does_not_exist")
        child.instance, child.initial_data = instance, data
        try:
            return super().run_child_validation(data)
        finally:
            child.instance = self.instance
            del child.initial_data

    def to_internal_value(self, data: Any) -> Any:
        """DRF's, with the instances at hand. Raises `ValidationError`."""
        if self.instance is not None:
            attribute = self._lookup_attribute
            self._seen: set[str] = set()
            self._instances = {str(getattr(instance, attribute)): instance for instance in self.instance}
        return super().to_internal_value(data)

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
        return "pk" if field is None else str(field.source)

    def update(self, instance: Any, validated_data: Any) -> Any:
        """The instances that are mentioned, written together; the others stay as they are."""
        child: Any = self.child
        model, attribute = child.Meta.model, self._lookup_attribute
        known = {str(getattr(one, attribute)): one for one in instance}
        relations = model_meta.get_field_info(model).relations
        changed: list[Any] = []
        columns: set[str] = set()
        with transaction.atomic(using=router.db_for_write(model)):
            for item in validated_data:
                one = known[str(item[attribute])]
                for name, value in item.items():
                    if name in relations and relations[name].to_many:
                        getattr(one, name).set(value)
                    elif name != attribute and not model._meta.get_field(name).primary_key:
                        setattr(one, name, value)
                        columns.add(name)
                changed.append(one)
            if columns and changed:
                batch = option(type(child), "bulk_batch_size")
                model._default_manager.bulk_update(changed, sorted(columns), batch_size=batch)
        return changed


def _error(name: str, text: str, code: str) -> ValidationError:
    return ValidationError({name: [ErrorDetail(text, code=code)]})
