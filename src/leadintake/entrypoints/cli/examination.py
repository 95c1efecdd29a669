"""What `leadintake doctor` looks at around the database: settings, folders and the secret key's file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from leadintake.config import FILE_SUFFIX, PREFIX, SECRET_KEY_FILE_NAME
from leadintake.domain.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadintake.config import Settings

_FOR_OTHERS: Final = 0o077
_WRITABLE_BY_OTHERS: Final = 0o022


def examine_place(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what there is to say about the settings and the files that they name."""
    key_file, is_our_own = _key_file(settings, environ)
    # Two of the warnings are about what is looked at below.
    told_below = (PREFIX + "WORKERS", str(key_file))
    warnings = [said for said in settings.warnings if not said.startswith(told_below)]
    for said in warnings:
        yield Finding("settings", is_fine=False, detail=said, mend="correct or remove the variable")
    if not warnings:
        yield Finding("settings", is_fine=True, detail="all understood")
    for folder in _folders(settings):
        yield _folder(folder)
    yield _secret_key(key_file, is_our_own=is_our_own)
    yield _rate_limits(settings)
    if settings.sqlite_path is not None:
        yield _writers(settings)


def _key_file(settings: Settings, environ: Mapping[str, str]) -> tuple[Path | None, bool]:
    """Return the file that the secret key came from, and whether it is one that we made."""
    if environ.get(PREFIX + "SECRET_KEY"):
        return None, False
    if named := environ.get(PREFIX + "SECRET_KEY" + FILE_SUFFIX):
        return Path(named), False
    return settings.data_dir / SECRET_KEY_FILE_NAME, True


def _folders(settings: Settings) -> list[Path]:
    """Return the folders that hold data: on a PostgreSQL server there may be none."""
    named = {settings.data_dir, *([settings.sqlite_path.parent] if settings.sqlite_path else [])}
    return sorted(folder for folder in named if folder.is_dir())


def _folder(folder: Path) -> Finding:
    if folder.stat().st_mode & _FOR_OTHERS:
        return Finding(
            "data_folder",
            is_fine=False,
            detail=f"{folder} is open to other users of this machine: it holds personal data",
            mend=f"run: chmod 700 {folder}",
        )
    return Finding("data_folder", is_fine=True, detail=str(folder))


def _secret_key(key_file: Path | None, *, is_our_own: bool) -> Finding:
    if key_file is None:
        return Finding("secret_key", is_fine=True, detail=f"from {PREFIX}SECRET_KEY")
    # What secret stores of container engines lay into the file system is readable there by design.
    forbidden = _FOR_OTHERS if is_our_own else _WRITABLE_BY_OTHERS
    if key_file.stat().st_mode & forbidden:
        return Finding(
            "secret_key",
            is_fine=False,
            detail=f"{key_file} is open to other users of this machine",
            mend=f"run: chmod 600 {key_file}",
        )
    return Finding("secret_key", is_fine=True, detail=f"from {key_file}")


def _rate_limits(settings: Settings) -> Finding:
    if settings.rate_limits:
        return Finding("rate_limits", is_fine=True, detail="on")
    return Finding(
        "rate_limits",
        is_fine=False,
        detail="off: whoever tries out lead tokens is not slowed down, and daily caps are not kept",
        mend=f"unset {PREFIX}RATE_LIMITS; it is for load tests only",
    )


def _writers(settings: Settings) -> Finding:
    if settings.workers == 1:
        return Finding("workers", is_fine=True, detail="one, as SQLite wants it")
    return Finding(
        "workers",
        is_fine=False,
        detail=f"{settings.workers}, but SQLite has one writer at a time: leadintake serve would not start",
        mend=f"set {PREFIX}WORKERS=1, or use PostgreSQL",
    )
