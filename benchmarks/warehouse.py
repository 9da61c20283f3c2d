"""What the warehouse costs as it grows: appending, publishing, asking.

    python -m benchmarks.warehouse [--millions 0 1 5] [--folder DIR]

At each size 500 statements are appended twelve times, half of them known (stories read before, unchanged), in turn with
the same appends to an empty warehouse; then the copy is published. At the largest size an actor's timeline, and a count
by speaker and month, are asked of the published copy and of Parquet files of the same rows sorted by day; a word and
its letters are looked for in all statements. Rows are invented: stories of 250 words with eight statements each. Times
are medians; on another machine the ratios are what to compare.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from extractors.records import (
    CueClass,
    DateBasis,
    Entry,
    Extraction,
    Fetch,
    Form,
    Precision,
    Relevance,
    Spans,
    Statement,
    StoredReading,
    Story,
    statement_id,
    story_id,
)
from storage.opening import private_file
from storage.publish import publish, published_file
from storage.queries import open_published
from storage.warehouse import Warehouse

A_STORY = 8
"""Statements in a story."""

BATCH = 500
REPEATS = 12
NOW = datetime(2026, 1, 1, tzinfo=UTC)

STORIES = """
INSERT INTO stories BY NAME
SELECT
    uuid() AS story_id, 1 AS version, 'https://example.org/' || $first || '/' || i AS url,
    'Headline number ' || i AS title,
    array_to_string(
        list_transform(range(250), lambda w: vocabulary[1 + (hash(i, w, $first) % 8000)::INTEGER]), ' ') AS text,
    'Outlet ' || i % 60 AS outlet,
    TIMESTAMPTZ '2022-02-24' + to_minutes((i + $first) * 2) AS published, 0 AS published_offset,
    (DATE '2022-02-24' + ((i + $first) // 720)::INTEGER) AS day,
    'UTC' AS time_zone, 'en' AS language, 'story' AS kind, '' AS summary, '' AS author, 'page' AS date_source,
    true AS relevant, 0.9 AS relevance, ['military-aid'] AS topics, [] AS reasons, '' AS skipped,
    now() AS first_seen_at, NULL AS changed_at, '1' AS extractor_version, 'fill' AS run_id,
    hash(i) AS digest, hash(i + 1) AS text_digest
FROM range($stories) AS r(i),
    (SELECT list(lower(to_base((hash(v) % 60466176)::BIGINT, 36)) ORDER BY v) AS vocabulary FROM range(8000) AS r(v))
"""

STATEMENTS = """
INSERT INTO statements BY NAME
SELECT
    uuid() AS statement_id, story_id, 1 AS story_version,
    'the minister' AS speaker, 'Speaker ' || who AS speaker_name, 'person' AS speaker_kind,
    'speaker-' || who AS actor_id,
    ['said', 'told', 'warned', 'added'][1 + n % 4] AS cue, 'assert' AS cue_class,
    substring(text, 1 + n * 190, 60 + (hash(story_id) % 120)::INTEGER) AS content, 'indirect' AS form,
    '' AS audience, '' AS via, day - (n % 3)::INTEGER AS said_from, day - (n % 3)::INTEGER AS said_to,
    'day' AS precision, 'explicit' AS date_basis, 'on Monday' AS date_text,
    {'content': [{'start': n * 190, 'stop': n * 190 + 100}], 'evidence': {'start': n * 190, 'stop': n * 190 + 150},
     'speaker': {'start': n * 190, 'stop': n * 190 + 12}, 'cue': {'start': n * 190 + 13, 'stop': n * 190 + 17},
     'date': NULL, 'audience': NULL, 'via': NULL} AS spans,
    ['military-aid'] AS topics, [] AS mentions, 0.8 AS confidence, 'fill' AS rule, '1' AS extractor_version,
    'fill' AS run_id, now() AS valid_from, NULL AS vanished_at, hash(story_id, n) AS digest
FROM (
    SELECT *, (400 * power(hash(story_id, n) % 10000 / 10000.0, 3))::INTEGER AS who
    FROM (SELECT story_id, day, text, unnest(range(8)) AS n FROM stories WHERE run_id = 'fill' AND url LIKE $prefix)
)
"""

TIMELINE = "SELECT day, content, outlet FROM said WHERE actor_id = 'speaker-77' ORDER BY day, published, statement_id"
WORD = "SELECT count(*) FROM said WHERE has_words(content, '{}')"
LETTERS = "SELECT count(*) FROM said WHERE contains(lower(content), '{}')"
COUNT = "SELECT speaker, date_trunc('month', day) AS month, count(*) FROM said GROUP BY ALL"


def reading(number: int) -> StoredReading:
    url = f"https://bench.example/{number}"
    id = story_id(url)
    sentences = [f"Minister {number} said on Monday: statement {turn} of story {number}." for turn in range(A_STORY)]
    text = "\n".join(sentences)
    statements = tuple(
        Statement(
            id=statement_id(id, sentence, "said"),
            story_id=id,
            speaker="Minister",
            speaker_name="Minister",
            actor_id="minister",
            cue="said",
            cue_class=CueClass.ASSERT,
            content=sentence,
            form=Form.INDIRECT,
            spans=Spans(content=((0, 10),), evidence=(0, len(sentence))),
            said_from=date(2026, 1, 1),
            said_to=date(2026, 1, 1),
            precision=Precision.DAY,
            date_basis=DateBasis.EXPLICIT,
        )
        for sentence in sentences
    )
    story = Story(id, url, f"Story {number}", text, outlet="Bench", published=NOW, day=NOW.date(), language="en")
    found = Extraction(story, Relevance(0.9, True), statements)
    return StoredReading(
        Entry("https://bench.example/feed", str(number), url), Fetch(url, NOW, "read", 200), found, "read", None
    )


def fill(data: Path, statements: int) -> None:
    """Bring the warehouse to about this many statements."""
    with duckdb.connect(str(private_file(data))) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        (there,) = connection.execute("SELECT count(*) FROM statements").fetchone() or (0,)
        while there < statements:
            stories = min(statements - there, 1_000_000) // A_STORY
            if not stories:
                break
            connection.execute(STORIES, {"first": there, "stories": stories})
            connection.execute(STATEMENTS, {"prefix": f"https://example.org/{there}/%"})
            there += stories * A_STORY


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def append(data: Path, batch: str, readings: list[StoredReading]) -> tuple[float, float]:
    """Seconds of an append, and of closing after it (which writes it from the log into the file)."""
    warehouse = Warehouse.open(data)
    return timed(lambda: warehouse.stories.commit_readings(batch, "bench", readings, NOW)), timed(warehouse.close)


def appends(grown: Path, small: Path, first: int, known: list[StoredReading]) -> tuple[list[float], list[float]]:
    """Median seconds of appending and of closing, for the one and the other, which take turns: what else the machine
    does slows both."""
    half = BATCH // A_STORY // 2
    seconds: dict[Path, list[tuple[float, float]]] = {grown: [], small: []}
    for repeat in range(REPEATS):
        chosen = [known[(repeat * half + one) % len(known)] for one in range(half)]
        fresh = [reading(first + repeat * half + one) for one in range(half)]
        for data, found in seconds.items():
            found.append(append(data, f"{first}/{repeat}", chosen + fresh))
    first_median, other_median = (
        [statistics.median(kind) for kind in zip(*found, strict=True)] for found in seconds.values()
    )
    return first_median, other_median


def published(data: Path) -> float:
    """Median seconds of publishing after a change."""
    seconds = []
    for repeat in range(3):
        with Warehouse.open(data) as warehouse:
            warehouse.runs.start(f"publish {repeat} {time.time_ns()}", NOW, "bench")
        os.sync()  # what has filled the warehouse is not what publishing costs
        seconds.append(timed(lambda: publish(data)))
    return statistics.median(seconds)


def asked(connection: duckdb.DuckDBPyConnection, query: str) -> float:
    return statistics.median(timed(lambda: connection.execute(query).fetchall()) for _ in range(7))


def beside_parquet(data: Path, folder: Path) -> None:
    with open_published(data) as copy:
        views = copy.execute(
            "SELECT sql FROM duckdb_views() WHERE view_name IN ('reports', 'said') ORDER BY view_name"
        ).fetchall()
        macros = copy.execute(
            "SELECT function_name, array_to_string(parameters, ', '), macro_definition FROM duckdb_functions() "
            "WHERE function_name IN ('written_date', 'when_said') ORDER BY function_name DESC"
        ).fetchall()
        for table, order in [("statements", "said_to"), ("stories", "day"), ("actors", "actor_id")]:
            copy.execute(f"COPY (FROM {table} ORDER BY {order}) TO '{folder / table}.parquet' (COMPRESSION zstd)")
        native = {query: asked(copy, query) for query in (TIMELINE, COUNT)}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, parameters, definition in macros:
            connection.execute(f"CREATE MACRO {name}({parameters}) AS {definition}")
        for table in ("statements", "stories", "actors"):
            connection.execute(f"CREATE VIEW {table} AS FROM '{folder / table}.parquet'")
        for (view,) in views:
            connection.execute(view)
        parquet = {query: asked(connection, query) for query in (TIMELINE, COUNT)}
    size = sum((folder / f"{table}.parquet").stat().st_size for table in ("statements", "stories"))
    print(f"Parquet of the same rows, sorted by day: {size / 2**20:,.0f} MiB")
    for name, query in [("one actor's timeline", TIMELINE), ("count by speaker and month", COUNT)]:
        ratio = native[query] / parquet[query]
        print(
            f"{name}: copy {native[query] * 1000:,.0f} ms, Parquet {parquet[query] * 1000:,.0f} ms, {ratio:.2f} times"
        )


def searched(data: Path) -> None:
    with open_published(data) as copy:
        (word,) = copy.execute(
            "SELECT content.split_part(' ', 2) FROM statements WHERE run_id = 'fill'"
        ).fetchone() or ("",)
        for name, text in [("rare", word), ("common", word[:2])]:
            whole, letters = (asked(copy, query.format(text)) for query in (WORD, LETTERS))
            (held,) = copy.execute(LETTERS.format(text)).fetchone() or (0,)
            print(
                f"a {name} word, its letters in {held:,} statements: {whole * 1000:,.0f} ms, "
                f"{whole / letters:.1f} times the letters alone"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=float, nargs="+", default=[0, 1, 5])
    parser.add_argument("--folder", type=Path, default=None, help="where to work (default: a temporary folder)")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=given.folder))
    try:
        data, small = folder / "data", folder / "small"
        known = [reading(number) for number in range(BATCH // A_STORY // 2 * REPEATS)]
        for one in (data, small):
            append(one, "known", known)
        print("| statements | append 500 | close | file | publish |\n| --- | --- | --- | --- | --- |")
        for turn, millions in enumerate(given.millions, 1):
            fill(data, int(millions * 1_000_000))
            here, base = appends(data, small, turn * 1_000_000, known)
            again = published(data)
            print(
                f"| {millions:g} million | {here[0] * 1000:,.0f} ms ({here[0] / base[0]:.1f} times that at 0) "
                f"| {here[1] * 1000:,.0f} ms (with the append {sum(here) / sum(base):.1f} times) "
                f"| {published_file(data).stat().st_size / 2**20:,.0f} MiB | {again:.2f} s |",
                flush=True,
            )
        beside_parquet(data, folder)
        searched(data)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
