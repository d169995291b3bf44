"""The field's vocabulary in plain words: tasks, licences, languages, sizes.

Keys are the field's own (Hugging Face pipeline tags, SPDX ids, ISO 639-3); only the words beside them are ours.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import pycountry
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

TASKS: dict[str, tuple[StrOrPromise, StrOrPromise]] = {
    "text-generation": (_("Text generation"), _("writes and answers in text")),
    "feature-extraction": (_("Embeddings"), _("turns text into vectors, so that meaning can be searched and compared")),
    "text-ranking": (_("Re-ranking"), _("orders search results by how well each answers a question")),
    "image-classification": (_("Image classification"), _("says what a picture shows, from a fixed set of classes")),
    "image-feature-extraction": (_("Image features"), _("turns pictures into vectors for search and further training")),
    "zero-shot-image-classification": (
        _("Zero-shot image classification"),
        _("matches pictures with labels that you choose when you ask"),
    ),
    "audio-feature-extraction": (_("Audio features"), _("turns sound into vectors for search and further training")),
    "text-classification": (_("Text classification"), _("sorts text into classes")),
    "sentence-similarity": (_("Sentence similarity"), _("says how close two texts are in meaning")),
    "zero-shot-classification": (
        _("Zero-shot classification"),
        _("sorts text into labels that you choose when you ask"),
    ),
    "automatic-speech-recognition": (_("Speech recognition"), _("writes down what is said")),
    "text-to-speech": (_("Text to speech"), _("reads text aloud")),
    "text-to-image": (_("Text to image"), _("draws a picture from a description")),
    "translation": (_("Translation"), _("puts text into another language")),
    "summarization": (_("Summarisation"), _("shortens text to what matters")),
    "any-to-any": (_("Any to any"), _("takes text, pictures and sound together and answers in words")),
    "optical-character-recognition": (_("Text recognition"), _("reads the words in a picture")),
    "music-transcription": (_("Music to notes"), _("writes down the notes of a melody")),
    "image-to-text": (_("Image to text"), _("describes a picture in words")),
    "visual-question-answering": (_("Visual question answering"), _("answers questions about a picture")),
}

SHORT_TASKS: dict[str, StrOrPromise] = {
    "text-generation": _("Text"),
    "image-classification": _("Image labels"),
    "zero-shot-image-classification": _("Zero-shot images"),
    "text-classification": _("Text labels"),
    "sentence-similarity": _("Similarity"),
    "zero-shot-classification": _("Zero-shot"),
    "automatic-speech-recognition": _("Speech to text"),
    "summarization": _("Summaries"),
    "visual-question-answering": _("Image questions"),
}


class Use(NamedTuple):
    """What people want models for: the pipeline tags that serve it."""

    title: StrOrPromise
    tasks: frozenset[str]


WRITING = {"text-generation", "summarization", "translation", "any-to-any"}  # tasks that are answered word by word


def _use(title: StrOrPromise, tasks: str) -> Use:
    return Use(title, frozenset(tasks.split()))


# By names that are no pipeline tags, because either can be asked for.
USES: dict[str, Use] = {
    "writing": _use(
        _("Chat and writing"),
        "text-generation text2text-generation summarization translation question-answering table-question-answering",
    ),
    "vectors": _use(_("Embeddings and search"), "feature-extraction sentence-similarity"),
    "ranking": _use(_("Re-ranking"), "text-ranking"),
    "sorting": _use(
        _("Text classification"), "text-classification zero-shot-classification token-classification fill-mask"
    ),
    "images": _use(
        _("Images"),
        "image-classification image-feature-extraction zero-shot-image-classification text-to-image image-to-text "
        "image-to-image image-segmentation mask-generation object-detection zero-shot-object-detection "
        "depth-estimation keypoint-detection visual-question-answering document-question-answering image-text-to-text "
        "optical-character-recognition",
    ),
    "sound": _use(
        _("Sound and speech"),
        "audio-feature-extraction automatic-speech-recognition text-to-speech text-to-audio audio-to-audio "
        "audio-classification voice-activity-detection music-transcription",
    ),
    "mixed": _use(
        _("Video and mixed"),
        "any-to-any audio-text-to-text video-text-to-text video-classification text-to-video image-to-video",
    ),
}

MODALITIES: dict[str, StrOrPromise] = {
    "text": _("Text"),
    "image": _("Images"),
    "audio": _("Audio"),
    "video": _("Video"),
}

# The upper bound belongs to the next size, so no model is in two.
SIZES: dict[str, tuple[StrOrPromise, int, int | None]] = {
    "under-100m": (_("Under 100 M"), 0, 100_000_000),
    "100m-1b": (_("100 M – 1 B"), 100_000_000, 1_000_000_000),
    "1b-10b": (_("1 B – 10 B"), 1_000_000_000, 10_000_000_000),
    "over-10b": (_("Over 10 B"), 10_000_000_000, None),
}
UNKNOWN = "unknown"
EMBEDDING = "feature-extraction"
CUSTOM_LICENCE = "custom"


SELL, CONDITIONS, NON_COMMERCIAL = "sell", "conditions", "non-commercial"  # what licences let people do


@dataclass(frozen=True)
class Licence:
    """What a licence lets people do, in a sentence and as one of three. Not legal advice; its own text decides."""

    title: StrOrPromise
    meaning: StrOrPromise
    url: str = ""
    lets: str = CONDITIONS


_PERMISSIVE = _("Free to use, change and sell, also in commercial products, as long as its notices are kept.")
_RESEARCH = _("For research and other non-commercial use. A commercial product needs a licence from the owner.")
_OWN_TERMS = _("The owner's own terms, with conditions of their own. Read them before you build on it.")
_SPDX = "https://spdx.org/licenses/"

LICENCES: dict[str, Licence] = {
    "apache-2.0": Licence(
        "Apache-2.0",
        _("Free to use, change and sell, also in commercial products, with a grant of patents; keep its notices."),
        f"{_SPDX}Apache-2.0.html",
        SELL,
    ),
    "mit": Licence("MIT", _PERMISSIVE, f"{_SPDX}MIT.html", SELL),
    "bsd-3-clause": Licence("BSD-3-Clause", _PERMISSIVE, f"{_SPDX}BSD-3-Clause.html", SELL),
    "openmdw-1.1": Licence("OpenMDW-1.1", _PERMISSIVE, lets=SELL),
    "cc-by-4.0": Licence(
        "CC BY 4.0",
        _("Free to use and change, also commercially, as long as its authors are credited."),
        f"{_SPDX}CC-BY-4.0.html",
        SELL,
    ),
    "cc-by-nc-4.0": Licence(
        "CC BY-NC 4.0",
        _("Free to use and change for non-commercial purposes, with credit to its authors."),
        f"{_SPDX}CC-BY-NC-4.0.html",
        NON_COMMERCIAL,
    ),
    "cc-by-nc-sa-4.0": Licence(
        "CC BY-NC-SA 4.0",
        _("Free to use for non-commercial purposes, with credit; what is made from it must carry the same licence."),
        f"{_SPDX}CC-BY-NC-SA-4.0.html",
        NON_COMMERCIAL,
    ),
    "gemma": Licence("Gemma", _OWN_TERMS),
    "apple-ascl": Licence("Apple ASCL", _OWN_TERMS),
    "apple-amlr": Licence("Apple AMLR", _RESEARCH, lets=NON_COMMERCIAL),
    "dinov3-license": Licence("DINOv3", _OWN_TERMS),
    "cvnets-license": Licence("CVNets", _OWN_TERMS),
    "fastvit-license": Licence("FastViT", _OWN_TERMS),
    "mobileone-license": Licence("MobileOne", _OWN_TERMS),
    "seer-license": Licence("SEER", _OWN_TERMS),
    "sapiens2-license": Licence("Sapiens2", _OWN_TERMS),
    "nvidia-open-model-license": Licence("NVIDIA Open Model", _OWN_TERMS),
    "fair-noncommercial-research-license": Licence("FAIR Noncommercial Research", _RESEARCH, lets=NON_COMMERCIAL),
    "qwen-community-1.0": Licence("Qwen Community 1.0", _OWN_TERMS),
    "multiple": Licence(_("Several licences"), _("Its parts carry different licences. Check the one of each part.")),
    CUSTOM_LICENCE: Licence(_("Own terms"), _OWN_TERMS),
    "": Licence(
        _("Unknown"),
        _("No licence is recorded. Without one nobody but the owner may use it; ask the owner before you do."),
    ),
}

# Everything that is no licence to sell, nor forbids it, has conditions of its own: terms that we have no words for too.
LICENCES_BY_RIGHT: dict[str, frozenset[str]] = {
    right: frozenset(key for key, known in LICENCES.items() if key and known.lets == right)
    for right in (SELL, NON_COMMERCIAL)
}

RIGHTS: dict[str, StrOrPromise] = {
    SELL: _("Commercial use"),
    CONDITIONS: _("Use with conditions"),
    NON_COMMERCIAL: _("Non-commercial use"),
}


def right_of(key: str) -> str:
    """Return what a licence lets people do, by its id; empty for none."""
    return licence_of(key).lets if key and key != UNKNOWN else ""


def unstated() -> str:
    """Return the words for a fact that nobody states."""
    return gettext("Not stated")


def library_label(library: str) -> str:
    """Return the name of a library, which is its own label."""
    return unstated() if library == UNKNOWN else library


def task_label(task: str) -> str:
    """Return the words for a pipeline tag, or for a use; an unknown tag is shown as it is, with spaces."""
    if task in USES:
        return str(USES[task].title)
    return str(TASKS[task][0]) if task in TASKS else task.replace("-", " ").capitalize()


def task_in_short(task: str) -> str:
    """Return the words for a pipeline tag as a narrow column has them."""
    return str(SHORT_TASKS[task]) if task in SHORT_TASKS else task_label(task)


def task_meaning(task: str, modalities: Collection[str] = ()) -> str:
    """Return what a model of this task does with such data, as a verb phrase; empty where we have no words for it."""
    if task == EMBEDDING and not {"text"}.issuperset(modalities):
        kinds = get_text_list([modality_label(each).lower() for each in modalities], gettext("and"))
        return gettext("turns %(kinds)s into vectors, so that meaning can be searched and compared") % {"kinds": kinds}
    return str(TASKS[task][1]) if task in TASKS else ""


def licence_of(key: str) -> Licence:
    """Return what is known of a licence id; an id that we have no words for keeps its own name."""
    return LICENCES.get(key) or Licence(key, _("Read its text before you build on it; we have no summary of it."))


def licence_label(key: str) -> str:
    """Return the short name of a licence, or of what it lets one do; ``unknown`` stands for none recorded."""
    if key in RIGHTS:
        return str(RIGHTS[key])
    return str(licence_of("" if key == UNKNOWN else key).title)


def modality_label(modality: str) -> str:
    """Return the words for a kind of data."""
    return unstated() if modality == UNKNOWN else str(MODALITIES.get(modality, modality.capitalize()))


def language_name(code: str) -> str:
    """Return the English name of an ISO 639-3 code without its qualifiers; an unknown code stays as it is."""
    if code == UNKNOWN:
        return unstated()
    found = pycountry.languages.get(alpha_3=code)
    # ISO's qualifiers, such as “(macrolanguage)”, help no reader.
    return found.name.split(" (")[0].split(";")[0] if found else code


def size_label(key: str) -> str:
    """Return the words for a size range of parameters."""
    return str(SIZES[key][0]) if key in SIZES else unstated()
