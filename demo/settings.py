"""Shows the settings that restflow recommends; `demo/run.py` sets the environment variables read here."""

import os
from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from demo import addresses

BASE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("RESTFLOW_DEMO_DATA") or BASE / ".data")
HOST = os.environ.get("RESTFLOW_DEMO_HOST", "127.0.0.1")
IS_LOOPBACK = addresses.is_loopback(HOST)

DATABASE_URL = os.environ.get("DEMO_DATABASE_URL") or f"sqlite://{DATA / 'world.sqlite3'}"
CACHE_URL = os.environ.get("DEMO_CACHE_URL") or "locmem://"
IS_POSTGRES = DATABASE_URL.startswith("postgres")
DISPATCHER = os.environ.get("DEMO_DISPATCHER") or "inline"
BROKER_URL = os.environ.get("DEMO_BROKER_URL", "")
WORKERS = int(os.environ.get("DEMO_WORKERS") or 1)

try:
    SECRET_KEY = (DATA / "secret.key").read_text()  # 64 random bytes each, made at set-up
    TOKEN_KEY = (DATA / "tokens.key").read_text()
except OSError as error:
    raise ImproperlyConfigured(f"{DATA} is not set up yet. Run: python3 dev.py demo") from error

DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
ROOT_URLCONF = "demo.urls"
ASGI_APPLICATION = "demo.asgi.application"
WSGI_APPLICATION = "demo.wsgi.application"
_EVERY_ADDRESS = HOST in ("0.0.0.0", "::")
ALLOWED_HOSTS = ["*"] if _EVERY_ADDRESS else ["localhost", "127.0.0.1", "[::1]", f"[{HOST}]" if ":" in HOST else HOST]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "restflow.authentication",
    "restflow.caching",
    "restflow.exceptions",
    "restflow.filters",
    "demo.world",
    "demo.page",
    *(["django.contrib.postgres"] if IS_POSTGRES else []),
]
# Each of Django's own crosses to a thread and back, request by request; these do not, or only where the admin is.
MIDDLEWARE = [
    "demo.middleware.measured",
    "demo.middleware.security_headers",
    "servestatic.middleware.ServeStaticMiddleware",
    "demo.middleware.AdminSessions",
    "demo.middleware.AdminUsers",
    "demo.middleware.AdminMessages",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "static/"
SERVESTATIC_USE_FINDERS = True  # no collectstatic before the first start
SERVESTATIC_AUTOREFRESH = False

DATABASES = {"default": addresses.database(DATABASE_URL)}
NAME_LOOKUPS = ["unaccent__icontains", "trigram_similar"] if IS_POSTGRES else []  # of cities, by world/filters.py
CACHES = {"default": addresses.cache(CACHE_URL)}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["restflow.authentication.JWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["restflow.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["restflow.responses.JSONRenderer"],
    # No forms: a page of another site can make a browser post one, and JSON it cannot.
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "restflow.spectacular.RestflowAutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["demo.world.throttles.Anonymous", "demo.world.throttles.Users"],
    "DEFAULT_THROTTLE_RATES": {
        "anon": os.environ.get("DEMO_ANON_RATE") or "300/min",
        "user": os.environ.get("DEMO_USER_RATE") or "1200/min",
        "login": os.environ.get("DEMO_LOGIN_RATE") or "5/min",
        "export": os.environ.get("DEMO_EXPORT_RATE") or "6/min",
        "limits": "5/10s",
    },
    "NUM_PROXIES": 0,  # no proxy in front: X-Forwarded-For is the client's own word
    "EXCEPTION_HANDLER": "restflow.exceptions.exception_handler",
}

RESTFLOW_SETTINGS = {
    "JWT": {
        "SIGNING_KEY": TOKEN_KEY,
        "ACCESS_TOKEN_LIFETIME": timedelta(minutes=5),
        "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
        "SESSION_LIFETIME": timedelta(days=30),
        "REFRESH_COOKIE": {"name": "restflow_demo", "path": "/api/token/", "secure": IS_LOOPBACK},
        "ROTATION_GRACE_PERIOD": timedelta(0),
        "BLACKLIST_ALLOW_LOCMEM": CACHE_URL.startswith("locmem"),  # one process then: what it knows, all know
    },
    "CACHE_SETTINGS": {"DEFAULT_DISPATCHER": DISPATCHER},
}

CELERY_BROKER_URL = BROKER_URL or None
CELERY_BROKER_TRANSPORT = "restflow.dispatch.celery.redis:Transport" if BROKER_URL.startswith("redis") else None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True

SPECTACULAR_SETTINGS = {
    "TITLE": "restflow demo",
    "DESCRIPTION": "The countries and cities of the world, served by restflow.\n\n"
    "City and country data: [GeoNames](https://www.geonames.org/), "
    "[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,  # what is asked of a client is stricter than what it gets: no blank names
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["restflow.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "/static/page/icon.svg",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {"ChangeKindEnum": "demo.world.models.Change.Kind"},
}

# As the refresh cookie: browsers take a secure cookie on a loopback address over plain HTTP, and nowhere else.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_LOOPBACK
SILENCED_SYSTEM_CHECKS = [
    "security.W001",  # demo.middleware.security_headers sends what SecurityMiddleware would, without its crossings
    "security.W002",  # and X-Frame-Options
    "security.W003",  # the API takes JSON with a bearer token; the admin protects its own forms
    "security.W004",  # plain HTTP on a loopback address has no transport to secure
    "security.W008",
]

# Errors alone, with their traceback; Django's own default prints them in DEBUG only.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}
