"""The same application twice: as Django serves it, and on persistent threads."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.site.settings")

from django.core.asgi import get_asgi_application

from benchmarks.site import counters
from restflow.core.asgi import PersistentThreads

counters.install()
stock = get_asgi_application()
persistent = PersistentThreads(stock, threads=16)
