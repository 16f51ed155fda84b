"""``make run``: one process that starts everything, shows readable logs, and leaves nothing behind.

It starts the private servers (unless named), migrates as the owner, gathers static files, lives the demo market up to
now, then keeps web (granian, WSGI), live (uvicorn, ASGI on PORT+1), worker, beat and the demo's participants running.
On Ctrl-C or SIGTERM everything stops in reverse. If the supervisor itself is killed, the children receive SIGTERM from
the kernel (Linux) and the next start stops whatever still runs (its note names each process and its start time).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from exchange.local_servers import HOUSE, LocalServers, ServerFault, Services, default_var, named_services, process_alive

__all__ = ["Supervisor"]

COLOURS = {"web": 36, "live": 35, "worker": 33, "laboratory": 35, "beat": 90, "market": 32}
#: Where the whole local house runs as root (a container, a CI), the worker's page of warning about it says nothing new.
AS_ROOT = "ignore:You're running the worker with superuser:UserWarning"
#: Each kind of process bounds its statements (quality/reliability §3 e): web 5 s, worker 10 min.
TIMEOUTS = {"web": "5000", "live": "5000", "worker": "600000", "laboratory": "600000", "beat": "5000",
            "market": "60000"}


@dataclass
class Child:
    """One process of the house; restarted when it ends by itself, with growing pauses."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[str] | None = None
    starts: list[float] = field(default_factory=list)


class Supervisor:
    """Starts and stops the whole installation. ``demo=False`` leaves out the demo market (tests, production trials)."""

    def __init__(self, *, port: int = 8000, demo: bool = True, quiet: bool = False) -> None:
        self.port, self.demo, self.quiet = port, demo, quiet
        self.var = default_var().absolute()
        self.note = self.var / "supervisor.json"
        self.local: LocalServers | None = None
        self.children: list[Child] = []
        self.stopping = threading.Event()
        self.began = time.monotonic()

    # ---- the whole run -------------------------------------------------------------------------------------

    def run(self) -> int:
        """This will run the exchange until it is told to stop; returns the exit status."""
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, lambda *_: self.stopping.set())
        self.var.mkdir(parents=True, exist_ok=True)
        try:
            self._refuse_taken_ports()
            self.stop_leftovers()
            services = self._services()
            self._prepare(services)
            if not self.stopping.is_set():
                self._start_children(services)
                self._announce_when_ready()
            while not self.stopping.wait(0.5):
                self._revive()
        except ServerFault as fault:
            print(f"\n{fault}\n", file=sys.stderr)
            return 1
        finally:
            self.stop()
        return 0

    def stop(self) -> None:
        """This will stop the children in reverse order, then the private servers unless another command uses them."""
        self.stopping.set()
        if self.children or self.local:
            self.say("stopping …")
        for child in reversed(self.children):
            if child.process and child.process.poll() is None:
                child.process.terminate()  # the leader alone: it ends its own pool, and lets a task in hand finish
        end = time.monotonic() + 15
        for child in reversed(self.children):
            if child.process:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.1, end - time.monotonic()))
                _signal_group(child.process.pid, signal.SIGKILL)
        self.note.unlink(missing_ok=True)
        if self.local and not self.local.leave():
            self.say("PostgreSQL and Valkey stay: another command uses them, and stops them when it ends")

    def stop_leftovers(self) -> None:
        """This will stop what an earlier supervisor that was killed left running."""
        try:
            noted = json.loads(self.note.read_text())
        except (OSError, ValueError):
            return
        supervisor = noted.get("supervisor", {})
        if supervisor and supervisor["pid"] != os.getpid() and process_alive(supervisor["pid"], "manage.py") and _born(
            supervisor["pid"]
        ) == supervisor["born"]:
            raise ServerFault(f"This house is already open (process {supervisor['pid']}). Stop it there, or run  make stop")
        for one in noted.get("children", []):
            if _born(one["pid"]) == one["born"]:
                _signal_group(one["pid"], signal.SIGTERM)
        end = time.monotonic() + 10
        while time.monotonic() < end and any(_born(one["pid"]) == one["born"] for one in noted.get("children", [])):
            time.sleep(0.1)
        for one in noted.get("children", []):
            if _born(one["pid"]) == one["born"]:
                _signal_group(one["pid"], signal.SIGKILL)
        self.note.unlink(missing_ok=True)

    # ---- preparing -----------------------------------------------------------------------------------------

    def _refuse_taken_ports(self) -> None:
        for port, what in ((self.port, "pages"), (self.port + 1, "live feeds")):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as fault:
                    if self.note.exists():  # perhaps our own leftovers: stop them, then look again
                        self.stop_leftovers()
                        with contextlib.suppress(OSError):
                            probe.bind(("127.0.0.1", port))
                            continue
                    raise ServerFault(
                        f"Port {port} ({what}) is taken by another program. Choose another:  make run PORT={self.port + 100}"
                    ) from fault

    def _services(self) -> Services:
        named = named_services()
        if named:
            return named
        self.say("starting PostgreSQL and Valkey …")
        self.local = LocalServers(announce=self.say)
        return self.local.start()

    def _prepare(self, services: Services) -> None:
        """Static files need no database, so they are gathered beside the migrations."""
        environment = self._environment(services, "prepare") | {"STATEMENT_TIMEOUT_MS": "0"}
        static, static_text = ["collectstatic", "--no-input", "--verbosity", "0"], "gathering static files"
        self.say("migrating, and gathering static files …")
        beside = self._manage(static, environment)
        try:
            self._finish("migrating", ["migrate", "--verbosity", "0"], self._manage(["migrate", "--verbosity", "0"], environment))
            self._finish(static_text, static, beside)
        finally:
            if beside.poll() is None:
                _signal_group(beside.pid, signal.SIGTERM)
                beside.wait()
        if self.demo and not self.stopping.is_set():
            text = "living the demo market up to now"
            self.say(f"{text} …")
            self._finish(text, ["open_market"], self._manage(["open_market"], environment))

    def _manage(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, str(HOUSE / "manage.py"), *command], env=environment, cwd=HOUSE,
                                start_new_session=True, preexec_fn=_die_with_parent)

    def _finish(self, text: str, command: list[str], process: subprocess.Popen[bytes]) -> None:
        """Waits for a command of the preparation; ends it when the house is told to stop."""
        while process.poll() is None and not self.stopping.wait(0.1):
            pass
        if process.poll() is None:
            _signal_group(process.pid, signal.SIGTERM)
            process.wait()
        elif process.returncode:
            raise ServerFault(f"{text}: failed (manage.py {' '.join(command)}); the lines above say why.")

    def _environment(self, services: Services, name: str) -> dict[str, str]:
        return {
            **os.environ, **services.environment(), "PORT": str(self.port), "PYTHONUNBUFFERED": "1",
            "STATEMENT_TIMEOUT_MS": os.environ.get("STATEMENT_TIMEOUT_MS", TIMEOUTS.get(name, "0")),
            "DX_PROCESS": name, **({"PYTHONWARNINGS": AS_ROOT} if name in {"worker", "laboratory"} else {}),
        }

    # ---- running -------------------------------------------------------------------------------------------

    def _start_children(self, services: Services) -> None:
        python = sys.executable
        commands: dict[str, list[str]] = {
            "web": [python, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "2",
                    "--blocking-threads", "2", "--no-ws", "--log-level", "warning", "--workers-kill-timeout", "5",
                    "exchange.wsgi:application"],
            "live": [python, "-m", "uvicorn", "exchange.asgi:application", "--host", "127.0.0.1", "--port", str(self.port + 1),
                     "--lifespan", "off", "--ws", "websockets-sansio", "--ws-max-size", "16384", "--log-level", "warning",
                     "--timeout-graceful-shutdown", "3"],
            "worker": [python, "-m", "celery", "-q", "-A", "exchange", "worker", "--concurrency", "2", "--loglevel", "warning",
                       "--without-gossip", "--without-mingle", "--hostname", f"worker@{self.port}"],
            # experiments are computed beside the market and give way to it
            "laboratory": ["nice", "-n", "10", python, "-m", "celery", "-q", "-A", "exchange", "worker", "-Q", "laboratory",
                           "--concurrency", "2", "--loglevel", "warning", "--without-gossip", "--without-mingle",
                           "--hostname", f"laboratory@{self.port}"],
            "beat": [python, "-m", "celery", "-q", "-A", "exchange", "beat", "--loglevel", "warning", "--pidfile", "",
                     "--schedule", str(self.var / "beat-schedule"), "--max-interval", "1"],
        }
        if self.demo:
            commands["market"] = [python, str(HOUSE / "manage.py"), "keep_trading"]
        for name, command in commands.items():
            if name == "worker":  # pages first: what works behind them must not delay their start
                self._wait_for_pages(30)
            if self.stopping.is_set():
                return
            child = Child(name, command, self._environment(services, name))
            self.children.append(child)
            self._start(child)

    def _start(self, child: Child) -> None:
        child.starts.append(time.monotonic())
        child.process = subprocess.Popen(child.command, env=child.environment, cwd=HOUSE, text=True, errors="replace",
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                         start_new_session=True, preexec_fn=_die_with_parent)
        threading.Thread(target=self._relay, args=(child.name, child.process.stdout), daemon=True).start()
        self._write_note()

    def _write_note(self) -> None:
        living = [child.process.pid for child in self.children if child.process]
        self.note.write_text(json.dumps({
            "supervisor": {"pid": os.getpid(), "born": _born(os.getpid())},
            "children": [{"pid": pid, "born": _born(pid)} for pid in living],
        }))

    def _relay(self, name: str, stream: IO[str] | None) -> None:
        for line in stream or ():
            if not self.quiet:
                tint = f"\033[{COLOURS.get(name, 37)}m{name:>6}\033[0m" if sys.stdout.isatty() else f"{name:>6}"
                with contextlib.suppress(OSError, ValueError):
                    print(f"{tint}  {line.rstrip()}", flush=True)

    def _revive(self) -> None:
        for child in self.children:
            if child.process and child.process.poll() is not None and not self.stopping.is_set():
                recent = [start for start in child.starts if time.monotonic() - start < 60]
                if len(recent) >= 5:
                    raise ServerFault(f"{child.name} ends again and again (exit {child.process.returncode}); its last lines are above.")
                self.say(f"{child.name} ended (exit {child.process.returncode}); starting it again")
                self.stopping.wait(min(0.5 * 2 ** len(recent), 8))
                if not self.stopping.is_set():
                    self._start(child)

    def _wait_for_pages(self, seconds: float) -> bool:
        """Whether the pages answer, waiting for them so long at most; a child that ends meanwhile is started again afterwards."""
        end = time.monotonic() + seconds
        while not self.stopping.is_set() and time.monotonic() < end:
            with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/health/live/", timeout=2
            ):
                return True
            self.stopping.wait(0.1)
        return False

    def _announce_when_ready(self) -> None:
        def wait() -> None:
            while not self.stopping.is_set():
                if self._wait_for_pages(60):
                    self._greet()
                    return

        threading.Thread(target=wait, daemon=True).start()

    def _greet(self) -> None:
        seconds = time.monotonic() - self.began
        lines = [
            "", f"  The exchange is open:  http://127.0.0.1:{self.port}/      (after {seconds:.0f} s)",
            f"  API                    http://127.0.0.1:{self.port}/api/docs/",
            f"  Supervision desk       http://127.0.0.1:{self.port}/admin/", "",
        ]
        if self.demo:
            lines += ["  Sign in (password demo):  merchant · buyer · buyer2 · publicdata · trustee · compliance",
                      "                            regulator · regulator2 · surveillance · auditor · operator · researcher", ""]
        lines += ["  Ctrl-C stops everything. Tomorrow,  make run  comes back to the same market;  make reset  forgets it.", ""]
        print("\n".join(lines), flush=True)

    def say(self, text: str) -> None:
        print(f"  {text.strip()}", flush=True)


def _born(pid: int) -> str:
    """When a process started, as the system tells it, so that a reused number is not taken for ours; '' if gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    except OSError:
        shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return shown.stdout.strip()


def _signal_group(pid: int, which: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, which)


def _load_libc() -> Any:
    with contextlib.suppress(OSError, AttributeError):
        return ctypes.CDLL("libc.so.6")
    return None


_LIBC = _load_libc()


def _die_with_parent() -> None:
    """Asks the Linux kernel to end this child when the supervisor dies, however it dies (PR_SET_PDEATHSIG = 1)."""
    if _LIBC is not None:
        _LIBC.prctl(1, signal.SIGTERM)
