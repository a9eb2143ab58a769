"""The bodies of the token views."""

from typing import Any

from django.contrib.auth import get_user_model
from rest_framework import serializers

from restflow.authentication._secret import Secret

MAX_USERNAME = 1024
MAX_PASSWORD = 4096


class _Text(serializers.CharField):
    """A JSON string and nothing else: no number is turned into one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class _Password(_Text):
    def to_internal_value(self, data: Any) -> str:
        return Secret(super().to_internal_value(data))


class TokenObtainSerializer(serializers.Serializer[Any]):
    """The user model's `USERNAME_FIELD`, and `password`; `username` is accepted for the former."""

    password = _Password(max_length=MAX_PASSWORD, write_only=True, trim_whitespace=False)

    def get_fields(self) -> dict[str, Any]:
        """The user name's field goes first."""
        return {get_user_model().USERNAME_FIELD: _Text(max_length=MAX_USERNAME), **super().get_fields()}

    def to_internal_value(self, data: Any) -> Any:
        """Takes `username` for the user model's own name of it."""
        name = get_user_model().USERNAME_FIELD
        if isinstance(data, dict) and name not in data and "username" in data:
            data = {**{key: data[key] for key in data}, name: data["username"]}  # a QueryDict unpacks to lists
        return super().to_internal_value(data)


class TokenRefreshSerializer(serializers.Serializer[Any]):
    """`refresh`, the refresh token."""

    refresh = _Password()


class TokenBlacklistSerializer(serializers.Serializer[Any]):
    """`refresh`, the refresh token."""

    refresh = _Password()


class TokenPairSerializer(serializers.Serializer[Any]):
    """The answer: `access`, and `refresh` where one is issued into the body."""

    access = serializers.CharField(read_only=True)
    refresh = serializers.CharField(required=False)  # a read-only field counts as always there in an OpenAPI document
