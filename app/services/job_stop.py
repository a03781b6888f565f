"""A stop signal for what a job waits for: set when the job has to stop, wait, or is in other hands."""

from __future__ import annotations

from app.errors import Cancelled, JobLost, JobMustWait
from app.services.job_control import JobControl
from app.services.yielding import wait_in_slices


class JobStop:
    """Asks the job's control, and remembers what it said."""

    def __init__(self, control: JobControl) -> None:
        self._control = control
        self._said: Cancelled | JobMustWait | JobLost | None = None

    def is_set(self) -> bool:
        """Whether to stop now."""
        if self._said is None:
            try:
                self._control.check()
            except (Cancelled, JobMustWait, JobLost) as said:
                self._said = said
        return self._said is not None

    def wait(self, seconds: float) -> bool:
        """Wait, unless told to stop meanwhile; True when stopping."""
        return wait_in_slices(seconds, self._control.pause, self.is_set)

    def raise_what_was_said(self) -> None:
        """Raise what made the signal set, if anything did."""
        if self._said is not None:
            raise self._said
