"""Sealed credentials: only the keys open them, old keys go on opening, nothing damaged comes back as a secret."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet

from app.errors import ConfigurationError, CredentialUnreadable
from app.ops.sealing import Sealer

OLD, NEW, FOREIGN = (Fernet.generate_key().decode() for _ in range(3))
SECRET = "tok3n-CANARY-ü"


def test_what_was_sealed_opens_again() -> None:
    sealer = Sealer([OLD])
    assert sealer.open(sealer.seal(SECRET), username="shop") == SECRET


def test_what_is_stored_does_not_show_the_secret_nor_that_two_are_equal() -> None:
    sealer = Sealer([OLD])
    sealed = sealer.seal(SECRET)
    assert sealed.isascii()
    assert "CANARY" not in sealed
    assert sealed != sealer.seal(SECRET)


def test_the_first_key_seals() -> None:
    sealed = Sealer([NEW, OLD]).seal(SECRET)
    assert Sealer([NEW]).open(sealed, username="shop") == SECRET
    with pytest.raises(CredentialUnreadable):
        Sealer([OLD]).open(sealed, username="shop")


def test_every_key_opens() -> None:
    assert Sealer([NEW, OLD]).open(Sealer([OLD]).seal(SECRET), username="shop") == SECRET


def test_sealing_again_makes_the_old_key_needless() -> None:
    again = Sealer([NEW, OLD]).reseal(Sealer([OLD]).seal(SECRET), username="shop")
    assert Sealer([NEW]).open(again, username="shop") == SECRET


def damaged() -> list[str]:
    sealed = Sealer([OLD]).seal(SECRET)
    middle = len(sealed) // 2
    other = "A" if sealed[middle] != "A" else "B"
    return ["", "plain text", "ü", sealed[:-8], sealed[:middle] + other + sealed[middle + 1 :]]


@pytest.mark.parametrize("sealed", [*damaged(), Sealer([FOREIGN]).seal(SECRET)], ids=range(6))
@pytest.mark.parametrize("use", [Sealer.open, Sealer.reseal])
def test_what_no_key_opens_is_named_by_its_owner(use: Callable[..., str], sealed: str) -> None:
    with pytest.raises(CredentialUnreadable) as raised:
        use(Sealer([NEW, OLD]), sealed, username="shop")
    assert raised.value.username == "shop"
    assert sealed not in str(raised.value) or not sealed


@pytest.mark.parametrize("keys", [[], ["short-CANARY"], [OLD, "short-CANARY"], [f"{OLD[:-2]}ü="], [""]])
def test_keys_that_cannot_work_are_refused_without_being_shown(keys: list[str]) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Sealer(keys)
    (problem,) = raised.value.problems
    assert problem.startswith("TOKEN_KEYS")
    assert not [key for key in keys if key and key in problem]
