"""Shows three ways to page: by number with a count, by number without one, and by cursor."""

from restflow.pagination import CursorPagination, FastPageNumberPagination, PageNumberPagination


class CountedPages(PageNumberPagination):
    """Pages with a count, which is kept for a minute: the countries hardly change."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100
    count_ttl = 60


class Pages(FastPageNumberPagination):
    """Pages without a count: one query looks one row further to know whether there is more."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100


class NewestFirst(CursorPagination):
    """Pages that neither skip nor repeat a line while new ones arrive."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100
    ordering = "-id"
