"""A project as the README tells to set it up; web process and worker are processes of their own, never the tests'."""

from dispatch_dramatiq_site import broker as broker
