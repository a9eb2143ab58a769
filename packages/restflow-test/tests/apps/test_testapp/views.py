import asyncio

from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from test_testapp.models import Invoice

committed: list[int] = []
closed: list[str] = []


class Echo(APIView):
    """Says what arrived."""

    parser_classes = [JSONParser, FormParser, MultiPartParser]
    authentication_classes = []

    def answer(self, request):
        meta = request._request.META
        headers = {name.lower(): value for name, value in request._request.headers.items()}
        files = {name: [file.name, file.content_type, file.read().decode()] for name, file in request.FILES.items()}
        data = request.data if request.method not in ("GET", "HEAD") and headers.get("content-type") else None
        if hasattr(data, "lists"):
            data = {name: values for name, values in data.lists() if name not in files}
        return Response(
            {
                "method": request.method,
                "path": request._request.path,
                "query": dict(request.query_params.lists()),
                "data": data,
                "files": files,
                "headers": headers,
                "meta": {name: meta.get(name) for name in ("REMOTE_ADDR", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME")},
                "secure": request._request.is_secure(),
            }
        )

    get = post = put = patch = delete = options = trace = answer


class Whoami(APIView):
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"user": request.user.get_username(), "auth": request.auth})

    post = get


class Invoices(APIView):
    """Writes in a transaction, with a callback on commit."""

    authentication_classes = []

    def post(self, request):
        with transaction.atomic():
            invoice = Invoice.objects.create(amount=request.data["amount"])
            transaction.on_commit(lambda: committed.append(invoice.pk))
        return Response({"id": invoice.pk}, status=201)

    def get(self, request):
        return Response({"count": Invoice.objects.count()})


async def async_create(request):
    await Invoice.objects.acreate(amount="1.00")
    return JsonResponse({"count": await Invoice.objects.acount()})


async def crossing(request):
    await sync_to_async(len)("")
    return JsonResponse({})


def fail(request):
    raise LookupError("lost")


async def events(request):
    """Events without an end, some of them in halves."""

    async def source():
        try:
            number = 0
            while True:
                number += 1
                yield f"id: {number}\nda"
                yield f'ta: {{"at": {number}}}\n\n'
                await asyncio.sleep(0)
        finally:
            closed.append("events")

    return StreamingHttpResponse(source(), content_type="text/event-stream")


async def silence(request):
    async def source():
        try:
            yield b"data: first\n\n"
            await asyncio.sleep(3600)
        finally:
            closed.append("silence")

    return StreamingHttpResponse(source(), content_type="text/event-stream")


def lines(request):
    def source():
        yield b'{"n": 1}\n{"n"'
        yield b": 2}\n\n[3]"

    return StreamingHttpResponse(source(), content_type="application/x-ndjson")


def redirect(request, status):
    response = HttpResponseRedirect(request.GET.get("to", "/echo/"))
    response.status_code = status
    return response


def cookie(request, value):
    response = HttpResponse("set")
    response.set_cookie(f"flavour-{value}", value)
    return response


def problem(request):
    return JsonResponse(
        {"title": "Conflict", "status": 409, "detail": "Somebody was first.", "code": "conflict"},
        status=409,
        content_type="application/problem+json",
    )


def envelope(request):
    error = {"code": "validation_error", "message": "Request validation failed.", "details": {"email": ["Bad."]}}
    return JsonResponse({"error": error}, status=400)


def database(request):
    return JsonResponse({"vendor": connection.vendor, "count": Invoice.objects.count()})
