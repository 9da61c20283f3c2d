"""The pages that are kept: whole files, once, for so many days; and stories taken from them anew."""

from __future__ import annotations

import gzip
import hashlib
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from extractors.errors import WarehouseError
from extractors.records import Fetch
from flows import pipeline, subscriptions
from flows.cli import main
from flows.reprocess import reprocess
from flows.settings import load_settings
from storage import queries
from storage.bodies import body_of, file_of, folder_of, forget, keep, packed
from tests.loopback import Loopback

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BODY = "<p>Міністри</p>".encode() * 100


def fetch(body: bytes = BODY, at: datetime = NOON) -> Fetch:
    return Fetch("https://a.example/1", at, "read", 200, body_sha256=hashlib.sha256(body).hexdigest())


def test_a_body_comes_back_as_it_was_and_is_kept_once(tmp_path: Path) -> None:
    assert body_of(tmp_path, fetch()) is None
    assert keep(tmp_path, [(fetch(), packed(BODY)), (fetch(), packed(BODY))]) == 1
    assert body_of(tmp_path, fetch()) == BODY
    file = file_of(tmp_path, fetch())
    assert file.parent.name == "2026-11-22" and gzip.decompress(file.read_bytes()) == BODY
    assert stat.S_IMODE(file.parent.stat().st_mode) & 0o077 == 0
    assert [each.name for each in file.parent.iterdir()] == [file.name], "no draft is left"


@pytest.mark.parametrize(
    "damaged", [packed(BODY)[:-9], b"", packed(b"another"), bytes(100)], ids=["cut", "empty", "another", "zeros"]
)
def test_what_is_damaged_is_named_and_written_anew(tmp_path: Path, damaged: bytes) -> None:
    keep(tmp_path, [(fetch(), damaged)])
    with pytest.raises(WarehouseError, match=f"{fetch().body_sha256}.*delete it"):
        body_of(tmp_path, fetch())
    assert keep(tmp_path, [(fetch(), packed(BODY))]) == 1
    assert body_of(tmp_path, fetch()) == BODY


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    keep(tmp_path, [(fetch(), packed(BODY))])
    (folder_of(tmp_path) / "2026-11-23").write_text("a file in place of the folder")
    with pytest.raises(WarehouseError, match="2026-11-23"):
        keep(tmp_path, [(fetch(at=NOON + timedelta(days=1)), packed(BODY))])


def test_whole_days_are_forgotten_and_nothing_else(tmp_path: Path) -> None:
    for day in range(4):
        keep(tmp_path, [(fetch(at=NOON + timedelta(days=day)), packed(BODY))])
    (folder_of(tmp_path) / "notes").mkdir()
    assert forget(tmp_path, NOON + timedelta(days=2)) == 2
    assert sorted(each.name for each in folder_of(tmp_path).iterdir()) == ["2026-11-24", "2026-11-25", "notes"]
    assert forget(tmp_path / "new", NOON) == 0


SAID = "Defence Minister Anna Berg said on Monday that Russia would not stop the shells that Ukraine needs."
MORE = "She told reporters that the front near Pokrovsk had held through a night of Russian drones and missiles."


def page(*paragraphs: str, head: str = "") -> bytes:
    shown = "".join(f"<p>{one}</p>" for one in paragraphs)
    head = f"<head><title>Berg on shells for Ukraine's army</title>{head}</head>"
    return f'<html lang="en">{head}<body><article>{shown}</article></body></html>'.encode()


def test_stories_are_taken_anew_from_their_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)
    body = page(
        SAID,
        MORE,
        MORE + " So it was.",
        "The talks go on in Warsaw on Friday.",
        head='<meta name="robots" content="noai">',
    )
    item = "<item><title>Berg on shells for Ukraine's army</title><link>{}</link></item>"
    text = "".join(f"<p>{SAID} {MORE} Part {number}.</p>" for number in range(8))
    fed = f"<content:encoded><![CDATA[{text}]]></content:encoded></item>"
    with Loopback() as site:
        whole = item.format(site.url("/whole")).replace("</item>", fed)
        dull = "<item><title>A recipe for soup</title><link>{}</link></item>".format(site.url("/soup"))
        rss = f'<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>News</title>{item.format(site.url("/a"))}{whole}{dull}</channel></rss>'
        site.on("/rss", body=rss.encode(), headers={"Content-Type": "application/rss+xml"})
        site.on("/a", body=body, headers={"Content-Type": "text/html", "X-Robots-Tag": "otherbot: none, noindex"})
        subscriptions.add(settings, site.url("/rss"), "", "", "")
        pipeline.run(settings, all_feeds=True)
    rows = queries.fetch(
        tmp_path, "SELECT f.*, s.url AS story FROM fetches f JOIN stories s USING (story_id) ORDER BY f.url"
    )
    assert [(row["outcome"], row["noindex"], row["noai"]) for row in rows] == [
        ("read", False, True),
        ("feed_text", None, None),
    ]
    kept = {each.name.removesuffix(".gz") for each in folder_of(tmp_path).rglob("*.gz")}
    assert kept == {row["body_sha256"] for row in rows}

    before = queries.fetch(tmp_path, "SELECT story_id, version, text FROM stories ORDER BY story_id")
    again = reprocess(settings, pages=True)
    assert (again["stories"], again["reread"], again["changed_statements"], again["vanished_statements"]) == (
        2,
        2,
        0,
        0,
    )
    assert queries.fetch(tmp_path, "SELECT story_id, version, text FROM stories ORDER BY story_id") == before

    # A page that a power cut has left half written.
    lost = file_of(tmp_path, replace(fetch(), body_sha256=rows[0]["body_sha256"], started_at=rows[0]["started_at"]))
    full = lost.read_bytes()
    lost.write_bytes(full[:-9])
    damaged = reprocess(settings, pages=True)
    assert (damaged["stories"], damaged["reread"], damaged["changed_stories"]) == (2, 1, 0)
    [failure] = damaged.failures
    assert failure.startswith(f"{rows[0]['story']}: ") and str(lost) in failure
    lost.write_bytes(full)

    # A reader that finds less, as an older version's might have.
    monkeypatch.setattr("extractors.pages.SHORTEST", 10)
    monkeypatch.setattr("extractors.body._foreign", lambda line, titles: line.startswith("The talks"))
    assert reprocess(settings, pages=True)["changed_stories"] == 1
    [text] = [row["text"] for row in queries.fetch(tmp_path, "FROM stories WHERE version = 2")]
    assert SAID in text and "Warsaw" not in text

    monkeypatch.setattr("sys.argv", ["dateline", "prune", "--older-than", "1", "--data", str(tmp_path)])
    with pytest.raises(SystemExit):
        main()
    assert "the pages of 0 days forgotten" in capsys.readouterr().out


@pytest.mark.parametrize("keep_pages", [True, False])
def test_a_run_forgets_what_is_older_than_keep_days(tmp_path: Path, keep_pages: bool) -> None:
    settings = load_settings(
        tmp_path, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0, keep_days=30, keep_pages=keep_pages
    )

    def left() -> tuple[int, int, int, int]:
        [row] = queries.fetch(
            tmp_path,
            "SELECT (SELECT count(*) FROM polls) AS polls, (SELECT count(*) FROM fetches) AS fetches, "
            "(SELECT count(*) FROM said) AS said",
        )
        return row["polls"], row["fetches"], len(list(folder_of(tmp_path).rglob("*.gz"))), row["said"]

    with Loopback() as site:
        item = f"<item><title>Berg on shells for Ukraine's army</title><link>{site.url('/a')}</link></item>"
        rss = f'<rss version="2.0"><channel><title>News</title>{item}</channel></rss>'
        site.on("/rss", body=rss.encode(), headers={"Content-Type": "application/rss+xml"})
        site.on("/a", body=page(SAID, MORE, MORE + " So it was."), headers={"Content-Type": "text/html"})
        subscriptions.add(settings, site.url("/rss"), "", "", "")
        pipeline.run(settings, all_feeds=True, clock=lambda: NOON)
        polls, fetches, bodies, said = left()
        assert (polls, fetches, bodies) == (1, 1, int(keep_pages))
        assert said
        subscriptions.remove(settings, site.url("/rss"))
    read_nothing = pipeline.Steps(read=lambda *_: [])
    pipeline.run(settings, clock=lambda: NOON + timedelta(days=29), steps=read_nothing)
    assert left() == (1, 1, int(keep_pages), said)
    pipeline.run(settings, clock=lambda: NOON + timedelta(days=32), steps=read_nothing)
    assert left() == (0, 0, 0, said)
