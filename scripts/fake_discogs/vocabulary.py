"""The closed vocabularies of Discogs and the sentences its servers answer with."""

from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]

PACIFIC = ZoneInfo("America/Los_Angeles")

FOR_SALE = "For Sale"
DRAFT = "Draft"
SOLD = "Sold"
EXPIRED = "Expired"
ALL = "All"
STATUSES = (ALL, "Deleted", DRAFT, EXPIRED, FOR_SALE, SOLD, "Suspended", "Violation")

GRADES = (
    "Mint (M)",
    "Near Mint (NM or M-)",
    "Very Good Plus (VG+)",
    "Very Good (VG)",
    "Good Plus (G+)",
    "Good (G)",
    "Fair (F)",
    "Poor (P)",
)
SLEEVE_GRADES = (*GRADES, "Generic", "Not Graded", "No Cover")

CURRENCIES = ("USD", "GBP", "EUR", "CAD", "AUD", "JPY", "CHF", "MXN", "BRL", "NZD", "SEK", "ZAR")
CURRENCY_IDS = {code: number for number, code in enumerate(CURRENCIES, start=1)}
SYMBOLS = {"USD": "$", "GBP": "£", "EUR": "€", "CAD": "CA$", "AUD": "A$", "JPY": "¥"}
# Invented units per US dollar; only their ratio matters, and that a conversion gives a long fraction.
UNITS_PER_USD = {
    "USD": 1.0,
    "GBP": 0.7411,
    "EUR": 0.8577,
    "CAD": 1.3713,
    "AUD": 1.5239,
    "JPY": 147.31,
    "CHF": 0.8031,
    "MXN": 18.727,
    "BRL": 5.4291,
    "NZD": 1.6837,
    "SEK": 9.5719,
    "ZAR": 17.643,
}

INVENTORY_SORTS = ("listed", "price", "item", "artist", "label", "catno", "audio", "status", "location")
COLLECTION_SORTS = ("label", "artist", "title", "catno", "format", "rating", "added", "year")

MUST_AUTHENTICATE = "You must authenticate to access this resource."
INVALID_TOKEN = "Invalid consumer token. Please register an app before making requests."
NOT_OWNER = "You don't have permission to access this resource."
PRIVATE = "You are not allowed to view this resource. Please authenticate as the owner to view this content."
NO_USER = "User does not exist or may have been deleted."
NO_LISTING = "Item not found. It may have been deleted."
NO_RELEASE = "That release does not exist or may have been deleted."
NO_RELEASE_DATA = "Release does not exist or may have been deleted."
NO_RELEASE_STATS = "Release not found."
NO_MASTER = "That master release does not exist or may have been deleted."
NO_ARTIST = "Artist not found."
NO_LABEL = "Label not found"
NO_FOLDER = "The requested folder does not exist."
NO_COPY = "The requested collection item does not exist in this user's collection."
NO_WANT = "That release does not exist in the user's wantlist."
FIXED_FOLDER = "The folders All and Uncategorized cannot be changed."
NOT_EMPTY = "Only empty folders can be deleted."
NO_LIST = "List not found"
NO_RESOURCE = "The requested resource was not found."
NO_ORDER = "That order does not exist or may have been deleted."
PAGE_CAP = "Pagination above 100 disabled for inventories besides your own"
TOO_QUICK = "You are making requests too quickly."
