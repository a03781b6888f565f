"""Ways in which a 200 can carry something else than the JSON it should."""

import codecs
import functools
import gzip
import json
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .messages import Response, dump, html_response

BodyFault = Callable[[Response, Mapping[str, Any]], Response]

_MEGABYTE = 1024 * 1024
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"


def _html200(response: Response, args: Mapping[str, Any]) -> Response:
    return replace(html_response(200, args.get("title", "Discogs is down for maintenance")), headers=response.headers)


def _empty200(response: Response, args: Mapping[str, Any]) -> Response:
    return replace(response, body=b"")


def _newline200(response: Response, args: Mapping[str, Any]) -> Response:
    return replace(response, body=b"\n")


def _raw(response: Response, args: Mapping[str, Any]) -> Response:
    body = args.get("body", b"raw")
    return replace(
        response,
        body=body.encode() if isinstance(body, str) else body,
        content_type=args.get("content_type", response.content_type),
    )


def _truncated_json(response: Response, args: Mapping[str, Any]) -> Response:
    return replace(response, body=response.body[: int(len(response.body) * args.get("share", 0.5))])


def _wrong_content_type(response: Response, args: Mapping[str, Any]) -> Response:
    return replace(response, content_type=args.get("content_type", "text/html; charset=utf-8"))


def _bom(response: Response, args: Mapping[str, Any]) -> Response:
    return replace(response, body=codecs.BOM_UTF8 + response.body)


def _utf16(response: Response, args: Mapping[str, Any]) -> Response:
    return replace(response, body=response.body.decode().encode("utf-16"))


def _latin1(response: Response, args: Mapping[str, Any]) -> Response:
    """Bytes that are no UTF-8: at least one letter beyond ASCII is in it."""
    text = response.body.decode().replace("{", '{"café":1,', 1)
    return replace(response, body=text.encode("latin-1", "replace"))


def _encoded(response: Response, body: bytes, encoding: str = "gzip") -> Response:
    return replace(response, body=body).with_headers(("Content-Encoding", encoding))


def _bad_gzip(response: Response, args: Mapping[str, Any]) -> Response:
    packed = bytearray(gzip.compress(response.body, mtime=0))
    middle = len(packed) // 2
    packed[middle : middle + 16] = b"\xff" * 16
    return _encoded(response, bytes(packed))


def _truncated_gzip(response: Response, args: Mapping[str, Any]) -> Response:
    packed = gzip.compress(response.body, mtime=0)
    return _encoded(response, packed[: len(packed) // 2])


def _deflate_as_gzip(response: Response, args: Mapping[str, Any]) -> Response:
    return _encoded(response, zlib.compress(response.body))


def _not_gzip(response: Response, args: Mapping[str, Any]) -> Response:
    return _encoded(response, response.body)


def _null(response: Response, args: Mapping[str, Any]) -> Response:
    return replace(response, body=b"null")


def _brotli(response: Response, args: Mapping[str, Any]) -> Response:
    return _encoded(response, response.body, "br")


def _gzip_bomb(response: Response, args: Mapping[str, Any]) -> Response:
    return _encoded(response, gzip_bomb(args.get("size", 300 * _MEGABYTE), response.body))


def gzip_bomb(size: int, ending: bytes) -> bytes:
    """Valid gzip of `size` blanks (whole megabytes) and then `ending`: small on the wire, large in memory."""
    count = max(1, size // _MEGABYTE)
    blanks, checksum = _blanks(count)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    length = (count * _MEGABYTE + len(ending)) & 0xFFFFFFFF
    trailer = struct.pack("<II", zlib.crc32(ending, checksum), length)
    return _GZIP_HEAD + blanks + packer.compress(ending) + packer.flush() + trailer


@functools.lru_cache(maxsize=4)
def _blanks(count: int) -> tuple[bytes, int]:
    """`count` compressed megabytes of blanks, and their checksum."""
    blanks = b" " * _MEGABYTE
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # After a full flush a block depends on nothing before it, so that it can be repeated without compressing again.
    block = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(count):
        checksum = zlib.crc32(blanks, checksum)
    return block * count, checksum


def _json_deep(response: Response, args: Mapping[str, Any]) -> Response:
    depth = args.get("depth", 100_000)
    return replace(response, body=b'{"pagination":' + b"[" * depth + b"]" * depth + b',"listings":[]}')


def _json_big_integer(response: Response, args: Mapping[str, Any]) -> Response:
    return _in_place_of_first_number(response, b"9" * args.get("digits", 5_000))


def _json_nan(response: Response, args: Mapping[str, Any]) -> Response:
    return _in_place_of_first_number(response, b"NaN")


def _json_inf(response: Response, args: Mapping[str, Any]) -> Response:
    return _in_place_of_first_number(response, b"1e400")


def _in_place_of_first_number(response: Response, literal: bytes) -> Response:
    """The first amount (`value`), else the first number of any kind."""
    body, count = re.subn(rb'("value":)-?[\d.eE+-]+', rb"\g<1>" + literal, response.body, count=1)
    if not count:
        body = re.sub(rb"(:)-?\d[\d.eE+-]*", rb"\g<1>" + literal, response.body, count=1)
    return replace(response, body=body)


def _duplicate_keys(response: Response, args: Mapping[str, Any]) -> Response:
    """Most parsers let the last of equal keys win: here it empties the page."""
    key = next(
        (name for name in ("listings", "releases", "wants", "orders") if f'"{name}":' in response.body.decode()), "id"
    )
    return replace(response, body=response.body.rstrip()[:-1] + f',"{key}":[]}}'.encode())


def _not_an_object(response: Response, args: Mapping[str, Any]) -> Response:
    return replace(response, body=dump(args.get("value", [json.loads(response.body)])))


BODY_FAULTS: dict[str, tuple[str, BodyFault]] = {
    "html200": ("200 with a maintenance page", _html200),
    "empty200": ("200 without a body", _empty200),
    "newline200": ("200 with a lone newline", _newline200),
    "raw": ("200 with `body`", _raw),
    "truncated_json": ("JSON cut at `share` (0.5), with a Content-Length that fits", _truncated_json),
    "wrong_ct": ("the right JSON as `content_type` (text/html)", _wrong_content_type),
    "bom": ("JSON after a byte order mark", _bom),
    "utf16": ("JSON in UTF-16", _utf16),
    "latin1": ("JSON in Latin-1, which is no valid UTF-8", _latin1),
    "bad_gzip": ("gzip, damaged in the middle", _bad_gzip),
    "not_gzip": ("plain JSON that claims to be gzip", _not_gzip),
    "truncated_gzip": ("gzip, cut in the middle, with a Content-Length that fits", _truncated_gzip),
    "deflate_as_gzip": ("zlib data that claims to be gzip", _deflate_as_gzip),
    "brotli": ("a Content-Encoding nobody asked for", _brotli),
    "gzip_bomb": ("gzip of `size` (300 MB) blanks and then the JSON", _gzip_bomb),
    "json_deep": ("`depth` (100,000) lists within each other", _json_deep),
    "json_bigint": ("an integer of `digits` (5,000) digits", _json_big_integer),
    "json_nan": ("NaN as a number", _json_nan),
    "json_inf": ("1e400 as a number", _json_inf),
    "dup_keys": ("the key of the rows twice, the second time empty", _duplicate_keys),
    "null": ("null", _null),
    "not_object": ("a list around the object", _not_an_object),
}
