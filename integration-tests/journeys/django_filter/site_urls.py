"""The one URL of the project."""

from django.urls import path
from site_views import BookList

urlpatterns = [path("books/", BookList.as_view())]
