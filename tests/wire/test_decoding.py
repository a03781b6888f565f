"""Bytes to JSON."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.outcomes import Reason
from app.errors import AnswerRefused
from app.wire.decoding import decode_json

REFUSED = {
    "empty": (b"", Reason.BODY_NOT_JSON),
    "a lone newline": (b"\n", Reason.BODY_NOT_JSON),
    "words": (b"Service Unavailable", Reason.BODY_NOT_JSON),
    "100,000 levels": (b"[" * 100_000 + b"]" * 100_000, Reason.BODY_NOT_JSON),
    "100,000 objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, Reason.BODY_NOT_JSON),
    "5,000 digits": (b'{"a":1e999,"id":' + b"9" * 5000 + b"}", Reason.BODY_NOT_JSON),
    "NaN": (b'{"value": NaN}', Reason.BODY_NOT_JSON),
    "Infinity": (b'{"value": Infinity}', Reason.BODY_NOT_JSON),
    "-Infinity": (b'{"value": -Infinity}', Reason.BODY_NOT_JSON),
    "a key twice": (b'{"items": 5, "items": 0}', Reason.BODY_NOT_JSON),
    "a key twice, deep down": (b'{"a": [{"id": 1, "b": "x", "id": 2}]}', Reason.BODY_NOT_JSON),
    "a key twice, spelt differently": (rb'{"a": "\u0022\u0022", "\u0061": 1}', Reason.BODY_NOT_JSON),
    "text after the value": (b'{"a": 1} {"b": 2}', Reason.BODY_NOT_JSON),
    "cut in a number": (b'{"a": [1, 2', Reason.BODY_TRUNCATED),
    "cut in a text": (b'{"a": "half of', Reason.BODY_TRUNCATED),
    "cut in a word": (b'{"a": tru', Reason.BODY_TRUNCATED),
    "cut after an inner object": (b'{"a": {"b": 1}', Reason.BODY_TRUNCATED),
    "utf-16": ('{"a": "ü"}'.encode("utf-16"), Reason.BODY_BAD_ENCODING),
    "utf-16 without a mark": ('{"a": "b"}'.encode("utf-16-le"), Reason.BODY_BAD_ENCODING),
    "utf-32": ('{"a": "b"}'.encode("utf-32-be"), Reason.BODY_BAD_ENCODING),
    "latin-1": ('{"a": "Björk"}'.encode("latin-1"), Reason.BODY_BAD_ENCODING),
    "a raw surrogate": (b'{"a": "\xed\xa0\x80"}', Reason.BODY_BAD_ENCODING),
}


@pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_sound_json_is_refused(body: bytes, reason: Reason):
    with pytest.raises(AnswerRefused) as refusal:
        decode_json(body, url_path="/here")
    assert refusal.value.reason is reason
    assert refusal.value.url_path == "/here"


def test_a_byte_order_mark_is_tolerated():
    assert decode_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_odd_numbers_and_lone_surrogates_are_left_to_the_judge_of_the_item():
    assert decode_json(rb'{"name": "\ud83d", "price": 1e400, "ok": 1}') == {
        "name": "\ud83d",
        "price": float("inf"),
        "ok": 1,
    }


def test_quotes_inside_of_texts_are_no_duplicate_keys():
    assert decode_json(rb'{"format": "12\"", "size": "7\u0022"}') == {"format": '12"', "size": '7"'}


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values, st.booleans())
def test_sound_json_comes_through_unchanged(value: object, is_ascii: bool):
    text = json.dumps(value, ensure_ascii=is_ascii)
    assert decode_json(text.encode("utf-8")) == value


@given(st.binary(max_size=200))
def test_nothing_but_our_own_error_ever_comes_out(body: bytes):
    with contextlib.suppress(AnswerRefused):
        decode_json(body)
