"""Wrong admin tokens at forms, counted in the database for all hosts, beside what `guesses` counts on each.

A try is counted before it is looked at, so that of many at once no more are looked at than of many in a row.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, func, select, update

from app.errors import TooManyGuesses
from app.extensions import db, wiring
from app.models import AdminGuess
from app.models.inserting import insert_into
from app.models.transactions import read_transaction, write_transaction
from app.services.guesses import MOST, WINDOW_S, Guesser, Guesses
from app.services.web_sessions import digest

WINDOW = timedelta(seconds=WINDOW_S)
EVERYBODY = ""
G = AdminGuess.__table__.c


class AdminGuesses:
    """The tries of the last quarter of an hour: at most MOST wrong ones of an address, and of all strangers together.

    That a stranger can keep the door shut for strangers is the price; who is known can still come in, who is inside
    stays inside, and programs with the token are not asked to come through it.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime], guesses: Guesses) -> None:
        self._engine = engine
        self._clock = clock
        self._guesses = guesses

    @classmethod
    def here(cls) -> AdminGuesses:
        """Of the current application."""
        return cls(db.engine, wiring().clock, Guesses.here())

    def judge(self, guesser: Guesser, is_right: Callable[[], bool]) -> bool:
        """Whether a try is right. Raises TooManyGuesses in place of looking at it, or of saying that it is wrong."""
        whose: tuple[str, ...] = (EVERYBODY, digest(guesser.house))
        if self._guesses.knows(guesser):
            whose = (digest(f"{guesser.house} {guesser.visitor}"),)
        return self._guesses.judge(guesser, lambda: self._judge(whose, is_right), is_shut_by_all=True)

    def _judge(self, whose: tuple[str, ...], is_right: Callable[[], bool]) -> bool:
        now = self._clock()
        self._refuse_soon(whose, now)
        with write_transaction(self._engine) as connection:
            connection.execute(delete(AdminGuess).where(G.ends_at <= now))
            for each in whose:  # always in this order: two processes never wait for each other
                self._count(connection, each, now)
        if not is_right():
            return False
        self._take_back(whose)
        return True

    def _refuse_soon(self, whose: tuple[str, ...], now: datetime) -> None:
        """Whoever goes on all the same costs a read and no write."""
        spent = select(func.max(G.ends_at)).where(G.whose.in_(whose), G.tries >= MOST, G.ends_at > now)
        with read_transaction(self._engine) as connection:
            ends_at = connection.scalar(spent)
        if ends_at is not None:
            raise TooManyGuesses(retry_after=_seconds(ends_at, now))

    def _count(self, connection: Connection, whose: str, now: datetime) -> None:
        first = insert_into(connection, AdminGuess).values(whose=whose, tries=1, ends_at=now + WINDOW)
        counted = first.on_conflict_do_update(index_elements=[G.whose], set_={"tries": G.tries + 1})
        tries, ends_at = connection.execute(counted.returning(G.tries, G.ends_at)).one()
        if tries > MOST:
            raise TooManyGuesses(retry_after=_seconds(ends_at, now))  # and nothing of it is kept

    def _take_back(self, whose: tuple[str, ...]) -> None:
        with write_transaction(self._engine) as connection:
            for each in whose:
                connection.execute(update(AdminGuess).where(G.whose == each, G.tries > 0).values(tries=G.tries - 1))


def _seconds(ends_at: datetime, now: datetime) -> int:
    return max(1, round((ends_at - now).total_seconds()))
