"""The heart needs no database: these names are the specification."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.fetch import Complete, Evidence, Incomplete
from app.core.guard import EarlierLooks, Limits, balance, vet
from app.core.outcomes import Reason, RemovalReason
from app.core.plan import Plan, Policy, Stored, Verdict, judge, make_plan, to_probe, with_confirmed

IDS = st.frozensets(st.integers(1, 60), max_size=40)
QUARTER = Limits(Fraction(1, 4))


def plan_of(seen: set[int], live: set[int], *, complete: bool = True, **overrides: object) -> Plan:
    items = frozenset(seen)
    fetch = Complete(items, Evidence()) if complete else Incomplete(Reason.PAGE_DRIFT, items, Evidence())
    arguments: dict[str, object] = {
        "rejected": 0,
        "live": live,
        "judged": live,
        "missing_before": set(),
        "policy": Policy.MIRROR,
    }
    verdicts = {Verdict.ADD: len(items - live), Verdict.UNCHANGED: len(items & live)}
    return make_plan(fetch, verdicts, **(arguments | overrides))  # type: ignore[arg-type]


class TestJudge:
    def test_an_unknown_listing_is_added(self) -> None:
        assert judge(b"1", None, Policy.MIRROR) is Verdict.ADD

    def test_the_same_fingerprint_is_not_a_single_write(self) -> None:
        assert judge(b"1", Stored(b"1", False, False), Policy.MIRROR) is Verdict.UNCHANGED

    def test_another_fingerprint_updates(self) -> None:
        assert judge(b"2", Stored(b"1", False, False), Policy.MIRROR) is Verdict.UPDATE

    def test_add_only_never_changes_a_row(self) -> None:
        assert judge(b"2", Stored(b"1", False, False), Policy.ADD_ONLY) is Verdict.UNCHANGED

    def test_a_tombstone_that_is_seen_again_is_restored(self) -> None:
        assert judge(b"1", Stored(b"1", True, False), Policy.MIRROR) is Verdict.RESTORE

    def test_a_copy_that_another_account_held_enters_here(self) -> None:
        assert judge(b"1", Stored(b"1", False, True), Policy.MIRROR) is Verdict.ADD


class TestMakePlan:
    @given(IDS, IDS)
    def test_an_incomplete_fetch_has_no_absences(self, seen: frozenset[int], live: frozenset[int]) -> None:
        assert plan_of(set(seen), set(live), complete=False).missing == frozenset()

    @given(IDS, IDS)
    def test_add_only_has_no_absences(self, seen: frozenset[int], live: frozenset[int]) -> None:
        assert plan_of(set(seen), set(live), policy=Policy.ADD_ONLY).missing == frozenset()

    @given(IDS, IDS)
    def test_a_complete_fetch_misses_exactly_what_it_did_not_show(
        self, seen: frozenset[int], live: frozenset[int]
    ) -> None:
        assert plan_of(set(seen), set(live)).missing == live - seen

    @given(IDS, IDS)
    def test_nothing_is_removed_before_it_is_confirmed(self, seen: frozenset[int], live: frozenset[int]) -> None:
        plan = plan_of(set(seen), set(live))
        assert plan.removals == {}
        assert plan.live_after == len(live | seen)

    def test_a_strangers_fetch_says_nothing_about_drafts(self) -> None:
        assert plan_of({1}, {1, 2, 3}, judged={1, 2}).missing == {2}


class TestConfirmedAbsence:
    def test_first_timers_are_asked_about_before_those_missing_twice(self) -> None:
        plan = plan_of(set(), set(range(1, 31)), missing_before=set(range(1, 16)))
        assert to_probe(plan) == [*range(16, 31), *range(1, 6)]

    def test_discogs_word_removes_with_its_reason(self) -> None:
        plan = plan_of({1}, {1, 2})
        done = with_confirmed(plan, {2: RemovalReason.SOLD}, last_known={}, trusts_second_snapshot=True)
        assert done.removals == {2: RemovalReason.SOLD}
        assert done.waiting == frozenset()

    def test_a_listing_still_for_sale_stays_whatever_the_snapshots_say(self) -> None:
        plan = plan_of({1}, {1, 2}, missing_before={2})
        done = with_confirmed(plan, {2: None}, last_known={}, trusts_second_snapshot=True)
        assert done.removals == {}
        assert done.waiting == {2}

    def test_missing_once_waits(self) -> None:
        plan = plan_of({1}, {1, 2})
        assert with_confirmed(plan, {}, last_known={}, trusts_second_snapshot=True).waiting == {2}

    def test_missing_twice_is_gone_with_what_was_last_known(self) -> None:
        plan = plan_of({1}, {1, 2, 3}, missing_before={2, 3})
        done = with_confirmed(plan, {}, last_known={3: RemovalReason.SOLD}, trusts_second_snapshot=True)
        assert done.removals == {2: RemovalReason.UNKNOWN, 3: RemovalReason.SOLD}

    def test_rows_without_an_id_take_the_second_snapshot_its_word(self) -> None:
        plan = plan_of({1}, {1, 2}, missing_before={2})
        assert with_confirmed(plan, {}, last_known={}, trusts_second_snapshot=False).removals == {}

    @given(IDS, IDS, IDS, st.dictionaries(st.integers(1, 60), st.sampled_from([None, *RemovalReason])))
    def test_only_missing_ids_are_ever_removed(
        self,
        seen: frozenset[int],
        live: frozenset[int],
        before: frozenset[int],
        answers: dict[int, RemovalReason | None],
    ) -> None:
        plan = plan_of(set(seen), set(live), missing_before=before)
        probed = {number: answers.get(number) for number in to_probe(plan)}
        done = with_confirmed(plan, probed, last_known={}, trusts_second_snapshot=True)
        assert done.removals.keys() <= live - seen
        assert len(probed) <= 20
        assert done.live_after == done.live_before + done.added - len(done.removals)


class TestGuard:
    @pytest.mark.parametrize(
        ("live", "gone", "reason"),
        [
            (1000, 249, None),
            (1000, 250, None),
            (1000, 251, Reason.GUARD_SHRINK),
            (60, 20, None),
            (60, 21, Reason.GUARD_SHRINK),
            (538, 537, Reason.GUARD_SHRINK),
            (538, 0, None),
            (538, 538, Reason.GUARD_EMPTY),
            (1, 1, Reason.GUARD_EMPTY),
            (0, 0, None),
        ],
    )
    def test_how_much_may_vanish(self, live: int, gone: int, reason: Reason | None) -> None:
        plan = plan_of(set(range(gone, live)), set(range(live)))
        assert vet(plan, QUARTER, config_changed=False) is reason

    def test_another_shop_altogether_is_held(self) -> None:
        assert vet(plan_of({7, 8}, {1, 2, 3, 4, 5}), QUARTER, config_changed=False) is Reason.GUARD_DISJOINT

    def test_a_tiny_shop_may_turn_over(self) -> None:
        assert vet(plan_of({7, 8}, {1, 2, 3, 4}), QUARTER, config_changed=False) is None

    def test_a_changed_configuration_is_held(self) -> None:
        assert vet(plan_of({1}, {1}), QUARTER, config_changed=True) is Reason.GUARD_CONFIG

    def test_everything_may_vanish_only_when_a_person_set_the_share_to_one(self) -> None:
        plan = plan_of({1}, set(range(1, 101)))
        assert vet(plan, Limits(Fraction(1)), config_changed=False) is None

    def test_what_was_held_stays_held_though_the_shop_grew_around_it(self) -> None:
        plan = plan_of(set(range(101, 501)), set(range(1, 101)) | set(range(101, 501)))
        earlier = EarlierLooks(Reason.GUARD_SHRINK, plan.missing)
        assert vet(plan, QUARTER, config_changed=False) is None
        assert vet(plan, QUARTER, config_changed=False, earlier=earlier) is Reason.GUARD_SHRINK

    def test_only_what_earlier_looks_do_not_agree_on_is_judged(self) -> None:
        plan = plan_of({100}, set(range(1, 101)))
        agreed = EarlierLooks(Reason.GUARD_SHRINK, plan.missing, plan.missing - {1, 2})
        assert vet(plan, QUARTER, config_changed=False, earlier=agreed) is Reason.GUARD_SHRINK
        new = EarlierLooks(Reason.GUARD_SHRINK, plan.missing - {1, 2}, plan.missing - {1, 2})
        assert vet(plan, QUARTER, config_changed=False, earlier=new) is None

    def test_the_doubt_of_other_eyes_is_over_once_the_old_ones_look(self) -> None:
        plan = plan_of(set(range(2, 101)), set(range(1, 101)))
        earlier = EarlierLooks(Reason.GUARD_CONFIG, plan.missing)
        assert vet(plan, QUARTER, config_changed=False, earlier=earlier) is None


class TestLedger:
    def test_a_balanced_run_has_no_complaint(self) -> None:
        assert balance(plan_of({1, 2}, {1}), distinct=2, live_after=2) is None

    def test_items_that_nobody_accounts_for_are_named(self) -> None:
        assert "≠ 3 distinct" in (balance(plan_of({1, 2}, {1}), distinct=3, live_after=2) or "")

    def test_rows_that_nobody_accounts_for_are_named(self) -> None:
        assert "≠ 5 live after" in (balance(plan_of({1, 2}, {1}), distinct=2, live_after=5) or "")
