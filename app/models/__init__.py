"""The tables. What Discogs wrote, what people wrote and what others told never share one."""

from app.models.account import Account, Source
from app.models.base import Base
from app.models.enrichment import EnrichmentChoice, EnrichmentProviderRow, EnrichmentRow
from app.models.job import JobRow
from app.models.listing import FORMAT_SHOWN, ListingRow, ReleaseRow, StagedListing
from app.models.pace import SharedPace
from app.models.release_body import ReleaseAnswer, ReleaseBody
from app.models.run import Change, HeldRemoval, MirrorState, QuarantinedItem, Run
from app.models.shelf import CollectionValueRow, CopyRow, FieldRow, FolderRow, StagedCopy, StagedWant, WantRow
from app.models.shop import ShopDocument
from app.models.web_session import AdminGuess, LoginAttempt, WebSession
from app.models.webhook import WebhookPosition

__all__ = [
    "FORMAT_SHOWN",
    "Account",
    "AdminGuess",
    "Base",
    "Change",
    "CollectionValueRow",
    "CopyRow",
    "EnrichmentChoice",
    "EnrichmentProviderRow",
    "EnrichmentRow",
    "FieldRow",
    "FolderRow",
    "HeldRemoval",
    "JobRow",
    "ListingRow",
    "LoginAttempt",
    "MirrorState",
    "QuarantinedItem",
    "ReleaseAnswer",
    "ReleaseBody",
    "ReleaseRow",
    "Run",
    "SharedPace",
    "ShopDocument",
    "Source",
    "StagedCopy",
    "StagedListing",
    "StagedWant",
    "WantRow",
    "WebSession",
    "WebhookPosition",
]
