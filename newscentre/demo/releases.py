"""When each release of the demo newsroom came out: kept in one small file of the data folder, with the port."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from newscentre.demo.pieces import RELEASES
from newsdesk.errors import BadInput

FILE_NAME = "demo.json"


@dataclass(frozen=True, slots=True)
class Releases:
    """The times of the releases so far, the first of them the anchor; ``crawled`` is how many were crawled to the end."""

    port: int
    site_port: int
    times: tuple[datetime, ...] = ()
    crawled: int = 0

    @property
    def current(self) -> int:
        """The number of the release that is out."""
        return len(self.times)

    @property
    def exhausted(self) -> bool:
        """Whether everything was released and crawled."""
        return self.crawled >= RELEASES

    def advanced(self, now: datetime) -> Releases:
        """Return what a new run finds: the next release, unless the last one was not crawled to its end, or there is none."""
        if self.crawled < self.current or self.current >= RELEASES:
            return self
        return replace(self, times=(*self.times, now.replace(microsecond=0)))

    def done(self) -> Releases:
        """Return it with the present release crawled."""
        return replace(self, crawled=self.current)


def read(folder: Path) -> Releases | None:
    """Return what the data folder says; None if no demo ran there; raise BadInput if the file is damaged."""
    path = folder / FILE_NAME
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        return Releases(**{**row, "times": tuple(datetime.fromisoformat(time) for time in row["times"])})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(f"{path} is damaged ({error}); delete the data folder to begin anew") from error


def write(folder: Path, releases: Releases) -> None:
    """Keep it, whole or not at all."""
    path = folder / FILE_NAME
    fresh = path.with_suffix(".new")
    row = asdict(releases) | {"times": [time.isoformat() for time in releases.times]}
    fresh.write_text(json.dumps(row, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)
