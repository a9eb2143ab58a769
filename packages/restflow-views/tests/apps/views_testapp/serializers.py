from rest_framework import serializers

from views_testapp.models import Book


class BookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "pages", "author"]


class BookTitleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title"]


class BookInputSerializer(serializers.ModelSerializer):
    """Takes what the stored book lacks."""

    coupon = serializers.CharField(write_only=False, required=False)

    class Meta:
        model = Book
        fields = ["title", "author", "coupon"]

    def create(self, validated_data):
        validated_data.pop("coupon", None)
        return super().create(validated_data)
