"""A model card from the recorded facts alone, in plain prose. What nobody recorded is said to be missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import date_format
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from common.templatetags.look import MEBIBYTE, compact, mib

from .languages import best_known_first
from .models import Listing
from .recorded import RECORDED_FACTS
from .taxonomy import WRITING, language_name, task_label, task_meaning

NAMED_IN_PROSE = 6
ASKS: dict[str, StrOrPromise] = {
    "summarization": gettext_lazy("Paste a text to sum up"),
    "translation": gettext_lazy("Write a sentence to translate"),
}
EXAMPLES = 2  # of what one may ask
FULL_PRECISION = 32
PRECISIONS = (FULL_PRECISION, 16, 8, 4)  # bits a weight
PRECISION_TOLERANCE = 0.1  # buffers and shared weights move the ratio by a few per cent
COMPARING = {  # tasks of models that read texts to compare them
    *("feature-extraction", "text-ranking", "sentence-similarity"),
    *("zero-shot-image-classification", "image-feature-extraction", "audio-feature-extraction"),
}

KINDS: dict[str, StrOrPromise] = {
    "dense": gettext_lazy("It reads each input on its own and gives one vector for it, which is quick to search."),
    "cross-encoder": gettext_lazy(
        "It reads a question and a text together, which is slower than comparing vectors and more exact."
    ),
    "late-interaction": gettext_lazy(
        "It keeps a vector for each word and compares them at search time: finer than one vector, and larger to store."
    ),
    "sparse": gettext_lazy(
        "Its vectors are mostly zeros, one place a word, so an ordinary search index can hold them."
    ),
    "router": gettext_lazy("It sends questions and documents through different models of its own."),
}

CAPABILITIES: dict[str, StrOrPromise] = {
    "function-calling": gettext_lazy("function calling"),
    "parallel-function-calling": gettext_lazy("parallel function calling"),
    "tool-choice": gettext_lazy("tool choice"),
    "response-schema": gettext_lazy("structured output"),
    "system-messages": gettext_lazy("system messages"),
    "prompt-caching": gettext_lazy("prompt caching"),
    "reasoning": gettext_lazy("reasoning"),
    "vision": gettext_lazy("image input"),
    "audio-output": gettext_lazy("audio output"),
    "audio-input": gettext_lazy("audio input"),
    "video-input": gettext_lazy("video input"),
    "web-search": gettext_lazy("web search"),
}


@dataclass(frozen=True)
class Section:
    """A heading and its sentences."""

    title: str
    sentences: list[str]


def examples_of(listing: Listing) -> list[str]:
    """Return at most two questions that suit it, as its owner has put them; empty where there are none."""
    said = listing.facts.get("examples")
    return [str(each) for each in said[:EXAMPLES]] if isinstance(said, list) else []


def starters_of(listing: Listing) -> list[str]:
    """Return the examples to begin with: without what our last probe asked, which stands above them."""
    probe = getattr(getattr(listing, "runtime", None), "probe", None) or {}
    return [each for each in examples_of(listing) if each != probe.get("question")]


def asks_of(listing: Listing) -> str:
    """Return what to write to a model that answers in words, for its empty field."""
    if said := listing.facts.get("asks"):
        return str(said)
    if listing.task in ASKS:
        return str(ASKS[listing.task])
    is_told = getattr(getattr(listing, "runtime", None), "is_told", False)
    return _("Write what it should work on") if is_told else _("Ask something short")


def some_of(names: list[str], most: int = NAMED_IN_PROSE) -> str:
    """Return a list in words that stops after ``most``: ``A, B, C, D, E, F and 3 more``."""
    shown, more = names[:most], len(names) - most
    if more > 0:
        shown.append(ngettext("%(n)s more", "%(n)s more", more) % {"n": intcomma(more)})
    return get_text_list(shown, _("and"))


class Card:
    """What is known of a listing, as prose. Makes no query."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.facts = listing.facts

    @property
    def summary(self) -> str:
        """One or two sentences that say what the model is."""
        listing = self.listing
        meaning = task_meaning(listing.task, listing.modalities)
        what = (
            _("%(name)s by %(owner)s %(meaning)s.") if meaning else _("%(name)s by %(owner)s is a model for %(task)s.")
        )
        first = what % {
            "name": listing.model_name,
            "owner": listing.owner_name,
            "meaning": meaning,
            "task": task_label(listing.task).lower(),
        }
        return " ".join(filter(None, [first, self._released()]))

    @property
    def purpose(self) -> str:
        """What the model does, in a sentence without its name; the summary where its task is not known."""
        meaning = task_meaning(self.listing.task, self.listing.modalities)
        return f"{capfirst(meaning)}." if meaning else self.summary

    @property
    def sections(self) -> list[Section]:
        """The card, without the headings that nothing is known for."""
        parts: list[tuple[str, list[Callable[[], str]]]] = [
            (_("What it does"), [self._kind, self._dimensions, self._classes, self._capabilities]),
            (_("Size and limits"), [self._parameters, self._memory, self._context, self._pixels]),
            (_("Languages"), [self._languages]),
            (_("How it was made"), [self._architecture, self._recipe, self._parent, self._training, self._code]),
            (_("Running it yourself"), [self._libraries]),
            (_("What is not recorded"), [self._missing]),
        ]
        written = [Section(title, [text for write in writers if (text := write())]) for title, writers in parts]
        return [section for section in written if section.sentences]

    @property
    def completeness(self) -> dict[str, bool]:
        """Which of the eight facts that a reader looks for first are recorded."""
        return {str(fact.name): fact.is_said(self.listing) for fact in RECORDED_FACTS}

    @property
    def known(self) -> int:
        """How many of the eight facts are recorded."""
        return sum(fact.is_said(self.listing) for fact in RECORDED_FACTS)

    def _released(self) -> str:
        released = self.listing.released
        return _("It was released in %(month)s.") % {"month": date_format(released, "F Y")} if released else ""

    def _kind(self) -> str:
        served = self.listing.task in COMPARING  # for other tasks it only says how a benchmark has used the model
        return str(KINDS.get(str(self.facts.get("architecture_kind")), "")) if served else ""

    def _dimensions(self) -> str:
        size = (
            0 if self.listing.task in WRITING else self.listing.embedding_dim
        )  # of one that writes, it is an inner matter
        return _("Each vector has %(n)s numbers.") % {"n": intcomma(size)} if size else ""

    def _classes(self) -> str:
        classes = self.facts.get("classes")
        if not isinstance(classes, int):
            return ""
        return ngettext("It knows %(n)s class.", "It knows %(n)s classes.", classes) % {"n": intcomma(classes)}

    def _capabilities(self) -> str:
        names = [str(CAPABILITIES.get(name, name.replace("-", " "))) for name in self._list("capabilities")]
        return (
            _("Hosts elsewhere offer with it: %(names)s.") % {"names": get_text_list(names, _("and"))} if names else ""
        )

    def _parameters(self) -> str:
        count = self.listing.parameters
        return _("It has %(n)s parameters.") % {"n": compact(count)} if count else ""

    def _memory(self) -> str:
        """Say what the weights take, and at which precision where the figures tell it."""
        size, bits = self.listing.memory_mb, self.precision
        if not size:
            return ""
        if bits == FULL_PRECISION:
            said = _("Its weights take about %(size)s of memory at 32 bits, and %(half)s at 16 bits.")
        elif bits:
            said = _("Its weights take about %(size)s of memory at %(bits)s bits.")
        else:
            said = _("Its weights take about %(size)s of memory.")
        return said % {"size": mib(size), "half": mib(size / 2), "bits": bits}

    @property
    def precision(self) -> int | None:
        """Bits a weight of the recorded memory: 32, 16, 8 or 4; None where its size fits none of them."""
        size, count = self.listing.memory_mb, self.listing.parameters
        if not size or not count:
            return None
        bits = size * MEBIBYTE * 8 / count
        return next((each for each in PRECISIONS if abs(bits / each - 1) <= PRECISION_TOLERANCE), None)

    def _context(self) -> str:
        limit = self.listing.max_tokens
        return _("It reads up to %(n)s tokens at a time.") % {"n": intcomma(limit)} if limit else ""

    def _pixels(self) -> str:
        size = self.facts.get("input_size")
        return _("Pictures are read at %(n)s × %(n)s pixels.") % {"n": size} if isinstance(size, int) else ""

    def _languages(self) -> str:
        names = [language_name(code) for code in best_known_first(self.listing.languages)]
        if not names:
            return ""
        # The seventh is named as well, because “and 1 more” would save nothing.
        if len(names) <= NAMED_IN_PROSE + 1:
            return _("It works in %(names)s.") % {"names": get_text_list(names, _("and"))}
        return _("It works in %(n)s languages: %(names)s.") % {"n": len(names), "names": some_of(names)}

    def _architecture(self) -> str:
        name = self.facts.get("architecture")
        return _("Its architecture is %(name)s.") % {"name": name} if name else ""

    def _recipe(self) -> str:
        recipe = self.facts.get("recipe")
        return _("Its training recipe is recorded as %(name)s.") % {"name": recipe} if recipe else ""

    def _parent(self) -> str:
        parent = self.listing.adapted_from
        return _("It was adapted from %(name)s.") % {"name": parent} if parent else ""

    def _training(self) -> str:
        names = self._list("training_datasets")
        if not names:
            return ""
        counted = ngettext(
            "It was trained on %(n)s named data set: %(names)s.",
            "It was trained on %(n)s named data sets: %(names)s.",
            len(names),
        )
        return counted % {"n": len(names), "names": some_of(names)}

    def _code(self) -> str:
        return _("The code that trained it is public.") if self.facts.get("public_training_code") else ""

    def _libraries(self) -> str:
        names = self.listing.libraries
        return _("Its weights load with %(names)s.") % {"names": get_text_list(names, _("or"))} if names else ""

    def _missing(self) -> str:
        missing = [name for name, known in self.completeness.items() if not known]
        return _("Nobody has recorded: %(names)s.") % {"names": ", ".join(missing)} if missing else ""

    def _list(self, key: str) -> list[str]:
        value = self.facts.get(key)
        return [str(item) for item in value] if isinstance(value, list) else []
