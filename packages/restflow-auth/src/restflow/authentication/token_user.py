"""`TokenUser`: a user without a row."""

from typing import Any, NoReturn

from restflow.authentication.tokens import AccessToken


class TokenUser:
    """The user that an access token names, made of its claims; `pk` is of the user model's own type."""

    is_authenticated = True
    is_anonymous = False
    is_active = True

    def __init__(self, token: AccessToken, pk: Any) -> None:
        self.token = token
        self.pk = pk

    @property
    def id(self) -> Any:
        """Same as `pk`."""
        return self.pk

    @property
    def username(self) -> str:
        """The claim `username`, else empty."""
        name = self.token.get("username", "")
        return name if isinstance(name, str) else ""

    def get_username(self) -> str:
        """Same as `username`."""
        return self.username

    @property
    def is_staff(self) -> bool:
        """Whether the claim is the JSON value `true`."""
        return self.token.get("is_staff") is True

    @property
    def is_superuser(self) -> bool:
        """Whether the claim is the JSON value `true`."""
        return self.token.get("is_superuser") is True

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """`False`: permissions are in the database."""
        return False

    def has_perms(self, perm_list: object, obj: object = None) -> bool:
        """`False`."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """`False`."""
        return False

    async def ahas_perm(self, perm: str, obj: object = None) -> bool:
        """`False`."""
        return False

    async def ahas_perms(self, perm_list: object, obj: object = None) -> bool:
        """`False`."""
        return False

    async def ahas_module_perms(self, app_label: str) -> bool:
        """`False`."""
        return False

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TokenUser):
            return bool(self.pk == other.pk)
        from django.contrib.auth import get_user_model

        return bool(self.pk == other.pk) if isinstance(other, get_user_model()) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.pk)

    def __str__(self) -> str:
        return f"TokenUser({self.pk})"

    __repr__ = __str__

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        raise NotImplementedError("A TokenUser has no row in the database.")

    save = delete = set_password = check_password = _refuse
