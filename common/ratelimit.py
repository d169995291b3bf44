"""Tells programs how often they may ask, and stops those that ask more often."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .errors import problem_of
from .limits import TooManyError, take

PREFIX = "/api/v1/"
TIMES, SECONDS = 50, 10


class RateLimitMiddleware:
    """Count the requests of a network address to the API; every answer says what is left."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        taken = take(f"api:{request.META.get('REMOTE_ADDR', '')}", TIMES, SECONDS)
        refused = taken.left < 0
        response = problem_of(TooManyError(taken.resets), request) if refused else self.get_response(request)
        for name, value in taken.headers.items():
            response[name] = value
        return response
