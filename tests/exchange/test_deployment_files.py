"""Dockerfile, compose.yaml, Caddyfile, roles.sh and .env.example say what the product does, and work as far as no engine is needed.

The files are read and held against each other and against the settings; then what the image runs and what the services run is
run here, in a plain copy of the house, on a database made by ``roles.sh``, under the production profile.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.local_servers import LocalServers
from exchange.settings import FILE_CAP_BYTES
from tests.clones import HOUSE
from tests.exchange.test_recipes import copy_of_the_house
from tests.exchange.test_supervisor import free_pair

HOUSE_SERVICES = ("migrate", "web", "live", "worker", "laboratory", "beat")
SECRETS = ("SECRET_KEY", "REAL_NAME_KEY", "FIELD_KEY", "POSTGRES_PASSWORD", "DX_OWNER_PASSWORD", "DX_APP_PASSWORD", "REDIS_PASSWORD")
#: what people write into .env, drawn for this run
TYPED = {"SECRET_KEY": secrets.token_urlsafe(50), "REAL_NAME_KEY": secrets.token_urlsafe(50), "FIELD_KEY": secrets.token_urlsafe(50),
         "ALLOWED_HOSTS": "exchange.example.org",
         "EVIDENCE_ORIGIN": "exchange.example.org", "CSRF_TRUSTED_ORIGINS": "https://exchange.example.org",
         "PUBLIC_ADDRESS": "https://exchange.example.org", "POSTGRES_PASSWORD": "pg", "DX_OWNER_PASSWORD": "owner",
         "DX_APP_PASSWORD": "app", "REDIS_PASSWORD": "redis"}
NAMED = re.compile(r"\$\$|\$\{(?P<name>[A-Z_]+)(?:(?P<how>:[?-])(?P<rest>[^}]*))?\}|\$(?P<bare>[A-Z_]+)")


class NotSet(Exception):
    """A variable that compose refuses to go on without."""


def interpolated(text: str, given: dict[str, str]) -> str:
    """A text as compose reads it: ``${A:?text}`` must be set, ``${A:-b}`` has a default, ``$$`` is a dollar."""
    def one(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        name = found["name"] or found["bare"]
        value = given.get(name, "")
        if found["how"] == ":?" and not value:
            raise NotSet(name)
        return value or (found["rest"] if found["how"] == ":-" else "")

    return NAMED.sub(one, text)


def compose(**given: str) -> dict[str, Any]:
    def read(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: read(value) for key, value in part.items()}
        if isinstance(part, list):
            return [read(value) for value in part]
        return interpolated(part, TYPED | given) if isinstance(part, str) else part

    loaded: dict[str, Any] = yaml.safe_load((HOUSE / "compose.yaml").read_text())
    return dict(read({key: value for key, value in loaded.items() if not key.startswith("x-")}))


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (INSTRUCTION, rest), continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (HOUSE / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def settings_read() -> set[str]:
    """Every variable that the settings ask the environment for."""
    text = "".join((HOUSE / "exchange" / name).read_text() for name in ("settings.py", "file_storage.py"))
    return set(re.findall(r'"([A-Z][A-Z0-9_]+)"', text))


def variables(text: str) -> set[str]:
    return {found["name"] or found["bare"] for found in NAMED.finditer(text) if found["name"] or found["bare"]}


# ---- the files held against each other -----------------------------------------------------------------------------------
def test_the_services_are_the_processes_of_the_house() -> None:
    services = compose()["services"]
    assert set(services) == {"postgres", "valkey", *HOUSE_SERVICES, "proxy"}
    assert {services[name]["image"] for name in HOUSE_SERVICES} == {"data-exchange"}
    assert services["migrate"]["restart"] == "no" and services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in sorted(set(HOUSE_SERVICES) - {"migrate"}):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}, name
    assert all("healthcheck" in services[name] for name in ("postgres", "valkey"))
    used = {one.split(":")[0] for service in services.values() for one in service.get("volumes", []) if not one.startswith(".")}
    assert used == set(compose()["volumes"])


def test_only_migrate_knows_the_owner_and_no_process_of_the_house_the_superuser() -> None:
    services = compose(DX_OWNER_PASSWORD="the-owners", POSTGRES_PASSWORD="the-superusers")["services"]
    knowing = {name for name in HOUSE_SERVICES if "the-owners" in str(services[name])}
    assert knowing == {"migrate"}
    assert not any("the-superusers" in str(services[name]) for name in HOUSE_SERVICES)
    assert all("env_file" not in services[name] for name in HOUSE_SERVICES), "a whole .env would reach every process"


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_is_not_set_stops_the_start(name: str) -> None:
    with pytest.raises(NotSet, match=name):
        compose(**{name: ""})


def test_every_variable_is_read_by_somebody_and_explained() -> None:
    services, read = compose()["services"], settings_read()
    unread = {name for service in HOUSE_SERVICES for name in services[service]["environment"]} - read
    assert unread == set()
    asked = variables((HOUSE / "compose.yaml").read_text())
    explained = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (HOUSE / ".env.example").read_text(), re.M))
    assert asked - explained - {"REDIS_PASSWORD"} == set() and "REDIS_PASSWORD" in explained
    assert explained - asked - read == set(), "a variable that nobody reads"


def test_no_value_of_the_example_has_a_comment_behind_it() -> None:
    """Not every reader of such files takes a comment off a value."""
    lines = (HOUSE / ".env.example").read_text().splitlines()
    assert [line for line in lines if not line.startswith("# ") and " " in line] == []


def test_what_is_copied_is_there_and_secrets_are_not() -> None:
    for instruction, rest in instructions():
        if instruction == "COPY" and not rest.startswith("--from"):
            *sources, _ = rest.split()
            assert all((HOUSE / source).exists() for source in sources), rest
    left_out = (HOUSE / ".dockerignore").read_text().split()
    assert {".env", "*.pem", ".git", "var"} <= set(left_out)
    for mounted in ("docs/operating/roles.sh", "docs/operating/Caddyfile"):
        assert mounted in str(compose()) and (HOUSE / mounted).exists()


def test_the_image_runs_as_an_ordinary_user_who_owns_what_volumes_are_laid_over() -> None:
    made = "\n".join(rest for instruction, rest in instructions() if instruction == "RUN")
    users = [rest for instruction, rest in instructions() if instruction == "USER"]
    assert users[-1] == "exchange" and "useradd --system --create-home --uid 10001 exchange" in made
    owned = next(rest for instruction, rest in instructions() if rest.startswith("install -d -o exchange"))
    for volume in compose()["services"]["web"]["volumes"]:
        assert volume.split(":")[1] in owned.split()


def test_every_command_is_there() -> None:
    commands = [compose()["services"][name]["command"] for name in HOUSE_SERVICES]
    commands.append(yaml.safe_load(next(rest for instruction, rest in instructions() if instruction == "CMD")))
    for command in commands:
        if command[:2] == ["nice", "-n"]:  # the laboratory gives way to the market
            command = command[3:]
        assert command[0] == "python"
        if command[1] == "-m":
            assert importlib.util.find_spec(command[2]) is not None, command
        else:
            assert (HOUSE / command[1]).exists(), command
        for word in command:
            if re.fullmatch(r"exchange\.\w+:\w+", word):
                module, _, name = word.partition(":")
                assert hasattr(importlib.import_module(module), name), word


def test_the_locks_the_image_installs_have_hashes_and_no_addresses() -> None:
    for lock in re.findall(r"-r (requirements/\w+\.lock)", (HOUSE / "Dockerfile").read_text()):
        text = (HOUSE / lock).read_text()
        assert "--hash=sha256:" in text and "://" not in text and "--index" not in text, lock


def test_the_proxy_joins_web_and_live_and_lets_the_largest_file_through() -> None:
    text = (HOUSE / "docs/operating/Caddyfile").read_text()
    assert text.count("{") == text.count("}")
    services = compose()["services"]
    upstream = dict(re.findall(r"(\w+):(\d+)(?=\s)", text))
    for name in ("web", "live"):
        command = services[name]["command"]
        assert upstream[name] == command[command.index("--port") + 1]
        assert upstream[name] in next(rest for instruction, rest in instructions() if instruction == "EXPOSE").split()
    assert re.search(r"@live path /ws/\*\s+reverse_proxy @live live:", text)
    assert "header_up X-Forwarded-For {remote_host}" in text and services["web"]["environment"]["BEHIND_PROXY"] == "true"
    megabytes = int(re.search(r"max_size (\d+)MB", text)[1])  # type: ignore[index]
    assert megabytes * 1_000_000 >= FILE_CAP_BYTES
    assert variables(text.replace("{$", "${")) <= set(services["proxy"]["environment"]) | {"SITE"}


# ---- what the image and the services run, run here -----------------------------------------------------------------------
class Installation:
    """A production installation in a plain folder: what compose would give each process, with the addresses of this machine."""

    def __init__(self, place: Path) -> None:
        self.house, self.var, self.place = place / "house", place / "var", place
        self.servers = LocalServers(place / "servers")
        note = self.servers.start()
        self.admin = note.admin_url
        self.redis = note.redis_url
        (place / "tmp").mkdir()
        (place / "evidence.pem").write_bytes(Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        self.ports = dict(zip(("web", "live"), (first := free_pair(), first + 1), strict=True))

    def environment(self, service: str) -> dict[str, str]:
        """The service's own environment and nothing else, so that nothing of this run helps it."""
        named: dict[str, str] = compose()["services"][service]["environment"]
        address = self.admin.rpartition("@")[2].rpartition("/")[0]
        moved = {name: value.replace("postgres:5432", address) for name, value in named.items()}
        broker = self.redis.rpartition("/")[0]
        moved |= {"REDIS_URL": f"{broker}/0", "CACHE_URL": f"{broker}/1", "EVIDENCE_SIGNING_KEY_FILE": str(self.place / "evidence.pem"),
                  "EVIDENCE_CHECKPOINTS_DIR": str(self.place / "checkpoints"), "DX_VAR": str(self.var)}
        return moved | {"PATH": f"{self.house / '.venv/bin'}:/usr/bin:/bin", "HOME": str(self.place)}

    def command(self, service: str) -> list[str]:
        words: list[str] = list(compose()["services"][service]["command"])
        if service in self.ports:
            words[words.index("--port") + 1], words[words.index("--host") + 1] = str(self.ports[service]), "127.0.0.1"
        return [str(self.place / word.strip("/")) if word.startswith("/tmp/") else word for word in words]

    def run(self, service: str, *command: str) -> str:
        done = subprocess.run(command or self.command(service), cwd=self.house, env=self.environment(service), capture_output=True,
                              text=True, check=False, timeout=300)
        assert done.returncode == 0, f"{service} {command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def start(self, service: str) -> subprocess.Popen[bytes]:
        log = (self.place / f"{service}.log").open("ab")
        return subprocess.Popen(self.command(service), cwd=self.house, env=self.environment(service), stdout=log, stderr=log,
                                start_new_session=True)

    def told(self, service: str) -> str:
        return (self.place / f"{service}.log").read_text(errors="replace")


def make_database(admin: str, script: Path) -> None:
    """A server as a container finds it, without the house's roles; then ``roles.sh`` as its entry point runs it."""
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("DROP DATABASE exchange")
        connection.execute("DROP ROLE dx_owner, dx_app")
    address = psycopg.conninfo.conninfo_to_dict(admin)
    binaries = LocalServers()._postgres_bin()
    environment = {"PATH": f"{binaries}:{os.environ['PATH']}", "PGHOST": str(address["host"]), "PGPORT": str(address["port"]),
                   "PGPASSWORD": str(address["password"]), **{name: TYPED[name] for name in ("DX_OWNER_PASSWORD", "DX_APP_PASSWORD")}}
    done = subprocess.run(["sh", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def build(installation: Installation) -> None:
    """What the image's build runs in Python, in the same order and with the same settings."""
    for instruction, rest in instructions():
        if instruction == "RUN" and "python " in rest and "pip" not in rest:
            given, words = {}, shlex.split(rest)
            while "=" in words[0]:
                name, _, value = words.pop(0).partition("=")
                given[name] = value
            environment = {"PATH": f"{installation.house / '.venv/bin'}:/usr/bin:/bin", "DX_VAR": str(installation.var), **given}
            done = subprocess.run(words, cwd=installation.house, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{rest}\n{done.stderr[-2000:]}"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    one = Installation(tmp_path_factory.mktemp("installation"))
    try:
        copy_of_the_house(one.house)
        for made in one.house.glob("locale/*/LC_MESSAGES"):
            shutil.rmtree(made)
        make_database(one.admin, one.house / "docs/operating/roles.sh")
        build(one)
        one.run("migrate")
        yield one
    finally:
        one.servers.forget()


@pytest.mark.fault
def test_the_doctor_finds_a_fresh_installation_well(installation: Installation) -> None:
    told = installation.run("web", "python", "manage.py", "doctor")
    assert "FAIL" not in told and told.count("ok  ") == 5


def fetched(port: int, path: str) -> tuple[int, str]:
    """As the proxy asks: the outer host, and that the reader came by https."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}",
                                     headers={"Host": "exchange.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode(errors="replace")
    except OSError:
        return 0, ""


def until(done: Any, seconds: float = 90) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.2)
    return False


@pytest.mark.fault
def test_the_build_leaves_translations_and_static_files(installation: Installation) -> None:
    assert (installation.house / "locale/en/LC_MESSAGES/django.mo").exists()
    assert (installation.var / "static/staticfiles.json").exists()


@pytest.mark.fault
def test_the_database_is_the_owners_and_the_application_owns_nothing(installation: Installation) -> None:
    with psycopg.connect(installation.environment("web")["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT current_user, count(*) FILTER (WHERE tableowner = 'dx_app'), count(*) FROM pg_tables "
                                 "WHERE schemaname = 'public'").fetchone()
        assert row is not None and (row[0], row[1]) == ("dx_app", 0) and row[2] > 50
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")
    installation.run("web", "python", "manage.py", "check_grants")
    assert installation.run("web", "python", "manage.py", "invite", "--role", "venue_operator", "--name", "王芳", "--identity", "1",
                            "--username", "wangfang").startswith("https://exchange.example.org/accounts/join/")


@pytest.mark.fault
def test_the_processes_start_answer_and_stop(installation: Installation) -> None:
    running = {name: installation.start(name) for name in ("web", "live", "worker", "beat")}
    try:
        assert until(lambda: fetched(installation.ports["web"], "/health/ready/")[0] == 200), installation.told("web")[-3000:]
        status, page = fetched(installation.ports["web"], "/")
        assert status == 200 and "exchange" in page
        styles = re.search(r'href="(/static/[^"]+\.css)"', page)
        assert styles is not None and fetched(installation.ports["web"], styles[1])[0] == 200
        assert until(lambda: fetched(installation.ports["live"], "/")[0] == 404), installation.told("live")[-3000:]
        assert until(lambda: "ready." in installation.told("worker")), installation.told("worker")[-3000:]
        assert until(lambda: any((installation.place / "tmp").iterdir())), "beat keeps its schedule\n" + installation.told("beat")[-3000:]
        assert all(process.poll() is None for process in running.values())
    finally:
        for process in running.values():
            os.killpg(process.pid, signal.SIGTERM)
        ended = {name: process.wait(60) for name, process in running.items()}
    assert set(ended) == {"web", "live", "worker", "beat"}


@pytest.mark.fault
@pytest.mark.parametrize(("name", "value"), [("SECRET_KEY", "short"), ("FIELD_KEY", ""), ("FIELD_KEY", "SECRET_KEY"),
                                             ("REAL_NAME_KEY", ""), ("DEBUG", "true"), ("DEMO_ACCOUNTS", "true"), ("DATABASE_URL", ""),
                                             ("WEBHOOKS_REACH_PRIVATE", "true"),
                                             ("EVIDENCE_SIGNING_KEY_FILE", "")])
def test_a_production_start_refuses_what_is_unsafe(installation: Installation, name: str, value: str) -> None:
    given = installation.environment("web")
    environment = given | {name: given.get(value, value)}  # the name of another setting stands for its value
    code = "import django; django.setup()"
    done = subprocess.run([sys.executable, "-c", code], cwd=installation.house, capture_output=True, text=True, check=False,
                          env=environment | {"DJANGO_SETTINGS_MODULE": "exchange.settings"})
    assert done.returncode != 0 and name in done.stderr
