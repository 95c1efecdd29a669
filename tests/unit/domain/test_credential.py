"""How credentials are written, and how a scanner tells them from look-alikes."""

from __future__ import annotations

import math
import os
import random
import string
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.domain.company import CompanyId
from leadintake.domain.credential import (
    SECRET_PATTERN,
    ApiKey,
    ApiKeyId,
    LeadTokenCredential,
    LeadTokenId,
    Permission,
    PublicKey,
    fingerprint,
    is_well_formed_lead_token,
    is_well_formed_private_key,
    mint_api_key,
    mint_lead_token,
    mint_secret_key,
    weakness_of_secret_key,
)
from leadintake.domain.owner import OwnerKind, OwnerRef

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

RandomBytes: TypeAlias = Callable[[int], bytes]

sources = st.randoms(use_true_random=False).map(lambda source: source.randbytes)


@given(random_bytes=sources)
def test_minted_credentials_are_well_formed(random_bytes: RandomBytes) -> None:
    token = mint_lead_token(random_bytes)
    pair = mint_api_key(random_bytes)

    assert is_well_formed_lead_token(token)
    assert is_well_formed_private_key(pair.private)
    assert not is_well_formed_lead_token(pair.private)
    assert not is_well_formed_private_key(token)
    assert SECRET_PATTERN.fullmatch(token)
    assert SECRET_PATTERN.fullmatch(pair.private)
    assert not SECRET_PATTERN.search(pair.public)
    assert pair.public.startswith("pub_")


def test_secrets_carry_160_random_bits_in_base62() -> None:
    """Below that a token could one day be guessed; other characters would break in a URL or a shell."""
    for secret in (mint_lead_token(os.urandom), mint_api_key(os.urandom).private):
        _, body, checksum = secret.split("_")

        assert len(body) * math.log2(62) >= 160
        assert set(body + checksum) <= set(BASE62)
        assert len(checksum) == 6


def test_a_source_stuck_at_its_ends_still_gives_full_length() -> None:
    """Leading zeros must not shorten a token, nor a broken source hang the process."""
    lowest, highest = mint_lead_token(bytes), mint_lead_token(lambda count: b"\xff" * count)

    assert lowest.startswith("lt_" + "0" * 30 + "_")
    assert len(lowest) == len(highest) == 40
    assert is_well_formed_lead_token(highest)


def test_every_character_is_equally_likely_in_every_place() -> None:
    """A remainder of single bytes would make the first eight letters a quarter likelier."""
    source = random.Random(62)  # noqa: S311  repeatable on purpose
    minted = [mint_lead_token(source.randbytes)[3:33] for _ in range(6200)]

    for place in (0, 1, 15, 28, 29):
        seen = [token[place] for token in minted]
        chi_square = sum((seen.count(character) - 100) ** 2 / 100 for character in BASE62)

        # With 61 degrees of freedom 120 is passed once in ten million; the biased remainder comes near 300.
        assert chi_square < 120


def test_halves_of_an_api_key_have_nothing_in_common() -> None:
    source = random.Random(1)  # noqa: S311  repeatable on purpose
    pair = mint_api_key(source.randbytes)

    assert pair.public[4:12] not in pair.private


@given(random_bytes=sources, data=st.data())
def test_any_single_wrong_character_is_noticed(random_bytes: RandomBytes, data: st.DataObject) -> None:
    """A mistyped token is known as one without asking the store."""
    token = mint_lead_token(random_bytes)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(BASE62 + "_- \n").filter(lambda character: character != token[place]))

    assert not is_well_formed_lead_token(token[:place] + other + token[place + 1 :])


@given(text=st.one_of(st.text(), st.text(BASE62 + "_").map("lt_".__add__)))
def test_any_other_text_is_not_well_formed(text: str) -> None:
    assert not is_well_formed_lead_token(text)
    assert not is_well_formed_private_key(text)


def test_surroundings_and_look_alike_digits_are_not_well_formed() -> None:
    token = mint_lead_token(bytes)

    for other in (token + "\n", " " + token, token.upper(), token.replace("0", "０"), token + "é_000000"):
        assert not is_well_formed_lead_token(other)


def test_secrets_are_found_inside_a_text() -> None:
    """Redaction goes by this pattern: a token in a pasted URL must not reach a log."""
    token, key = mint_lead_token(os.urandom), mint_api_key(os.urandom).private
    text = f"POST /api/v1/leads?lead_token={token}&x=1 Authorization: Bearer {key}."

    assert SECRET_PATTERN.findall(text) == [token, key]
    assert SECRET_PATTERN.sub("…", text) == "POST /api/v1/leads?lead_token=…&x=1 Authorization: Bearer …."


def test_fingerprint_is_the_beginning_of_the_look_up() -> None:
    assert fingerprint(bytes.fromhex("00c0ffee5eaf00d1")) == "00c0ffee"


def test_representations_show_no_secret() -> None:
    """What is shown in a trace or a failed test ends up in a log."""
    pair = mint_api_key(os.urandom)
    credential = LeadTokenCredential(
        id=LeadTokenId(UUID(int=1)),
        company_id=CompanyId(1),
        owner_kind=OwnerKind.SCHEDULE,
        owner_id=3,
        lookup=b"look-up",
        sealed=b"sealed",
        created_at=NOON,
    )
    key = ApiKey(
        id=ApiKeyId(UUID(int=2)),
        company_id=CompanyId(1),
        public=PublicKey("pub_1"),
        lookup=b"look-up",
        permissions=frozenset({Permission.READ}),
        created_at=NOON,
    )

    assert pair.private not in repr(pair)
    assert "look-up" not in repr(credential) + repr(key)
    assert "sealed" not in repr(credential)
    assert credential.owner == OwnerRef(OwnerKind.SCHEDULE, 3)


@pytest.mark.parametrize("text", ["", "s3cr3t", "a" * 31, "abcdefg" * 10])
def test_guessable_secret_key_is_weak_and_not_repeated(text: str) -> None:
    said = weakness_of_secret_key(text)

    assert said is not None
    assert not text or text not in said


@pytest.mark.parametrize(
    "text",
    [
        mint_secret_key(os.urandom),
        "3q2+7wAAq1YkJm8xQn0pVbZt6uHs4cLr9dEoGfWiTyM=",
        "d41d8cd98f00b204e9800998ecf8427ed41d8cd98f00b204e9800998ecf8427e",
        "correct horse battery staple and eleven more words",
    ],
    ids=["minted", "base64", "hexadecimal", "passphrase"],
)
def test_any_long_random_text_is_a_good_secret_key(text: str) -> None:
    assert weakness_of_secret_key(text) is None
