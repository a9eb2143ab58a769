"""The JSON of streams: REST framework's, with money kept exact and NaN refused, with and without orjson."""

import datetime as dt
import ipaddress
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.test import override_settings
from django.utils.translation import gettext_lazy
from rest_framework.utils.encoders import JSONEncoder as DRFJSONEncoder
from views_testapp.models import Author

from restflow.responses import JSONEncoder, NDJSONResponse, SSEResponse, StreamingJSONListResponse, encoding


class Listing:
    """Answers as numpy's arrays do."""

    def tolist(self) -> list[int]:
        return [1, 2]


AS_IN_DRF = [
    dt.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC),
    dt.datetime(2026, 1, 2, 3, 4, 5),
    dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    dt.date(2026, 1, 2),
    dt.time(3, 4, 5),
    dt.timedelta(days=1, milliseconds=1),
    UUID(int=7),
    gettext_lazy("lazy"),
    ipaddress.ip_address("::1"),
    b"bytes \xc3\xa4",
    {3},
    Listing(),
    "äöü \u2028\u2029 \U0001f600 </script>",
    [None, True, False, 1, 1.5, "x", {"a": []}],
    2**70,
]


@pytest.fixture(params=["with orjson", "without orjson"])
def encode(request: Any, monkeypatch: Any) -> Any:
    """The JSON of one item of a stream."""
    if request.param == "without orjson":
        monkeypatch.setattr(encoding, "installed", lambda: False)
    else:
        pytest.importorskip("orjson")
    return lambda item: NDJSONResponse([item]).getvalue().decode().removesuffix("\n")


@pytest.mark.parametrize("value", AS_IN_DRF, ids=lambda value: type(value).__name__)
def test_values_are_written_as_rest_framework_writes_them(value: Any, encode: Any) -> None:
    expected = json.dumps(value, cls=DRFJSONEncoder, ensure_ascii=False, separators=(",", ":"))
    assert encode(value) == expected.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def test_generators_and_querysets_are_arrays(encode: Any, db: None) -> None:
    Author.objects.create(name="Ursula")
    assert encode({"names": Author.objects.values("name")}) == '{"names":[{"name":"Ursula"}]}'
    assert encode(n for n in range(3)) == "[0,1,2]"


def test_a_generator_is_not_lost_where_orjson_gives_up(encode: Any) -> None:
    assert encode({"a": (n for n in range(3)), "b": 2**70}) == f'{{"a":[0,1,2],"b":{2**70}}}'


@pytest.mark.parametrize(("value", "text"), [("1.10", '"1.10"'), ("1E+2", '"100"'), ("-0.0000001", '"-0.0000001"')])
def test_a_decimal_is_exact_text(value: str, text: str, encode: Any) -> None:
    assert encode(Decimal(value)) == text


def test_a_decimal_is_a_number_where_the_setting_says_so(encode: Any) -> None:
    with override_settings(REST_FRAMEWORK={"COERCE_DECIMAL_TO_STRING": False}):
        assert encode(Decimal("1.10")) == "1.1"


NOT_JSON = [float("nan"), float("inf"), [{"a": float("-inf")}], Decimal("NaN"), {"a": None, "b": float("nan")}]


@pytest.mark.parametrize("value", NOT_JSON, ids=repr)
def test_nan_and_infinity_are_refused_while_json_is_strict(value: Any, encode: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode(value)


def test_nan_is_javascript_where_json_is_not_strict(encode: Any) -> None:
    with override_settings(REST_FRAMEWORK={"STRICT_JSON": False}):
        assert encode([float("nan"), float("-inf")]) == "[NaN,-Infinity]"


def test_settings_for_text_and_spaces_are_followed(encode: Any) -> None:
    with override_settings(REST_FRAMEWORK={"UNICODE_JSON": False, "COMPACT_JSON": False}):
        assert encode({"a": "ä", "b": 1}) == '{"a": "\\u00e4", "b": 1}'


def test_null_is_no_reason_to_refuse(encode: Any) -> None:
    assert (
        encode({"a": None, "b": 1.5, "c": [None, dt.date(2026, 1, 1)]}) == '{"a":null,"b":1.5,"c":[null,"2026-01-01"]}'
    )


def test_a_custom_encoder_is_used_as_given() -> None:
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC)
    content = StreamingJSONListResponse([{"at": moment, "ä": 1}], encoder=DjangoJSONEncoder).getvalue()
    assert content == b'[{"at": "2026-01-02T03:04:05.678Z", "\\u00e4": 1}]'


@pytest.mark.parametrize("encoder", [json.dumps, "x", int, DjangoJSONEncoder()])
def test_what_is_no_encoder_class_is_refused(encoder: Any) -> None:
    with pytest.raises(TypeError, match="encoder"):
        NDJSONResponse([], encoder=encoder)


def test_the_encoder_is_made_once_a_response() -> None:
    made = []

    class Counting(json.JSONEncoder):
        def __init__(self, **kwargs: Any) -> None:
            made.append(self)
            super().__init__(**kwargs)

    SSEResponse([[1], [2], [3]], encoder=Counting).getvalue()
    assert len(made) == 1


class Pretty(json.JSONEncoder):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "indent": 2})


class Broken(json.JSONEncoder):
    def encode(self, o: Any) -> str:
        return "1\n2"


def test_a_pretty_encoder_is_flattened_in_lines() -> None:
    assert NDJSONResponse([{"a": [1]}], encoder=Pretty).getvalue().count(b"\n") == 1
    assert json.loads(NDJSONResponse([{"a": [1]}], encoder=Pretty).getvalue()) == {"a": [1]}


def test_a_line_break_in_a_record_is_refused() -> None:
    with pytest.raises(ValueError, match="line break"):
        NDJSONResponse([1], encoder=Broken).getvalue()


def test_pretty_events_are_several_data_lines() -> None:
    assert SSEResponse([[1]], encoder=Pretty).getvalue() == b"data: [\ndata:   1\ndata: ]\n\n"


def test_the_encoder_works_on_its_own() -> None:
    assert JSONEncoder().encode({"a": Decimal("1.0")}) == '{"a":"1.0"}'
    assert json.dumps({"a": "\u2028"}, cls=JSONEncoder, ensure_ascii=False) == '{"a":"\\u2028"}'
