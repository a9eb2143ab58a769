"""The routes of the tests: the token views, and one protected view of each kind."""

from django.urls import path
from rest_framework.permissions import IsAuthenticated

from restflow.authentication import JWTAuthentication
from restflow.authentication.views import JWKSView, TokenBlacklistView, TokenObtainView, TokenRefreshView
from restflow.exceptions import exception_handler
from restflow.responses import Response
from restflow.views import APIView, AsyncAPIView


class AsyncProtected(AsyncAPIView):
    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticated]

    async def get(self, request):
        return Response({"user": request.user.pk, "same": (await request.auser()) is request.user})


class SyncProtected(APIView):
    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"user": request.user.pk, "same": True})


class Enveloped(AsyncProtected):
    def get_exception_handler(self):
        return exception_handler


urlpatterns = [
    path("token/", TokenObtainView.as_view()),
    path("native/", TokenObtainView.as_view(refresh_cookie=None)),
    path("refresh/", TokenRefreshView.as_view()),
    path("blacklist/", TokenBlacklistView.as_view()),
    path("keys/", JWKSView.as_view()),
    path("async/", AsyncProtected.as_view()),
    path("sync/", SyncProtected.as_view()),
    path("enveloped/", Enveloped.as_view()),
]
