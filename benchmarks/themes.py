"""Measures the shipped theme classifier: labelled files go in; articles a second of processor time, and its ratio, come out.

``python -m benchmarks.themes CORPUS.jsonl.gz ... [--articles N]`` measures each language that the files hold. The baseline is
scikit-learn's ``TfidfVectorizer.transform`` (words only, no model behind it) over the beginnings of the same articles, in the
same process, turn by turn, so that a busy machine slows both. The first third only makes both acquainted with the language, as a
process that has run for a while is; nothing of what is measured was seen before.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer

from classify.themes import BATCH, Article, ThemeClassifier

#: Characters of a text that the baseline is given: about what the model reads.
BEGINNING = 2000


def articles_of(paths: Sequence[Path], *, most: int) -> dict[str, list[Article]]:
    """Return the first articles of each language."""
    found: dict[str, list[Article]] = defaultdict(list)
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if len(found[row["lang"]]) < most:
                    found[row["lang"]].append((row["title"], row["text"], row["lang"]))
    return found


def rates(classifier: ThemeClassifier, articles: Sequence[Article]) -> tuple[float, float]:
    """Return the articles a second of the classifier and of the baseline."""
    known = len(articles) // 3
    texts = [f"{title} {text[:BEGINNING]}" for title, text, _ in articles]
    baseline = TfidfVectorizer().fit(texts[:known])
    classifier.labels_of_many(articles[:known])
    own = other = 0.0
    for start in range(known, len(articles), BATCH):
        batch = slice(start, start + BATCH)
        begun = time.process_time()
        classifier.labels_of_many(articles[batch])
        between = time.process_time()
        baseline.transform(texts[batch])
        own, other = own + between - begun, other + time.process_time() - between
    return (len(articles) - known) / own, (len(articles) - known) / other


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="+", type=Path)
    parser.add_argument("--articles", type=int, default=2304, help="of each language")
    given = parser.parse_args(arguments)
    begun = time.process_time()
    classifier = ThemeClassifier.load()
    print(f"load: {time.process_time() - begun:.2f} s; themes {classifier.version}")
    print("language | articles a second | baseline | ratio")
    for language, articles in articles_of(given.corpus, most=given.articles).items():
        own, other = rates(classifier, articles)
        print(language, f"{own:.0f}", f"{other:.0f}", f"{own / other:.2f}", sep=" | ", flush=True)


if __name__ == "__main__":
    main()
