"""Evidence: the mentions that carry a label go in; the sentence to show for it, and the forms that carried it, come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from classify.mentions import Mention, Reading

#: Characters of a sentence that are kept as evidence.
LENGTH = 300
#: Distinct forms that are kept.
FORMS = 6


def passage(mentions: Sequence[Mention], reading: Reading) -> str:
    """Return the sentence that names it best, cut around the name: the first of the text, or the title if only that does."""
    best = min(mentions, key=lambda mention: (mention.in_title, mention.sentence))
    whole = reading.sentences[best.sentence]
    before = " ".join(whole[: best.start].split())
    sentence = " ".join(whole.split())
    if len(sentence) <= LENGTH:
        return sentence
    start = max(0, min(len(before) - LENGTH // 3, len(sentence) - LENGTH + 2))
    window = sentence[start : start + LENGTH - 2]
    return ("…" if start else "") + window.strip() + ("…" if start + len(window) < len(sentence) else "")


def forms(mentions: Sequence[Mention], reading: Reading) -> tuple[tuple[str, float], ...]:
    """Return the forms as written, with their shares of the mentions, the most frequent first."""
    written = Counter(reading.sentences[mention.sentence][mention.start : mention.end] for mention in mentions)
    return tuple((form, round(count / len(mentions), 4)) for form, count in written.most_common(FORMS))
