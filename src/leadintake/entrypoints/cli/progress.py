"""A bar on standard error for what takes a while."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_A_HANDFUL: Final = 20


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Lend what moves the bar on by so many; there is none without a terminal, and none for a handful."""
    if not sys.stderr.isatty() or total <= _A_HANDFUL:
        yield lambda _count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda count: bar.advance(task, count)
