"""citrate.toml: everything that is said of a model to publish it. A draft is the same, and may lack anything.

Amounts are decimal text in the currency's own unit, per cent is decimal text: both are exact. Whether everything is
there that a listing needs is asked by ``publish``; here stands only which form each value has.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from . import fields as of

SCHEMA = 1
SCHEMA_ID = "citrate-1.json"
Kind = Literal["", "pass", "subscription", "call"]
Mode = Literal["open", "gated", "listed"]


class Part(BaseModel):
    """A table of the file: keys that nobody knows are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True, validate_default=False)


class Model(Part):
    """What the model is. A draft takes what it can from the files."""

    name: of.Name = Field(default="", description="owner/model, or the second part alone: then under your own name")
    version: of.Semantic = Field(default="", description="Semantic version: 1.0.0, or 1.1.0-rc.1 before it is stable")
    task: of.Task = Field(default="", description="What it does, like text-generation")
    summary: of.Summary = Field(default="", description="One or two sentences for lists; at most 300 characters")
    license: of.Licence = Field(default="", description="The licence's id, like apache-2.0")
    license_url: of.Web = Field(default="", description="Where a licence of your own can be read")
    languages: of.Languages = Field(default=[], description="Codes of the languages that it knows, like eng")
    tags: of.Words = Field(default=[], description="Words that it can be found by")
    changelog: of.Prose = Field(default="", description="What is new in this version, in Markdown")
    examples: list[of.Example] = Field(default=[], max_length=8, description="What one may ask it; checks try it")
    parameters: of.Count | None = Field(default=None, description="Number of weights; the files say it")
    context: of.Count | None = Field(default=None, description="Tokens that it reads at once")
    embedding_dim: of.Count | None = Field(
        default=None, description="Numbers in a vector, of a model that embeds", le=2**31 - 1
    )
    training: of.Recipe = Field(default="", description="How it was made, in at most 2,000 characters")
    architecture: of.Line = Field(default="", description="Like LlamaForCausalLM")
    libraries: of.Words = Field(default=[], description="What runs it, like Transformers")
    modalities: of.Words = Field(default=[], description="What it reads and writes, like text")


class Card(Part):
    """The model's description: a file of the folder, or the text itself, which wins."""

    path: of.Path = Field(default="", description="A Markdown file among the files, like README.md")
    text: of.Card = Field(default="", description="Markdown")


class File(Part):
    """A file of the model."""

    path: of.Path = Field(default="", description="Where it stands in the model's folder")
    sha256: of.Sha256 = Field(default="", description="What its bytes hash to")
    size: of.Count | None = Field(default=None, description="Bytes")


class Endpoint(Part):
    """A running server that answers for the model (OpenAI's protocol). Its key is given on the site, never here."""

    url: of.Web = Field(default="", description="Where it is, like https://api.example.com/v1")
    model: of.Line = Field(default="", description="What it calls the model")


class Plan(Part):
    """What access costs: ``pass`` for ever, ``subscription`` for 30 days, ``call`` each time that it is asked."""

    kind: Kind = Field(default="", description="pass, subscription or call")
    price: of.Amount = Field(default="", description="Decimal number in quotes, like “0.02”")
    currency: of.Symbol = Field(default="", description="Symbol, or a token's address")


class Rates(Part):
    """What metered use costs: a price for 1,000,000 tokens read, and one for 1,000,000 written."""

    currency: of.Symbol = ""
    in_per_m: of.Amount = ""
    out_per_m: of.Amount = ""


class Share(Part):
    """Who gets a part of what it earns. What is left is the seller's."""

    address: of.Address = ""
    percent: of.Share = ""


class AdaptedFrom(Part):
    """The model that it was made from."""

    parent: of.FullName = Field(default="", description="owner/model")
    royalty: of.Royalty = Field(
        default="", description="Per cent of the earnings that the parent's seller gets, for ever; at most 30"
    )


class Access(Part):
    """Who may buy: everybody, whom you let in when they ask, or only who is on the list."""

    mode: Mode = "open"
    allow: of.Addresses = []
    deny: of.Addresses = []


class Passes(Part):
    """Whether passes may be given on and sold on, and your part of a resale in per cent."""

    transfers: bool = False
    resale: bool = False
    resale_royalty: of.ResaleRoyalty = ""


class FairUse(Part):
    """What one pass or subscription may use: tokens within so many days, and streams at once."""

    tokens: int = Field(default=1_000_000, ge=1, le=10**12)
    days: int = Field(default=30, ge=1, le=366)
    streams: int = Field(default=2, ge=1, le=100)


class Manifest(Part):
    """One model, as it is published."""

    model_config = ConfigDict(json_schema_extra={"required": ["schema", "model"]}, title="citrate.toml")

    schema_version: Literal[1] = Field(default=1, alias="schema", description="The version of this format")
    chain: of.Line = Field(default="", description="Short name of the chain that it is listed on; empty: the usual one")
    terms: of.Prose = Field(default="", description="What a buyer agrees to, besides the licence")
    search_terms: of.Terms = Field(default=[], description="Words by which contracts on chain find it, at most eight")
    model: Model = Field(default_factory=Model)
    card: Card = Field(default_factory=Card)
    files: list[File] = Field(default=[], max_length=1_000)
    endpoints: list[Endpoint] = Field(default=[], max_length=8)
    plans: list[Plan] = Field(default=[], max_length=3)
    rates: list[Rates] = Field(default=[], max_length=4)
    splits: list[Share] = Field(default=[], max_length=20)
    adapted_from: AdaptedFrom = Field(default_factory=AdaptedFrom)
    access: Access = Field(default_factory=Access)
    passes: Passes = Field(default_factory=Passes)
    fair_use: FairUse = Field(default_factory=FairUse)

    @field_validator("files")
    @classmethod
    def _paths_differ(cls, files: list[File]) -> list[File]:
        # Without case, because two of the usual systems do not tell it.
        _refuse_twice([each.path.casefold() for each in files], _("Two files have the same path: “%s”."))
        return files

    @field_validator("plans")
    @classmethod
    def _kinds_differ(cls, plans: list[Plan]) -> list[Plan]:
        _refuse_twice([each.kind for each in plans], _("There can be one plan of a kind; “%s” stands there twice."))
        return plans

    @field_validator("rates")
    @classmethod
    def _currencies_differ(cls, rates: list[Rates]) -> list[Rates]:
        _refuse_twice([each.currency.casefold() for each in rates], _("The rates in “%s” stand there twice."))
        return rates

    @field_validator("splits")
    @classmethod
    def _shares_fit(cls, splits: list[Share]) -> list[Share]:
        _refuse_twice([each.address for each in splits], _("“%s” stands there twice; give it one part."))
        if sum(of.bps_of(each.percent) for each in splits) > of.ALL:
            raise ValueError(_("The parts come to more than 100 per cent."))
        return splits

    @model_validator(mode="after")
    def _metered_in_one_way(self) -> Self:
        if self.rates and any(each.kind == "call" for each in self.plans):
            raise ValueError(_("Use costs either by tokens or by the call: take “rates” out, or the plan “call”."))
        return self

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON and TOML have it, without what says nothing."""
        said = self.model_dump(by_alias=True, exclude_defaults=True)
        return {"schema": SCHEMA, **said}


def _refuse_twice(values: list[str], sentence: str) -> None:
    said = [value for value in values if value]
    twice = next((value for value in said if said.count(value) > 1), None)
    if twice is not None:
        raise ValueError(sentence % twice)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors and other programs."""
    made = Manifest.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **made}
