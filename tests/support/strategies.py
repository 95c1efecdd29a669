"""Values that stores bend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

ODD_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "empty": "",
        "a_blank": " ",
        "blanks_around": "  kittens\t ",
        "line_feeds": "one\r\ntwo\nthree\u2028four",
        "quotes": 'O\'Brien said "no"; `--',
        "backslashes": "C:\\new\\temp \\u0041 \\u0000 \\",
        "placeholders": "100% %s %(name)s :name ? $1 {0} {{",
        "json": '{"a": [1, null, true]}',
        "a_json_null": "null",
        "a_number": "007",
        "upper_case": "KITTENS",
        "lower_case": "kittens",
        "composed": "caf\u00e9",
        "combining": "cafe\u0301",
        "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1fa\U0001f1f8 \u2764\ufe0f",
        "right_to_left": "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c \u0645\u0631\u062d\u0628\u0627",
        "ten_thousand": "k" * 9_999 + "\U0001f431",
    }
)
"""Texts that come back changed from careless stores, by what is odd about them."""

ODD_INSTANTS: Mapping[str, datetime] = MappingProxyType(
    {
        "a_microsecond": datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC),
        "most_microseconds": datetime(2026, 3, 1, 12, 0, 0, 999_999, tzinfo=UTC),
        "an_uneven_offset": datetime(2026, 3, 1, 12, 0, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        "the_hour_that_came_twice": datetime(2025, 11, 2, 1, 30, tzinfo=ZoneInfo("America/New_York"), fold=1),
        "before_the_epoch": datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        "long_ago": datetime(1, 1, 1, tzinfo=UTC),
        "the_end": datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    }
)
"""Instants that come back changed from careless stores, by what is odd about them."""

PRIORITIES = tuple(
    map(Decimal, ("0", "1", "-1", "0.0001", "-0.0001", "1.5", "2.5000", "1E+3", "-99999.9999", "100000"))
)
"""Priorities with up to four decimals."""
