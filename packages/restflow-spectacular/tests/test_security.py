"""Security schemes come from the authenticators, and operations are open where the permissions are known to say so."""

import pytest
from django.urls import path
from rest_framework import permissions as drf
from rest_framework.authentication import BaseAuthentication, BasicAuthentication, SessionAuthentication
from rest_framework.permissions import AllowAny, IsAdminUser, IsAuthenticated, IsAuthenticatedOrReadOnly
from spectacular_testapp import protocol
from spectacular_testapp.generating import VERSIONS, generate, warnings


class Bearer(BaseAuthentication):
    bearer_format = "JWT"

    @classmethod
    def get_security_scheme(cls):
        return "jwtAuth", {"type": "http", "scheme": "bearer", "bearerFormat": cls.bearer_format}

    def authenticate(self, request):
        raise AssertionError("generation authenticates nobody")

    def authenticate_header(self, request):
        return "Bearer"


class Tenant(Bearer):
    pass


class Opaque(Bearer):
    bearer_format = "opaque"


class ByWebServer(BaseAuthentication):
    @classmethod
    def get_security_scheme(cls):
        return None


class Strict(IsAuthenticated):
    def has_permission(self, request, view):
        raise AssertionError("generation asks no permission")


class AsyncOnly(drf.BasePermission):
    async def ahas_permission(self, request, view):
        raise AssertionError("generation asks no permission")


class ReadableByAll(drf.DjangoModelPermissionsOrAnonReadOnly):
    pass


class Guarded(ReadableByAll):
    perms_map = {**drf.DjangoModelPermissions.perms_map, "GET": ["%(app_label)s.view_%(model_name)s"]}


def view(*authenticators, permissions=(), **attributes):
    def handler(self, request):
        raise AssertionError

    return type(
        "Notes",
        (protocol.APIView,),
        {
            "serializer_class": protocol.NoteSerializer,
            "authentication_classes": authenticators,
            "permission_classes": permissions,
            "get": handler,
            "post": handler,
            **attributes,
        },
    )


def security(*views, method="get", **settings):
    document = generate([path(f"{index}/", one.as_view()) for index, one in enumerate(views)], **settings)
    operations = [methods[method].get("security") for methods in document["paths"].values()]
    return operations, document["components"].get("securitySchemes")


@pytest.mark.parametrize("oas", VERSIONS)
def test_an_authenticator_tells_its_scheme_and_subclasses_share_it(oas):
    operations, schemes = security(
        view(Bearer, permissions=[IsAuthenticated]), view(Tenant, permissions=[IsAuthenticated]), oas=oas
    )
    assert operations == [[{"jwtAuth": []}], [{"jwtAuth": []}]]
    assert schemes == {"jwtAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}


def test_stock_authenticators_keep_drf_spectaculars_schemes_in_order():
    operations, schemes = security(view(BasicAuthentication, Bearer, SessionAuthentication, permissions=[IsAdminUser]))
    assert operations == [[{"basicAuth": []}, {"jwtAuth": []}, {"cookieAuth": []}]]
    assert set(schemes) == {"basicAuth", "jwtAuth", "cookieAuth"}


def test_an_authenticator_may_have_no_scheme():
    assert security(view(ByWebServer, permissions=[IsAuthenticated])) == ([None], None)


def test_a_view_without_authenticators_has_no_security():
    assert security(view(permissions=[AllowAny])) == ([None], None)


def test_two_schemes_of_one_name_are_named_in_a_warning():
    security(view(Bearer), view(Opaque), quiet=False)
    (said,) = warnings()
    assert "Bearer" in said
    assert "Opaque" in said


def test_an_unknown_authenticator_is_named_with_the_remedy():
    class Unknown(BaseAuthentication):
        def authenticate(self, request):
            raise AssertionError

    security(view(Unknown), quiet=False)
    (said,) = warnings()
    assert "Unknown" in said
    assert "get_security_scheme" in said


OPEN = [
    ((), True, True),
    ([AllowAny], True, True),
    ([IsAuthenticated], False, False),
    ([IsAdminUser], False, False),
    ([drf.DjangoModelPermissions], False, False),
    ([IsAuthenticatedOrReadOnly], True, False),
    ([ReadableByAll], True, False),
    ([Guarded], False, False),
    ([AllowAny, IsAuthenticated], False, False),
    ([IsAuthenticated | AllowAny], True, True),
    ([IsAuthenticated & AllowAny], False, False),
    ([~IsAuthenticated], True, True),
    ([~AllowAny], False, False),
    ([Strict | AllowAny], True, True),
    ([Strict & AllowAny], False, False),
    ([~Strict], False, False),
    ([Strict], False, False),
    ([AsyncOnly], False, False),
    ([drf.BasePermission], False, False),
]


@pytest.mark.parametrize(("permissions", "reading", "writing"), OPEN, ids=map(str, range(len(OPEN))))
def test_an_operation_is_open_where_the_permissions_are_known_to_let_anybody_pass(permissions, reading, writing):
    one = view(Bearer, permissions=permissions)
    for method, is_open in (("get", reading), ("post", writing)):
        (requirements,), _schemes = security(one, method=method)
        assert ({} in requirements) is is_open, method
