"""Reads requests of OpenAI's protocol, each part within bounds. What is null counts as left out."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from math import isinf
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from inference.actions import MAX_ANSWER
from inference.asked import Asked
from inference.upstream_wishes import UnfitWishError, Wish, read_wish

from .errors import ProtocolError, refused, unsupported
from .messages import read_messages
from .options import read_options

MOST_BODY = 1_000_000  # bytes
MOST_DEEP = 64  # lists and objects inside one another
MOST_MODELS = 4  # that one request may name
MOST_NAME = 193
MOST_ANSWER = 4_096  # tokens of one choice
MOST_CHOICES = 4
MOST_STOPS, MOST_STOP = 4, 200  # words, and letters of each
MOST_TEXTS = 256  # of one request for vectors

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")  # perhaps half of a character

COMMON = {"model", "models", "stream", "stream_options", "dry_run", "n", "stop", "provider"}
CHAT = COMMON | {"messages", "max_tokens", "max_completion_tokens"}
COMPLETION = COMMON | {"prompt", "max_tokens", "suffix", "echo", "best_of"}
EMBEDDING = {"model", "models", "input", "encoding_format", "dimensions", "user", "dry_run", "provider"}


@dataclass(frozen=True)
class Wanted:
    """What one request wants: of which models, in their order, with which answer."""

    models: list[str]
    asked: Asked
    texts: list[str]
    max_tokens: int = 0
    streams: bool = False
    tells_usage: bool = False  # in a piece of its own
    is_dry: bool = False
    unheard: list[str] = field(default_factory=list)  # what was sent along and changes nothing
    digest: str = ""
    encodes: bool = False


def read_body(body: bytes) -> dict[str, Any]:
    """Return the fields of a request, all of which can be said again to any server. Raises ProtocolError."""
    if len(body) > MOST_BODY:
        words = _("The body has more than %(most)d bytes.") % {"most": MOST_BODY}
        raise ProtocolError(words, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, code="too_large")
    try:
        said = json.loads(body.decode(), parse_constant=_no_number, parse_float=_number_of)
        # What no server could be sent would count as a failure of the one that was to get it.
        if _HALF.search(body):
            json.dumps(said, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or _is_deep(said):
        raise ProtocolError(_("We could not parse the JSON body of your request: it has to be an object."))
    return {name: value for name, value in said.items() if value is not None}


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _number_of(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(text)  # JSON has no word for it
    return number


def _is_deep(said: Any) -> bool:
    """Whether lists and objects are deeper inside one another than anybody needs, and than all servers read."""
    level = [said]
    for _depth in range(MOST_DEEP):
        inner = (value for each in level for value in (each.values() if isinstance(each, dict) else each))
        level = [value for value in inner if isinstance(value, (dict, list))]
        if not level:
            return False
    return True


def read_chat(said: dict[str, Any]) -> Wanted:
    """Return what a request for a chat's answer wants. Raises ProtocolError."""
    messages, texts = read_messages(said.get("messages"))
    options, hints, unheard = read_options(said, CHAT)
    asked = Asked(messages, None, _stop(said), _choices(said), options, hints, _wish(said))
    if "tools" in options:
        texts.append(json.dumps(options["tools"], ensure_ascii=False))  # which the model reads as well
    name = "max_completion_tokens" if "max_completion_tokens" in said else "max_tokens"
    return _wanted(said, asked, texts, name, unheard)


def read_completion(said: dict[str, Any]) -> Wanted:
    """Return what a request to go on with a text wants. Raises ProtocolError."""
    prompt = said.get("prompt")
    if isinstance(prompt, list) and len(prompt) == 1:
        prompt = prompt[0]
    if not isinstance(prompt, str) or not prompt:
        raise refused("prompt", _("'prompt' has to be one text that is not empty; tokens are not read here."))
    for name, default in (("echo", False), ("best_of", 1), ("suffix", "")):
        if said.get(name, default) != default:
            raise unsupported(name)
    options, hints, unheard = read_options(said, COMPLETION)
    asked = Asked((), prompt, _stop(said), _choices(said), options, hints, _wish(said))
    return _wanted(said, asked, [prompt], "max_tokens", unheard)


def read_embedding(said: dict[str, Any]) -> Wanted:
    """Return which texts a request wants vectors of. Raises ProtocolError."""
    given = said.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not 0 < len(texts) <= MOST_TEXTS:
        raise refused("input", _("'input' has to be a text, or a list of 1 to %(most)d texts.") % {"most": MOST_TEXTS})
    if not all(isinstance(text, str) and text for text in texts):
        raise refused("input", _("'input' holds what is no text, or an empty one; tokens are not read here."))
    form = said.get("encoding_format", "float")
    if form not in ("float", "base64"):
        raise refused("encoding_format", _("'encoding_format' has to be 'float' or 'base64'."))
    if "dimensions" in said:
        raise unsupported("dimensions")
    _refuse_unknown(said, EMBEDDING)
    unheard = [name for name in ("user",) if name in said]
    return Wanted(
        _models(said),
        Asked(wish=_wish(said)),
        texts,
        is_dry=_flag(said, "dry_run"),
        unheard=unheard,
        digest=_digest(said),
        encodes=form == "base64",
    )


def _wanted(said: dict[str, Any], asked: Asked, texts: list[str], limit: str, unheard: list[str]) -> Wanted:
    options = said.get("stream_options", {})
    if not isinstance(options, dict):
        raise refused("stream_options", _("'stream_options' has to be an object."))
    return Wanted(
        _models(said),
        asked,
        texts,
        max_tokens=_number(said, limit, 1, 2**31, MAX_ANSWER, most=MOST_ANSWER),
        streams=_flag(said, "stream"),
        tells_usage=options.get("include_usage") is True,
        is_dry=_flag(said, "dry_run"),
        unheard=unheard,
        digest=_digest(said),
    )


def _models(said: dict[str, Any]) -> list[str]:
    """Return which models to ask, the first that can answers."""
    more = said.get("models", [])
    if not isinstance(more, list) or len(more) > MOST_MODELS:
        raise refused("models", _("'models' has to be a list of at most %(most)d models.") % {"most": MOST_MODELS})
    named = [said["model"], *more] if "model" in said else more
    if not named:
        raise refused("model", _("You must provide a model parameter."), "missing_required_parameter")
    if not all(isinstance(name, str) and 0 < len(name) <= MOST_NAME and "\x00" not in name for name in named):
        raise refused("model", _("A model is named by its owner and its name, as in owner/name."))
    return list(dict.fromkeys(named))


def _wish(said: dict[str, Any]) -> Wish:
    """Return which upstreams a request wants."""
    try:
        return read_wish(said.get("provider"))
    except UnfitWishError as error:
        raise refused(f"provider.{error.part}".rstrip("."), str(error)) from error


def _stop(said: dict[str, Any]) -> list[str]:
    given = said.get("stop", [])
    words = [given] if isinstance(given, str) else given
    fits = isinstance(words, list) and len(words) <= MOST_STOPS
    if not fits or not all(isinstance(word, str) and 0 < len(word) <= MOST_STOP for word in words):
        raise refused("stop", _("'stop' has to be a text, or up to four, each of 1 to 200 characters."))
    return words


def _choices(said: dict[str, Any]) -> int:
    return _number(said, "n", 1, MOST_CHOICES, 1)


def _number(said: dict[str, Any], name: str, least: int, largest: int, default: int, most: int | None = None) -> int:
    """Return a whole number; what is larger than ``most`` becomes it."""
    value = said.get(name, default)
    if type(value) is not int or not least <= value <= largest:
        words = _("'%(name)s' has to be a whole number from %(least)d to %(most)d.")
        raise refused(name, words % {"name": name, "least": least, "most": largest})
    return min(value, most) if most else value


def _flag(said: dict[str, Any], name: str) -> bool:
    value = said.get(name, False)
    if not isinstance(value, bool):
        raise refused(name, _("'%(name)s' has to be true or false.") % {"name": name}, "invalid_type")
    return value


def _refuse_unknown(said: dict[str, Any], known: set[str]) -> None:
    for name in said:
        if name not in known:
            raise refused(name[:60], _("Unrecognized request argument supplied."), "unknown_parameter")


def _digest(said: dict[str, Any]) -> str:
    """Return what two requests have in common that want the same."""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
