"""The sources page: outlets by region and country, institutions apart, what is not read yet, and the gaps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from crawler.coverage import gaps
from crawler.outlets import REGIONS, Outlet
from newscentre.site.outlets import catalogue, overview
from newsdesk.countries import country_codes
from newsdesk.models import Source
from newsdesk.partners import partner_states

MINA = Outlet(key="mina", name="الميناء", homepage="https://mina.example/", country="TN", region="maghreb", languages=("ar",))
PHARE = replace(MINA, key="phare", name="Le Phare", country="DZ", languages=("fr",))
OFFICE = replace(MINA, key="office", name="Office", country="TN", kind="institution")


def row(outlet: Outlet, **fields: Any) -> Source:
    return Source(key=outlet.key, name=outlet.name, homepage=outlet.homepage, country=outlet.country, kind=outlet.kind, **fields)


def test_outlets_stand_by_region_and_country_institutions_apart() -> None:
    outlets = {one.key: one for one in (MINA, PHARE, OFFICE, replace(MINA, key="new", name="New", region="europe"))}
    sources = [row(MINA, pk=1), row(PHARE, pk=2), row(OFFICE, pk=3), row(replace(MINA, key="gone"), pk=4)]
    shown = overview(outlets, sources, {1: 7}, language="en")
    assert [(region.name, [(source.key, n) for source, n in region.visited]) for region in shown.press] == [
        ("maghreb", [("phare", 0), ("mina", 7)]),
        ("europe", []),
        ("", [("gone", 0)]),
    ]
    assert [[outlet.key for outlet in region.declared] for region in shown.press] == [[], ["new"], []]
    assert [[source.key for source, _ in region.visited] for region in shown.institutions] == [["office"]]


def test_gaps_are_counted_from_what_is_switched_on() -> None:
    outlets = [MINA, replace(MINA, key="b"), PHARE, replace(PHARE, key="off", enabled=False), replace(OFFICE, country="DZ")]
    found = dict(gaps(outlets))
    assert found.keys() == set(partner_states()) - {"TN"}
    assert (found["DZ"], found["CV"]) == (1, 0)


def test_the_partner_states_are_countries_each_once() -> None:
    states = partner_states()
    assert len(states) == len(set(states)) == 46
    assert set(states) <= set(country_codes())


def test_a_faulty_catalogue_leaves_the_page_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text("[broken", encoding="utf-8")
    assert catalogue(tmp_path)["okaz"].region == "gulf"
    (tmp_path / "sources.toml").write_text('[okaz]\nregion = "world"\n# longer, and later', encoding="utf-8")
    assert catalogue(tmp_path)["okaz"].region == "world"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", ("المغرب العربي", "مؤسسات", "ثغرات", "الرأس الأخضر", "غير مفعّل")),
        ("en", ("Maghreb", "Institutions", "Gaps", "Cape Verde", "switched off")),
        ("fr", ("Maghreb", "Institutions", "Lacunes", "Cap-Vert", "désactivée")),
    ],
)
def test_the_page_says_so_in_each_language(client: Client, language: str, words: tuple[str, ...], db: None) -> None:
    Source.objects.create(key="okaz", name="عكاظ", homepage="https://www.okaz.com.sa/", country="SA", languages=["ar"])
    Source.objects.create(key="old", name="<b>Old</b>", homepage="https://old.example/", languages=["ar"])
    page = client.get(f"/{language}/sources/").content.decode()
    assert [word for word in words if word not in page] == []
    assert "<b>Old" not in page
    assert page.count("<h3>") >= len(REGIONS)
