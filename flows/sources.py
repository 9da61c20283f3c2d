"""Bytes of what a user names on the command line: a file or a URL."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from pathlib import Path

from extractors.errors import InputError
from flows.http import PAGE
from flows.pipeline import client_of
from flows.settings import Settings


def is_url(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def bytes_of_url(url: str, settings: Settings) -> tuple[bytes, str, str]:
    """Body, final URL and content type. Raises FetchError, or InputError for any status but 200."""

    async def get() -> tuple[bytes, str, str]:
        async with client_of(settings) as client:
            answer = await client.get(url, limits=PAGE)
            if answer.status != 200:
                raise InputError(f"{url} answered {answer.status}; is this the right address?")
            return answer.body, answer.final_url, answer.headers.get("content-type", "")

    return asyncio.run(get())


def bytes_of_file(path: Path) -> bytes:
    """A file's content, gunzipped where it is gzip. Raises InputError."""
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}; give a readable file or a URL") from None
    except (EOFError, zlib.error) as error:
        raise InputError(f"{path}: broken gzip: {error}") from None
