"""The Django project under which the tests run; it is not published."""
