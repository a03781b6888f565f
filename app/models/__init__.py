"""The tables. What Discogs wrote and what people wrote never share one."""

from app.models.account import Account, Source
from app.models.base import Base
from app.models.job import JobRow
from app.models.listing import ListingRow, ReleaseRow, StagedListing
from app.models.release_body import ReleaseBody
from app.models.run import Change, HeldRemoval, MirrorState, QuarantinedItem, Run
from app.models.shop import ShopDocument
from app.models.web_session import LoginAttempt, WebSession

__all__ = [
    "Account",
    "Base",
    "Change",
    "HeldRemoval",
    "JobRow",
    "ListingRow",
    "LoginAttempt",
    "MirrorState",
    "QuarantinedItem",
    "ReleaseBody",
    "ReleaseRow",
    "Run",
    "ShopDocument",
    "Source",
    "StagedListing",
    "WebSession",
]
