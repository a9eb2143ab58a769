"""What `dramatiq dispatch_dramatiq_site.worker` loads."""

import django

django.setup()

from restflow.dispatch.dramatiq import register_actor  # noqa: E402

register_actor()
