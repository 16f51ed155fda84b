"""The runner that a holder runs beside its data (R101, W14): it asks the house for work, opens no port, and sends back answers it signed.

    python -m delivery.cleanroom.holder --config holder.json [--once]

It runs only what the house signed *and* its owner allowed: rooms by the hash of their offer and a limit of epsilon of its own, algorithms
by their hash. Each step stands in ``trace.jsonl``, a chain of hashes that its owner can read and nobody can shorten unseen. An answer is
written down before it is sent, so a runner that was killed sends it again and never draws twice for one that may have left. The house's
own room does the same work by the same ``carry_out``, with its file in the place of the path. Standard library, duckdb, opendp and
cryptography; nothing of the house's settings or database.
"""

from __future__ import annotations

import argparse
import csv
import fcntl
import hashlib
import json
import logging
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from delivery.cleanroom.jail import Outcome, run_jailed
from delivery.computing.language import chained, run, sha256_of_text
from delivery.computing.training import is_training, train

__all__ = ["Allowed", "House", "Keeper", "Signed", "Transport", "carry_out", "main", "work_once"]

log = logging.getLogger("holder")
_CODE = re.compile(r"(QRY|JOB)-[0-9A-HJKMNP-TV-Z]{10}")
_MOST_REPLY = 8 << 20
#: Besides what delivery refuses: the house knows no such job of ours, or has another answer under the key.
_FINAL = frozenset({"participants.object.absent", "evidence.command.key_reused"})
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Signed:
    """A text and the signature over it."""

    text: str
    signature: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def said(self, house: str) -> dict[str, Any]:
        """This will read a job that the house signed; ``InvalidSignature`` or ``ValueError`` else."""
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(house)).verify(bytes.fromhex(self.signature), self.text.encode())
        said = json.loads(self.text)
        if not isinstance(said, dict):
            raise ValueError("a job is an object")
        return said


def carry_out(job: Signed, said: dict[str, Any], data: IO[bytes], *, house: str) -> Outcome:
    """This will run a signed question over the data in the jail, at the holder or at the house."""
    assert json.dumps(said, ensure_ascii=False) == job.text, "the jail checks the very text the house signed"
    return run_jailed(said, data, sha256=str(said["file_sha256"]), house=house, sign=lambda _text: bytes.fromhex(job.signature))


class Transport(Protocol):
    """The way to the house: what waits, one job to take, one answer to hand over."""

    def waiting(self) -> list[dict[str, Any]]: ...

    def take(self, code: str) -> Signed: ...

    def answer(self, code: str, answer: Signed) -> None: ...


class Refused(Exception):
    """The house said no: it is of no use to send the same again."""


# ---- what the owner allowed ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Allowed:
    """What the owner of the data lets run: rooms with the hash of their offer and the epsilon they may spend here, algorithms by hash."""

    rooms: dict[str, tuple[str, int]] = field(default_factory=dict)
    algorithms: frozenset[str] = frozenset()

    def why_not(self, said: dict[str, Any], spent: int) -> str:
        """This will say why a job may not run here; '' where it may."""
        if said.get("format") == "compute-job/1":
            text = str(said.get("algorithm", ""))
            return "" if sha256_of_text(text) == said.get("algorithm_sha256") in self.algorithms else "the algorithm is not allowed here"
        if said.get("format") != "room-job/1":
            return "the job is of another format"
        offer_sha256, most = self.rooms.get(str(said.get("room")), ("", 0))
        if offer_sha256 != offer_hash(said.get("offer")):
            return "the room's offer is not the one allowed here"
        epsilon = said.get("epsilon_micro")
        if type(epsilon) is not int or epsilon < 1 or spent + epsilon > most:
            return "the epsilon allowed here is used up"
        return ""


def offer_hash(offer: Any) -> str:
    """This will name an offer, as the house's records do."""
    return hashlib.sha256(json.dumps(offer, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


# ---- what is kept at the holder --------------------------------------------------------------------------------------------------


class Keeper:
    """The folder of the runner: its trace, the answers not yet handed over, the epsilon spent. One runner at a time holds it."""

    def __init__(self, place: Path) -> None:
        self.place, self.answers, self.trace = place, place / "answers", place / "trace.jsonl"
        self.answers.mkdir(parents=True, exist_ok=True)
        self._head: str | None = None
        self._lines: list[dict[str, Any]] = []
        self._verified = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        with (self.place / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    def lines(self) -> list[dict[str, Any]]:
        """This will read the trace; a chain that does not hold is a ``ValueError``, a last line cut off by a crash is left out.

        What this process has verified it keeps, and goes on from there: the whole chain is gone over when the runner starts, a new line
        when it is read. A file that became shorter was altered.
        """
        size = self.trace.stat().st_size if self.trace.exists() else 0
        if size < self._verified:
            raise ValueError("the trace was altered")
        if size > self._verified:
            with self.trace.open("rb") as source:
                source.seek(self._verified)
                fresh = source.read()
            if not fresh.endswith(b"\n"):
                fresh = fresh[:fresh.rfind(b"\n") + 1]
                with self.trace.open("r+b") as cut:
                    cut.truncate(self._verified + len(fresh))
            lines = [json.loads(one) for one in fresh.splitlines()]
            bare = [{name: value for name, value in one.items() if name not in ("before", "hash")} for one in lines]
            if chained(bare, str(self._lines[-1]["hash"]) if self._lines else "0" * 64) != lines:
                raise ValueError("the trace was altered")
            self._lines += lines
            self._verified += len(fresh)
        return list(self._lines)

    def note(self, step: str, **more: Any) -> None:
        """This will write one line that names the hash of all before it, and have it on the disk before anything follows."""
        if self._head is None:
            self._head = next((str(one["hash"]) for one in reversed(self.lines())), "0" * 64)
        (line,) = chained([{"step": step, **more}], self._head)
        with self.trace.open("ab") as out:
            out.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            out.flush()
            os.fsync(out.fileno())
        self._head = str(line["hash"])

    def spent(self, room: str, *, besides: str = "") -> int:
        """This will sum the epsilon that runs of a room were begun for; one begun again after a crash counts once."""
        begun = {one["job"]: int(one["epsilon_micro"]) for one in self.lines() if one["step"] == "begun" and one.get("room") == room}
        return sum(epsilon for code, epsilon in begun.items() if code != besides)

    def keep(self, code: str, answer: Signed) -> None:
        draft, place = self.answers / f"{code}.new", self.answers / f"{code}.json"
        with draft.open("wb") as out:
            out.write(json.dumps({"answer": answer.text, "signature": answer.signature}, ensure_ascii=False).encode())
            out.flush()
            os.fsync(out.fileno())
        draft.replace(place)

    def kept(self, code: str) -> Signed | None:
        place = self.answers / f"{code}.json"
        if not place.exists():
            return None
        said = json.loads(place.read_bytes())
        return Signed(said["answer"], said["signature"])

    def over(self, code: str, how: str) -> None:
        (self.answers / f"{code}.json").replace(self.answers / f"{code}.{how}")

    def unsent(self) -> list[str]:
        return sorted(one.stem for one in self.answers.glob("*.json") if _CODE.fullmatch(one.stem))

    def ended(self, code: str) -> bool:
        return any((self.answers / f"{code}.{how}").exists() for how in ("sent", "refused"))


# ---- the work --------------------------------------------------------------------------------------------------------------------


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def work_once(way: Transport, keeper: Keeper, allowed: Allowed, files: list[Path], *, house: str, key: Ed25519PrivateKey) -> list[str]:
    """This will hand over what is still to be handed over, then do what waits and whose data lies here; it returns the codes answered."""
    done = [code for code in keeper.unsent() if _hand_over(way, keeper, code)]
    held = {_sha256(one): one for one in files}
    for row in way.waiting():
        code, path = str(row.get("code")), held.get(str(row.get("file_sha256")))
        if not _CODE.fullmatch(code) or path is None or keeper.kept(code) or keeper.ended(code):
            continue
        answer = _answered(way, keeper, allowed, code, path, house=house)
        if answer is None:
            continue
        text = json.dumps(answer, ensure_ascii=False)
        keeper.keep(code, Signed(text, key.sign(text.encode()).hex()))
        if _hand_over(way, keeper, code):
            done.append(code)
    return done


def _hand_over(way: Transport, keeper: Keeper, code: str) -> bool:
    answer = keeper.kept(code)
    assert answer is not None
    try:
        way.answer(code, answer)
    except Refused as no:
        keeper.note("not taken", job=code, answer_sha256=answer.sha256, why=str(no)[:200])
        keeper.over(code, "refused")
        return False
    except OSError as cut:
        log.warning("the answer of %s is kept and sent again: %s", code, cut)
        return False
    keeper.note("handed over", job=code, answer_sha256=answer.sha256)
    keeper.over(code, "sent")
    return True


def _answered(way: Transport, keeper: Keeper, allowed: Allowed, code: str, path: Path, *, house: str) -> dict[str, Any] | None:
    """What comes of one job; None where the house's word for it does not stand, and nothing is told to whoever forged it."""
    try:
        job = way.take(code)
        said = job.said(house)
        if said.get("code") != code:
            raise ValueError("another job's text")
    except (InvalidSignature, ValueError) as forged:
        keeper.note("not believed", job=code, why=type(forged).__name__)
        return None
    except (OSError, Refused) as cut:
        log.warning("%s cannot be taken: %s", code, cut)
        return None
    again = any(one["step"] == "begun" and one["job"] == code for one in keeper.lines())
    head = {"format": "holder-answer/1", "job": code, "job_sha256": job.sha256}
    room = str(said.get("room", ""))
    if why := allowed.why_not(said, keeper.spent(room, besides=code)):
        keeper.note("not allowed", job=code, job_sha256=job.sha256, why=why)
        return {**head, "opened": False, "rows": None, "given_up": [], "refused": why, "model": "", "trace": chained([
            {"step": "taken", "job_sha256": job.sha256}, {"step": "not allowed", "why": why}])}
    keeper.note("begun", job=code, job_sha256=job.sha256, room=room, epsilon_micro=int(said.get("epsilon_micro", 0)), again=again)
    made = _computed(said, path) if said["format"] == "compute-job/1" else _asked(job, said, path, house=house)
    told = made["rows"] if made["rows"] is not None else made["model"]
    keeper.note("answered", job=code, opened=made["opened"], rows=len(made["rows"] or []), result_sha256=hashlib.sha256(
        json.dumps(told, ensure_ascii=False).encode()).hexdigest())
    return {**head, **made}


def _asked(job: Signed, said: dict[str, Any], path: Path, *, house: str) -> dict[str, Any]:
    with path.open("rb") as data:
        found = carry_out(job, said, data, house=house)
    rows = found.rows
    trace = chained([
        {"step": "taken", "job_sha256": job.sha256},
        {"step": "opened" if found.opened else "not opened", "file_sha256": said["file_sha256"]},
        {"step": "answered" if rows is not None else "no answer", "sha256": hashlib.sha256(json.dumps(
            rows, ensure_ascii=False).encode()).hexdigest()}])
    return {"opened": found.opened, "rows": rows, "given_up": found.given_up, "refused": "", "model": "", "trace": trace}


def _computed(said: dict[str, Any], path: Path) -> dict[str, Any]:
    nothing: dict[str, Any] = {"opened": True, "rows": None, "given_up": [], "refused": "", "model": "", "trace": []}
    text, file_sha256 = str(said["algorithm"]), str(said["file_sha256"])
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream)
            headings = next(rows, [])
            if is_training(text):
                trained = train(text, headings, rows, file_sha256=file_sha256)
                return {**nothing, "rows": [], "model": trained.model, "trace": trained.trace}
            answer = run(text, headings, rows, file_sha256=file_sha256)
            return {**nothing, "rows": answer.rows, "trace": answer.trace}
    except ValueError as fault:
        return {**nothing, "refused": str(fault.args[-1] if fault.args else "unreadable")[:300]}


# ---- over HTTPS ------------------------------------------------------------------------------------------------------------------


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_given: Any, **_named: Any) -> None:
        return None  # the key goes to the house and nowhere else


class House:
    """The house over HTTPS; plain HTTP only to this very machine."""

    def __init__(self, address: str, token: str) -> None:
        parts = urllib.parse.urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}):
            raise ValueError("the house is asked over https")
        self._address, self._token, self._opener = address.rstrip("/"), token, urllib.request.build_opener(_NoRedirect)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None, command: str = "") -> Any:
        headers = {"Authorization": f"Token {self._token}", "Content-Type": "application/json", "Accept": "application/json"}
        if command:
            headers["Idempotency-Key"] = command
        data = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
        request = urllib.request.Request(self._address + path, data=data, headers=headers, method=method)  # noqa: S310 (https, see above)
        try:
            with self._opener.open(request, timeout=60) as reply:
                return json.loads(reply.read(_MOST_REPLY))
        except urllib.error.HTTPError as no:
            code = _code_in(no.read(65_536))
            if no.code < 500 and (code.startswith("delivery.") or code in _FINAL):
                raise Refused(f"{no.code} {code}") from no
            raise OSError(f"{no.code} {code}") from no  # a key that ended, a house that is busy: what is kept stays kept

    def waiting(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._ask("GET", "/api/compute/jobs/")["items"]
        return items

    def take(self, code: str) -> Signed:
        said = self._ask("POST", f"/api/compute/jobs/{code}/take/", {}, f"take-{code}")
        return Signed(str(said["job"]), str(said["signature"]))

    def answer(self, code: str, answer: Signed) -> None:
        self._ask("POST", f"/api/compute/jobs/{code}/answer/", {"answer": answer.text, "signature": answer.signature}, f"answer-{code}")


def _code_in(body: bytes) -> str:
    try:
        return str(json.loads(body).get("code", ""))[:80]
    except (ValueError, AttributeError):
        return ""


def _config(place: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    at = place.parent
    key = serialization.load_pem_private_key((at / said["signing_key_file"]).read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("signing_key_file holds no Ed25519 key")
    rooms = {code: (one["offer_sha256"], int(one["epsilon_micro"])) for code, one in said.get("rooms", {}).items()}
    return {"way": House(said["house"], (at / said["token_file"]).read_text().strip()), "keeper": Keeper(at / said["state"]),
            "allowed": Allowed(rooms, frozenset(said.get("algorithms", []))), "files": [at / one for one in said["data"]],
            "house": said["house_key"], "key": key}


def main(arguments: list[str] | None = None, sleep: Callable[[float], None] = time.sleep) -> int:
    """This will work through what waits, once or until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True, type=Path)
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two looks")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    held = _config(given.config)
    with held["keeper"].held():
        while True:
            try:
                for code in work_once(**held):
                    sys.stdout.write(f"{code}\n")
                    sys.stdout.flush()
            except (OSError, Refused) as cut:
                log.warning("the house cannot be reached: %s", cut)
                if given.once:
                    return 1
            if given.once:
                return 0
            sleep(given.every)


if __name__ == "__main__":
    raise SystemExit(main())
