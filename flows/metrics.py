"""How an installation does, in Prometheus' text form: ``dateline status --metrics``. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storage.queries import Status
from storage.rows import Row


def exposition(state: Status, waiting: Sequence[Row]) -> str:
    """Text exposition format 0.0.4, for the node exporter's textfile collector or a small web server.

    ``waiting``: the alerts that wait, as ``storage.alerts.waiting`` gives them.
    """
    last = state.runs[0]["started_at"].timestamp() if state.runs else 0
    parts = [
        _metric("runs_total", "counter", "Runs that ended, by outcome.", state.outcomes, "outcome"),
        _metric("last_run_timestamp_seconds", "gauge", "When the last run began; 0 before the first.", {"": last}),
        _metric("feeds", "gauge", "Subscribed feeds.", {"": state.feeds}),
        _metric("feeds_due", "gauge", "Feeds to be polled by now.", {"": state.due}),
        _metric("feeds_failing", "gauge", "Feeds whose last poll failed.", {"": len(state.failing)}),
        _metric("pages_waiting", "gauge", "Pages to be read by now.", {"": state.waiting}),
        _metric(
            "alerts_waiting",
            "gauge",
            "Statements that an address of a watch has not taken yet.",
            {"": sum(row["statements"] for row in waiting)},
        ),
        _metric("rows", "gauge", "Rows by table.", state.rows, "table"),
        _metric("copy_age_seconds", "gauge", "Age of the copy that readers open.", {"": state.age.total_seconds()}),
        _metric("copy_bytes", "gauge", "Size of the copy that readers open.", {"": state.size}),
    ]
    return "".join(parts)


def _metric(name: str, kind: str, holds: str, values: Mapping[str, float], label: str = "") -> str:
    """One metric: ``values`` by the value of ``label``, or under "" where there is none."""
    lines = [f"# HELP dateline_{name} {holds}", f"# TYPE dateline_{name} {kind}"]
    for value, number in values.items():
        labels = f'{{{label}="{_escaped(value)}"}}' if label else ""
        lines.append(f"dateline_{name}{labels} {number:.15g}")
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
