import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class People(BaseUserManager):
    def create_user(self, email, password):
        person = self.model(email=email)
        person.set_password(password)
        person.save()
        return person


class Person(AbstractBaseUser):
    """A user by UUID who logs in by e-mail, with a manager of another name and without `is_active`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.EmailField(unique=True)
    is_active = None

    USERNAME_FIELD = "email"

    people = People()


class Member(models.Model):
    """A user with a string for a key, that is no `AbstractBaseUser`: it has no `is_active` and no password."""

    code = models.CharField(max_length=20, primary_key=True)

    USERNAME_FIELD = "code"
    REQUIRED_FIELDS = ()
    is_anonymous = False
    is_authenticated = True

    objects = models.Manager()
