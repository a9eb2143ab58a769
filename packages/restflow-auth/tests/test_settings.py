"""The section `JWT`: every mistake is told by name, and no message shows a value."""

import pickle
import re
from datetime import timedelta
from pathlib import Path

import pytest
from auth_test_keys import pem
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from jwt.algorithms import get_default_algorithms

from restflow.authentication import AccessToken, BlacklistBackend
from restflow.authentication.settings import JWTSettings

SECRET = "sixteen bytes or more, and told to nobody"

WRONG = {
    "none": ({"ALGORITHM": "none"}, "HS256"),
    "None": ({"ALGORITHM": "None"}, "HS256"),
    "unknown algorithm": ({"ALGORITHM": "HS1"}, "EdDSA"),
    "empty key": ({"SIGNING_KEY": ""}, "SIGNING_KEY"),
    "short key": ({"SIGNING_KEY": "fifteen bytes.."}, "16 bytes"),
    "a JWK as a secret": ({"SIGNING_KEY": '{"kty": "oct", "k": "AAAAAAAAAAAAAAAAAAAAAAAA"}'}, "needs a secret"),
    "an OpenSSH key as a secret": ({"SIGNING_KEY": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQ=="}, "needs a secret"),
    "two HMAC secrets": ({"SIGNING_KEY": SECRET, "VERIFYING_KEY": SECRET + "!"}, "one secret"),
    "a verifying HMAC key alone": ({"SIGNING_KEY": None, "VERIFYING_KEY": SECRET}, "one secret"),
    "no lifetime": ({"ACCESS_TOKEN_LIFETIME": timedelta(0)}, "ACCESS_TOKEN_LIFETIME"),
    "negative lifetime": ({"REFRESH_TOKEN_LIFETIME": timedelta(-1)}, "REFRESH_TOKEN_LIFETIME"),
    "no session lifetime": ({"SESSION_LIFETIME": timedelta(0)}, "SESSION_LIFETIME"),
    "leeway": ({"LEEWAY": 601}, "LEEWAY"),
    "leeway that is no number": ({"LEEWAY": float("nan")}, "LEEWAY"),
    "grace": ({"ROTATION_GRACE_PERIOD": timedelta(minutes=11)}, "ROTATION_GRACE_PERIOD"),
    "length": ({"MAX_TOKEN_LENGTH": 100}, "MAX_TOKEN_LENGTH"),
    "reserved claim": ({"USER_ID_CLAIM": "jti"}, "USER_ID_CLAIM"),
    "one claim for two": ({"REVOKE_TOKEN_CLAIM": "user_id"}, "REVOKE_TOKEN_CLAIM"),
    "a secret column": ({"USER_ID_FIELD": "password"}, "USER_ID_FIELD_ALLOWLIST"),
    "a scheme letter by letter": ({"AUTH_HEADER_TYPES": "Bearer"}, "AUTH_HEADER_TYPES"),
    "no scheme": ({"AUTH_HEADER_TYPES": ()}, "AUTH_HEADER_TYPES"),
    "unknown cache": ({"BLACKLIST_CACHE_ALIAS": "nope"}, "BLACKLIST_CACHE_ALIAS"),
    "unknown policy": ({"BLACKLIST_ACCESS_POLICY": "maybe"}, "BLACKLIST_ACCESS_POLICY"),
    "misspelt key": ({"ALGORITM": "HS256"}, "ALGORITHM"),
    "cookie option": ({"REFRESH_COOKIE": {"httponly": False}}, "httponly"),
    "cookie type": ({"REFRESH_COOKIE": {"secure": 1}}, "secure"),
    "cookie everywhere": ({"REFRESH_COOKIE": {"samesite": "None", "secure": False}}, "secure"),
    "cookie prefix": ({"REFRESH_COOKIE": {"name": "__Host-refresh", "path": "/auth/"}}, "__Host-"),
    "retired key": ({"VERIFYING_KEYS": {"old": "short"}}, "old"),
    "retired entry": ({"VERIFYING_KEYS": {"old": {"kee": SECRET}}}, "old"),
    "retired algorithm": ({"VERIFYING_KEYS": {"old": {"key": SECRET, "algorithm": "none"}}}, "old"),
    "two keys of one id": ({"KEY_ID": "a", "VERIFYING_KEYS": {"a": SECRET}}, "KEY_ID"),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_a_mistake_is_named_and_its_value_is_not_shown(jwt, case):
    values, told = WRONG[case]
    jwt(**values)

    with pytest.raises(ImproperlyConfigured) as caught:
        AccessToken.verify("a.b.c")

    assert told in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "fifteen" not in str(caught.value)


ASYMMETRIC = {
    "RSA below 2048 bits": ("RS256", "rsa1024", None, "2048"),
    "wrong curve": ("ES256", "p384", None, "SIGNING_KEY"),
    "wrong kind": ("RS256", "p256", None, "SIGNING_KEY"),
    "no key at all": ("EdDSA", None, None, None),
    "a public key that signs": ("ES256", "p256.public", None, "private"),
    "a private key that verifies": ("ES256", None, "p256", "public"),
    "two that do not belong together": ("ES256", "p256", "p256b.public", "belong"),
}


@pytest.mark.parametrize("case", sorted(ASYMMETRIC))
def test_an_asymmetric_key_must_fit(jwt, case):
    pytest.importorskip("cryptography")
    algorithm, signing, verifying, told = ASYMMETRIC[case]
    jwt(ALGORITHM=algorithm, SIGNING_KEY=signing and pem(signing), VERIFYING_KEY=verifying and pem(verifying))

    with pytest.raises(ImproperlyConfigured, match=told or "SIGNING_KEY is not set") as caught:
        AccessToken.verify("a.b.c")
    assert "BEGIN" not in str(caught.value)


def test_an_hmac_secret_must_not_be_a_public_key(jwt):
    pytest.importorskip("cryptography")
    jwt(SIGNING_KEY=pem("rsa2048.public"))

    with pytest.raises(ImproperlyConfigured, match="needs a secret"):
        AccessToken.verify("a.b.c")


class Coroutines(BlacklistBackend):
    def blacklist(self, jti, *, expires_at): ...
    async def is_blacklisted(self, jti): ...


@pytest.mark.parametrize("backend", [dict, "collections.OrderedDict", "no.such.Backend", Coroutines])
def test_a_wrong_store_is_never_replaced_in_silence(jwt, backend):
    jwt(BLACKLIST_BACKEND=backend)

    with pytest.raises(ImproperlyConfigured, match=r"BLACKLIST_BACKEND|ais_blacklisted"):
        _ = JWTSettings.current().store


def test_without_keys_any_use_names_the_setting_and_nothing_else_does(settings):
    settings.RESTFLOW_SETTINGS = {}
    assert not JWTSettings.current().uses_tokens

    with pytest.raises(ImproperlyConfigured, match="SIGNING_KEY"):
        AccessToken.verify("a.b.c")


def test_the_section_pickles_without_its_parsed_keys_and_shows_no_secret():
    section = JWTSettings.current()
    assert "a secret for the tests" not in repr(section) + repr(section.keys) + repr(section.keys.current)
    assert pickle.loads(pickle.dumps(section)).keys.header == section.keys.header


def test_the_readme_lists_every_key_and_its_default():
    readme = (Path(__file__).parent.parent / "README.md").read_text()
    told = {}
    for row in re.findall(r"^\| (`[A-Z_`, ]+) \| (.*?) \|", readme, re.MULTILINE):
        keys, defaults = re.findall(r"\w+", row[0]), re.findall(r"`(.*?)`", row[1]) or [row[1]]
        told |= zip(keys, defaults * (len(keys) if len(defaults) == 1 else 1), strict=True)
    section = JWTSettings()
    assert set(told) == set(section._keys)

    in_words = {"5 minutes", "1 day", "0", "the cache", "is the user active?"}
    literal = {key: default for key, default in told.items() if default not in in_words}
    assert literal == {key: repr(getattr(section, key)).replace("'", '"') for key in literal}


def test_without_cryptography_an_asymmetric_algorithm_names_what_to_install(jwt, monkeypatch):
    known = get_default_algorithms()
    hmac_alone = {name: worker for name, worker in known.items() if name.startswith("HS")}
    monkeypatch.setattr("restflow.authentication._keys.get_default_algorithms", lambda: hmac_alone)
    jwt(ALGORITHM="RS256", SIGNING_KEY="-----BEGIN PRIVATE KEY-----")

    with pytest.raises(ImproperlyConfigured, match=r"pip install restflow-auth\[crypto\]"):
        AccessToken.verify("a.b.c")


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_key_shorter_than_the_hash_works_without_a_warning(jwt, algorithm):
    jwt(ALGORITHM=algorithm, SIGNING_KEY="sixteen bytes ok")  # warnings are errors here

    token = AccessToken.for_user(User(pk=1, is_active=True))
    assert AccessToken.verify(str(token)) == token
