"""Tokens that nobody should accept (RFC 8725): one answer for all, and never another error."""

import base64
import contextlib
import hashlib
import hmac
import json
import time

import pytest
from asgiref.sync import async_to_sync
from auth_test_keys import KEY, pem
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from restflow.authentication import AccessToken, JWTAuthentication, RefreshToken, TokenError
from restflow.authentication.jwt import decode_token, encode_token
from restflow.authentication.views import TokenRefreshView

LATER = 4_000_000_000
GOOD = {"token_type": "access", "exp": LATER, "iat": 1, "jti": "x", "user_id": 1}


def b64(data):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(header, payload, key=KEY, digest="sha256"):
    message = f"{b64(header)}.{b64(payload)}"
    return f"{message}.{b64(hmac.new(key.encode(), message.encode(), getattr(hashlib, digest)).digest())}"


HS = {"alg": "HS256", "typ": "JWT"}
DEEP = b'{"a":' * 900 + b"1" + b"}" * 900

FORMS = {
    "empty": "",
    "one segment": "abc",
    "two segments": "abc.def",
    "four segments": signed(HS, GOOD) + ".x",
    "five segments": "a.b.c.d.e",
    "padding": signed(HS, GOOD) + "=",
    "padded header": "=" + signed(HS, GOOD),
    "white space": signed(HS, GOOD) + "\n",
    "standard base64": signed(HS, GOOD)[:-2] + "+/",
    "not ASCII": signed(HS, GOOD) + "é",
    "1 MiB": "a" * (1 << 20),
    "no signature": f"{b64(HS)}.{b64(GOOD)}.",
    "another signature": signed(HS, GOOD, key=KEY + "!"),
    "header is a list": signed([1], GOOD),
    "header is no JSON": signed(b"{", GOOD),
    "header is no UTF-8": signed(b"\xff", GOOD),
    "header of depth": signed(DEEP, GOOD),
    "payload is a list": signed(HS, [GOOD]),
    "payload is a string": signed(HS, "x"),
    "payload of depth": signed(HS, DEEP),
    "payload NaN": signed(HS, b'{"exp": NaN}'),
    "duplicated claim": signed(
        HS, b'{"token_type":"access","exp":4000000000,"iat":1,"jti":"x","user_id":1,"user_id":2}'
    ),
    "duplicated header": signed(b'{"alg":"HS256","alg":"none"}', GOOD),
    "duplicated inside": signed(HS, b'{"token_type":"access","exp":4000000000,"iat":1,"jti":"x","a":{"b":1,"b":2}}'),
    **{f"alg {alg!r}": signed({"alg": alg}, GOOD) for alg in ("none", "None", "nOnE", "HS384", "RS256", "", None, 1)},
    **{f"unsigned {alg}": f"{b64({'alg': alg})}.{b64(GOOD)}." for alg in ("none", "NONE", "nOnE")},
    "no alg": signed({"typ": "JWT"}, GOOD),
    "another hash": signed({"alg": "HS512"}, GOOD, digest="sha512"),
    "crit": signed({**HS, "crit": ["exp"]}, GOOD),
    "empty crit": signed({**HS, "crit": []}, GOOD),
    "b64 false": signed({**HS, "b64": False}, GOOD),
    "unknown kid": signed({**HS, "kid": "nope"}, GOOD),
    "numeric kid": signed({**HS, "kid": 1}, GOOD),
    "null kid": signed({**HS, "kid": None}, GOOD),
    "huge kid": signed({**HS, "kid": "k" * 256}, GOOD),
    "path as kid": signed({**HS, "kid": "../../dev/null"}, GOOD, key=""),
    "key in the header": signed({**HS, "jwk": {"kty": "oct", "k": b64(b"x" * 32)}}, GOOD, key="x" * 32),
    "key by URL": signed({**HS, "jku": "https://evil.example/keys"}, GOOD, key="x" * 32),
}


@pytest.mark.parametrize("name", sorted(FORMS))
def test_a_form_that_is_wrong(name):
    with pytest.raises(TokenError) as caught:
        AccessToken.verify(FORMS[name])

    assert caught.value.code == "invalid_token"
    assert str(caught.value) == "Token is invalid."
    assert caught.value.__cause__ is None


def test_headers_with_keys_are_ignored_not_obeyed():
    assert AccessToken.verify(signed({**HS, "jku": "https://evil.example", "x5u": "x", "jwk": {}}, GOOD))


@pytest.mark.parametrize("raw", [None, 1, [], {}, object()], ids=["none", "int", "list", "dict", "object"])
def test_what_is_no_string(raw):
    with pytest.raises(TokenError):
        AccessToken.verify(raw)


def test_a_public_key_is_no_hmac_secret(jwt):
    pytest.importorskip("cryptography")
    public = pem("rsa2048.public")
    jwt(ALGORITHM="RS256", SIGNING_KEY=pem("rsa2048"))
    for key in (public, public.strip()):
        with pytest.raises(TokenError):
            AccessToken.verify(signed(HS, GOOD, key=key))


def test_a_retired_key_verifies_only_with_its_own_algorithm_and_id(jwt):
    other = "another secret, which is of the same length!"
    jwt(KEY_ID="new", VERIFYING_KEYS={"old": {"key": other, "algorithm": "HS512"}})
    assert AccessToken.verify(signed({"alg": "HS512", "kid": "old"}, GOOD, key=other, digest="sha512"))
    for header, key, digest in (
        ({"alg": "HS256", "kid": "old"}, other, "sha256"),
        ({"alg": "HS512", "kid": "new"}, other, "sha512"),
        ({"alg": "HS512"}, other, "sha512"),
        ({"alg": "HS256", "kid": "old"}, KEY, "sha256"),
        ({"alg": "HS256", "kid": ""}, KEY, "sha256"),
    ):
        with pytest.raises(TokenError):
            AccessToken.verify(signed(header, GOOD, key=key, digest=digest))


WRONG_VALUES = [None, True, "1", [], {}, -1, 253402300800, 1e300, "∞"]


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("number", range(len(WRONG_VALUES)))
def test_a_time_of_the_wrong_kind(claim, number):
    with pytest.raises(TokenError) as caught:
        AccessToken.verify(signed(HS, {**GOOD, claim: WRONG_VALUES[number]}))
    assert caught.value.code == "invalid_token"


def test_a_time_that_overflows():
    with pytest.raises(TokenError):
        AccessToken.verify(signed(HS, b'{"token_type":"access","exp":1e999,"iat":1,"jti":"x"}'))
    with pytest.raises(TokenError):
        AccessToken.verify(signed(HS, b'{"token_type":"access","exp":' + b"9" * 5000 + b',"iat":1,"jti":"x"}'))


@pytest.mark.parametrize("claim", ["exp", "iat", "jti"])
def test_a_missing_claim(claim):
    with pytest.raises(TokenError) as caught:
        AccessToken.verify(signed(HS, {name: value for name, value in GOOD.items() if name != claim}))
    assert caught.value.code == "invalid_token"


@pytest.mark.parametrize("jti", ["", 1, None, True, [], "j" * 256], ids=str)
def test_an_id_of_the_wrong_kind(jti):
    with pytest.raises(TokenError):
        AccessToken.verify(signed(HS, {**GOOD, "jti": jti}))


@pytest.mark.parametrize("sid", ["", 1, None, "s" * 65])
def test_a_session_of_the_wrong_kind(sid):
    with pytest.raises(TokenError):
        AccessToken.verify(signed(HS, {**GOOD, "sid": sid}))


@pytest.mark.parametrize("token_type", ["refresh", "Access", None, 1])
def test_a_wrong_type(token_type):
    with pytest.raises(TokenError) as caught:
        AccessToken.verify(signed(HS, {**GOOD, "token_type": token_type}))
    assert caught.value.code == "wrong_token_type"
    with pytest.raises(TokenError):
        RefreshToken.verify(signed(HS, GOOD))


@pytest.mark.parametrize("aud", ["x", ["x"], 1, None])
def test_a_token_for_somebody_else(aud):
    with pytest.raises(TokenError) as caught:
        AccessToken.verify(signed(HS, {**GOOD, "aud": aud}))
    assert caught.value.code == "invalid_token"


def test_clock_skew(jwt):
    now = time.time()
    cases = {"exp": (now - 5, "token_expired"), "iat": (now + 5, "token_not_yet_valid")}
    cases["nbf"] = cases["iat"]
    for claim, (value, code) in cases.items():
        raw = signed(HS, {**GOOD, claim: value})
        jwt(LEEWAY=0)
        with pytest.raises(TokenError) as caught:
            AccessToken.verify(raw)
        assert caught.value.code == code
        jwt(LEEWAY=60)
        assert AccessToken.verify(raw)


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_no_input_gives_another_error(raw):
    with pytest.raises(TokenError):
        decode_token(raw)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*GOOD, "sid", "nbf", "aud", "iss", "prev"]), json_values))
def test_signed_claims_of_any_kind_give_no_other_error(claims):
    raw = encode_token({**GOOD, **claims})
    with contextlib.suppress(TokenError):
        assert AccessToken.verify(raw).token_type == "access"


def bearing(token):
    return Request(APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"Bearer {token}"))


# Of a header's words there are two: nothing is no second one, and white space ends one.
@pytest.mark.parametrize("name", sorted(FORMS.keys() - {"empty", "white space"}))
def test_a_request_with_such_a_token_is_refused_with_the_same_words(name):
    with pytest.raises(AuthenticationFailed) as caught:
        JWTAuthentication().authenticate(bearing(FORMS[name]))
    assert (caught.value.status_code, caught.value.detail.code) == (401, "invalid_token")
    assert str(caught.value.detail) == "Token is invalid."


@given(st.text(st.characters(max_codepoint=255), max_size=80))
def test_no_header_gives_another_error(rest):
    with pytest.raises(AuthenticationFailed):
        JWTAuthentication().authenticate(bearing(rest))


@given(json_values | st.fixed_dictionaries({"refresh": json_values | st.text(max_size=80)}))
def test_no_body_gives_another_error(body):
    http = APIRequestFactory().post("/", json.dumps(body), content_type="application/json")
    assert async_to_sync(TokenRefreshView.as_view())(http).status_code in (400, 401)
