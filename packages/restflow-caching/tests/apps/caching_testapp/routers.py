"""Puts the database cache where threads share one database: SQLite in memory gives each a database of its own."""


class CacheOnPostgres:
    def db_for_read(self, model, **hints):
        return "postgres" if model._meta.app_label == "django_cache" else None

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, **hints):
        return db == "postgres" if app_label == "django_cache" else None
