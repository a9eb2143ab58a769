from django.http import HttpResponseRedirect
from django.urls import path

from test_testapp import views

urlpatterns = [
    path("echo/", views.Echo.as_view()),
    path("whoami/", views.Whoami.as_view()),
    path("invoices/", views.Invoices.as_view()),
    path("async-create/", views.async_create),
    path("crossing/", views.crossing),
    path("fail/", views.fail),
    path("events/", views.events),
    path("silence/", views.silence),
    path("lines/", views.lines),
    path("redirect/<int:status>/", views.redirect),
    path("loop/", lambda request: HttpResponseRedirect("/loop/")),
    path("cookie/<str:value>/", views.cookie),
    path("problem/", views.problem),
    path("envelope/", views.envelope),
    path("database/", views.database),
]
