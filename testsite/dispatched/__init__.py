"""A project whose rules a broker's workers run: its Django app, and what the tests of two dispatchers do with it.

The app lives in processes of its own, web and worker, never in the tests'.
"""
