"""What is wrong with a request for programs enters, as the schema found it; a sentence in the reader's language leaves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_WHOLE, _DAY = _("a whole number"), _("a day, as YYYY-MM-DD")
#: By the schema's name of a fault, with what the schema tells of it.
_EXPECTED: Mapping[str, Any] = {
    **dict.fromkeys(("int_parsing", "int_parsing_size", "int_from_float"), _WHOLE),
    **dict.fromkeys(("date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), _DAY),
    "bool_parsing": _("true or false"),
    "greater_than_equal": _("at least %(ge)s"),
    "less_than_equal": _("at most %(le)s"),
    "less_than": _("less than %(lt)s"),
    "string_too_long": _("at most %(max_length)s characters"),
}


def sentence(faults: Iterable[Mapping[str, Any]]) -> str:
    """Say of each parameter that is wrong what was expected of it."""
    told = gettext("The parameter %(name)s is wrong; expected: %(what)s.")
    return " ".join(told % {"name": fault["loc"][-1], "what": _wanted(fault)} for fault in faults)


def _wanted(fault: Mapping[str, Any]) -> str:
    """Return what was expected; in the schema's own English where nobody worded it."""
    kind, told = fault["type"], fault.get("ctx", {})
    if kind == "literal_error":
        return " | ".join(re.findall(r"'([^']*)'", told["expected"]))
    return str(_EXPECTED[kind]) % told if kind in _EXPECTED else str(fault["msg"])
