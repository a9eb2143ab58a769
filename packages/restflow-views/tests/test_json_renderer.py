"""`JSONRenderer` writes what REST framework's renderer writes, byte for byte, and fails as it fails."""

import collections
import dataclasses
import datetime as dt
import enum
import json
import math
import subprocess
import sys
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.renderers import JSONRenderer as DRFJSONRenderer
from rest_framework.utils.encoders import JSONEncoder as DRFJSONEncoder

from restflow.responses import JSONEncoder, JSONRenderer, renderers


class Color(enum.StrEnum):
    RED = "red"


class Number(enum.IntEnum):
    ONE = 1


class Text(str):
    pass


Point = collections.namedtuple("Point", "x y")
moved = collections.OrderedDict(a=1, b=2)
moved.move_to_end("a")

plain_floats = st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: "e" not in repr(x))
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | plain_floats
    | st.text()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.uuids()
    | st.decimals(allow_nan=False, allow_infinity=False).filter(lambda d: "e" not in repr(float(d)))
    | st.binary()
    | st.sampled_from(
        [Color.RED, Number.ONE, mark_safe("<b>"), Text("x"), Point(1, 2), moved, "\u2028\u2029", "\ud800"]
    )
)
keys = st.text() | st.integers() | st.booleans() | st.none() | st.sampled_from([Color.RED, Text("k")])
data = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


def outcome(renderer: Any, value: Any, *args: Any) -> Any:
    try:
        return renderer.render(value, *args)
    except Exception as error:
        return type(error)


@given(data)
def test_equal_to_rest_framework_with_orjson(value: Any) -> None:
    pytest.importorskip("orjson")
    assert outcome(JSONRenderer(), value) == outcome(DRFJSONRenderer(), value)


@given(data)
def test_equal_to_rest_framework_without_orjson(value: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(renderers, "installed", lambda: False)
        assert outcome(JSONRenderer(), value) == outcome(DRFJSONRenderer(), value)


@dataclasses.dataclass
class Data:
    a: int = 1


def circle() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


def deep() -> Any:
    value: Any = 1
    for _ in range(300):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", [Data(), circle(), deep(), object(), dt.time(tzinfo=dt.UTC), b"\xff", {(1, 2): 3}, 2**80]
)
def test_equal_where_orjson_refuses(value: Any) -> None:
    assert outcome(JSONRenderer(), value) == outcome(DRFJSONRenderer(), value)


def test_a_generator_is_read_once_even_if_orjson_gives_up() -> None:
    assert JSONRenderer().render({"a": (n for n in range(2)), "b": 2**80}) == b'{"a":[0,1],"b":%d}' % 2**80


def test_the_documented_differences_with_orjson() -> None:
    pytest.importorskip("orjson")

    class Plain(enum.Enum):
        A = "a"

    assert JSONRenderer().render([math.nan, math.inf]) == b"[null,null]"
    assert JSONRenderer().render(Plain.A) == b'"a"'
    assert json.loads(JSONRenderer().render(1e-7)) == 1e-7


@pytest.mark.parametrize("attribute", ["ensure_ascii", "compact", "strict"])
def test_attributes_are_followed(attribute: str) -> None:
    value = {"ä": [1, math.nan]} if attribute == "strict" else {"ä": [1, 2]}
    default = getattr(DRFJSONRenderer, attribute)
    own = type("Own", (JSONRenderer,), {attribute: not default})()
    drf = type("Drf", (DRFJSONRenderer,), {attribute: not default})()
    assert own.render(value) == drf.render(value)
    assert own.render(value) != outcome(DRFJSONRenderer(), value)


@pytest.mark.parametrize(
    ("media_type", "context"),
    [
        ("application/json; indent=4", {}),
        ("application/json", {"indent": 2}),
        (None, {"indent": 3}),
        ("application/json; charset=utf-8", {}),
        ("application/json; indent=0", {}),
        ("application/json", None),
    ],
)
def test_indentation_is_followed(media_type: Any, context: Any) -> None:
    value = {"a": [1, {"b": Decimal("1.5")}]}
    assert JSONRenderer().render(value, media_type, context) == DRFJSONRenderer().render(value, media_type, context)


def test_an_encoder_of_ones_own_is_used() -> None:
    class Own(DRFJSONEncoder):
        def default(self, obj: Any) -> Any:
            return "own" if isinstance(obj, Decimal) else super().default(obj)

    renderer = type("Own", (JSONRenderer,), {"encoder_class": Own})()
    assert renderer.render([Decimal(1)]) == b'["own"]'
    exact = type("Exact", (JSONRenderer,), {"encoder_class": JSONEncoder})()
    assert exact.render([Decimal("1.10")]) == b'["1.10"]'


def test_nothing_is_an_empty_body() -> None:
    assert JSONRenderer().render(None) == b""


def test_uuids_and_times_are_rest_frameworks() -> None:
    value = [UUID(int=3), dt.datetime(2026, 1, 1, tzinfo=dt.UTC), Decimal("0.5")]
    assert JSONRenderer().render(value) == b'["00000000-0000-0000-0000-000000000003","2026-01-01T00:00:00Z",0.5]'


def test_importing_the_responses_does_not_import_orjson_or_views() -> None:
    script = (
        "import sys, django; from django.conf import settings\n"
        "settings.configure(INSTALLED_APPS=['rest_framework'], REST_FRAMEWORK={'DEFAULT_RENDERER_CLASSES':"
        "['restflow.responses.JSONRenderer', 'restflow.responses.NDJSONRenderer',"
        "'restflow.responses.EventStreamRenderer']})\n"
        "import restflow.responses\n"
        "print([m for m in ('orjson', 'rest_framework.views', 'rest_framework.generics') if m in sys.modules])\n"
        "from rest_framework.views import APIView\n"
        "print([c.__name__ for c in APIView.renderer_classes])\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "['JSONRenderer', 'NDJSONRenderer', 'EventStreamRenderer']"]
