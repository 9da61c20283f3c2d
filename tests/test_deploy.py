"""What deploy/ and prefect.yaml promise, as far as it can be checked: by systemd, by Prefect, by the files' shape."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import duckdb
import pytest
import yaml
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule

from flows import maintenance
from flows.deployments import deployments
from flows.server import prefect_environment, standing_server
from flows.settings import load_settings
from storage import backup as parquet
from storage.publish import publish, published_file
from storage.warehouse import Warehouse
from tests.test_schedule import free_port
from tests.warehouse_samples import NOON, reading

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
DECLARED: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a story, published."""
    folder = tmp_path / "data"
    with Warehouse.open(folder) as warehouse:
        warehouse.stories.commit_readings("run/1", "run", [reading(1, ["aid is on its way", "talks go on"])], NOON)
    publish(folder)
    return folder


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    systemd = shutil.which("systemd-analyze")
    if not systemd:
        pytest.skip("systemd-analyze is not on this machine")
    command = "%h/dateline/.venv/bin/dateline"
    text = (DEPLOY / "dateline.service").read_text("utf-8")
    assert command in text
    unit = tmp_path / "dateline.service"
    unit.write_text(text.replace(command, str(Path(sys.executable).with_name("dateline"))), "utf-8")
    environment = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}
    ran = subprocess.run(
        [systemd, "verify", "--user", str(unit)], capture_output=True, text=True, env=environment, check=False
    )
    if "Failed to initialize manager" in ran.stderr:
        pytest.skip(f"systemd-analyze does not work here: {ran.stderr.strip()}")
    assert ran.returncode == 0, ran.stderr
    assert "dateline.service" not in ran.stderr, ran.stderr


def test_prefect_yaml_declares_what_serve_keeps(tmp_path: Path) -> None:
    kept = deployments(load_settings(tmp_path), {})
    assert [one["name"] for one in DECLARED] == [one.name for one in kept]
    for declared, ours in zip(DECLARED, kept, strict=True):
        assert declared["entrypoint"] == ours.entrypoint
        assert declared["description"] == ours.description
        assert declared["tags"] == ours.tags
        assert declared["work_pool"]["name"] == "dateline"
        assert declared.get("concurrency_limit") == ours.concurrency_limit
        [schedule], [wanted] = declared["schedules"], [one.schedule for one in ours.schedules or []]
        if isinstance(wanted, IntervalSchedule):
            assert schedule["interval"] == wanted.interval.total_seconds()
            assert schedule["anchor_date"] == wanted.anchor_date.isoformat()
        else:
            assert isinstance(wanted, CronSchedule)
            assert schedule["cron"] == wanted.cron
        assert schedule["timezone"] == "UTC"


def test_a_backup_without_a_time_has_no_schedule(tmp_path: Path) -> None:
    [_, nightly] = deployments(load_settings(tmp_path, backup_cron=""), {})
    assert not nightly.schedules


def test_the_nightly_backup_can_be_restored_and_asks_the_doctor(data: Path, tmp_path: Path) -> None:
    settings = load_settings(data)
    found = maintenance.back_up(settings)
    assert found.problems == ()
    assert found.headline.endswith("written anew; no problems")
    assert maintenance.back_up(settings).exported.written == 0
    assert parquet.restore(tmp_path / "again", data / maintenance.FOLDER) == found.exported.rows
    published_file(data).chmod(0o644)
    with duckdb.connect(str(published_file(data))) as copy:
        copy.execute("DELETE FROM stories")
    assert any("statements have no story" in problem for problem in maintenance.back_up(settings).problems)


def docker_compose() -> list[str]:
    """The command of Docker Compose, as a plugin or a program of its own. It needs no daemon to check a file."""
    for command in (["docker", "compose"], ["docker-compose"]):
        found = shutil.which(command[0])
        if found and not subprocess.run([*command, "version"], capture_output=True, check=False).returncode:
            return command
    pytest.skip("Docker Compose is not on this machine")


def test_docker_compose_accepts_the_file_and_asks_for_a_password() -> None:
    check = [*docker_compose(), "-f", str(DEPLOY / "compose.yaml"), "config", "--format", "json"]
    environment = {name: value for name, value in os.environ.items() if name != "POSTGRES_PASSWORD"}
    without = subprocess.run(check, capture_output=True, text=True, env=environment, check=False)
    assert without.returncode != 0
    assert "write it to deploy/.env" in without.stderr
    given = environment | {"POSTGRES_PASSWORD": "secret"}
    accepted = subprocess.run(check, capture_output=True, text=True, env=given, check=False)
    assert accepted.returncode == 0, accepted.stderr
    services = json.loads(accepted.stdout)["services"]
    assert set(services) == set(SERVICES)
    assert [port["host_ip"] for service in services.values() for port in service.get("ports", [])] == ["127.0.0.1"]


def test_compose_has_a_server_a_worker_and_postgres() -> None:
    assert set(COMPOSE) == {"name", "services", "volumes"}
    assert set(SERVICES) == {"database", "server", "worker"}
    for name, service in SERVICES.items():
        assert service["image"]
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert service["restart"] == "unless-stopped"
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        for needed in service.get("depends_on", {}).values():
            assert needed == {"condition": "service_healthy"}
        if build := service.get("build"):
            assert (DEPLOY / build["context"]).resolve() == ROOT
            assert (ROOT / build["dockerfile"]).is_file()
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in COMPOSE["volumes"]


def test_compose_opens_no_port_beyond_loopback_and_holds_no_password() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in ports)
    password = "${POSTGRES_PASSWORD:?write it to deploy/.env}"
    assert SERVICES["database"]["environment"]["POSTGRES_PASSWORD"] == password
    url = SERVICES["server"]["environment"]["PREFECT_API_DATABASE_CONNECTION_URL"]
    assert url == f"postgresql+asyncpg://prefect:{password}@database:5432/prefect"


def test_the_image_is_made_of_files_that_are_there() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert (ROOT / re.findall(r"^COPY (\S+) \./$", text, re.MULTILINE)[0]).is_file()
    assert "USER dateline" in text
    assert ".env" in (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL of our own on loopback; gives the address of its database, in compose.yaml's form."""
    pg_ctl = shutil.which("pg_ctl") or max(map(str, Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")), default="")
    if not pg_ctl:
        pytest.skip("PostgreSQL is not on this machine")
    owner = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    if owner:
        shutil.chown(folder, owner)
    port = free_port()

    def control(*arguments: str) -> None:
        command = [pg_ctl, "-D", str(folder / "db"), "-s", "-w", *arguments]
        subprocess.run(command, check=True, user=owner, cwd=folder, stdout=subprocess.DEVNULL)

    try:
        control("init", "-o", "-U prefect -A trust")
        control("start", "-l", str(folder / "log"), "-o", f"-p {port} -c listen_addresses=127.0.0.1 -k {folder}")
        try:
            yield f"postgresql+asyncpg://prefect:unused@127.0.0.1:{port}/postgres"
        finally:
            control("stop", "-m", "fast")
    finally:
        shutil.rmtree(folder)


@pytest.mark.flows
@pytest.mark.long
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_prefect_deploys_to_a_work_pool_and_a_worker_runs_it(
    data: Path, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    for name in [name for name in os.environ if name.startswith(("PREFECT_", "DATELINE_"))]:
        monkeypatch.delenv(name)
    if database == "sqlite":
        deploy_and_work(data, monkeypatch)
        return
    with postgres() as url:
        monkeypatch.setenv("PREFECT_API_DATABASE_CONNECTION_URL", url)
        deploy_and_work(data, monkeypatch)
    assert not list((data / "prefect").glob("*.db"))


def deploy_and_work(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What deploy/README.md and compose.yaml do, with a server of our own."""
    settings = load_settings(data, prefect_port=free_port())
    for name, value in prefect_environment(settings).items():
        monkeypatch.setenv(name, value)
    with standing_server(settings) as server:

        def prefect(*arguments: str) -> str:
            ran = subprocess.run(
                [sys.executable, "-m", "prefect", *arguments],
                capture_output=True,
                text=True,
                cwd=ROOT,
                env=os.environ | {"DATELINE_DATA_DIR": str(data)},
                check=False,
            )
            assert ran.returncode == 0, ran.stdout + ran.stderr
            return ran.stdout

        def ask(path: str) -> Any:
            request = Request(f"{server.api_url}{path}", b"{}", {"Content-Type": "application/json"})
            with urlopen(request, timeout=20) as reply:
                return json.load(reply)

        prefect("work-pool", "create", "dateline", "--type", "process")
        prefect("deploy", "--all")
        deployed = {one["name"]: one for one in ask("/deployments/filter")}
        assert set(deployed) == {one["name"] for one in DECLARED}
        assert all(one["work_pool_name"] == "dateline" and one["schedules"] for one in deployed.values())
        prefect("deployment", "run", "backup/nightly")
        prefect("worker", "start", "--pool", "dateline", "--type", "process", "--limit", "1", "--run-once")
        [run] = [run for run in ask("/flow_runs/filter") if run["start_time"]]
        assert (run["deployment_id"], run["state_name"]) == (deployed["nightly"]["id"], "Completed")
    assert (data / maintenance.FOLDER / parquet.MANIFEST).is_file()
