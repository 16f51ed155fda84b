"""A bare clone sets itself up: uv where it can be had, from where pip would install, else pip; npm beside it."""

from __future__ import annotations

import ast
import os
import sys
import time
from pathlib import Path

import pytest

from exchange import house_setup
from tests.last_failed import files_of


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house of its own whose .venv remembers what was done; its Python is this one."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "requirements").mkdir()
    for name in ("base", "dev", "uv"):
        (tmp_path / "requirements" / f"{name}.lock").write_text("one==1.0 \\\n    --hash=sha256:00\n")
    (tmp_path / "package-lock.json").write_text("{}")
    monkeypatch.setattr(house_setup, "HOUSE", str(tmp_path))
    monkeypatch.setattr(house_setup, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(house_setup, "PYTHON", sys.executable)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    for name in [name for name in os.environ if name.startswith("UV_")]:
        monkeypatch.delenv(name)
    return tmp_path


def program(place: Path, name: str, script: str) -> None:
    """A program of this name on the path."""
    made = place / name
    made.write_text(f"#!/bin/sh\n{script}\n")
    made.chmod(0o755)


def test_a_python_too_old_is_named_with_its_version_and_with_the_command_that_takes_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line up to the check is read by the old Python itself: the message must be what it says, not a traceback."""
    for version in ((3, 11, 0), (3, 13, 1), (4, 0, 0)):
        monkeypatch.setattr(house_setup.sys, "version_info", version)
        house_setup.check_python()
    monkeypatch.setattr(house_setup.sys, "version_info", (3, 10, 12))
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer(.|\n)*apt install(.|\n)*make PYTHON="):
        house_setup.check_python()


def test_what_an_old_python_reads_before_it_is_told_so_is_read_by_it() -> None:
    """The oldest that a machine may still have under the name python3 (3.6): no word of a later language in the set-up."""
    source = Path(house_setup.__file__).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    with pytest.raises(SyntaxError):
        ast.parse("if found := 1:\n    pass", feature_version=(3, 6))


def test_a_python_without_its_venv_module_is_told_which_package_brings_it(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house_setup, "PYTHON", str(environment / "no-python"))
    monkeypatch.setattr(house_setup.shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match=r"no venv module(.|\n)*apt install python3-venv"):
        house_setup.make_environment()


def test_a_venv_that_fails_leaves_nothing_half_made(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the next start would take the broken folder for an environment."""
    monkeypatch.setattr(house_setup, "PYTHON", str(environment / "no-python"))
    program(environment, "uv", "exit 1")
    with pytest.raises(SystemExit, match=r"Making \.venv failed"):
        house_setup.make_environment()
    assert not (environment / ".venv").exists()


def test_uv_is_told_what_pip_was_told() -> None:
    told = house_setup.index_settings(
        "global.cert='/etc/ca.pem'\nglobal.index-url='https://files.example.org/simple'\n"
        "global.find-links='/a\\n/b'\nglobal.require-virtualenv='true'\n")
    assert told == {"SSL_CERT_FILE": "/etc/ca.pem", "UV_INDEX_URL": "https://files.example.org/simple", "UV_FIND_LINKS": "/a,/b"}


def test_the_environment_is_stronger_than_a_file_as_with_pip() -> None:
    told = house_setup.index_settings(":env:.index-url='https://c'\nglobal.index-url='https://a'\ninstall.index-url='https://b'\n")
    assert told["UV_INDEX_URL"] == "https://c"
    assert house_setup.index_settings("install.index-url='https://b'\nglobal.index-url='https://a'\n")["UV_INDEX_URL"] == "https://b"
    assert house_setup.index_settings("") == {}


def test_pip_s_index_reaches_uv_unless_uv_has_its_own(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(environment, "uv", f'echo "$UV_INDEX_URL" >> {environment}/asked')
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example.org/simple")
    assert house_setup.run_uv(str(environment / "uv"), "x.lock", ())
    monkeypatch.setenv("UV_INDEX_URL", "https://own.example.org/simple")
    assert house_setup.run_uv(str(environment / "uv"), "x.lock", ())
    assert (environment / "asked").read_text().split() == ["https://mirror.example.org/simple", "https://own.example.org/simple"]


def test_what_uv_cannot_install_pip_installs(environment: Path, monkeypatch: pytest.MonkeyPatch,
                                             capsys: pytest.CaptureFixture[str]) -> None:
    program(environment, "uv", "echo no such index >&2; exit 2")
    asked: list[str] = []

    def pip(path: str, total: int, extra: object) -> int:
        asked.append(Path(path).name)
        return 0

    monkeypatch.setattr(house_setup, "run_pip", pip)
    house_setup.install_packages("base")
    said = capsys.readouterr()
    assert asked == ["base.lock"]
    assert "no such index" in said.err
    assert "pip tries" in said.out
    house_setup.install_packages("base")
    assert asked == ["base.lock"], "what was installed is not installed again"


def test_where_uv_has_no_wheel_pip_does_the_work(environment: Path, monkeypatch: pytest.MonkeyPatch,
                                                 capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    assert house_setup.find_uv() is None
    assert "pip does the work" in capsys.readouterr().out


def test_neither_uv_nor_pip_is_a_message_that_says_what_to_do(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(environment, "uv", "exit 2")
    monkeypatch.setattr(house_setup, "run_pip", lambda *_: 1)
    with pytest.raises(SystemExit, match="PIP_INDEX_URL"):
        house_setup.install_packages("base")
    assert not house_setup.done_before("packages-base", house_setup.digest("requirements/base.lock"))


def test_npm_works_beside_and_its_failure_is_shown(environment: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program(environment, "npm", "echo the registry does not answer; exit 1")
    with pytest.raises(SystemExit, match="npm's registry"), house_setup.assets_beside():
        pass
    assert "the registry does not answer" in capfd.readouterr().err
    assert not house_setup.done_before("assets", house_setup.digest("package-lock.json"))


def test_npm_is_ended_when_the_packages_fail(environment: Path) -> None:
    noted = environment / "pid"
    program(environment, "npm", f"echo $$ > {noted}; exec sleep 60")

    def fail_once_npm_runs() -> None:
        while not noted.exists() or not noted.read_text().strip():
            time.sleep(0.01)
        house_setup.stop("no network")

    with pytest.raises(SystemExit), house_setup.assets_beside():
        fail_once_npm_runs()
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()), 0)


def test_assets_are_fetched_once(environment: Path) -> None:
    program(environment, "npm", f"mkdir -p {environment}/node_modules; echo run >> {environment}/runs")
    for _ in range(2):
        with house_setup.assets_beside():
            pass
    assert (environment / "runs").read_text().split() == ["run"]


def test_a_failed_step_has_its_whole_journey_asked_again() -> None:
    failed = ["tests/flows/test_x.py::test_2[a b]", "tests/flows/test_x.py::test_3", "tests/a.py"]
    assert files_of(failed) == ["tests/a.py", "tests/flows/test_x.py"]
