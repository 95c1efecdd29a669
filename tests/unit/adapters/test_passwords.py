"""Passwords are kept as Argon2id hashes and checked against them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Literal

import argon2
import pytest

from leadintake.adapters.passwords import Argon2Passwords
from leadintake.domain.errors import Unavailable

# The parameters of a test suite: the format is the same, the cost is not.
passwords = Argon2Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.mark.parametrize("password", ["hunter2", "", "пароль 🙂", "\x00", "\ud800"])
def test_right_password_is_verified_and_wrong_ones_are_not(password: str) -> None:
    hashed = passwords.hash(password)

    assert passwords.verify(hashed, password)
    assert not passwords.verify(hashed, password + " ")


def test_accents_may_be_composed_by_any_keyboard() -> None:
    """Otherwise who signs up on one system cannot sign in from another."""
    assert passwords.verify(passwords.hash("caf\u00e9"), "cafe\u0301")


def test_same_password_never_gives_the_same_hash() -> None:
    hashes = {passwords.hash("hunter2") for _ in range(3)}

    assert len(hashes) == 3
    assert all(hashed.startswith("$argon2id$") and "hunter2" not in hashed for hashed in hashes)


@pytest.mark.parametrize(
    "hashed", ["", "!", "é", "$argon2id$v=19$m=8,t=1,p=1$xx", "hunter2", "$2b$12$abcdefghijklmnop"]
)
def test_text_that_is_no_hash_matches_no_password(hashed: str) -> None:
    """An account without a password must refuse a sign-in, not crash it."""
    assert not passwords.verify(hashed, "hunter2")


def test_hash_of_weaker_parameters_asks_to_be_renewed() -> None:
    hashed = passwords.hash("hunter2")

    assert not passwords.needs_rehash(hashed)
    assert Argon2Passwords().needs_rehash(hashed)
    assert Argon2Passwords().verify(hashed, "hunter2")


def test_default_parameters_are_those_that_argon2_recommends() -> None:
    """64 MiB and three passes: RFC 9106, section 4, second choice."""
    assert Argon2Passwords().hash("hunter2").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_nothing_matches_what_nobody_has() -> None:
    """Somebody unknown signs in: it must cost as much as somebody known, and never succeed."""
    assert not passwords.verify(None, "hunter2")
    assert not passwords.verify(None, "")


def test_more_than_a_few_at_once_are_told_to_come_back() -> None:
    """Each takes one of the places that leads are taken in at; who waited would keep leads waiting."""
    entered, leave = Barrier(5), Barrier(5)

    class Slow(argon2.PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002, ARG002 - the library's signature
            entered.wait(20)
            leave.wait(20)
            return True

    slow = Argon2Passwords(Slow(time_cost=1, memory_cost=8, parallelism=1))
    with ThreadPoolExecutor(4) as pool:
        looking = [pool.submit(slow.verify, "$argon2id$", "hunter2") for _ in range(4)]
        entered.wait(20)
        with pytest.raises(Unavailable):
            slow.verify("$argon2id$", "hunter2")
        leave.wait(20)

        assert [each.result(20) for each in looking] == [True] * 4
