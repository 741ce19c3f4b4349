"""Training: ``train``, ``train-countries``, ``evaluate``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newscentre.cli.app import app
from newscentre.cli.output import complain, progress, show
from newsdesk.errors import BadInput

if TYPE_CHECKING:
    from classify.labelled import Example


@app.command()
def train(
    corpus: Annotated[list[Path], typer.Argument(help="Labelled articles: JSON Lines, plain or gzip.")],
    *,
    background: Annotated[
        list[Path] | None,
        typer.Option(help="More articles, without labels: those that readers labelled for this project are learnt from."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the model and its card.")] = Path("models"),
    seed: Annotated[int, typer.Option(help="The same articles and seed give the same file.")] = 0,
    with_corrections: Annotated[
        bool,
        typer.Option(help="Also learn from corrections of this deployment on which two people agreed; says what they changed."),
    ] = False,
    accept_regression: Annotated[bool, typer.Option(help="Write the model even if it falls below a pinned floor.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the scores as JSON Lines.")] = False,
) -> int:
    """Train the theme classifier on labelled articles, and write it with a card of its cross-validated scores."""
    from classify import artefact, floors
    from classify.card import page
    from classify.labelled import own_examples, readers_labels, without_copies
    from classify.recipe import Recipe
    from classify.train import train as trained

    examples, complaints = _examples(corpus)
    others: list[Example] = []
    if background:
        read, more = _examples(background, labels=readers_labels())
        others = without_copies(read, examples)
        complaints += more
    taught = without_copies(_corrections(), [*examples, *others]) if with_corrections else []
    recipe = Recipe(seed=seed)
    with progress() as bar:
        task = bar.add_task("training", total=8 if taught else 4)

        def step(what: str) -> None:
            bar.update(task, description=what, advance=1)

        model, card = trained(examples, recipe, helpers=own_examples(), others=others, step=step)
        without = card["scores"]
        if taught:
            model, card = trained(examples, recipe, helpers=own_examples(), others=[*others, *taught], step=step)
    show(_table(card["scores"]), as_json=as_json, title=f"themes {card['version']}: held-out scores")
    if with_corrections:
        show(_changed(without, card["scores"]), as_json=as_json, title=f"what {len(taught)} corrected articles changed")
    lowered = floors.lowered(card["scores"])
    if lowered and not accept_regression:
        raise BadInput(f"nothing was written: {'; '.join(lowered)}; --accept-regression writes it all the same")
    path = artefact.save(model, card, out)
    path.with_suffix(".md").write_text(page(artefact.read_card(path.with_suffix(".json"))), encoding="utf-8")
    complain(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB) and its card")
    return 1 if complaints else 0


@app.command("train-countries")
def train_countries(
    corpus: Annotated[list[Path], typer.Argument(help="Labelled articles: JSON Lines, plain or gzip.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the model and its card.")] = Path("models"),
    as_json: Annotated[bool, typer.Option("--json", help="Write the scores as JSON Lines.")] = False,
) -> int:
    """Train the model that tells which countries an article is about; its scores are of a third that it has not seen."""
    from classify.countries_training import labelled, save
    from classify.countries_training import train as trained
    from classify.labelled import Complaint

    read = list(labelled(corpus))
    complaints = [row for row in read if isinstance(row, Complaint)]
    for complaint in complaints:
        complain(str(complaint))
    rows = [row for row in read if not isinstance(row, Complaint)]
    if not rows:
        raise BadInput(f"{', '.join(map(str, corpus))}: no labelled article that can be used")
    artefact = trained(rows)
    shown = ("articles", "precision", "recall", "f1", "first_right", "first_most_central")
    each = artefact["languages"].items()
    scores = [{"language": language, **{key: row["measured"][key] for key in shown}} for language, row in each]
    show(scores, as_json=as_json, title="held-out scores")
    save(artefact, out)
    complain(f"wrote {out / 'countries.json'} and its card")
    return 1 if complaints else 0


@app.command()
def evaluate(
    file: Annotated[list[Path], typer.Argument(help="Labelled articles: JSON Lines, plain or gzip.")],
    model: Annotated[Path | None, typer.Option(help="The model to measure; the shipped one if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the scores as JSON Lines.")] = False,
) -> int:
    """Measure the theme classifier on labelled articles that it has not seen: precision, recall and F1 by language."""
    from classify.evaluate import evaluate as measured
    from classify.themes import ThemeClassifier

    classifier = ThemeClassifier.load(model)
    examples, complaints = _examples(file)
    show(_table(measured(classifier, examples)), as_json=as_json, title=f"themes {classifier.version}")
    return 1 if complaints else 0


def _corrections() -> list[Example]:
    """Return the articles of this deployment that two people agreed on."""
    from newscentre.cli.record import open_record

    open_record()
    from newscentre.corrections import as_labelled

    return as_labelled()


def _changed(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Set the held-out scores of two trainings side by side."""
    return [
        {
            "language": old["language"],
            "label": old["label"],
            "f1": new["f1"],
            "without": old["f1"],
            "change": round(new["f1"] - old["f1"], 4),
        }
        for old, new in zip(before, after, strict=True)
    ]


def _examples(paths: list[Path], *, labels: Mapping[str, Any] | None = None) -> tuple[list[Example], int]:
    from classify.labelled import Complaint, read

    examples: list[Example] = []
    complaints = 0
    for row in read(paths, labels=labels):
        if isinstance(row, Complaint):
            complain(str(row))
            complaints += 1
        else:
            examples.append(row)
    if not examples:
        raise BadInput(f"{', '.join(map(str, paths))}: no labelled article that can be used")
    return examples, complaints


def _table(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    keys = ("language", "label", "n", "positives", "precision", "recall", "f1", "low", "high", "ece")
    return [{key: row.get(key) for key in keys} for row in rows]
