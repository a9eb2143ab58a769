"""Shows how a project puts restflow's parts together: DRF's router, the error handlers, the schema."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from demo.page.views import favicon, healthz, page
from demo.world import accounts, history
from demo.world.cities import CityViewSet
from demo.world.countries import ContinentsView, CountryViewSet

router = SimpleRouter()
router.register("countries", CountryViewSet)
router.register("cities", CityViewSet)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", page, name="page"),
    path("api/", accounts.root, name="root"),
    path("api/", include(router.urls)),
    path("api/continents/", ContinentsView.as_view(), name="continents"),
    path("api/changes/", history.ChangesView.as_view(), name="changes"),
    path("api/events/", history.EventsView.as_view(), name="events"),
    path("api/token/", accounts.LogInView.as_view(), name="log-in"),
    path("api/token/refresh/", accounts.RefreshView.as_view(), name="refresh"),
    path("api/token/logout/", accounts.LogOutView.as_view(), name="log-out"),
    path("api/me/", accounts.MeView.as_view(), name="me"),
    path("api/limits/", accounts.LimitsView.as_view(), name="limits"),
    path("favicon.ico", favicon),
    path("healthz", healthz, name="healthz"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("redoc/", SpectacularRedocView.as_view(url_name="schema", template_name="page/redoc.html"), name="redoc"),
    path("admin/", admin.site.urls),
]

handler400 = "restflow.exceptions.bad_request"
handler403 = "restflow.exceptions.permission_denied"
handler404 = "restflow.exceptions.page_not_found"
handler500 = "restflow.exceptions.server_error"
