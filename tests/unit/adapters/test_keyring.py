"""What the keyring promises: secrets are found and opened with the secret key, and not without."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.adapters.keyring import (
    CannotOpen,
    KeyedHash,
    Keyring,
    SealBroken,
    SecretKeyMismatch,
    WeakSecretKey,
    generate_secret_key,
)

OLD = "old-0123456789abcdefghijklmnopqrstuvwxyz"
NEW = "new-0123456789abcdefghijklmnopqrstuvwxyz"
ROW = b"\x01\x92row"

# HKDF-SHA256 and HMAC-SHA256, computed once with the standard library's hmac alone.
LOOKUP_OF_LT_1 = "3a71a24e818ed2a7a630b73dbc481eba176435073683881eea7878887f7a6119"

keyring = Keyring(current=OLD)


@given(secret=st.text(st.characters(exclude_categories=())), bound_to=st.binary(max_size=40))
def test_what_is_sealed_opens_again(secret: str, bound_to: bytes) -> None:
    assert keyring.open(keyring.seal(secret, bound_to=bound_to), bound_to=bound_to) == secret


@given(secret=st.text(max_size=40), data=st.data())
def test_any_changed_bit_breaks_the_seal(secret: str, data: st.DataObject) -> None:
    """Whoever can write to the database must not be able to swap one token for another."""
    sealed = bytearray(keyring.seal(secret, bound_to=ROW))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(CannotOpen):
        keyring.open(bytes(sealed), bound_to=ROW)


@given(kept=st.integers(0, 39))
def test_anything_cut_off_breaks_the_seal(kept: int) -> None:
    sealed = keyring.seal("kittens", bound_to=ROW)

    with pytest.raises(SealBroken):
        keyring.open(sealed[:kept], bound_to=ROW)


def test_seal_of_one_row_does_not_open_in_another() -> None:
    sealed = keyring.seal("kittens", bound_to=ROW)

    with pytest.raises(SealBroken):
        keyring.open(sealed, bound_to=ROW + b"2")


def test_sealing_twice_never_gives_the_same_bytes() -> None:
    """Equal bytes would tell which rows hold the same secret, and a nonce used twice gives away the key."""
    seals = {keyring.seal("kittens", bound_to=ROW) for _ in range(100)}

    assert len(seals) == 100
    assert not any(b"kittens" in sealed for sealed in seals)


def test_other_secret_key_is_told_apart_from_a_broken_seal() -> None:
    """The one is mended by finding the key, the other by a backup: doctor must know which."""
    sealed = keyring.seal("kittens", bound_to=ROW)

    with pytest.raises(SecretKeyMismatch, match="LEADINTAKE_SECRET_KEY"):
        Keyring(current=NEW).open(sealed, bound_to=ROW)


def test_previous_key_still_opens_while_the_current_one_seals() -> None:
    rotated = Keyring(current=NEW, previous=[OLD])

    assert rotated.open(keyring.seal("kittens", bound_to=ROW), bound_to=ROW) == "kittens"
    assert Keyring(current=NEW).open(rotated.seal("kittens", bound_to=ROW), bound_to=ROW) == "kittens"


def test_look_ups_cover_every_key_the_current_one_first() -> None:
    rotated = Keyring(current=NEW, previous=[OLD])

    assert rotated.lookups("lt_1") == (Keyring(current=NEW).lookup("lt_1"), keyring.lookup("lt_1"))
    assert rotated.lookup("lt_1") == rotated.lookups("lt_1")[0]
    assert rotated.digests("caller", b"+1") == (
        Keyring(current=NEW).digest("caller", b"+1"),
        keyring.digest("caller", b"+1"),
    )
    assert rotated.key_ids == Keyring(current=NEW).key_ids + keyring.key_ids


def test_key_given_twice_counts_once() -> None:
    assert Keyring(current=NEW, previous=[OLD, NEW, OLD]).key_ids == Keyring(current=NEW, previous=[OLD]).key_ids


def test_look_up_depends_on_secret_and_key_alone() -> None:
    """It is stored for years: it must be the same in every process and after every release."""
    assert keyring.lookup("lt_1") == Keyring(current=f" {OLD}\n").lookup("lt_1")
    assert keyring.lookup("lt_1").hex() == LOOKUP_OF_LT_1
    assert keyring.lookup("lt_1") != keyring.lookup("lt_2")
    assert keyring.lookup("lt_1") != Keyring(current=NEW).lookup("lt_1")
    assert len(keyring.lookup("\ud800")) == 32


def test_look_up_is_no_plain_hash() -> None:
    """A copy of the database alone must not let anybody test guesses."""
    assert keyring.lookup("lt_1") != hmac.digest(OLD.encode(), b"lt_1", "sha256")


def test_purposes_share_no_key() -> None:
    """A digest made for one purpose must not answer questions of another."""
    digests = {keyring.lookup("x"), keyring.digest("lookup", b"x"), keyring.digest("caller", b"x")}

    assert len(digests) == 3
    assert keyring.digest("caller", b"x") == keyring.digest("caller", b"x")


@pytest.mark.parametrize("secret_key", ["", "s3cr3t", " " * 40 + "abcdefgh", "ab" * 20])
def test_guessable_secret_key_is_refused(secret_key: str) -> None:
    with pytest.raises(WeakSecretKey, match="secret key"):
        Keyring(current=secret_key)
    with pytest.raises(WeakSecretKey):
        Keyring(current=OLD, previous=[secret_key])


def test_generated_secret_keys_are_usable_and_differ() -> None:
    first, second = generate_secret_key(), generate_secret_key()

    assert first != second
    assert Keyring(current=first).key_ids != Keyring(current=second).key_ids


@given(key=st.binary(max_size=64), data=st.binary(max_size=300))
def test_keyed_hash_is_that_of_the_standard_library(key: bytes, data: bytes) -> None:
    keyed = KeyedHash(key)

    assert keyed.digest(data) == hmac.digest(key, data, "sha256")
    assert keyed.digest(data) == hmac.digest(key, data, "sha256"), "the second time as well"


def test_keyed_hash_takes_no_key_that_it_would_have_to_shorten() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        KeyedHash(bytes(65))
