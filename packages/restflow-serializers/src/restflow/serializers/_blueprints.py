"""What depends on a serializer class alone, worked out once per class: its fields, and what is made from them.

A blueprint holds no request, context, instance or queryset result. It is made anew when what it was made from has
changed: `_declared_fields`, the options of `Meta`, methods, settings, the language. Two threads may make it twice, and
either is right.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

from django.conf import settings
from django.utils.translation import get_language
from rest_framework import serializers as drf_serializers
from rest_framework.settings import DEFAULTS, api_settings

from restflow.serializers._copying import Copy, copier
from restflow.serializers._twins import is_library_member
from restflow.serializers.pending import resolve_pending

T = TypeVar("T")

_FIELDS = ("get_fields", "fields", "_readable_fields", "_writable_fields")
_OUTPUT = ("to_representation", "data")
_INPUT = (
    "to_internal_value",
    "run_validation",
    "validate_empty_values",
    "set_value",
    "run_validators",
    "_read_only_defaults",
    "get_validators",
    "validators",
)
_DERIVATION = (
    "get_field_names",
    "get_default_field_names",
    "get_extra_kwargs",
    "include_extra_kwargs",
    "get_uniqueness_extra_kwargs",
    "_get_model_fields",
    "build_field",
    "build_standard_field",
    "build_relational_field",
    "build_nested_field",
    "build_property_field",
    "build_url_field",
    "build_unknown_field",
    "get_unique_together_validators",
    "get_unique_for_date_validators",
)
"""The methods with which a model serializer makes fields of a model."""
_MODEL_OPTIONS = (
    "serializer_related_field",
    "serializer_related_to_field",
    "serializer_url_field",
    "serializer_choice_field",
    "url_field_name",
)
_members = attrgetter(*_FIELDS, *_OUTPUT, *_INPUT, "validate")
_model_members = attrgetter(*_FIELDS, *_OUTPUT, *_INPUT, "validate", *_DERIVATION, *_MODEL_OPTIONS)

_SETTINGS = (
    "URL_FIELD_NAME",
    "HTML_SELECT_CUTOFF",
    "HTML_SELECT_CUTOFF_TEXT",
    "UPLOADED_FILES_USE_URL",
    "DATETIME_FORMAT",
    "DATE_FORMAT",
    "TIME_FORMAT",
    "DURATION_FORMAT",
    "DATETIME_INPUT_FORMATS",
    "DATE_INPUT_FORMATS",
    "TIME_INPUT_FORMATS",
    "COERCE_DECIMAL_TO_STRING",
    "COERCE_BIGINT_TO_STRING",
)
_django_settings = object.__getattribute__(settings, "__dict__")
_rest_state = vars(api_settings)
_known_settings = tuple(name for name in _SETTINGS if name in DEFAULTS)
_rest_settings, _read_settings = attrgetter(*_known_settings), itemgetter(*_known_settings)


class Blueprint:
    """The fields of one serializer class, and what follows from them.

    `fields` are templates, bound to `prototype`, an instance that nobody else sees; `copies` makes bound copies of
    them for an instance, `unbound` such as `get_fields` gives. `plain_fields` says whether an instance's `fields` are
    exactly copies of them; `plain_output` and `plain_input` whether the methods that render and validate are the
    library's too.
    """

    def __init__(self, cls: Any) -> None:
        self.cls = cls
        model = issubclass(cls, drf_serializers.ModelSerializer)
        self._members_of = _model_members if model else _members
        self._members = self._members_of(cls)
        self._names, self._declared = list(cls._declared_fields), list(cls._declared_fields.values())
        self._options = _Options(getattr(cls, "Meta", None))
        self._mapping = dict(cls.serializer_field_mapping) if model else None
        self._settings = _settings_now()
        self.is_derived = not model or all(is_library_member(cls, name) for name in _DERIVATION)
        self.plain_fields = self.is_derived and all(is_library_member(cls, name) for name in _FIELDS)
        self.plain_output = self.plain_fields and all(is_library_member(cls, name) for name in _OUTPUT)
        self.plain_input = self.plain_fields and all(is_library_member(cls, name) for name in _INPUT)
        self.fields: dict[str, Any] = {}
        self.unbound: dict[str, Copy] = {}
        self.copies: dict[str, Copy] = {}
        self._parts: dict[Callable[[Any], Any], Any] = {}
        self._by_language: dict[str | None, Blueprint] = {}
        if self.is_derived:
            self._derive()

    def _derive(self) -> None:
        self.prototype: Any = object.__new__(self.cls)
        self.prototype._args, self.prototype._kwargs = (), {}
        drf_serializers.BaseSerializer.__init__(self.prototype)  # the class's own may want arguments
        for name, field in self.prototype._derived_fields().items():
            self.unbound[name] = copier(field)
            field.bind(name, self.prototype)
            self.fields[name] = field
            self.copies[name] = copier(field)
        self.prototype._adopt_fields(self.fields, self)

        self._is_translated = any(_is_translated(field) for field in self.fields.values())

    def in_current_language(self) -> "Blueprint":
        """This blueprint, or one like it where its fields have texts that were translated when they were made."""
        if not self._is_translated:
            return self
        language = get_language()
        made = self._by_language.get(language)
        if made is None:
            made = self._by_language[language] = Blueprint(self.cls)
        return made

    def holds(self) -> bool:
        """Whether everything that it was made from is still so."""
        cls = self.cls
        declared = cls._declared_fields
        return (
            self._members_of(cls) == self._members
            # most serializers of models declare nothing
            and ((not declared and not self._names) or self._declares(declared))
            and self._options.hold(cls)
            and (self._mapping is None or cls.serializer_field_mapping == self._mapping)
            and _settings_now() == self._settings
        )

    def _declares(self, declared: Mapping[str, Any]) -> bool:
        return list(declared) == self._names and list(declared.values()) == self._declared

    def part(self, make: Callable[["Blueprint"], T]) -> T:
        """What `make` makes of this blueprint; made once."""
        try:
            part: T = self._parts[make]
        except KeyError:
            part = self._parts[make] = make(self)
        return part


class _Options:
    """The options of a `Meta` and its bases as they were: compared by value where they are containers."""

    def __init__(self, meta: Any) -> None:
        self.meta = meta
        owners = meta.__mro__[:-1] if isinstance(meta, type) else ()
        self.written = [(vars(owner), {name: _kept(value) for name, value in vars(owner).items()}) for owner in owners]

    def hold(self, cls: Any) -> bool:
        if getattr(cls, "Meta", None) is not self.meta:
            return False
        for now, before in self.written:  # noqa: SIM110  # a generator takes longer than the comparison
            if now != before:
                return False
        return True


def _kept(value: Any) -> Any:
    if type(value) in (list, tuple, set):
        return type(value)(map(_kept, value))
    if type(value) is dict:
        return {name: _kept(item) for name, item in value.items()}
    return value


def _settings_now() -> tuple[Any, ...]:
    # settings that were read lie in the state of the lazy objects, whose own attribute access is slow
    try:
        rest = _read_settings(_rest_state)
    except KeyError:
        rest = _rest_settings(api_settings)
    use_tz = _django_settings.get("USE_TZ")
    return rest, settings.USE_TZ if use_tz is None else use_tz


def _is_translated(field: Any) -> bool:
    """DRF puts the names of a unique column into the message of its validator when it makes the field."""
    if isinstance(field, drf_serializers.BaseSerializer):
        return False
    return any(type(getattr(validator, "message", None)) is str for validator in field.validators)


def blueprint_of(cls: Any) -> Blueprint:
    """The blueprint of `cls`."""
    blueprint: Blueprint | None = cls.__dict__.get("_blueprint")
    if blueprint is None:
        resolve_pending(cls)
    if blueprint is None or not blueprint.holds():
        blueprint = cls._blueprint = Blueprint(cls)
    return blueprint
