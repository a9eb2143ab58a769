"""How each field of a serializer class is rendered: by a line of generated code, or through its own methods.

A field takes the short way only if its class is exactly a known one, with nothing about it that its own method would
treat differently. The generated code works on `v`, the value that was read, and leaves the result in `r`; what it
does not recognise goes to the renderer's `finish`, which calls the field.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from rest_framework import ISO_8601, relations
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers
from rest_framework.settings import api_settings

from restflow.serializers._twins import is_library_class, is_library_member, twin
from restflow.serializers.fields import BigIntegerField, DecimalField

Way = Literal["value", "pk", "method", "nested", "many", "own"]

_READS_PLAINLY = drf.Field.get_attribute


@dataclass(frozen=True, slots=True)
class Column:
    """One field of the output.

    `way` says how: `value`, read by its source and converted; `pk`, the key of a to-one relation; `method`, a
    method of the serializer; `nested` and `many`, another serializer; `own`, through the methods of the field.
    `code` is the conversion, `raw` the conversion for `orjson` where it is another; `blocking` says that nothing is
    known about what happens there.
    """

    name: str
    field: Any
    way: Way
    code: str = ""
    raw: str = ""
    native: bool = False
    blocking: bool = False

    @property
    def source(self) -> str:
        return str(self.field.source_attrs[0])


def columns_of(fields: dict[str, Any]) -> tuple[Column, ...]:
    """The columns of the readable ones of the templates `fields`."""
    return tuple(_column(name, field) for name, field in fields.items() if not field.write_only)


def _column(name: str, field: Any) -> Column:
    cls = type(field)
    if cls is drf.SerializerMethodField:
        return Column(name, field, "method", blocking=True)
    if len(field.source_attrs) != 1 or cls.get_attribute is not _READS_PLAINLY:
        known = cls is relations.PrimaryKeyRelatedField and is_library_member(cls, "to_representation")
        if known and len(field.source_attrs) == 1 and field.pk_field is None:
            return Column(name, field, "pk", _PK, _PK)
        return Column(name, field, "own", blocking=True)
    if isinstance(field, drf_serializers.BaseSerializer):
        return _serializer_column(name, field)
    make = _CODE.get(cls) if is_library_member(cls, "to_representation") else None
    made = make(field) if make is not None else None
    if made is None:
        known = is_library_class(cls) and not isinstance(field, _BLOCKING)
        return Column(name, field, "value" if known and cls in _CONTEXT_FREE else "own", blocking=not known)
    return Column(name, field, "value", made.code, made.raw or made.code, native=made.raw != "" and cls in _NATIVE)


def _serializer_column(name: str, field: Any) -> Column:
    from restflow.serializers.base import AnnotatedSerializer  # which is rendered by columns
    from restflow.serializers.listing import ListSerializer

    if isinstance(field, AnnotatedSerializer) and _is_as_its_class(field):
        return Column(name, field, "nested")
    many = isinstance(field, ListSerializer) and _is_as_its_class(field)
    if many and isinstance(field.child, AnnotatedSerializer) and _is_as_its_class(field.child):
        return Column(name, field, "many")
    return Column(name, field, "own", blocking=True)


def _is_as_its_class(serializer: Any) -> bool:
    """Whether the class alone says how the serializer renders: no code of the project has had a say in making it."""
    cls = type(serializer)
    if getattr(serializer, "_fields_given", False) or twin(cls, "to_representation").owner is not None:
        return False
    return all(is_library_member(cls, name) for name in ("__new__", "__init__", "bind", "many_init"))


_BLOCKING = (relations.RelatedField, relations.ManyRelatedField, drf.FileField, drf.ModelField)

_NATIVE = (drf.DateTimeField, drf.DateField, drf.UUIDField)
"""Classes whose values the JSON writer takes as they are."""

_CONTEXT_FREE = frozenset(
    {
        drf.CharField,
        drf.EmailField,
        drf.RegexField,
        drf.SlugField,
        drf.URLField,
        drf.IPAddressField,
        drf.IntegerField,
        BigIntegerField,
        drf.FloatField,
        drf.BooleanField,
        drf.DecimalField,
        DecimalField,
        drf.DateTimeField,
        drf.DateField,
        drf.TimeField,
        drf.DurationField,
        drf.UUIDField,
        drf.ChoiceField,
        drf.MultipleChoiceField,
        drf.JSONField,
        drf.ReadOnlyField,
    }
)
"""Classes whose `to_representation` looks at nothing but the value, the field and the settings."""


@dataclass(frozen=True, slots=True)
class _Code:
    code: str
    raw: str = ""


_FINISH = "else: $r = renderer.finish($i, v, obj)"
_PK = "if v is None or type(v) is int or type(v) is str or type(v) is UUID: $r = v\nelse: $r = renderer.own($i, obj)"


def _as_is(*types: str) -> str:
    test = " or ".join(f"type(v) is {name}" for name in types)
    return f"if {test}: $r = v\n{_FINISH}"


def _text(field: Any) -> _Code:
    return _Code(_as_is("str"))


def _integer(field: Any) -> _Code:
    return _Code(_as_is("int"))


def _big_integer(field: Any) -> _Code | None:
    return None if getattr(field, "coerce_to_string", api_settings.COERCE_BIGINT_TO_STRING) else _integer(field)


def _float(field: Any) -> _Code:
    # other numbers are written with an exponent, in which JSON writers differ
    written_alike = "1e-4 <= v < 1e16 or -1e16 < v <= -1e-4 or v == 0"
    return _Code(_as_is("float"), f"if type(v) is float and ({written_alike}): $r = v\n{_FINISH}")


def _boolean(field: Any) -> _Code:
    return _Code(f"if v is True or v is False: $r = v\n{_FINISH}")


def _decimal(field: Any) -> _Code | None:
    places, digits = field.decimal_places, field.max_digits
    if not getattr(field, "coerce_to_string", api_settings.COERCE_DECIMAL_TO_STRING) or field.localize:
        return None
    if not places or digits is None or getattr(field, "normalize_output", False):
        return None
    # a text with the point in this place, and no more digits than are allowed, is what quantizing would give
    return _Code(
        "if type(v) is Decimal:\n"
        "    $r = str(v)\n"
        f"    if $r[-{places + 1}:-{places}] != '.' or len($r) > {digits + 1}: $r = renderer.represent($i, v)\n"
        f"{_FINISH}"
    )


def _is_iso(field: Any, setting: str) -> bool:
    output = getattr(field, "format", getattr(api_settings, setting))
    return isinstance(output, str) and output.lower() == ISO_8601


def _moment(field: Any) -> _Code | None:
    if not _is_iso(field, "DATETIME_FORMAT") or hasattr(field, "timezone"):
        return None
    code = (
        "if type(v) is datetime:\n"
        "    if zone is utc and v.tzinfo is utc: $r = UTC_VALUE\n"
        "    elif zone is None or v.tzinfo is None: $r = renderer.represent($i, v)\n"
        "    else:\n"
        "        try: $r = ZONED_VALUE\n"
        "        except OverflowError: $r = renderer.represent($i, v)\n"
        f"{_FINISH}"
    )
    text = code.replace("UTC_VALUE", "utc_text(v)").replace("ZONED_VALUE", "zoned_text(v.astimezone(zone))")
    # JSON's writer rounds offsets to minutes; of the database's zones none has had another since 1972
    zoned = "r if (r := v.astimezone(zone)).year > 1972 and is_known else zoned_text(r)"
    return _Code(text, code.replace("UTC_VALUE", "v").replace("ZONED_VALUE", zoned))


def _day(field: Any) -> _Code | None:
    if not _is_iso(field, "DATE_FORMAT"):
        return None
    return _Code(f"if type(v) is date: $r = day_text(v)\n{_FINISH}", f"if type(v) is date: $r = v\n{_FINISH}")


def _time(field: Any) -> _Code | None:
    return _Code(f"if type(v) is time: $r = v.isoformat()\n{_FINISH}") if _is_iso(field, "TIME_FORMAT") else None


def _uuid(field: Any) -> _Code | None:
    if field.uuid_format != "hex_verbose":
        return None
    return _Code(f"if type(v) is UUID: $r = str(v)\n{_FINISH}", f"if type(v) is UUID: $r = v\n{_FINISH}")


def _choice(field: Any) -> _Code:
    found = "if type(v) is str:\n    $r = choices_$i.get(v, v)\n"
    checked = "    if type($r) is not str: $r = renderer.settled($i, $r)\n"
    return _Code(f"{found}{_FINISH}", f"{found}{checked}{_FINISH}")


_CODE: dict[type, Callable[[Any], _Code | None]] = {
    drf.CharField: _text,
    drf.EmailField: _text,
    drf.RegexField: _text,
    drf.SlugField: _text,
    drf.URLField: _text,
    drf.IPAddressField: _text,
    BigIntegerField: _big_integer,
    drf.IntegerField: _integer,
    drf.FloatField: _float,
    drf.BooleanField: _boolean,
    drf.DecimalField: _decimal,
    DecimalField: _decimal,
    drf.DateTimeField: _moment,
    drf.DateField: _day,
    drf.TimeField: _time,
    drf.UUIDField: _uuid,
    drf.ChoiceField: _choice,
    drf.ReadOnlyField: lambda field: _Code(_as_is("str", "int", "bool")),
}
