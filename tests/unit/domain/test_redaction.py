from __future__ import annotations

from leadintake.domain.redaction import MOST_SECRETS, REDACTED, Secrets

TOKEN = "lt_0123456789abcdef"


def test_a_secret_is_redacted_wherever_it_stands() -> None:
    secrets = Secrets([TOKEN])

    assert secrets.redact(TOKEN) == REDACTED
    assert secrets.redact(f" {TOKEN}\n") == f" {REDACTED}\n"
    assert secrets.redact(f"?a=1&lead_token={TOKEN}&b=2") == f"?a=1&lead_token={REDACTED}&b=2"


def test_text_without_a_secret_is_the_very_same() -> None:
    """Callers tell by identity whether there was something to say."""
    text = "kittens and puppies"

    assert Secrets([TOKEN]).redact(text) is text
    assert Secrets().redact(text) is text


def test_a_short_secret_is_redacted_only_as_the_whole_value() -> None:
    """A token of "a" would otherwise eat every text of an honest request."""
    secrets = Secrets(["a"])

    assert secrets.redact("a") == REDACTED
    assert secrets.redact(" a ") == REDACTED
    assert secrets.redact("banana") == "banana"


def test_the_longer_of_two_secrets_leaves_no_rest() -> None:
    assert Secrets([TOKEN, TOKEN + "tail"]).redact(TOKEN + "tail") == REDACTED


def test_blank_secrets_are_none() -> None:
    assert not Secrets(["", "  "])
    assert Secrets(["", "  "]).redact("") == ""


def test_a_secret_is_known_with_blanks_around_it() -> None:
    assert Secrets([f" {TOKEN} "]).are_in(f"x{TOKEN}")
    assert not Secrets([TOKEN]).are_in("x")


def test_with_more_secrets_than_anybody_has_nothing_is_kept() -> None:
    """Looking for thousands of them in thousands of values would be an attack that we run on ourselves."""
    assert Secrets([f"{TOKEN}{number}" for number in range(MOST_SECRETS + 1)]).redact("kittens") == REDACTED
    assert Secrets([f"{TOKEN}{number}" for number in range(MOST_SECRETS)]).redact("kittens") == "kittens"
