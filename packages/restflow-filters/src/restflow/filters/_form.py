"""The form of the browsable API: a control for every parameter that a person fills in, from the set's own data."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.template import Context, Engine, TemplateDoesNotExist, loader
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from rest_framework.settings import api_settings

from restflow.filters import _query_string
from restflow.filters import _typed as filter_fields
from restflow.filters.ordering import OrderField
from restflow.filters.schema import bound_label

if TYPE_CHECKING:
    from restflow.filters._plan import Parameter, Plan
    from restflow.filters.filterset import FilterSet

_NUMBERS = (filter_fields.IntegerField, filter_fields.FloatField, filter_fields.DecimalField)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option of a select."""

    value: str
    label: Any
    selected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A select where it has options, else an input; `value` is what the request brought, as it came."""

    name: str
    id: str
    label: str
    help_text: Any
    value: str
    options: tuple[Option, ...]
    multiple: bool
    inputmode: str
    errors: tuple[str, ...]


def render(filterset: "FilterSet", errors: Any, paginator_params: Iterable[str], template: str) -> SafeString:
    """The form of a filter set with its request's values and these errors."""
    plan = filterset.compiled()
    shown = {name: parameter for name, parameter in plan.parameters.items() if _has_control(parameter)}
    controls = [_control(filterset, plan, parameter, errors) for parameter in shown.values()]
    messages = [
        message for name, detail in errors.items() if name not in shown for message in _messages(detail, str(name))
    ]
    context = {
        "controls": controls,
        "hidden": list(_hidden(filterset.initial_data, {*shown, *paginator_params})),
        "messages": messages,
    }
    try:
        return SafeString(loader.get_template(template).render(context))
    except TemplateDoesNotExist:  # no engine of the project looks into the package
        return _own_engine().get_template(template).render(Context(context))


@cache
def _own_engine() -> Engine:
    return Engine(dirs=[str(Path(__file__).parent / "templates")], libraries={"i18n": "django.templatetags.i18n"})


def _has_control(parameter: "Parameter") -> bool:
    if parameter.toggled:
        return False
    field: Any = parameter.field
    return field.value_shape != "list" or bool(_choices(field))


def _choices(field: Any) -> Mapping[Any, Any]:
    """The choices of a field, or of the items of a list."""
    if isinstance(field, filter_fields.BooleanField):
        return {"true": gettext_lazy("Yes"), "false": gettext_lazy("No")}
    choices: Mapping[Any, Any] = getattr(getattr(field, "child", field), "choices", None) or {}
    return choices


def _control(filterset: "FilterSet", plan: "Plan", parameter: "Parameter", errors: Mapping[str, Any]) -> Control:
    field: Any = parameter.field
    given = _given(filterset.initial_data, parameter.name)
    multiple = field.value_shape == "list" and not isinstance(field, OrderField)
    return Control(
        name=parameter.name,
        id=f"filter-{parameter.name}",
        label=_label(plan, parameter),
        help_text=field.help_text or "",
        value=",".join(given) if field.value_shape == "range" else (given[0] if given else ""),
        options=tuple(_options(field, given, multiple)),
        multiple=multiple,
        inputmode="decimal" if isinstance(field, _NUMBERS) else "",
        errors=tuple(_messages(errors.get(parameter.name, ()))),
    )


def _label(plan: "Plan", parameter: "Parameter") -> str:
    filt: Any = plan.filters[parameter.filter]
    label = str(filt._kwargs.get("label") or parameter.filter.replace("__", " ").replace("_", " ").capitalize())
    if parameter.variant:
        label = f"{label} ({bound_label(parameter.lookup.rpartition('__')[2])})"
    return label


def _given(data: Mapping[str, Any], name: str) -> list[str]:
    if name not in data:
        return []
    values = data.getlist(name) if isinstance(data, MultiValueDict) else _query_string.values_of(data[name])[0]
    return ["" if value is None else str(value) for value in values]


def _options(field: Any, given: list[str], multiple: bool) -> Iterator[Option]:
    choices = _choices(field)
    if not choices:
        return
    separator = getattr(field, "separator", None)
    chosen = set(given)
    if multiple and separator:
        chosen = {part.strip() for value in given for part in value.split(separator)}
    elif isinstance(field, filter_fields.BooleanField):
        words = {field.WORDS.get(value.strip().lower()) for value in given}
        chosen = {text for text, value in (("true", True), ("false", False)) if value in words}
    known = {str(getattr(value, "value", value)): label for value, label in choices.items()}
    for value, label in known.items():
        yield Option(value=value, label=label, selected=value in chosen)
    for value in given:
        if value and value not in known and not (multiple and separator) and not chosen & known.keys():
            yield Option(value=value, label=value, selected=True)  # what no single option stands for is kept


def _hidden(data: Mapping[str, Any], left_out: set[str]) -> Iterator[tuple[str, str]]:
    """What the request brought besides, so that the form keeps it."""
    for name in data:
        if name not in left_out:
            for value in _given(data, name):
                yield str(name), value


def _messages(detail: Any, name: str = "") -> Iterator[str]:
    """Error details as lines; those of items and foreign parameters with their name."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            yield from _messages(inner, str(key))
    elif isinstance(detail, list | tuple):
        for inner in detail:
            yield from _messages(inner, name)
    else:
        yield f"{name}: {detail}" if name and name != api_settings.NON_FIELD_ERRORS_KEY else str(detail)
