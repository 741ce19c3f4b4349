"""``newscentre tag``: articles in three languages in, labels out, in order; other languages are set aside."""

from __future__ import annotations

import json
from pathlib import Path

from tests.newscentre.test_extract_verb import run

FIELDS = ["id", "language", "relevant", "themes", "topics", "countries", "model", "error"]
THEMES = {"mixed_migration", "protection", "labour", "development"}
MIGRATION = {
    "ar": (
        "إنقاذ عشرات المهاجرين قبالة السواحل الليبية",
        "أنقذ خفر السواحل الليبي عشرات المهاجرين غير النظاميين بعد غرق قاربهم في البحر المتوسط وهم في طريقهم إلى إيطاليا،"
        " وقالت مفوضية الأمم المتحدة لشؤون اللاجئين إن بينهم طالبي لجوء من السودان.",
    ),
    "en": (
        "Dozens of migrants rescued off Libya",
        "The Libyan coast guard rescued dozens of irregular migrants after their boat capsized in the Mediterranean."
        " They were on the way to Italy. The United Nations refugee agency said that asylum seekers from Sudan were among them.",
    ),
    "fr": (
        "Des dizaines de migrants secourus au large de la Libye",
        "Les garde-côtes libyens ont secouru des dizaines de migrants clandestins après le naufrage de leur bateau en mer,"
        " sur la route de l’Italie. Le Haut-Commissariat pour les réfugiés parle de demandeurs d’asile venus du Soudan.",
    ),
}


def test_each_line_is_tagged_in_order_and_bad_ones_are_told(tmp_path: Path):
    lines = [json.dumps({"id": code, "title": title, "text": text}) for code, (title, text) in MIGRATION.items()]
    lines.append("{broken")
    lines.append(json.dumps({"id": "empty", "title": "", "text": " "}))
    german = "Die Bundesregierung hat am Montag neue Regeln beschlossen, wie der Minister nach der Sitzung in Berlin sagte."
    lines.append(json.dumps({"id": "de", "title": "Neue Regeln", "text": german}))
    football = "The club won the final on Saturday after two late goals, and the coach praised the goalkeeper and the fans."
    lines.append(json.dumps({"id": "off", "title": "Late goals win the cup", "text": football, "source_country": "GB"}))
    code, rows, _ = run(tmp_path, "tag", given="\n".join(lines).encode())
    assert code == 1
    assert [row["id"] for row in rows] == [*MIGRATION, None, "empty", "de", "off"]
    assert all(list(row) == FIELDS for row in rows)
    for row in rows[:3]:
        assert (row["language"], row["relevant"]["value"], row["error"]) == (row["id"], True, None)
        assert "LY" in [country["code"] for country in row["countries"]]
        assert {theme["name"] for theme in row["themes"]} <= THEMES
        assert all(0 <= item["score"] <= 1 for item in [row["relevant"], *row["themes"], *row["countries"]])
        assert row["model"]
    assert [row["error"]["code"] for row in rows[3:5]] == ["bad-line", "empty"]
    assert rows[3]["error"]["message"].startswith("standard input:4: ")
    assert (rows[5]["language"], rows[5]["relevant"], rows[5]["themes"], rows[5]["countries"]) == ("de", None, [], [])
    assert rows[6]["relevant"]["value"] is False
    assert not (tmp_path / "data").exists()
