from django.contrib.auth.models import User
from shop.models import Author, Book, Review

ada = User.objects.create_user("ada", password="correct horse")
guin = Author.objects.create(name="Ursula K. Le Guin")
lem = Author.objects.create(name="Stanislaw Lem")
for title, author, price, pages in (
    ("The Dispossessed", guin, 9, 341),
    ("Rocannon's World", guin, 7, None),
    ("Solaris", lem, 8, 204),
):
    Book.objects.create(title=title, author=author, price=price, pages=pages, owner=ada)
Review.objects.create(book_id=1, rating=5)
Review.objects.create(book_id=1, rating=2)
