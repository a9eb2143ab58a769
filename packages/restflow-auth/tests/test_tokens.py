"""Tokens: what is issued, what is verified, how a session goes on."""

import json
import time
import uuid
from base64 import urlsafe_b64decode
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import jwt as pyjwt
import pytest
from auth_test_keys import KEY, pem
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ImproperlyConfigured

from restflow.authentication import AccessToken, RefreshToken, TokenError
from restflow.authentication.jwt import build_jwt_payload, decode_token, encode_token
from restflow.test import assert_max_crossings

LATER = 4_000_000_000


@pytest.fixture
def user():
    return User(pk=7, username="ada", password="pbkdf2$hash", is_active=True)


def header_of(token):
    segment = str(token).split(".")[0]
    return json.loads(urlsafe_b64decode(segment + "=="))


def test_an_access_token_is_what_its_issuer_said(user):
    token = AccessToken.verify(str(AccessToken.for_user(user, claims={"tenant": 7})))

    assert token["user_id"] == 7
    assert token["tenant"] == 7
    assert token.token_type == "access"
    assert token.exp - token.iat == 300
    assert len(token.jti) >= 22
    assert uuid.UUID(token.sid).version == 7
    assert abs((uuid.UUID(token.sid).int >> 80) / 1000 - time.time()) < 60
    assert "tenant" in token
    assert token.get("nope") is None


def test_pyjwt_reads_what_is_issued_and_the_other_way_round(user):
    assert pyjwt.decode(str(AccessToken.for_user(user)), KEY, algorithms=["HS256"])["user_id"] == 7

    foreign = pyjwt.encode(
        {"token_type": "access", "exp": LATER, "iat": 1, "jti": "x", "user_id": "7"}, KEY, algorithm="HS256"
    )
    assert AccessToken.verify(foreign).sid is None


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        *(("RS256", "rsa2048"), ("PS384", "rsa2048"), ("ES256", "p256"), ("ES384", "p384"), ("ES512", "p521")),
        *(("ES256K", "p25k"), ("EdDSA", "ed")),
    ],
)
def test_an_asymmetric_key_signs_and_its_public_half_verifies(jwt, user, algorithm, key):
    pytest.importorskip("cryptography")
    jwt(ALGORITHM=algorithm, SIGNING_KEY=pem(key))
    token = AccessToken.for_user(user)
    assert AccessToken.verify(str(token)) == token
    assert header_of(token)["kid"]

    jwt(ALGORITHM=algorithm, SIGNING_KEY=None, VERIFYING_KEY=pem(f"{key}.public"))
    assert AccessToken.verify(str(token)) == token
    with pytest.raises(ImproperlyConfigured, match="only verify"):
        AccessToken.for_user(user)


def test_claims_keep_what_json_has_no_name_for(user):
    claims = {
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "day": date(2026, 1, 1),
        "price": Decimal("1.50"),
        "u": uuid.UUID(int=1),
    }
    token = AccessToken.verify(str(AccessToken.for_user(user, claims=claims)))
    assert token["price"] == "1.50"
    assert token["u"] == str(uuid.UUID(int=1))


@pytest.mark.parametrize(
    ("bad", "error", "told"),
    [
        ({"exp": 1}, ValueError, "'exp'"),
        ({"user_id": 1}, ValueError, "'user_id'"),
        ({"x": object()}, TypeError, "'x' is a object"),
        ({"x": float("nan")}, TypeError, "'x' is a float"),
        ({"x": "y" * 9000}, ValueError, "8192"),
    ],
)
def test_a_claim_that_cannot_be_is_refused_at_issue(user, bad, error, told):
    with pytest.raises(error, match=told):
        AccessToken.for_user(user, claims=bad)


def test_nobody_gets_no_token(user, jwt):
    for nobody in (AnonymousUser(), User(username="unsaved")):
        with pytest.raises(ValueError, match="'id'"):
            AccessToken.for_user(nobody)
    user.is_active = False
    with pytest.raises(TokenError) as caught:
        AccessToken.for_user(user)
    assert caught.value.code == "user_inactive"
    jwt(CHECK_USER_IS_ACTIVE=False)
    assert AccessToken.for_user(user)


def test_equality_hash_and_repr_show_no_signature(user):
    one, other = AccessToken.for_user(user, claims={"pet": "axolotl"}), AccessToken.for_user(user)
    assert one == AccessToken.verify(str(one))
    assert one != other
    assert len({one, AccessToken.verify(str(one)), other}) == 2
    assert str(one).rpartition(".")[2] not in repr(one)
    assert "axolotl" not in repr(one)
    assert one.jti in repr(one)


class Team(RefreshToken):
    user_claims = {"name": "username", "admin": lambda user: user.is_superuser, "none": lambda user: None}
    no_copy_claims = frozenset({"device"})


def test_the_session_goes_on_and_claims_of_the_user_are_computed_again(user):
    first = Team.for_user(user, claims={"tenant": 7, "device": "phone"})
    assert first["admin"] is False
    assert "none" not in first
    user.is_superuser = True
    second = first.rotate(user)
    access = second.get_access_token(user)

    assert type(second) is Team
    assert second.sid == first.sid == access.sid
    assert second.jti != first.jti
    assert (second["admin"], access["admin"], access["tenant"], second["device"]) == (True, True, 7, "phone")
    assert "device" not in access
    assert first.access_token["admin"] is False
    assert first.access_token.jti != first.access_token.jti
    with pytest.raises(ValueError, match="'name'"):
        Team.for_user(user, claims={"name": "x"})


async def test_async_issue_crosses_only_where_the_class_computes_claims(user):
    with assert_max_crossings(0):
        refresh = await RefreshToken.afor_user(user)
        await refresh.arotate(user)
        await refresh.aget_access_token(user)
    for issue in (Team.afor_user, (await Team.afor_user(user)).arotate):
        with assert_max_crossings(1) as crossings:
            await issue(user)
        assert crossings.count == 1


def test_no_token_outlives_the_session(user, jwt, monkeypatch):
    jwt(SESSION_LIFETIME=timedelta(hours=30))
    first = RefreshToken.for_user(user)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 20 * 3600)
    assert abs(first.rotate().exp - (now + 30 * 3600)) < 3
    monkeypatch.setattr(time, "time", lambda: now + 30 * 3600 + 2)
    with pytest.raises(TokenError) as caught:
        first.rotate()
    assert caught.value.code == "token_expired"


def test_another_librarys_refresh_token_begins_a_session_when_it_is_rotated(user):
    issued = int(time.time()) - 100
    foreign = RefreshToken.verify(
        encode_token({"token_type": "refresh", "exp": LATER, "iat": issued, "jti": "x", "user_id": 7})
    )
    assert foreign.access_token.sid is None
    assert uuid.UUID(foreign.rotate().sid).int >> 80 == issued * 1000


def test_secrets_are_rotated_by_kid(user, jwt):
    old = "the old secret, which was long enough as well"
    jwt(SIGNING_KEY=old)
    before = str(AccessToken.for_user(user))
    jwt(SIGNING_KEY=KEY, KEY_ID="2026", VERIFYING_KEYS={"": old})
    after = AccessToken.for_user(user)
    assert header_of(after)["kid"] == "2026"
    assert AccessToken.verify(before)
    assert AccessToken.verify(str(after))
    jwt(KEY_ID="2026", VERIFYING_KEYS={})
    with pytest.raises(TokenError):
        AccessToken.verify(before)


def test_moving_to_another_algorithm_keeps_old_tokens(user, jwt):
    pytest.importorskip("cryptography")
    before = str(AccessToken.for_user(user))
    jwt(ALGORITHM="ES256", SIGNING_KEY=pem("p256"), VERIFYING_KEYS={"": {"key": KEY, "algorithm": "HS256"}})
    assert AccessToken.verify(before)
    assert AccessToken.verify(str(AccessToken.for_user(user)))


def test_issuer_and_audience_are_required_where_they_are_set(user, jwt):
    plain = str(AccessToken.for_user(user))
    jwt(ISSUER="https://a.example", AUDIENCE=["x", "y"])
    full = str(AccessToken.for_user(user))
    assert AccessToken.verify(full)["aud"] == ["x", "y"]
    for values, raw in (
        ({"ISSUER": "https://a.example"}, full),
        ({"AUDIENCE": "z"}, full),
        ({"ISSUER": "https://b.example", "AUDIENCE": "x"}, full),
        ({"ISSUER": "https://a.example"}, plain),
        ({"AUDIENCE": "x"}, plain),
    ):
        jwt(ISSUER=None, AUDIENCE=None)
        jwt(**values)
        with pytest.raises(TokenError):
            AccessToken.verify(raw)


def test_tokens_are_composed_by_hand_too(user):
    payload = build_jwt_payload(user, token_type="access", lifetime=timedelta(minutes=1))
    assert decode_token(encode_token(payload)) == payload
    assert AccessToken.verify(encode_token(payload))
