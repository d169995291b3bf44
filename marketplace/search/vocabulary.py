"""What the words of a query can stand for in this catalogue, and how much each word says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log

from django.db import connection, transaction

from .tsquery import any_of, lexeme

PREFIX_LENGTH = 3  # shorter beginnings begin too much
TYPO_LENGTH = 4  # shorter words are a slip away from too many others
SENTENCE, TYPO_LENGTH_IN_SENTENCE = 3, 6  # words of a query beyond which it is a sentence
COMMON = 300  # listings, beyond which a word has a head
KEPT = 2000  # listings in a head: those of the best quality
LOOKED_THROUGH = 200_000  # listings of the best quality that a common word's are sought among
OTHER_FORM, BEGINNING, TYPO, HALVES = "form", "beginning", "typo", "halves"
OTHER_WORD, OTHER_STEM = "other", "other stem"
WEIGHTS = {OTHER_FORM: 0.9, BEGINNING: 0.75, TYPO: 0.7}

WORDS = """
select to_tsvector('simple', concat_ws(' ', name_words, keywords, summary_words, card_words)) from marketplace_listing
""".strip()
COUNT = """
insert into marketplace_searchterm as kept (word, stem, documents, deletions)
select s.word, coalesce((ts_lexize('english_stem', s.word))[1], s.word), s.ndoc,
    case when length(s.word) between 4 and 24 then array(
        select s.word union select overlay(s.word placing '' from i for 1) from generate_series(1, length(s.word)) i
    ) else '{{}}' end
from ts_stat(%s) s where length(s.word) <= 64
union all
select '', '', count(*), '{{}}' from marketplace_listing{chosen}
union all
select ' ', ' ', coalesce(sum(length(ts_filter(search_vector, '{{a,b,c}}'))), 0), '{{}}'
from marketplace_listing{chosen}
"""
HEADS = """
insert into marketplace_searchhead (word, listings, places)
select lexeme, (array_agg(id order by place))[1:%(kept)s], (array_agg(place order by place))[1:%(kept)s]
from (
    select id, row_number() over (order by quality desc, id) as place, search_vector
    from marketplace_listing where suspension_id is null order by place limit %(looked)s
) best, unnest(search_vector)
where lexeme in (select word from marketplace_searchterm where documents > %(common)s and word > ' '
    union select stem from marketplace_searchterm where word > ' ' group by stem having sum(documents) > %(common)s)
group by lexeme
"""
ON_KNOWN = " on conflict (word) do update set documents = kept.documents + excluded.documents"

NUMBER = r"\d+[[:alpha:]]?"  # with its unit: 2022 is no slip for 2024, nor 135b for 135m

# For each word asked: itself, other forms of it, what begins with it, what it may be a slip for, its two halves, and
# what else it is called (of several words all have to be known).
LOOK_UP = r"""
with given as (
    select term, coalesce((ts_lexize('english_stem', term))[1], term) as stem,
        exists (select 1 from marketplace_searchterm where word = term) as known
    from unnest(%(terms)s::text[]) term
), asked as materialized (
    select given.*, case when not known and length(term) between %(typo)s and 24 then array(
        select term union select overlay(term placing '' from i for 1) from generate_series(1, length(term)) i
    ) end as deletions from given
)
select asked.term, asked.stem, found.*, (select documents from marketplace_searchterm where word = ''),
    (select documents from marketplace_searchterm where word = ' ')
from asked cross join lateral (
    select word, documents, '' as kind from marketplace_searchterm where word = asked.term
    union all
    (select word, documents, 'form' from marketplace_searchterm
     where stem = asked.stem and word <> asked.term order by documents desc, word limit 6)
    union all
    (select word, documents, 'beginning' from marketplace_searchterm
     where length(asked.term) >= %(prefix)s and word > asked.term and word < asked.term || chr(1114111)
     order by documents desc, word limit 8)
    union all
    (select word, documents, 'typo' from (
        select word, documents from marketplace_searchterm where deletions && asked.deletions
        union
        (select word, documents from marketplace_searchterm
         where asked.deletions is not null and length(asked.term) > 5 and word %% asked.term
         order by similarity(word, asked.term) desc, word limit 10)
     ) near
     where levenshtein(word, asked.term) <= case when length(asked.term) > 5 then 3 else 2 end
     and array(select regexp_matches(word, '{number}', 'g')) = array(select regexp_matches(asked.term, '{number}', 'g'))
     order by levenshtein(word, asked.term), left(word, 1) <> left(asked.term, 1), documents desc, word limit 3)
    union all
    (select a.word || ' ' || b.word, least(a.documents, b.documents), 'halves'
     from generate_series(2, least(length(asked.term), 30) - 1) i
     join marketplace_searchterm a on a.word = left(asked.term, i)
     join marketplace_searchterm b on b.word = substr(asked.term, i + 1) and (length(b.word) > 1 or b.word ~ '^\d')
     where not (a.word ~ '\d$' and b.word ~ '^\d') and (not asked.known or (a.word !~ '\d' and b.word ~ '^\d+$'))
     order by 2 desc, 1 limit 1)
    union all
    select form.word, documents, form.kind from (
        select other.word, min(coalesce(kept.documents, 0)) as documents,
            string_agg(coalesce((ts_lexize('english_stem', part))[1], part), ' ' order by place) as stem
        from unnest(%(of)s::text[], %(others)s::text[]) other (of, word)
        cross join lateral unnest(string_to_array(other.word, ' ')) with ordinality parts (part, place)
        left join marketplace_searchterm kept on kept.word = part
        where other.of = asked.term and other.word <> asked.term group by other.word
    ) other, lateral (values (other.word, 'other'), (other.stem, 'other stem')) form (word, kind) where documents > 0
) found
""".replace("{number}", NUMBER)


@dataclass(frozen=True)
class Alternative:
    """A word that stands for the one asked, and how much of its weight it keeps, from 0 to 1."""

    word: str
    kind: str
    documents: int

    @property
    def weight(self) -> float:
        """How much less than the word itself it counts."""
        return WEIGHTS.get(self.kind, 1.0)


@dataclass(frozen=True)
class Term:
    """A word of a query with what it is known by; ``alternatives`` come from the catalogue.

    A listing need not hold one that ``is_soft``: it is understood, or says nothing by itself.
    """

    word: str
    stem: str
    alternatives: tuple[Alternative, ...] = ()
    is_soft: bool = False

    @cached_property
    def documents(self) -> int:
        """How many listings hold it or another form of it; where none does, what stands for it."""
        own = [each.documents for each in self.alternatives if each.kind in ("", OTHER_FORM)]
        return sum(own) or max((each.documents for each in self.alternatives), default=0)

    @cached_property
    def held(self) -> int:
        """How many listings may hold it or anything that stands for it: an upper bound."""
        return sum(each.documents for each in self.alternatives)

    @property
    def lexemes(self) -> list[str]:
        """The words of ``either``, as the index has them."""
        return list(dict.fromkeys([self.word, self.stem, *(p for a in self.alternatives for p in a.word.split(" "))]))

    @property
    def rare(self) -> str:
        """A tsquery of those of its words that have no head; empty where all have one."""
        words = [each.word for each in self.alternatives if each.documents <= COMMON]
        own = [self.word, self.stem] if self.documents <= COMMON else []
        return any_of([*words, *own])

    @property
    def is_known(self) -> bool:
        """Whether the catalogue has the word, or another form of it."""
        return any(each.kind in ("", OTHER_FORM) for each in self.alternatives)

    @property
    def correction(self) -> str:
        """The word that was probably meant, where this one is unknown and no beginning of one; else empty."""
        if self.is_known or any(each.kind == BEGINNING for each in self.alternatives):
            return ""
        return next((each.word for each in self.alternatives if each.kind in (TYPO, HALVES)), "")

    def idf(self, total: int) -> float:
        """How much it says, in nats, among ``total`` listings: the rarer, the more."""
        held = min(self.documents, total)
        return log(1 + (total - held + 0.5) / (held + 0.5))

    @property
    def exact(self) -> list[str]:
        """The word and its stem."""
        return list(dict.fromkeys((self.word, self.stem)))

    def others(self, *kinds: str) -> list[str]:
        """What may stand for it: words, and phrases of two."""
        return [each.word for each in self.alternatives if each.kind in kinds]

    @property
    def either(self) -> str:
        """A tsquery of all of these."""
        return f"({any_of([*self.exact, *self.others(OTHER_FORM, BEGINNING, TYPO, HALVES, OTHER_WORD, OTHER_STEM)])})"


@dataclass(frozen=True)
class QueryTerms:
    """A query as the catalogue understands it."""

    terms: tuple[Term, ...]
    total: int = 0  # listings
    words: int = 0  # in all of them

    @property
    def usual_length(self) -> float:
        """How many words a listing has on average."""
        return self.words / max(self.total, 1)

    @cached_property
    def held(self) -> int:
        """How many listings may hold any of its words, or what stands for one: an upper bound."""
        return sum(term.held for term in self.terms)

    @property
    def lexemes(self) -> list[str]:
        """The words of ``any``, as the index has them."""
        return list(dict.fromkeys(word for term in self.terms for word in term.lexemes))

    @property
    def rare(self) -> str:
        """A tsquery of those of its words that have no head; empty where all have one."""
        return " | ".join(filter(None, (term.rare for term in self.terms)))

    @cached_property
    def needed(self) -> tuple[Term, ...]:
        """The words that a listing has to hold; none where all that was asked is understood."""
        return tuple(term for term in self.terms if not term.is_soft)

    @property
    def all(self) -> str:
        """A tsquery of all its words that are needed; of any of the others, where none is."""
        return " & ".join(term.either for term in self.needed) or self.any

    def needing(self, words: Collection[str] | None = None) -> QueryTerms:
        """Return the same query in which these words have to be found, or all."""
        terms = [replace(term, is_soft=False) if words is None or term.word in words else term for term in self.terms]
        return replace(self, terms=tuple(terms))

    @property
    def scarcest(self) -> Term | QueryTerms:
        """What ``all`` holds at most: the rarest word that is needed."""
        return min(self.needed, key=lambda term: term.held, default=self)

    @property
    def any(self) -> str:
        """A tsquery of any of its words."""
        return " | ".join(term.either for term in self.terms)

    @property
    def in_name(self) -> str:
        """A tsquery of any of its words, in a name."""
        return " | ".join(lexeme(word, "A") for term in self.terms for word in term.lexemes)

    @property
    def rarest(self) -> list[Term]:
        """Its words that the catalogue knows, the most telling first."""
        return sorted((term for term in self.terms if term.documents), key=lambda term: term.documents)

    @property
    def correction(self) -> str:
        """The query with its slips put right; empty where there is none."""
        if not any(term.correction for term in self.terms):
            return ""
        return " ".join(term.correction or term.word for term in self.terms)


def read_terms(
    words: list[str],
    *,
    soft: Collection[str] = (),
    literal: Collection[str] = (),
    other_words: Mapping[str, Sequence[str]] | None = None,
) -> QueryTerms:
    """Return what the words stand for, with what else they are called. One query.

    ``soft`` ones need not be found, ``literal`` ones stand for themselves alone.

    Short unknown words of long queries are left as they are: they are words of a sentence, not slips in a name.
    """
    typo = TYPO_LENGTH if len(words) <= SENTENCE else TYPO_LENGTH_IN_SENTENCE
    total = length = 0
    found: defaultdict[str, list[Alternative]] = defaultdict(list)
    stems: dict[str, str] = {}
    with connection.cursor() as cursor:
        pairs = [(word, other) for word, others in (other_words or {}).items() for other in others]
        values = {"of": [word for word, _ in pairs], "others": [other for _, other in pairs]}
        cursor.execute(LOOK_UP, {**values, "terms": words, "prefix": PREFIX_LENGTH, "typo": typo})
        for term, stem, word, documents, kind, total, length in cursor.fetchall():  # noqa: B007
            stems[term] = stem
            is_itself = kind in ("", OTHER_FORM)
            if (is_itself or term not in literal) and all(word != other.word for other in found[term]):
                found[term].append(Alternative(word, kind, documents))
    terms = [Term(word, stems.get(word, word), tuple(found[word]), word in soft) for word in words]
    return QueryTerms(tuple(terms), total, length)


def count_words(listings: list[int] | None = None) -> int:
    """Count again in how many listings each word stands; return how many words were counted.

    With ``listings`` (ids of new ones) only theirs are added to what was counted before.
    """
    chosen = "" if listings is None else f" where id = any('{{{','.join(map(str, listings))}}}')"
    with transaction.atomic(), connection.cursor() as cursor:
        # Searches go on reading; a second count waits, as both would write the same words.
        cursor.execute("lock table marketplace_searchterm in share row exclusive mode")
        if listings is None:
            cursor.execute("delete from marketplace_searchterm")
        cursor.execute(COUNT.format(chosen=chosen) + ON_KNOWN, [WORDS + chosen])
        return int(cursor.rowcount)


def count_heads() -> int:
    """Rebuild, for each word of more than COMMON listings, its best listings; return how many words there are."""
    with transaction.atomic(), connection.cursor() as cursor:
        # As above: readers go on, a second writer waits.
        cursor.execute("lock table marketplace_searchhead in share row exclusive mode")
        cursor.execute("delete from marketplace_searchhead")
        cursor.execute(HEADS, {"common": COMMON, "kept": KEPT, "looked": LOOKED_THROUGH})
        return int(cursor.rowcount)
