"""The benchmark still runs on the code that it measures."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.system


@pytest.mark.parametrize("case", ["bare", "objects", "orm", "naive", "first", "unchanged", "one_percent"])
def test_each_case_tells_its_seconds_and_its_memory(case: str) -> None:
    ran = subprocess.run(
        [sys.executable, ROOT / "scripts" / "bench", case, "200"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    seconds, files, peak_mb = json.loads(ran.stdout.splitlines()[-1])
    assert seconds > 0
    assert files >= 0
    assert peak_mb > 0
