"""Shows nothing of restflow: Django's admin for the cities; the log of changes is not for editing."""

from django.contrib import admin

from demo.world.models import City, Country

admin.site.site_header = admin.site.site_title = "restflow demo"


@admin.register(Country)
class CountryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Countries."""

    list_display = ["code", "name", "continent", "population"]
    search_fields = ["name", "code"]


@admin.register(City)
class CityAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Cities. A change here invalidates the reports too, since they listen to the model."""

    list_display = ["name", "country", "population", "timezone"]
    list_select_related = ["country"]
    search_fields = ["name"]
    autocomplete_fields = ["country"]
    show_full_result_count = False
