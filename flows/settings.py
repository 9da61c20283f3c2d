"""Every option, its unit and its default, in one place.

Values come, first wins, from the command line, the environment (``DATELINE_INTERVAL_MINUTES=30``), a TOML file
(``$DATELINE_CONFIG``, else ``dateline.toml`` in the data directory), and the defaults below. The data directory comes
from the command line or the environment alone: a scheduled run is given it, and looks for the file there.
"""

from __future__ import annotations

import os
import re
import tomllib
from difflib import get_close_matches
from functools import cached_property
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from extractors.errors import SettingsError

CONFIG_NAME = "dateline.toml"

MOST_DAYS = 36_500
"""A hundred years: for ever, and still a date."""


NOT_OURS = re.compile(r"dateline_(port|service)(_|$)")
"""Environment variables that Kubernetes sets for a service that is named as we are."""


def default_data_dir() -> Path:
    """Where data lives unless told otherwise: the XDG data directory of the user."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "dateline"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="DATELINE_", extra="forbid", frozen=True)

    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="folder of warehouse, settings and Prefect's own data; not in the file, but by DATELINE_DATA_DIR "
        "or --data",
    )

    # Polling and reading
    contact: str = Field("", description="address or URL for the User-Agent, so that publishers can reach you")
    allow_private_hosts: list[str] = Field([], description="loopback or private hosts that may be fetched all the same")
    concurrency: int = Field(16, ge=1, le=128, description="requests under way at once, over all hosts")
    host_gap_seconds: float = Field(
        2.0, ge=0, le=3_600, description="least time between two requests to one host, in seconds"
    )
    keep_days: int = Field(
        90,
        ge=1,
        le=MOST_DAYS,
        description="days that polls, page fetches and pages are kept, at most 36500; stories and statements stay",
    )
    keep_pages: bool = Field(
        True, description="keep the pages of relevant stories, packed, so that stories can be taken from them anew"
    )
    pages_per_run: int = Field(
        450, ge=1, le=1_000_000, description="pages read in one run; the rest waits for the next"
    )

    log: Literal["", "text", "json"] = Field("", description="a line an outcome on standard error: text or json")

    # Relevance
    threshold: float | None = Field(
        None, ge=0, le=1, description="relevance from which a story is kept; default: the lexicon's"
    )
    extra_terms: list[str] = Field([], description="words or phrases that make a story relevant")
    muted_terms: list[str] = Field([], description="lexicon terms to ignore")
    topics_file: Path | None = Field(
        None, description="TOML file with topics of your own; a relative path begins at the folder of dateline.toml"
    )

    # Actors
    actor_lists: list[Path] = Field(
        [], description="CSV files with actors or offices of your own; relative paths as for topics_file"
    )

    # Schedule
    interval_minutes: float = Field(15, ge=0.25, le=525_600, description="minutes between two runs of the schedule")
    cron: str = Field("", description='cron expression in UTC instead of the interval, such as "5 * * * *"')
    jitter_seconds: float = Field(
        30,
        ge=0,
        le=86_400,
        description="a scheduled run starts up to so many seconds later, at random; at most half an interval",
    )
    backup_cron: str = Field(
        "40 2 * * *", description='cron expression in UTC of the backup to <data>/backup; "" for none'
    )
    prefect_port: int = Field(4200, ge=1, le=65535, description="port of the Prefect server on 127.0.0.1")
    prefect_retention_days: int = Field(
        30, ge=1, le=MOST_DAYS, description="days that Prefect keeps its records of old runs"
    )

    @field_validator("topics_file", mode="before")
    @classmethod
    def _none_where_empty(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("cron", "backup_cron")
    @classmethod
    def _five_fields(cls, value: str) -> str:
        if value and not _is_cron(value):
            raise ValueError(f'{value!r} is no cron expression of five fields, such as "5 * * * *"')
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings

    @cached_property
    def prefect_home(self) -> Path:
        return self.data_dir / "prefect"

    @property
    def prefect_api_url(self) -> str:
        return f"http://127.0.0.1:{self.prefect_port}/api"


def load_settings(data_dir: Path | None = None, **options: Any) -> Settings:
    """The settings in force. Raises SettingsError, one line naming the setting, where one is wrong."""
    given = {name: value for name, value in options.items() if value is not None}
    environment = {name.lower(): value for name, value in os.environ.items()}  # in any case, as pydantic reads it
    ours = {f"dateline_{name}" for name in (*Settings.model_fields, "config")}
    for name in environment:
        if name.startswith("dateline_") and name not in ours and not NOT_OURS.match(name):
            setting = name.removeprefix("dateline_")
            raise SettingsError(f"setting {setting}: {_none_of_that_name(setting)} (in {name.upper()})")
    # Whole, since others are told of it: a schedule runs wherever its runner was started.
    folder = _home(Path(data_dir or environment.get("dateline_data_dir") or default_data_dir())).absolute()
    given["data_dir"] = folder
    named = environment.get("dateline_config")
    path = _home(Path(named)) if named else folder / CONFIG_NAME
    try:
        from_file = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if named:
            raise SettingsError(f"DATELINE_CONFIG names {path}, and there is no such file") from None
        from_file = {}
    except NotADirectoryError:
        raise SettingsError(f"the data directory {folder} is a file; name a folder") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    if "data_dir" in from_file:
        raise SettingsError(f"setting data_dir: {path} cannot set it; set DATELINE_DATA_DIR or give --data")
    # The environment beats the file, so the file gives only what neither it nor the command line does.
    defaults = {name: value for name, value in from_file.items() if f"dateline_{name}" not in environment}
    try:
        settings = Settings(**{**defaults, **given})
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(str(part) for part in first["loc"]) or "settings"
        origin = f" (in {path})" if setting.split(".")[0] in defaults else ""
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = _none_of_that_name(setting)
        raise SettingsError(f"setting {setting}: {message}{origin}") from None
    except Exception as error:  # pydantic-settings reports a value that is no JSON by an error of its own
        raise SettingsError(f'settings: {error}; in the environment a list is JSON, such as ["one", "two"]') from None
    # A file is found from whatever folder a run is started.
    return settings.model_copy(
        update={
            "topics_file": settings.topics_file and path.parent / _home(settings.topics_file),
            "actor_lists": [path.parent / _home(file) for file in settings.actor_lists],
        }
    )


def _none_of_that_name(setting: str) -> str:
    near = get_close_matches(setting, Settings.model_fields, n=1)
    return f"there is none of that name; {f'did you mean {near[0]}?' if near else 'the README lists them'}"


def _is_cron(expression: str) -> bool:
    """Does Prefect take it for minutes, hours, days, months, weekdays? Asked of the croniter that it brings: that one
    alone, since Prefect takes a second to import and then knows its settings already."""
    fields = expression.lower().split()
    prefect = find_spec("prefect")
    assert prefect is not None and prefect.origin is not None
    spec = spec_from_file_location("croniter", Path(prefect.origin).parent / "_vendor" / "croniter" / "croniter.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    # Neither seconds nor "random" and "hashed" fields, which the one takes and the other does not.
    plain = len(fields) == 5 or expression.startswith("@")
    return plain and not {"r", "h"}.intersection(fields) and bool(module.croniter.is_valid(expression))


def _home(path: Path) -> Path:
    """``~`` is the user's home directory. Raises SettingsError."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise SettingsError(f"{path}: no home directory of that user is known; write the whole path") from None
