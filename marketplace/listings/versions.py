"""What its owner has published of a listing: versions, the documents that they name, and its places on chain."""

from __future__ import annotations

from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import Substr
from django.urls import reverse

from contracts.models import Chain, hash_field
from marketplace.files.blobs import MOST_PATH, Blob
from marketplace.ground.decisions import ModerationDecision

BEFORE_CID = len("ipfs://")


class MetadataDocument(models.Model):
    """Bytes by their CID. They are hashed again before anybody gets them."""

    cid = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.cid


class VersionQuerySet(models.QuerySet["Version"]):
    """Reads of releases."""

    def offered(self) -> VersionQuerySet:
        """Keep what new buyers get: neither hidden by moderators nor yanked by its owner."""
        return self.filter(decision=None, yanked_at=None)

    def hidden(self) -> VersionQuerySet:
        """Keep what moderators have hidden."""
        return self.filter(decision__isnull=False)


class Version(models.Model):
    """An immutable release of a listing: a semantic version, and the metadata that it stands for.

    ``decision`` is the moderators' one that hides it from whoever has not bought it yet, if one does.
    """

    listing = models.ForeignKey("marketplace.Listing", on_delete=models.PROTECT, related_name="versions")
    number = models.CharField(max_length=32)
    metadata = models.ForeignKey(MetadataDocument, on_delete=models.PROTECT, related_name="+")
    changelog = models.TextField(blank=True)
    card = models.TextField(blank=True)  # Markdown
    manifest = models.JSONField(default=dict, blank=True)  # its citrate.toml, without what is the owner's alone
    # What its owner says of it later: the release itself never changes.
    deprecated_at = models.DateTimeField(null=True, blank=True)
    deprecation = models.CharField(max_length=500, blank=True)
    yanked_at = models.DateTimeField(null=True, blank=True)
    yank_reason = models.CharField(max_length=500, blank=True)
    decision = models.ForeignKey(
        ModerationDecision, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "number"], name="version_number_unique")]
        indexes = [models.Index(fields=["metadata"], name="version_hidden", condition=Q(decision__isnull=False))]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("version", args=[*self.listing.name.split("/", 1), self.number])

    @property
    def key(self) -> str:
        """Its name for links, reports and moderators."""
        return f"{self.listing.name}@{self.number}"

    @property
    def hidden(self) -> dict[str, str] | None:
        """What a page says of the decision that hides it, None where none does."""
        said = self.decision
        return {"number": self.number, "category": said.category, "reason": said.reason} if said else None

    @property
    def stops_use(self) -> bool:
        """Whether those who have bought it may not use it either."""
        return self.decision is not None and self.decision.stops_use


class VersionFile(models.Model):
    """A file of a release under its path in the model's folder."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="files")
    path = models.CharField(max_length=MOST_PATH)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "path"], name="version_file_path_unique")]
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path


class Adoption(models.Model):
    """A listing's place on a chain, attached by its owner. ``model_id`` is a natural key, as folds come and go."""

    listing = models.ForeignKey("marketplace.Listing", on_delete=models.PROTECT, related_name="adoptions")
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    model_id = hash_field()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "model_id"], name="adoption_model_unique"),
            models.UniqueConstraint(fields=["chain", "listing"], name="adoption_listing_unique"),
        ]

    def __str__(self) -> str:
        return self.model_id


def hidden_on_sale(metadata: str = "metadata") -> VersionQuerySet:
    """Return, inside a query of what is on chains, the release that the outer one's ``metadata`` names, if hidden."""
    return Version.objects.hidden().filter(metadata=Substr(OuterRef(metadata), BEFORE_CID + 1))
