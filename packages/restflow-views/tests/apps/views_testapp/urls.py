from rest_framework.routers import DefaultRouter

from views_testapp.views import AsyncBooks, Books

router = DefaultRouter()
router.register("books", AsyncBooks, basename="async-book")
router.register("sync-books", Books, basename="sync-book")
urlpatterns = router.urls
