"""`ActionConfig`: each field on the actions that it names, before everything else, and every mistake at `as_view()`."""

import pickle
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.decorators import action
from rest_framework.filters import BaseFilterBackend
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.parsers import FormParser, JSONParser
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.throttling import BaseThrottle
from views_testapp.models import Author, Book
from views_testapp.serializers import BookInputSerializer, BookSerializer, BookTitleSerializer
from views_testapp.views import AsyncBooks, Books

from restflow.responses import NDJSONRenderer
from restflow.views import ActionConfig, PostFetch
from restflow.views.checks import check_viewsets

each_kind = pytest.mark.parametrize("base", [AsyncBooks, Books], ids=["async view", "sync view"])
ACTIONS = {
    "list": ("get", False),
    "create": ("post", False),
    "retrieve": ("get", True),
    "update": ("put", True),
    "partial_update": ("patch", True),
    "destroy": ("delete", True),
    "extra": ("get", False),
}


@pytest.fixture
def send(library: Any, factory: Any, answer: Any) -> Any:
    def call(base: Any, name: str, config: Any = None, *, method: str = "", data: Any = None, **attributes: Any) -> Any:
        method, detail = method or ACTIONS[name][0], ACTIONS[name][1]

        class Viewset(base):
            @action(detail=False)
            def extra(self, request):
                return self.paginated_response(self.filter_queryset(self.get_queryset()))

            locals().update(attributes)

        if config is not None:
            Viewset.action_configs = {name: config}
        http = ACTIONS[name][0]
        headers = {key: attributes.pop(key) for key in list(attributes) if key.isupper()}
        data = {"title": "New", "pages": 5, "author": library.author.pk} if data is None else data
        if method in ("post", "put", "patch"):
            request = getattr(factory, method)("/", data, format="json", **headers)
        else:
            request = getattr(factory, method)("/", **headers)
        return answer(
            Viewset.as_view({http: name}), request, **({"pk": Book.objects.order_by("pk")[0].pk} if detail else {})
        )

    return call


class Nobody(BasePermission):
    def has_permission(self, request, view):
        return False


class AsyncNobody(BasePermission):
    async def ahas_permission(self, request, view):
        return False


class Never(BaseThrottle):
    def allow_request(self, request, view):
        return False


class FirstOnly(BaseFilterBackend):
    def filter_queryset(self, request, queryset, view):
        return queryset.filter(title="Book 0")


@each_kind
@pytest.mark.parametrize("name", list(ACTIONS))
@pytest.mark.parametrize("permission", [Nobody, AsyncNobody])
def test_permissions_of_every_action(name: str, permission: Any, base: Any, send: Any) -> None:
    assert send(base, name, ActionConfig(permission_classes=[permission])).status_code == 403
    assert send(base, name, permission_classes=[permission]).status_code == 403
    assert send(base, name, ActionConfig(permission_classes=[]), permission_classes=[permission]).status_code < 300


@each_kind
def test_a_head_request_has_gets_config(base: Any, send: Any) -> None:
    for name in ("list", "retrieve"):
        config = ActionConfig(permission_classes=[Nobody])
        assert send(base, name, config, method="head").status_code == 403
        assert send(base, name, method="head").status_code == 200


@each_kind
def test_serializers_by_direction(base: Any, send: Any) -> None:
    both = send(base, "create", ActionConfig(serializer_class=BookSerializer))
    assert set(both.data) == {"id", "title", "pages", "author"}
    out = send(base, "create", ActionConfig(response_serializer_class=BookTitleSerializer))
    assert set(out.data) == {"id", "title"}
    # an input-only field that the stored book lacks is no reason for a 500
    split = ActionConfig(request_serializer_class=BookInputSerializer, response_serializer_class=BookTitleSerializer)
    assert send(base, "create", split).status_code == 201
    assert send(base, "create", ActionConfig(request_serializer_class=BookInputSerializer)).status_code == 201
    # each direction resolves on its own first
    beside = send(
        base, "list", ActionConfig(serializer_class=BookSerializer), response_serializer_class=BookTitleSerializer
    )
    assert set(beside.data["results"][0]) == {"id", "title"}


@each_kind
@pytest.mark.parametrize("name", ["list", "retrieve", "extra"])
def test_a_queryset_of_its_own(name: str, base: Any, send: Any) -> None:
    async def later(view):
        return Book.objects.order_by("pk").filter(title="Book 2")

    none = {"list": 0, "extra": 0}
    for queryset in (
        Book.objects.order_by("pk").filter(title="Book 2"),
        lambda view: Book.objects.order_by("pk").filter(title="Book 2"),
        later,
    ):
        response = send(base, name, ActionConfig(queryset=queryset))
        if name in none:
            assert [row["title"] for row in response.data["results"]] == ["Book 2"]
        else:
            assert response.status_code == 404
    assert send(base, name, ActionConfig(queryset=Book.objects, pagination_class=None)).status_code == 200
    with pytest.raises(ImproperlyConfigured, match=rf"{name}.*returned list"):
        send(base, name, ActionConfig(queryset=lambda view: []))


@each_kind
def test_scoping_in_get_queryset_is_not_lost_by_a_config(base: Any, send: Any) -> None:
    def get_queryset(self: Any) -> Any:
        return base.get_queryset(self).filter(title="Book 0")

    config = ActionConfig(queryset=Book.objects.order_by("pk"))
    assert send(base, "list", config, get_queryset=get_queryset).data["count"] == 1


@each_kind
def test_filtering_and_paging(base: Any, send: Any) -> None:
    assert send(base, "list", ActionConfig(filter_backends=[FirstOnly])).data["count"] == 1
    assert len(send(base, "list", ActionConfig(pagination_class=None)).data) == 3

    class Two(LimitOffsetPagination):
        default_limit = 2

    assert len(send(base, "list", ActionConfig(pagination_class=Two)).data["results"]) == 2
    assert len(send(base, "extra", ActionConfig(pagination_class=Two)).data["results"]) == 2
    seen = []

    class Asking(BaseFilterBackend):
        def filter_queryset(self, request, queryset, view):
            seen.append(view.get_filterset_class())
            return queryset

    send(base, "list", ActionConfig(filter_backends=[Asking], filterset_class=dict))
    send(base, "list", ActionConfig(filter_backends=[Asking]), filterset_class=list)
    assert seen == [dict, list]


@each_kind
def test_authentication_throttles_and_scope(base: Any, send: Any) -> None:
    config = ActionConfig(authentication_classes=[BasicAuthentication], permission_classes=[IsAuthenticated])
    assert send(base, "list", config)["WWW-Authenticate"].startswith("Basic")
    assert send(base, "list", ActionConfig(throttle_classes=[Never])).status_code == 429
    seen = []

    class Scoped(BaseThrottle):
        def allow_request(self, request, view):
            seen.append((view.get_throttle_scope(), getattr(view, "throttle_scope", None)))
            return True

    send(base, "list", ActionConfig(throttle_classes=[Scoped], throttle_scope="lists"))
    send(base, "list", ActionConfig(throttle_classes=[Scoped]), throttle_scope="all")
    assert seen == [("lists", "lists"), ("all", "all")]


@each_kind
def test_parsers_and_renderers(base: Any, send: Any) -> None:
    assert send(base, "create", ActionConfig(parser_classes=[FormParser])).status_code == 415
    assert (
        send(base, "create", ActionConfig(parser_classes=[JSONParser]), parser_classes=[FormParser]).status_code == 201
    )
    lines = send(base, "list", ActionConfig(renderer_classes=[NDJSONRenderer], pagination_class=None))
    assert lines["Content-Type"] == "application/x-ndjson"
    assert lines.content.count(b"\n") == Book.objects.count()


@each_kind
def test_the_lookup(base: Any, library: Any, factory: Any, answer: Any) -> None:
    class Viewset(base):
        action_configs = {"retrieve": ActionConfig(lookup_field="title", lookup_url_kwarg="name")}

    view = Viewset.as_view({"get": "retrieve"})
    assert answer(view, factory.get("/"), name="Book 1").data["id"] == library.books[1].pk


@each_kind
def test_post_fetches(base: Any, send: Any) -> None:
    class WithCount(BookTitleSerializer):
        class Meta(BookTitleSerializer.Meta):
            fields = ["title"]

        def to_representation(self, book):
            return {**super().to_representation(book), "author": book.the_author}

    fetch = PostFetch(Author.objects.all(), "the_author", ["name"], id="author_id")
    config = ActionConfig(post_fetches=[fetch], response_serializer_class=WithCount)
    for name in ("list", "retrieve", "create", "update", "extra"):
        response = send(base, name, config)
        row = response.data["results"][0] if name in ("list", "extra") else response.data
        assert row["author"]["name"] == "Ursula"


@each_kind
@pytest.mark.parametrize(
    ("name", "default"), [("list", 200), ("retrieve", 200), ("create", 201), ("update", 200), ("destroy", 204)]
)
def test_success_status(name: str, default: int, base: Any, send: Any, library: Any) -> None:
    Book.objects.create(title="one more, for each destroy", author=library.author)
    assert send(base, name).status_code == default
    assert send(base, name, ActionConfig(success_status=202)).status_code == 202
    assert send(base, name, success_status=203).status_code == 203
    assert send(base, name, ActionConfig(success_status=202), success_status=203).status_code == 202


@each_kind
def test_a_config_wins_over_an_actions_own_arguments(base: Any, library: Any, factory: Any, answer: Any) -> None:
    class Viewset(base):
        @action(detail=False, permission_classes=[Nobody], serializer_class=BookTitleSerializer)
        def extra(self, request):
            return self.serialized_response(library.books, many=True)

    kwargs = Viewset.extra.kwargs
    view = Viewset.as_view({"get": "extra"}, **kwargs)
    assert answer(view, factory.get("/")).status_code == 403
    Viewset.action_configs = {"extra": ActionConfig(permission_classes=[])}
    assert set(answer(Viewset.as_view({"get": "extra"}, **kwargs), factory.get("/")).data[0]) == {"id", "title"}


@each_kind
def test_a_subclass_that_assigns_replaces(base: Any) -> None:
    class Parent(base):
        action_configs = {"list": ActionConfig(success_status=202), "create": ActionConfig(success_status=202)}

    class Child(Parent):
        action_configs = {**Parent.action_configs, "list": ActionConfig(success_status=203)}

    assert Child.action_configs["create"] is Parent.action_configs["create"]
    assert Child.action_configs["list"].success_status == 203


MISTAKES: list[Any] = [
    ({"lst": ActionConfig()}, r"Viewset\.action_configs\['lst'\].*mean 'list'.*Its actions: list"),
    ({"nothing_like_it": ActionConfig()}, r"nothing_like_it.*Its actions"),
    ({5: ActionConfig()}, r"action_configs\[5\]"),
    ({"list": {}}, r"\['list'\] is dict"),
    ({"list": None}, r"\['list'\] is NoneType"),
    ([("list", ActionConfig())], "action_configs is list"),
    ({"list": ActionConfig(queryset=Book)}, r"model Book.*Book\.objects\.all\(\)"),
    ({"list": ActionConfig(queryset=5)}, r"queryset is int"),
]


@each_kind
@pytest.mark.parametrize(("configs", "message"), MISTAKES, ids=lambda value: str(value)[:20])
def test_mistakes_are_found_at_as_view(configs: Any, message: str, base: Any) -> None:
    viewset = type("Viewset", (base,), {"action_configs": configs})
    with pytest.raises(ImproperlyConfigured, match=message):
        viewset.as_view({"get": "list"})


@each_kind
def test_any_method_of_the_viewset_may_have_a_config(base: Any) -> None:
    class Viewset(base):
        action_configs = {"metadata": ActionConfig(), "extra": ActionConfig(), "destroy": ActionConfig()}

        @action(detail=False)
        def extra(self, request): ...

    assert Viewset.as_view({"get": "list"})


@each_kind
def test_an_action_that_does_not_exist_is_found_at_as_view(base: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"GET is mapped to 'lisst'.*'list'"):
        base.as_view({"get": "lisst"})
    with pytest.raises(TypeError, match="actions"):
        base.as_view()
    with pytest.raises(TypeError, match="invalid keyword"):
        base.as_view({"get": "list"}, nothing=1)


class TestTheObject:
    """`ActionConfig` itself."""

    def test_unset_fields_are_none_and_overrides_are_what_was_given(self) -> None:
        config = ActionConfig(pagination_class=None, permission_classes=[Nobody])
        assert config.serializer_class is None
        assert dict(config.overrides) == {"pagination_class": None, "permission_classes": (Nobody,)}
        with pytest.raises(TypeError):
            config.overrides["x"] = 1  # type: ignore[index]
        with pytest.raises(AttributeError, match="nothing"):
            _ = config.nothing

    def test_it_is_immutable_comparable_and_pickles(self) -> None:
        config = ActionConfig(success_status=202)
        assert config == ActionConfig(success_status=202) != ActionConfig()
        assert pickle.loads(pickle.dumps(config)) == config
        assert config.replace(atomic=True) == ActionConfig(success_status=202, atomic=True)
        assert config.atomic is None
        with pytest.raises(AttributeError, match="replace"):
            config.atomic = True
        with pytest.raises(AttributeError, match="immutable"):
            del config.atomic
        assert repr(config) == "ActionConfig(success_status=202)"

    def test_unknown_fields_and_wrong_sequences(self) -> None:
        with pytest.raises(TypeError, match=r"'permision_classes'.*permission_classes"):
            ActionConfig(permision_classes=[])  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="permission_classes is a sequence"):
            ActionConfig(permission_classes=Nobody)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="post_fetches is a sequence"):
            ActionConfig(post_fetches="x")
        with pytest.raises(TypeError, match="nothing"):
            ActionConfig().replace(nothing=1)


class TestChecks:
    """The warnings of `manage.py check`."""

    @pytest.mark.parametrize("name", ["permission_classes", "authentication_classes", "throttle_classes"])
    @each_kind
    def test_patch_less_protected_than_put(self, base: Any, name: str) -> None:
        value = [SessionAuthentication] if name == "authentication_classes" else []
        config = ActionConfig(**{name: value})
        viewset = type("Viewset", (base,), {"action_configs": {"update": config}})
        viewset.as_view({"put": "update"})
        assert not [w for w in check_viewsets(None) if w.obj is viewset]
        viewset.as_view({"patch": "partial_update"})
        [warning] = [w for w in check_viewsets(None) if w.obj is viewset]
        assert warning.id == "restflow.W401"
        assert name in warning.msg
        viewset.action_configs = {"update": config, "partial_update": config}
        assert not [w for w in check_viewsets(None) if w.obj is viewset]

    @each_kind
    def test_a_parents_protection_that_is_dropped(self, base: Any) -> None:
        class Parent(base):
            action_configs = {"destroy": ActionConfig(permission_classes=[Nobody]), "list": ActionConfig(atomic=False)}

        class Child(Parent):
            action_configs = {"list": ActionConfig()}

        Child.as_view({"get": "list"})
        assert not [w for w in check_viewsets(None) if w.obj is Child]
        Child.as_view({"delete": "destroy"})
        [warning] = [w for w in check_viewsets(None) if w.obj is Child]
        assert warning.id == "restflow.W402"
        assert "Parent" in warning.msg
        assert "'destroy'" in warning.msg


def test_the_action_is_known_before_parsers_and_authenticators_are_made(
    library: Any, factory: Any, answer: Any
) -> None:
    seen: list[Any] = []

    class Viewset(AsyncBooks):
        renderer_classes = [JSONRenderer]

        def get_parsers(self):
            seen.append(("parsers", self.action))
            return super().get_parsers()

        def get_authenticators(self):
            seen.append(("authenticators", self.action))
            return super().get_authenticators()

    view = Viewset.as_view({"get": "list"})
    for method, expected in (("get", "list"), ("head", "list"), ("options", "metadata"), ("post", None)):
        seen.clear()
        response = answer(view, getattr(factory, method)("/"))
        assert ("parsers", expected) in seen
        assert ("authenticators", expected) in seen
        assert (response.status_code == 405) is (expected is None)
