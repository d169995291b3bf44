"""Why a listing stands where it stands in a search, or why it is not there, and what would help."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import BooleanField, ExpressionWrapper
from django.utils.translation import gettext as _

from marketplace.listings.cards import Card
from marketplace.listings.models import Listing
from marketplace.scores.showing import said_of, score_of

from .facets import FACETS, RANGES, within_range
from .heard import condition_of
from .search import Search

IN_NAME = 0.95  # of a word's part: what one that stands once in a name reaches
WELL = 0.5  # the quality above which nothing needs to be said


@dataclass(frozen=True)
class Part:
    """One reason: what was compared, what came of it, and how much of the best it is, from 0 to 8."""

    title: str
    text: str
    filled: int = 0


@dataclass(frozen=True)
class Explanation:
    """The place of a listing from 1 (0 where it is not in the result), its reasons, and what would help."""

    place: int
    of: int
    parts: list[Part] = field(default_factory=list)
    refused_by: list[str] = field(default_factory=list)
    help: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """The place in a sentence."""
        if self.place:
            return _("Result %(place)s of %(of)s in this search.") % {"place": self.place, "of": self.of}
        return _("It does not appear in this search.")


def explain(search: Search, listing: Listing) -> Explanation:
    """Return why a listing stands where it does in a search by relevance."""
    if listing.suspension:
        hidden = _("A moderator has hidden it: %(reason)s") % {"reason": listing.suspension.reason}
        return Explanation(0, 0, help=[hidden])
    refused = _refusing(search, listing)
    if not search.terms:
        help_ = [] if refused else [_("Without search words, results follow the order you chose.")]
        return Explanation(0, 0, [], refused, [*help_, *_missing(listing)])
    ranking = search.ranking()
    shown = search.result.ids if search.is_relevance else tuple(hit.pk for hit in ranking.hits)
    places = {pk: place for place, pk in enumerate(shown, 1)}
    hit = next((hit for hit in ranking.hits if hit.pk == listing.pk), None)
    parts, help_ = [], []
    if hit:
        for term, part in zip(search.reading.terms, hit.words, strict=True):
            parts.append(_word(term.word, term.correction, part))
        parts += [_meaning(hit.cosine, search.meaning.why_not), _quality(hit.quality), *_rating(listing)]
    elif not refused:
        help_.append(_("Its name and facts contain none of the words, and its meaning is not close enough."))
    help_ += [] if hit and hit.quality >= WELL else _missing(listing)
    return Explanation(places.get(listing.pk, 0), len(shown), parts, refused, help_)


def _word(word: str, correction: str, part: float) -> Part:
    title = _("The word “%(word)s”") % {"word": word}
    if part <= 0:
        return Part(title, _("Not found in its name or facts."))
    if correction:
        return Part(title, _("Read as “%(other)s”, which was found.") % {"other": correction}, _eighths(part / 2.2))
    # 2.2 is K1 + 1 of BM25: the most that a word's part can reach.
    return Part(title, _("Found in the name.") if part >= IN_NAME else _("Found in the facts."), _eighths(part / 2.2))


def _meaning(cosine: float | None, why_not: str) -> Part:
    title = _("The meaning of your search")
    if cosine is None:
        return Part(title, why_not or _("Not among the hundred closest."))
    return Part(
        title, _("Similarity to what is known of the model: %(cosine).2f of 1.") % {"cosine": cosine}, _eighths(cosine)
    )


def _quality(quality: float) -> Part:
    text = _("Recorded facts, derived models, hosts, age, use and rating: %(quality).2f of 1.")
    return Part(_("Its quality"), text % {"quality": quality}, _eighths(quality))


def _rating(listing: Listing) -> list[Part]:
    """Return what its reviews say, which is a tenth of the quality; nothing where none counts. One query, or none."""
    score = score_of(listing)
    return [Part(_("Its reviews"), f"{said_of(score)}.", _eighths((score.score or 0) / 5_000))] if score else []


def _eighths(share: float) -> int:
    return round(8 * min(1.0, max(0.0, share)))


def _refusing(search: Search, listing: Listing) -> list[str]:
    """Return the filters that the listing does not fulfil, by name. One query."""
    conditions = {f"facet_{f.name}": f.condition(search.filters[f.name]) for f in FACETS if search.filters.get(f.name)}
    conditions |= {f"range_{name}": within_range(name, bounds) for name, bounds in search.all_ranges.items()}
    heard = {f"heard_{n}": item for n, item in enumerate(search.heard.narrowing)}
    conditions |= {name: condition_of(item) for name, item in heard.items()}
    if not conditions:
        return []
    titles = {f"facet_{facet.name}": str(facet.title) for facet in FACETS}
    titles |= {f"range_{name}": str(title) for name, (_field, title) in RANGES.items()}
    titles |= {name: f"“{item.phrase}”" for name, item in heard.items()}
    # By the search's own conditions, in SQL: the same rules in Python would drift from them.
    checks = {name: ExpressionWrapper(found, output_field=BooleanField()) for name, found in conditions.items()}
    row = Listing.objects.filter(pk=listing.pk).annotate(**checks).values(*conditions).first()
    return [titles[name] for name in conditions if not row or not row[name]]


def _missing(listing: Listing) -> list[str]:
    missing = [name for name, known in Card(listing).completeness.items() if not known]
    return [
        _("Not recorded: %(fact)s. People who filter by it cannot find this model.") % {"fact": name}
        for name in missing
    ]
