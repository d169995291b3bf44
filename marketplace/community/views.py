"""Discussions: reading them, writing in them, and leading them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.visitors import user_of, user_or_none
from common.access import member, public
from common.errors import DomainError, NotFoundError
from common.htmx import fragment_of, render_page
from common.redirects import redirect_whole

from . import actions as writing
from . import leading
from .errors import CommentGoneError, SubjectNotFoundError
from .finding import find_comment, find_discussion
from .forms import CommentForm
from .listing_subject import SUBJECT
from .models import MOST_TEXT, Comment, new_id
from .naming import comment_path, names_for
from .pages import KEEP, Unsent, comment_page, discussion_page, place_of
from .presenting import Look
from .subjects import find_topic
from .texts import rendered

READS_AND_POST = ["GET", "HEAD", "POST"]


@public(cache_seconds=KEEP)
def model_discussion(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """What is said about a model."""
    topic = find_topic(SUBJECT, f"{owner}/{name}")
    # One address for each page, or caches and search engines would see a page for each spelling.
    if topic.key != f"{owner}/{name}":
        return redirect_whole(request, topic.discussion)
    return discussion_page(request, topic)


@public(cache_seconds=KEEP)
def comment(request: HttpRequest, public_id: str) -> HttpResponse:
    """One comment with its replies; or the form to answer it, where htmx asks for that."""
    if fragment_of(request) == f"reply-{public_id}":
        return _reply_form(request, public_id)
    return comment_page(request, public_id)


def _reply_form(request: HttpRequest, public_id: str) -> HttpResponse:
    found = find_comment(public_id)
    topic = find_topic(found.discussion.subject, found.discussion.key)
    look = Look.at(topic, find_discussion(topic, user_or_none(request)), user_or_none(request))
    if not found.is_shown:
        raise CommentGoneError
    context = {"topic": topic, "look": look, "answers": public_id, "once": new_id(), "most_text": MOST_TEXT}
    return render(request, "marketplace/community/_reply.html", context)


@member
@require_POST
def write_comment(request: HttpRequest) -> HttpResponse:
    """Say something; a refusal comes back with the page and what was written on it."""
    form = CommentForm(request.POST)
    if not form.is_valid():
        raise SubjectNotFoundError
    given = form.cleaned_data
    topic = find_topic(given["subject"], given["key"])
    try:
        said = writing.post_comment(user=user_of(request), **given)
    except NotFoundError:
        raise
    except DomainError as error:
        unsent = Unsent(given["text"], given["answers"], error)
        if given["answers"]:
            return comment_page(request, given["answers"], unsent)
        return discussion_page(request, topic, unsent)
    return redirect(place_of(said, topic))


@member
@require_POST
def preview_comment(request: HttpRequest) -> HttpResponse:
    """Show what is being written as it would look. Nothing is kept."""
    text = request.POST.get("text", "")[:MOST_TEXT]
    html = rendered(text, names_for([], [text]).paths_in(text)) if text.strip() else ""
    context = {"html": html, "text": text}
    return render_page(request, "marketplace/community/preview.html", context, fragments=("preview",))


@require_http_methods(READS_AND_POST)
@member
def edit_comment(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change what one has said."""
    found = find_comment(public_id)
    topic, error = find_topic(found.discussion.subject, found.discussion.key), None
    text = request.POST.get("text", found.text)
    if request.method == "POST":
        try:
            said = writing.edit_comment(user=user_of(request), public_id=public_id, text=text)
            return redirect(_seen_at(said))
        except NotFoundError:
            raise
        except DomainError as refused:
            error = refused
    elif found.author != user_of(request).address or not found.is_shown:
        return redirect("comment", public_id)
    context = {"topic": topic, "comment": found, "text": text, "error": error, "most_text": MOST_TEXT}
    status = error.status if error else 200
    return render(request, "marketplace/community/edit.html", context, status=status)


@public()
def comment_history(request: HttpRequest, public_id: str) -> HttpResponse:
    """What a comment said before it was edited, the newest first."""
    found = find_comment(public_id)
    if not found.is_shown:
        raise CommentGoneError
    topic = find_topic(found.discussion.subject, found.discussion.key)
    editions = list(found.editions.order_by("-at", "-pk"))
    names = names_for([found.author], [found.text, *(each.text for each in editions)])
    told = [(found.edited_at, found.text), *((each.at, each.text) for each in editions)]
    context = {
        "topic": topic,
        "comment": found,
        "name": names.accounts.get(found.author, ""),
        "editions": [(at, rendered(text, names.paths_in(text))) for at, text in told],
    }
    return render(request, "marketplace/community/history.html", context)


@member
@require_POST
def delete_comment(request: HttpRequest, public_id: str) -> HttpResponse:
    """Delete what one has said; its place says how to bring it back."""
    return redirect(_seen_at(writing.delete_comment(user=user_of(request), public_id=public_id)))


@member
@require_POST
def bring_back_comment(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a deletion back."""
    return redirect(_seen_at(writing.bring_back_comment(user=user_of(request), public_id=public_id)))


@member
@require_POST
def pin_comment(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put a comment on top as the answer, or take it off again."""
    said = leading.pin_comment(
        user=user_of(request), public_id=public_id, is_pinned=request.POST.get("pinned") == "yes"
    )
    return redirect(find_topic(said.discussion.subject, said.discussion.key).discussion)


@member
@require_POST
def lock_discussion(request: HttpRequest) -> HttpResponse:
    """Lock a discussion, or open it again."""
    subject, key = request.POST.get("subject", ""), request.POST.get("key", "")
    is_locked = request.POST.get("locked") == "yes"
    leading.lock_discussion(user=user_of(request), subject=subject, key=key, is_locked=is_locked)
    return redirect(find_topic(subject, key).discussion)


def _seen_at(said: Comment) -> str:
    return f"{comment_path(said)}#c-{said.public_id}"
