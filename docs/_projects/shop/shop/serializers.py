from restflow.serializers import ModelSerializer
from shop.models import Book


class BookSerializer(ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "price"]
