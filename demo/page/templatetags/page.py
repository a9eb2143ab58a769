"""Shows nothing of restflow: what is wrong with a field, told beside it, and numbers that people can read."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def grouped(number: Any) -> str:
    """`3426354` as `3,426,354`."""
    return f"{number:,}"


@register.simple_tag
def problem(problems: dict[str, str], name: str) -> SafeString:
    """The attributes of a control: it is described by its message, and invalid where it has one."""
    invalid = mark_safe(' aria-invalid="true"') if name in problems else ""
    return format_html('aria-describedby="{}-problem"{}', name, invalid)


@register.simple_tag
def message(problems: dict[str, str], name: str) -> SafeString:
    """The message below a control; empty where nothing is wrong, for scripts to fill."""
    return format_html('<p class="problem" id="{}-problem">{}</p>', name, problems.get(name, ""))
