"""The benchmarks still run on the code that they measure."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.system


def ran(*arguments: str) -> str:
    """What one of scripts/ says."""
    name, *rest = arguments
    command = [sys.executable, str(ROOT / "scripts" / name), *rest]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("case", ["bare", "objects", "orm", "naive", "first", "unchanged", "one_percent"])
def test_each_case_tells_its_seconds_and_its_memory(case: str) -> None:
    seconds, files, peak_mb = json.loads(ran("bench", case, "200").splitlines()[-1])
    assert seconds > 0
    assert files >= 0
    assert peak_mb > 0


def test_an_export_is_measured_against_the_bare_writing_of_its_rows() -> None:
    told = ran("bench_exports", "20")
    assert [line.split()[0] for line in told.splitlines()] == ["job", "csv.writer", "1.1"]


def test_searching_is_measured_at_each_size() -> None:
    *_, last = ran("bench_growth", "200").splitlines()
    assert last.split()[0] == "200"


def test_reading_is_measured_against_a_bare_answer() -> None:
    if shutil.which("pgrep") is None:
        pytest.skip("needs pgrep")
    told = ran("bench_reads", "100", "0.05", "search, usual mix", "304").splitlines()
    assert [line[:20].strip() for line in told[1:6]] == ["case", "hello", "search, usual mix", "304", "whole /api/data"]
