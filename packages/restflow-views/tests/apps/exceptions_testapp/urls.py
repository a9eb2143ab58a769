from django.http import HttpResponse
from django.urls import path

from exceptions_testapp.views import AsyncRaiser, SyncRaiser, WorkingRaiser

handler400 = "restflow.exceptions.bad_request"
handler403 = "restflow.exceptions.permission_denied"
handler404 = "restflow.exceptions.page_not_found"
handler500 = "restflow.exceptions.server_error"


def plain(request):
    from exceptions_testapp.views import RAISED

    return RAISED[-1](request)


def accepted(request):
    return HttpResponse("accepted")


urlpatterns = [
    path("sync/", SyncRaiser.as_view()),
    path("async/", AsyncRaiser.as_view()),
    path("working/", WorkingRaiser.as_view()),
    path("plain/", plain),
    path("form/", accepted),
]
