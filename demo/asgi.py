"""Shows `PersistentThreads`: a bounded set of threads, each with a database connection that outlives its requests."""

import os

from django.core.asgi import get_asgi_application

from restflow.core.asgi import PersistentThreads

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")

THREADS = 16
application = PersistentThreads(get_asgi_application(), threads=THREADS)
