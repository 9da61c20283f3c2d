"""What a night is for, as a Prefect flow: bring the Parquet backup up to date, and check the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.settings import Settings, load_settings
from storage import backup as parquet
from storage import doctor

FOLDER = "backup"


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What the backup holds, and what the doctor says."""

    exported: parquet.Exported
    problems: tuple[str, ...]

    @property
    def headline(self) -> str:
        found = self.exported
        return (
            f"{found.rows:,} rows in {found.files} files, {found.written} of them written anew; "
            f"{len(self.problems) or 'no'} problem{'' if len(self.problems) == 1 else 's'}"
        )


def back_up(settings: Settings) -> Upkeep:
    """Export the published copy to ``<data>/backup``, whole months and only those that changed, and ask the doctor.

    Reads the copy alone, so it needs no run lock and delays no run. The backup is brought up to date even where the
    doctor finds something: it copies rows, it does not judge them. Raises WarehouseError where it cannot be written.
    """
    exported = parquet.export(settings.data_dir, settings.data_dir / FOLDER)
    return Upkeep(exported, tuple(str(problem) for problem in doctor.check(settings.data_dir)))


def run_name() -> str:
    return f"backup {datetime.now(UTC):%Y-%m-%d %H:%M}"


@flow(name="backup", flow_run_name=run_name, persist_result=False)
def backup(data_dir: str | None = None, options: dict[str, Any] | None = None) -> State[Any]:
    """Export the warehouse as Parquet and check its invariants. Fails where the doctor finds something.

    ``data_dir`` and ``options`` as for the flow ``monitor``.
    """
    found = back_up(load_settings(Path(data_dir) if data_dir else None, **(options or {})))
    lines = [f"# {found.headline}", "", *(f"- {problem}" for problem in found.problems)]
    create_markdown_artifact("\n".join(lines), key="backup-summary", description=found.headline)
    return Failed(message=found.headline) if found.problems else Completed(message=found.headline)
