"""A small share of something that all use: so much of it a minute for those who come unasked, and no more."""

from __future__ import annotations

from app.core.pace import PaceKeeper


class Share:
    """At most `most` tries in any `window_s` seconds by all who share what `keeper` keeps."""

    def __init__(self, most: int, keeper: PaceKeeper, *, window_s: float = 60.0) -> None:
        self._most = most
        self._keeper = keeper
        self._window_s = window_s

    def take(self) -> bool:
        """Whether there is one more; taken by that, whatever comes of it."""
        with self._keeper.held() as state:
            while state.slots and state.slots[0] <= state.now - self._window_s:
                state.slots.popleft()
            if len(state.slots) >= self._most:
                return False
            state.slots.append(state.now)
            return True

    def close(self) -> None:
        """Let go of what the share is kept in."""
        self._keeper.close()
