"""Names of countries and groups: what ships, what the desk sets otherwise, and that every printing place reads one function."""

from __future__ import annotations

import ast
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from newsdesk import names
from newsdesk.countries import (
    AUDIENCES,
    BOUNDARIES,
    country_codes,
    disputed,
    shipped_boundary,
    shipped_footnote,
    shipped_name,
    territories,
)
from newsdesk.groups import expanded, group_name, groups, groups_by_name, groups_of
from newsdesk.languages import languages
from newsdesk.models import NameStyle
from newsdesk.names import Style, country_name, noting, shown

ROOT = Path(__file__).resolve().parents[2]
#: Modules that may read shipped names: the data, recognition in texts and queries, and the desk, which shows what ships.
MAY_READ_SHIPPED = {
    "newsdesk/countries.py",
    "newsdesk/names.py",
    "newsdesk/gazetteer.py",
    "newsdesk/protected.py",
    "classify/gazetteer.py",
    "newscentre/site/views/naming.py",
    "newscentre/site/outlets.py",  # in their order only
}


def style(**changes: str) -> NameStyle:
    place = {"code": "XK", "audience": "public", "language": "en"}
    wishes = {"name": "Kosovo (set)", "footnote": "As the desk says.", "boundary": ""}
    return NameStyle.objects.create(**{**place, **wishes, **changes}, changed_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_every_disputed_place_is_named_noted_and_drawn_in_every_language_and_for_every_audience() -> None:
    assert {"XK", "EH", "PS", "TW", "jerusalem", "golan", "crimea", "cy-north"} == set(disputed())
    for code in disputed():
        assert {shipped_boundary(code, audience) for audience in AUDIENCES} <= set(BOUNDARIES) - {"solid"}
        for language in languages():
            assert shipped_name(code, language) != code
            assert shipped_footnote(code, language)
    assert not set(territories()) & set(country_codes())


def test_without_wishes_names_are_as_shipped() -> None:
    assert shown("FR", "ar") == Style(shipped_name("FR", "ar"), "", "solid")
    assert country_name("ZZ", "en") == "ZZ"


def test_a_name_carries_a_mark_only_while_notes_are_kept() -> None:
    assert country_name("XK", "fr") == "Kosovo"
    with noting() as notes:
        assert country_name("XK", "fr") == "Kosovo*"
        assert country_name("FR", "fr") == "France"
        with noting() as inner:
            assert not inner
        assert list(notes) == ["XK"]
        assert names.notes_so_far() == (f"* Kosovo: {shipped_footnote('XK', 'fr')}",)
    assert names.notes_so_far() == ()


@pytest.mark.django_db
def test_the_desk_overrides_what_ships_for_one_audience_and_language() -> None:
    before = names.stamp()
    style()
    style(audience="restricted", name="Kosovo (restricted)", boundary="solid", footnote="")
    names.forget()
    assert shown("XK", "en") == Style("Kosovo (set)", "As the desk says.", "dashed")
    assert shown("XK", "fr").name == "Kosovo"
    with noting(audience="restricted"):
        assert country_name("XK", "en") == "Kosovo (restricted)*"
        assert shown("XK", "en").boundary == "solid"
    assert names.stamp() != before


@pytest.mark.django_db
def test_an_edit_of_another_process_shows_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 100.0, 101.0, 100.0 + names.FRESH, 100.0 + names.FRESH])
    monkeypatch.setattr("newsdesk.names.time.monotonic", lambda: next(clock))
    assert country_name("XK", "en") == "Kosovo"
    style()
    assert country_name("XK", "en") == "Kosovo"
    assert country_name("XK", "en") == "Kosovo (set)"


def test_no_printing_place_bypasses_the_one_function() -> None:
    for folder in ("newsdesk", "search", "digest", "newscentre", "crawler", "classify"):
        for path in (ROOT / folder).rglob("*.py"):
            where = path.relative_to(ROOT).as_posix()
            tree = ast.parse(path.read_text(encoding="utf-8"))
            imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names}
            read = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            assert where in MAY_READ_SHIPPED or not (imported | read) & {"shipped_name", "shipped_footnote"}, where
            # CLDR's names are for reading what people typed and wrote, never for print; those of continents are nobody's.
            printed = folder in ("digest", "newscentre") and where != "newscentre/site/outlets.py"
            assert not printed or "territories" not in read, where


def test_templates_print_no_country_code_bare() -> None:
    for path in (ROOT / "newscentre/site/templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for bare in ("{{ code }}</", "{{ article.outlet_country }}", "{{ source.country }}", "{{ figure.place }}"):
            assert bare not in text or (bare == "{{ code }}</" and "tongue" in text), (path.name, bare)


@pytest.mark.parametrize(
    ("group", "code", "day", "member"),
    [
        ("eu", "GB", "2020-01-31", True),
        ("eu", "GB", "2020-02-01", False),
        ("eu", "HR", "2013-06-30", False),
        ("eu", "HR", "2013-07-01", True),
        ("arab-league", "SY", "2011-11-15", True),
        ("arab-league", "SY", "2015-01-01", False),
        ("arab-league", "SY", "2023-05-07", True),
        ("african-union", "MA", "1990-01-01", False),
        ("african-union", "MA", "2017-01-31", True),
        ("mtm", "GB", "2015-01-01", True),
        ("mtm", "KE", "2010-12-31", False),
        ("mtm", "KE", "2011-01-01", True),
        ("khartoum", "ET", "2014-11-27", False),
    ],
)
def test_membership_has_a_first_and_a_last_day(group: str, code: str, day: str, member: bool) -> None:
    assert (code in groups()[group].members(date.fromisoformat(day))) is member


def test_groups_are_of_known_countries_named_in_every_language_with_a_source() -> None:
    for key, group in groups().items():
        assert set(group.spans) <= set(country_codes())
        assert group.source
        assert groups_by_name()[key] == key
        assert set(group.names) == set(languages())
        assert group_name(key, "xx") == group.names["en"]
        for spans in group.spans.values():
            days = [day for span in spans for day in span]
            assert days == sorted(days)
    assert groups_of(["GB"], date(2015, 6, 1)) == ("mtm", "rabat", "budapest", "prague", "khartoum", "eu")
    assert expanded(["TN", "group:eu"], date(2012, 1, 1))[:3] == ("TN", "AT", "BE")
