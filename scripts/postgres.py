"""A PostgreSQL of one's own: a cluster in a temporary folder, reached through a socket, gone when it is left.

    with cluster() as postgres:
        url = postgres.make_database()

PostgreSQL refuses to run as root, so then it runs as `postgres`, or as `nobody`. It is for tests and
benchmarks: unless it is asked to, it waits for no disk.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts import bootstrap

NOTE = bootstrap.BUILD / "postgres"
USERS = ("postgres", "nobody")
START_S = 30
EMPTY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$
DECLARE
  one text;
  used boolean;
BEGIN
  FOR one IN SELECT quote_ident(tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || one || ')' INTO used;
    IF used THEN EXECUTE 'TRUNCATE ' || one; END IF;
  END LOOP;
END $$
"""
MISSING = "no PostgreSQL on this machine; set HOLDFAST_POSTGRES=/folder/of/its/programs"


def find_programs() -> Path | None:
    """Where `initdb` and `postgres` are, as bootstrap noted or as it would find them now."""
    noted = NOTE.read_text().strip() if NOTE.exists() else ""
    return bootstrap.postgres() or (Path(noted) if noted and (Path(noted) / "initdb").exists() else None)


@dataclass(frozen=True, slots=True)
class Postgres:
    """A cluster that runs."""

    programs: Path
    folder: Path
    identity: dict[str, Any]

    def make_database(self) -> str:
        """A new empty database; its address."""
        name = f"d{uuid.uuid4().hex[:12]}"
        self.run("createdb", "--host", str(self.folder), "--username", "postgres", name)
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def empty(self, url: str) -> None:
        """Take every row out of a database, and whoever is connected; its tables stay."""
        self.run("psql", "--no-psqlrc", "--quiet", "--command", EMPTY, url)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of its programs."""
        command = [str(self.programs / program), *arguments]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=60, **self.identity
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr[-2000:]}")


@contextmanager
def cluster(*, durable: bool = False) -> Generator[Postgres]:
    """Start a cluster; it is gone when the block is left.

    Args:
        durable: wait for the disk at each commit, as in earnest; what is measured needs it.

    Raises:
        FileNotFoundError: there is no PostgreSQL on this machine.
    """
    programs = find_programs()
    if programs is None:
        raise FileNotFoundError(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="holdfast-pg-"))
    identity = _identity(folder)
    postgres = Postgres(programs, folder, identity)
    try:
        data = folder / "data"
        postgres.run("initdb", "-D", str(data), "-A", "trust", "-U", "postgres", "-N", "-E", "UTF8")
        with _serve(postgres, data, durable=durable):
            yield postgres
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _serve(postgres: Postgres, data: Path, *, durable: bool) -> Generator[None]:
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(postgres.folder),
        "max_connections": "100",
    }
    if not durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    said = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    command = [str(postgres.programs / "postgres"), "-D", str(data), *said]
    log = (postgres.folder / "log").open("w")
    process = subprocess.Popen(command, **postgres.identity, stdout=log, stderr=log)
    try:
        _wait(postgres, process)
        yield
    finally:
        # At once: nobody will read what a checkpoint would write, of hundreds of databases.
        process.send_signal(signal.SIGQUIT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        log.close()


def _wait(postgres: Postgres, process: subprocess.Popen[Any]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        probe = [str(postgres.programs / "pg_isready"), "-q", "-h", str(postgres.folder)]
        if subprocess.run(probe, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {(postgres.folder / 'log').read_text()[-2000:]}")


def _identity(folder: Path) -> dict[str, Any]:
    """As whom it runs: ourselves, or somebody else when we are root; the folder is theirs."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = next(known[name] for name in USERS if name in known)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": folder}
