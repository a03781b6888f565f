"""Reading the parameters of a search."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.conditions import CONDITIONS, condition_of
from app.core.query import PARAMETERS, SORTS, BadQuery, SearchQuery, parse_query


def problem_of(name: str, text: str) -> str:
    with pytest.raises(BadQuery) as caught:
        parse_query([(name, text)])
    assert list(caught.value.problems) == [name]
    return caught.value.problems[name]


def test_nothing_asked_is_everything_newest_first() -> None:
    assert parse_query([]) == SearchQuery(sort="-posted", limit=None, page=1)


def test_empty_and_unknown_parameters_ask_nothing() -> None:
    assert parse_query([("q", " "), ("limit", ""), ("utm_source", "x")]) == SearchQuery()


def test_of_a_repeated_parameter_the_last_one_counts() -> None:
    assert parse_query([("year", "1999"), ("year", "2001")]).year == 2001


def test_words_are_folded_and_signs_between_them_are_left_out() -> None:
    assert parse_query([("q", "BJÖRK – Début")]).words == ("bjork", "debut")


def test_a_question_of_signs_alone_keeps_them() -> None:
    assert parse_query([("q", "!!!")]).words == ("!!!",)


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "x\udfffy"])
def test_what_no_database_can_hold_is_harmless(text: str) -> None:
    words = parse_query([("q", text)]).words
    assert all("\0" not in word and word.encode() for word in words)


@pytest.mark.parametrize("name", ["q", "artist", "label", "genre", "style", "format", "country", "seller"])
def test_a_text_longer_than_256_characters_is_refused(name: str) -> None:
    assert "256" in problem_of(name, "x" * 257)


def test_more_than_64_words_are_refused() -> None:
    assert "64" in problem_of("q", "a " * 65)
    assert len(parse_query([("q", "a " * 64)]).words) == 64


@pytest.mark.parametrize("text", ["0", "00", "-1", "1e2", "5.0", "x", "１", "true", "0x10"])
def test_a_limit_is_a_whole_number_from_1(text: str) -> None:
    assert "from 1" in problem_of("limit", text)


@pytest.mark.parametrize("digits", ["1", "007", "1000", "1001", "1000000000", "1000000001", "9" * 30, "9" * 5000])
def test_a_limit_may_be_any_number_that_no_database_chokes_on(digits: str) -> None:
    query = parse_query([("limit", digits), ("page", "1000000")])
    assert query.limit == (int(digits) if len(digits) < 10 else 1_000_000_000)
    assert query.offset < 2**63


@pytest.mark.parametrize("name", ["q", "artist", "label", "genre", "style", "country", "format"])
@pytest.mark.parametrize("text", ["\u0301", "\u0301 \u0308", "\0", "\ufe0f"])
def test_what_folds_to_nothing_asks_for_something(name: str, text: str) -> None:
    assert parse_query([(name, text)]) != SearchQuery()


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "99999999999"])
def test_a_page_is_a_whole_number_from_1(text: str) -> None:
    assert "from 1" in problem_of("page", text)


def test_a_page_without_a_limit_has_fifty_listings() -> None:
    query = parse_query([("page", "3")])
    assert (query.limit, query.offset) == (50, 100)


@pytest.mark.parametrize("name", ["year", "year_min", "year_max"])
@pytest.mark.parametrize("text", ["-1", "10000", "nineteen"])
def test_a_year_is_from_0_to_9999(name: str, text: str) -> None:
    assert "9999" in problem_of(name, text)


@pytest.mark.parametrize("text", ["18.50", "0", "18.505", "999999999999.99"])
def test_a_price_is_exact(text: str) -> None:
    assert parse_query([("price_min", text)]).price_min == Decimal(text)


@pytest.mark.parametrize("text", ["-1", "1e400", "NaN", "Infinity", "1,234.50", "$5", ".5", "1" * 13])
def test_a_price_that_is_no_amount_is_refused(text: str) -> None:
    assert "18.50" in problem_of("price_max", text)


@pytest.mark.parametrize("text", ["random", "posted; DROP TABLE listings", "--posted", "listing_id"])
def test_an_order_that_is_not_offered_is_refused(text: str) -> None:
    assert "newest" in problem_of("sort", text)


def test_every_order_offered_is_accepted() -> None:
    assert {parse_query([("sort", name)]).sort for name in SORTS} == set(SORTS.values())


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(BadQuery) as caught:
        parse_query([("limit", "0"), ("sort", "x"), ("q", "fine")])
    assert set(caught.value.problems) == {"limit", "sort"}


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("VG+", "Very Good Plus (VG+)"),
        ("vg+", "Very Good Plus (VG+)"),
        ("VG ", "Very Good Plus (VG+)"),
        ("Very Good Plus (VG )", "Very Good Plus (VG+)"),
        ("VG", "Very Good (VG)"),
        ("nm", "Near Mint (NM or M-)"),
        ("M-", "Near Mint (NM or M-)"),
        ("m", "Mint (M)"),
        ("near mint", "Near Mint (NM or M-)"),
        ("not graded", "Not Graded"),
        ("Spotless", "Spotless"),
    ],
)
def test_a_condition_may_be_short_and_in_any_case(text: str, condition: str) -> None:
    assert condition_of(text) == condition


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_condition_stands_for_itself(condition: str) -> None:
    assert condition_of(condition) == condition_of(condition.upper()) == condition


@given(st.lists(st.tuples(st.sampled_from(sorted(PARAMETERS)), st.text(max_size=300))))
def test_any_parameters_are_read_or_refused(arguments: list[tuple[str, str]]) -> None:
    try:
        assert parse_query(arguments).page >= 1
    except BadQuery as error:
        refused = set(error.problems)
    else:
        refused = set()
    assert refused <= {name for name, _ in arguments}
