"""Fields with the attributes by which restflow's serializers tell their schemas."""

from rest_framework import serializers


class EnumField(serializers.ChoiceField):
    def __init__(self, enum, **kwargs):
        self.enum = enum
        super().__init__(choices=[(member.value, member.name) for member in enum], **kwargs)


class LiteralField(serializers.ChoiceField):
    pass


class SetField(serializers.ListField):
    frozen = False


class TupleField(serializers.ListField):
    def __init__(self, *, children=None, **kwargs):
        self.children = children
        super().__init__(**kwargs)


class BytesField(serializers.CharField):
    def __init__(self, *, encoding="utf-8", **kwargs):
        self.encoding = encoding
        super().__init__(**kwargs)


class UnionField(serializers.Field):
    def __init__(self, *, members, discriminator=None, mapping=None, **kwargs):
        self.members, self.discriminator, self.mapping = members, discriminator, mapping or {}
        super().__init__(**kwargs)


class Bound:
    def __init__(self, **bounds):
        vars(self).update(bounds)

    def __call__(self, value):
        raise AssertionError
