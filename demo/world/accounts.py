"""Shows who is there: log-in by JSON Web Tokens with the refresh token in a cookie, and a throttle to run into."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.reverse import reverse

from demo.world.throttles import ByScope
from restflow.authentication import RefreshToken
from restflow.authentication.views import TokenBlacklistView, TokenObtainView, TokenRefreshView
from restflow.permissions import IsAuthenticated
from restflow.responses import Response
from restflow.serializers import InlineSerializer, Serializer
from restflow.spectacular import raises
from restflow.views import AsyncAPIView, api_view

LINKS = ("countries", "cities", "continents", "changes", "events", "me", "limits", "schema")
NAMES = {"countries": "country-list", "cities": "city-list"}
LinksSerializer = InlineSerializer(name="Links", fields=dict.fromkeys(LINKS, str))


class UserSerializer(Serializer):
    """The user of the token, as the token tells."""

    username: str
    groups: list[str]
    is_staff: bool


class CountedSerializer(Serializer):
    """That the request was let through."""

    allowed: bool


class SiteToken(RefreshToken):
    """Tokens that say what their user may do; computed anew at each refresh."""

    user_claims = {"groups": lambda user: sorted(user.groups.values_list("name", flat=True))}


@extend_schema(responses=LinksSerializer)
@api_view(["GET"])
async def root(request: Any) -> Response:
    """Links to what there is."""
    return Response({name: reverse(NAMES.get(name, name), request=request) for name in LINKS})


@raises(AuthenticationFailed)
class LogInView(TokenObtainView):
    """User name and password for an access token; the refresh token comes as a cookie that no script can read."""

    refresh_token_class = SiteToken


@raises(AuthenticationFailed)
class RefreshView(TokenRefreshView):
    """A new access token for the cookie, which is replaced too. One that comes a second time ends the session."""

    refresh_token_class = SiteToken


@raises(AuthenticationFailed)
class LogOutView(TokenBlacklistView):
    """Ends the session of the cookie at once."""

    refresh_token_class = SiteToken


class MeView(AsyncAPIView):
    """Who the access token stands for."""

    permission_classes = [IsAuthenticated]
    response_serializer_class = UserSerializer

    async def get(self, request: Any) -> Response:
        """The user, and the groups as the token claims them."""
        user = {"username": request.user.get_username(), "groups": request.auth["groups"]}
        return Response({**user, "is_staff": request.user.is_staff})


class LimitsView(AsyncAPIView):
    """A throttle to run into: five requests in ten seconds. `RateLimit` counts down, and the sixth is a 429."""

    throttle_classes = [ByScope]
    throttle_scope = "limits"
    response_serializer_class = CountedSerializer

    async def get(self, request: Any) -> Response:
        """Counts the request."""
        return Response({"allowed": True})
