"""The pages that stories were taken from, as they were received, so that a story can be taken from its page anew.

``<data>/private/bodies/<day>/<sha256>.gz``: a file a page, in a folder for the UTC day on which it was fetched; its
hash and day are in the table ``fetches``. ``dateline read FILE --url URL`` reads such a file as it is.

Files and not a table: in a DuckDB file of their own 4,000 pages took twelve times the CPU time to write and two thirds
more space than the bytes themselves, and pruning gave it back only by a copy of the file; in the warehouse they would
be copied at each publishing. gzip and not zstd: files of 38 real pages are 9 % smaller with zstd (level 3), which is
not worth a dependency for what any tool can unpack. By day, so that to forget is to remove a folder.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import zlib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from extractors.errors import WarehouseError
from extractors.records import Fetch
from storage.files import put, sync
from storage.opening import explained, private_file


def folder_of(data_dir: Path) -> Path:
    return private_file(data_dir).parent / "bodies"


def file_of(data_dir: Path, fetch: Fetch) -> Path:
    """Where the body of a fetch is kept, if it is."""
    day = fetch.started_at.astimezone(UTC).date()
    return folder_of(data_dir) / day.isoformat() / f"{fetch.body_sha256}.gz"


def packed(body: bytes) -> bytes:
    """The body as it is kept. The same bytes give the same file."""
    return gzip.compress(body, 6, mtime=0)


def keep(data_dir: Path, pages: Iterable[tuple[Fetch, bytes]]) -> int:
    """Keep packed bodies; returns how many were not there yet, or damaged. Each appears whole or not at all, and all
    are on the disk afterwards.

    Raises WarehouseError where a file cannot be written.
    """
    written = [file for fetch, page in pages if _write(file := file_of(data_dir, fetch), page)]
    for folder in {file.parent for file in written}:
        sync(folder)
    return len(written)


def _write(file: Path, page: bytes) -> bool:
    """False where the file holds that already."""
    try:
        if file.exists() and file.read_bytes() == page:
            return False
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        put(file, page)
    except OSError as error:
        raise explained(file, error) from error
    return True


def body_of(data_dir: Path, fetch: Fetch) -> bytes | None:
    """The body of a fetch; None where it is not kept (any more). Raises WarehouseError where it is damaged."""
    file = file_of(data_dir, fetch)
    try:
        body = gzip.decompress(file.read_bytes())
        if hashlib.sha256(body).hexdigest() != fetch.body_sha256:  # of an empty file gzip makes an empty body
            raise EOFError("it holds something else")
    except FileNotFoundError:
        return None
    except (OSError, EOFError, zlib.error) as error:
        raise WarehouseError(f"{file} cannot be read ({error}); delete it: its story stays as it is") from error
    return body


def forget(data_dir: Path, before: datetime) -> int:
    """Remove the bodies of the UTC days that ended before an instant; returns how many days those were."""
    folder, last = folder_of(data_dir), before.astimezone(UTC).date()
    days = [each for each in folder.iterdir() if _ended(each.name, last)] if folder.exists() else []
    for each in days:
        shutil.rmtree(each, ignore_errors=True)
    return len(days)


def _ended(name: str, day: date) -> bool:
    try:
        return date.fromisoformat(name) < day
    except ValueError:
        return False  # not ours
