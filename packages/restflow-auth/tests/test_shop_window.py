"""What `restflow.authentication` offers is what its documentation lists, and importing it costs no cycle."""

import importlib
import subprocess
import sys

import pytest

NAMES = {
    "restflow.authentication": (
        "BaseAuthentication BasicAuthentication SessionAuthentication TokenAuthentication RemoteUserAuthentication "
        "JWTAuthentication JWTStatelessUserAuthentication TokenUser AccessToken RefreshToken TokenError "
        "BlacklistBackend CacheBlacklistBackend ModelBlacklistBackend TokenObtainSerializer TokenRefreshSerializer "
        "TokenBlacklistSerializer revoke_user_tokens arevoke_user_tokens get_authorization_header"
    ),
    "restflow.authentication.jwt": (
        "AccessToken RefreshToken TokenError BlacklistBackend CacheBlacklistBackend ModelBlacklistBackend "
        "JWTAuthentication JWTStatelessUserAuthentication TokenUser ATokenBlacklist build_jwt_payload encode_token "
        "decode_token default_user_authentication_rule revoke_user_tokens arevoke_user_tokens"
    ),
}


@pytest.mark.parametrize("module", sorted(NAMES))
def test_the_names_are_the_documented_ones(module):
    names = importlib.import_module(module).__all__

    assert sorted(names) == sorted(NAMES[module].split())
    assert all(hasattr(importlib.import_module(module), name) for name in names)


SCRIPT = """
import sys
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": ["restflow.authentication.%s"]},
)
import restflow.authentication
assert not {"rest_framework.views", "restflow.views", "cryptography", "rest_framework_simplejwt"} & set(sys.modules) - {
    "cryptography"  # PyJWT imports it where it is installed
}
import django
django.setup()
import rest_framework.views
assert rest_framework.views.APIView.authentication_classes[0].__name__ == "%s"
"""


@pytest.mark.parametrize("name", ["BasicAuthentication", "JWTAuthentication", "SessionAuthentication"])
def test_a_project_starts_with_the_class_in_its_settings(name):
    done = subprocess.run([sys.executable, "-c", SCRIPT % (name, name)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
