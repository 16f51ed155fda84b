"""A running house for browser journeys: the same supervisor as ``make run``, on a clone of the test template."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exchange.browser import ARGUMENTS, chromium
from exchange.local_servers import Services, create_database, database_services, drop_database
from tests import clones
from tests.exchange.test_supervisor import answers, free_pair

AXE = clones.HOUSE / "node_modules" / "axe-core" / "axe.min.js"


@dataclass
class RunningHouse:
    """Web, live, worker and beat on a database of their own; commands run against it from outside."""

    database: str = f"dx_flow_{os.getpid()}"
    demo: bool = False
    port: int = 0
    var: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="dx-flow-")))
    process: subprocess.Popen[str] | None = None
    told: str = ""

    @property
    def services(self) -> Services:
        return database_services(clones.started(), self.database)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | self.services.environment() | {
            "DX_PROFILE": "demo", "DX_VAR": str(self.var), "PORT": str(self.port), "LIVE_PREFIX": self.database,
            "CELERY_PREFIX": f"{self.database}-",
        }

    def open(self, before: str = "") -> RunningHouse:
        """This will open the house. What is to stand in it first (``before``) is made while no worker can act on half of it; the last
        line it prints is kept in ``told``."""
        clones.prepare_template()
        drop_database(clones.started().admin_url, self.database)
        create_database(clones.started().admin_url, self.database, template=clones.template())
        if before:
            self.told = self.run(before).splitlines()[-1]
        self.port = free_pair()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(self.port), *([] if self.demo else ["--no-demo"])],
            cwd=clones.HOUSE, env=self.environment, stdout=(self.var / "out.txt").open("a"), stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )
        if not answers(self.port, 300):  # a shared machine may be slow; nothing is measured here
            raise RuntimeError(f"the house did not open:\n{(self.var / 'out.txt').read_text()[-4000:]}")
        return self

    def close(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(60)
        drop_database(clones.started().admin_url, self.database)

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """This will run a management command on the house's database (as the test cluster: its fsync is off on purpose)."""
        return subprocess.run([sys.executable, "manage.py", *words], cwd=clones.HOUSE, env=self.environment | {"DX_PROFILE": "test"},
                              capture_output=True, text=True, check=check)

    def run(self, source: str) -> str:
        """This will run Python in the house's process space (Django set up) and return what it prints."""
        done = subprocess.run([sys.executable, "manage.py", "shell", "-v", "0", "-c", source], cwd=clones.HOUSE, env=self.environment,
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        return done.stdout.strip()


def launch(playwright: Any) -> Any:
    """This will start the browser of this machine."""
    return playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)


def axe(page: Any) -> list[dict[str, Any]]:
    """This will run axe (WCAG 2.0 to 2.2, A and AA) on the page and return its violations, short."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "async () => (await axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa']})).violations"
        ".map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' — ' + n.html.slice(0, 120))}))"
    )
    return list(json.loads(json.dumps(found)))
