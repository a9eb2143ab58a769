"""The form of the browsable API: a control for each parameter, current values, errors, and nothing unescaped."""

from html import unescape
from html.parser import HTMLParser

import pytest
from django.http import QueryDict
from django.test import override_settings
from filters_testapp.models import Product
from rest_framework import generics, serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.test import APIRequestFactory

from restflow.filters import (
    BooleanField,
    ChoiceField,
    DecimalField,
    FilterSet,
    ListField,
    MultipleChoiceField,
    OrderField,
    RestflowFilterBackend,
    StringField,
)

factory = APIRequestFactory()


class FormFilterSet(FilterSet):
    name = StringField(lookups=["icontains", "in"], help_text="Its <name>")
    active = BooleanField()
    status = ChoiceField(choices=Product.Status.choices, lookups=["in"])
    statuses = MultipleChoiceField(choices=Product.Status.choices, db_field="status")
    price = DecimalField(lookups=["range"])
    tags = ListField(db_field="tags__name")
    order_by = OrderField(fields=["name"], labels=[("name", "Name")])

    class Meta:
        model = Product


class Pages(PageNumberPagination):
    page_size = 2


class FormView(generics.ListAPIView):
    queryset = Product.objects.order_by("pk")
    serializer_class = type(
        "S", (serializers.ModelSerializer,), {"Meta": type("Meta", (), {"model": Product, "fields": ["name"]})}
    )
    filter_backends = [RestflowFilterBackend]
    filterset_class = FormFilterSet
    pagination_class = Pages


class Controls(HTMLParser):
    """The controls of a page: name to value, or to the selected values."""

    def __init__(self, html):
        super().__init__()
        self.inputs, self.hidden, self.selects, self.current = {}, [], {}, None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "input" and attributes["type"] == "hidden":
            self.hidden.append((attributes["name"], attributes["value"]))
        elif tag == "input":
            self.inputs[attributes["name"]] = attributes["value"]
        elif tag == "select":
            self.current = self.selects[attributes["name"]] = []
        elif tag == "option" and "selected" in attributes:
            self.current.append(attributes["value"])
        assert tag != "script"
        assert not [name for name in attributes if name.startswith("on")]


def form(query="", view=FormView):
    instance = view()
    request = instance.initialize_request(factory.get(f"/?{query}"))
    instance.setup(request)
    instance.request = request
    return str(RestflowFilterBackend().to_html(request, instance.get_queryset(), instance))


def test_there_is_a_control_for_all_but_negations_and_lists_without_choices():
    controls = Controls(form())
    assert set(controls.inputs) == {"name", "name__icontains", "price", "price__range"}
    assert set(controls.selects) == {"active", "status", "status__in", "statuses", "order_by"}
    assert controls.hidden == []
    assert 'method="get"' in form()
    assert "Name (Substring Match (Case-Insensitive))" in form()
    assert "Its &lt;name&gt;" in form()


def test_it_shows_current_values():
    controls = Controls(form("name=tea&active=YES&status=live&statuses=live,draft&price__range=1,5&order_by=-name"))
    assert controls.inputs["name"] == "tea"
    assert controls.inputs["price__range"] == "1,5"
    assert controls.selects == {
        "active": ["true"],
        "status": ["live"],
        "status__in": [],
        "statuses": ["draft", "live"],
        "order_by": ["-name"],
    }


def test_an_ordering_that_no_option_stands_for_is_kept():
    assert Controls(form("order_by=name,-name")).selects["order_by"] == ["name,-name"]


def test_other_parameters_are_kept_but_the_page():
    controls = Controls(form("theme=dark&theme=big&page=3&name!=x&tags=a,b&name=y"))
    assert controls.hidden == [("theme", "dark"), ("theme", "big"), ("name!", "x"), ("tags", "a,b")]


def test_a_bad_request_shows_its_values_and_errors():
    html = form("price=cheap&status=gone&tags=%22a&price__range=1")
    controls = Controls(html)
    assert controls.inputs["price"] == "cheap"
    text = unescape(html)
    assert "A valid number is required." in text
    assert '"gone" is not a valid choice.' in text
    assert "tags: Unbalanced quote." in text
    assert "Enter two values, separated by a comma." in text


HOSTILE = ['"><script>alert(1)</script>', "' onmouseover='x", "</select>", "{{ secret }}", "\x00", "\ud800", "&lt;"]


@pytest.mark.parametrize("text", HOSTILE)
def test_everything_is_escaped(text):
    data = QueryDict(mutable=True)
    for name in ("name", "status", "order_by", "statuses", "price__range", "tags", text):
        data[name] = text
    view = FormView()
    view.get_filterset = lambda filterset_class: filterset_class(data)
    html = str(RestflowFilterBackend().to_html(None, None, view))
    assert "<script" not in html
    assert Controls(html).inputs["name"] == text.replace("\x00", "\ufffd") or "\x00" in text


@pytest.mark.django_db
def test_the_browsable_api_shows_it_on_a_list():
    Product.objects.create(name="tea")
    response = FormView.as_view()(factory.get("/?name=tea", HTTP_ACCEPT="text/html"))
    assert 'name="price__range"' in response.render().content.decode()


@override_settings(TEMPLATES=[])
def test_it_needs_no_template_engine_of_the_project():
    assert 'name="price__range"' in form()


def test_its_template_can_be_replaced(tmp_path):
    (tmp_path / "own.html").write_text("{% for control in controls %}{{ control.name }} {% endfor %}")
    engine = {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [tmp_path]}
    backend = type("Own", (RestflowFilterBackend,), {"template": "own.html"})
    with override_settings(TEMPLATES=[engine]):
        view = FormView()
        view.get_filterset = lambda filterset_class: filterset_class({})
        assert "price__range" in backend().to_html(None, None, view)


def test_async_hooks_are_run():
    class Async(FormFilterSet):
        async def validate_price(self, value):
            raise serializers.ValidationError("never that")

    assert "never that" in form("price=1", type("AsyncView", (FormView,), {"filterset_class": Async}))
