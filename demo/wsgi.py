"""Shows that async views answer under WSGI too: `gunicorn demo.wsgi`, for example."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")

application = get_wsgi_application()
