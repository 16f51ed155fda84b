"""A small client of the exchange's API, in one file of the standard library alone: copy it beside your program.

    market = Client("https://exchange.example", key="…")
    for lot in market.lots(status="open"):
        market.bid(lot["code"], maximum_fen=1_300_000)
    for change in market.changes(after=0, mine=True):
        ...

Every act carries an Idempotency-Key, so a call that was cut off is repeated safely: it is made once, whatever was heard of it. A call
that is told to wait (429, 503, or its first try still running) waits as long as it is told and asks again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

__all__ = ["Challenge", "Change", "Client", "Entry", "Forged", "Lot", "Refused", "ShareAgreement", "Trade", "Trial", "Unanswered",
           "check_webhook"]

_STALE_SECONDS = 300
_RUNNING = "evidence.command.running"


class Lot(TypedDict, total=False):
    """A lot as everybody sees it; amounts in whole fen, times in RFC 3339."""

    code: str
    listing: str
    format: str
    status: str
    price_fen: int | None
    start_price_fen: int
    next_min_fen: int | None
    closes_at: str


class Trade(TypedDict, total=False):
    """One of one's own trades."""

    code: str
    channel: str
    title: str
    seller: str
    buyer: str
    price_fen: int
    status: str
    due_at: str | None
    agreement_hash: str


class ShareAgreement(TypedDict, total=False):
    """Who gets what of a listing's price: one's own proposal, or one that is to be signed. ``content_hash`` is what is signed."""

    code: str
    listing: str
    version: str
    seller: str
    status: str
    parties: list[dict[str, Any]]
    first: list[dict[str, Any]]
    rest: dict[str, Any]
    shortage: str
    content_hash: str
    due_at: str | None
    disputes: list[dict[str, Any]]


class Challenge(TypedDict):
    """How a demand is decided by a blind trial; both tables are the text of a CSV."""

    measure: str
    weight: int
    least_ppm: int
    questions: str
    answers: str


class Entry(TypedDict, total=False):
    """One entry of a trial, by its number until the award names it."""

    entry: int
    mark_ppm: int
    place: int | None
    points: str
    price_fen: int
    tied: list[int]
    quote: str
    seller: str
    listing: str


class Trial(TypedDict):
    """The criteria of a challenge and its entries, best first."""

    demand: str
    measure: str
    weight: int
    least_ppm: int
    items: int
    questions_sha256: str
    commitment: str
    salt: str | None
    entries: list[Entry]


class Change(TypedDict):
    """One fact of the change feed."""

    position: int
    kind: str
    at: str
    subject: str
    actor: str
    payload: dict[str, Any]
    href: str | None


class Refused(Exception):
    """The exchange said no: ``code`` never changes with the language, ``next`` says how to mend it, ``errors`` names the fields."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{problem.get('code')}: {problem.get('detail') or problem.get('title')}")
        self.status, self.problem = status, dict(problem)
        self.code = str(problem.get("code", ""))
        self.next = problem.get("next")
        self.errors = problem.get("errors", [])


class Unanswered(Exception):
    """Nobody answered, after all tries; an act may or may not have happened: repeat it with the same ``key``."""


class Forged(Exception):
    """A webhook that was not signed with the secret, or is too old to be heard."""


@dataclass
class Client:
    """The API at ``address``, as the organisation of ``key`` (none: as a visitor)."""

    address: str
    key: str = ""
    language: str = "zh-hans"
    tries: int = 5
    seconds: float = 20.0
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    # ---- reading

    def lots(self, **asked: str | int) -> Iterator[Lot]:
        """This will give the lots, page by page; ``status="open"`` narrows."""
        yield from self._pages("/api/lots/", asked)

    def lot(self, code: str) -> Lot:
        found: Lot = self.get(f"/api/lots/{code}/")
        return found

    def trades(self) -> Iterator[Trade]:
        """This will give the organisation's own trades, newest first."""
        yield from self._pages("/api/trades/", {})

    def quote(self, listing: str) -> dict[str, Any]:
        """This will ask what a licence costs at its list price, to the fen."""
        found: dict[str, Any] = self.get(f"/api/listings/{listing}/purchases/")
        return found

    def trial(self, demand: str) -> Trial:
        """This will give how a challenge is decided and, once they may be read, its entries."""
        found: Trial = self.get(f"/api/demands/{demand}/trial/")
        return found

    def trial_table(self, demand: str, which: str) -> str:
        """This will give the text of the CSV of ``questions`` or, once they may be read, of the true ``answers``."""
        return str(self.get(f"/api/demands/{demand}/trial/{which}/")["csv"])

    def share_agreements(self) -> Iterator[ShareAgreement]:
        """This will give what one proposed or is asked to sign, newest first."""
        yield from self._pages("/api/share-agreements/", {})

    def share_agreement(self, code: str) -> ShareAgreement:
        found: ShareAgreement = self.get(f"/api/share-agreements/{code}/")
        return found

    def changes(self, *, after: int = 0, kind: str = "", mine: bool = False) -> Iterator[Change]:
        """This will give every fact from place ``after`` on, in order, up to the end of the log as it is now.

        Keep ``change["position"] + 1`` of what you have handled: it is where the next run begins.
        """
        while True:
            asked = {"after": after, "limit": 100, **({"kind": kind} if kind else {}), **({"mine": "true"} if mine else {})}
            page = self.get("/api/changes/?" + urllib.parse.urlencode(asked))
            yield from page["items"]
            after = page["next"]
            if after >= page["head"]:
                return

    # ---- acting

    def register(self, lot: str, *, key: str = "") -> dict[str, Any]:
        """This will register for a lot: its deposit is reserved."""
        return self.act(f"/api/lots/{lot}/bidders/", {}, key=key)

    def bid(self, lot: str, *, maximum_fen: int, key: str = "") -> dict[str, Any]:
        """This will bid up to ``maximum_fen``; the room bids no more of it than it needs."""
        return self.act(f"/api/lots/{lot}/bids/", {"maximum_fen": maximum_fen}, key=key)

    def pay(self, trade: str, *, key: str = "") -> dict[str, Any]:
        """This will pay a trade into its escrow."""
        return self.act(f"/api/trades/{trade}/pay/", {}, key=key)

    def buy(self, listing: str, *, version: str, total_fen: int, key: str = "", **more: Any) -> dict[str, Any]:
        """This will buy a licence as quoted: what it costs by then is compared with ``total_fen``."""
        return self.act(f"/api/listings/{listing}/purchases/", {"version": version, "total_fen": total_fen, **more}, key=key)

    def demand(self, *, key: str = "", **said: Any) -> dict[str, Any]:
        """This will ask for quotes: ``title``, ``need``, ``purpose``, ``closes_at``, and ``challenge=Challenge(…)`` for a blind trial."""
        return self.act("/api/demands/", said, key=key)

    def give_quote(self, demand: str, *, listing: str, price_fen: int, key: str = "", **more: Any) -> dict[str, Any]:
        """This will quote under seal; in a challenge ``answers`` is the text of a CSV with the columns key and answer."""
        return self.act(f"/api/demands/{demand}/quotes/", {"listing": listing, "price_fen": price_fen, **more}, key=key)

    def award(self, demand: str, *, key: str = "", **said: Any) -> dict[str, Any]:
        """This will award ``quote="QTE-…"``, in a challenge ``entry=1``, with a ``reason`` where more points are passed over."""
        return self.act(f"/api/demands/{demand}/award/", said, key=key)

    def propose_shares(self, listing: str, parties: list[Mapping[str, Any]], *, key: str = "", **more: Any) -> dict[str, Any]:
        """This will propose who gets what of a draft's price: ``{"party", "part", "weight"}`` a line; ``first``, ``period_months``."""
        return self.act("/api/share-agreements/", {"listing": listing, "parties": [dict(one) for one in parties], **more}, key=key)

    def sign_shares(self, code: str, *, content_hash: str, key: str = "") -> dict[str, Any]:
        """This will sign exactly the text that was read."""
        return self.act(f"/api/share-agreements/{code}/answers/", {"act": "sign", "content_hash": content_hash}, key=key)

    def dispute_shares(self, code: str, *, text: str, counter: Mapping[str, int] | None = None, key: str = "") -> dict[str, Any]:
        """This will dispute an agreement: why, and the weights one would agree to."""
        return self.act(f"/api/share-agreements/{code}/answers/", {"act": "dispute", "text": text, "counter": dict(counter or {})}, key=key)

    def answer_shares(self, code: str, *, text: str, key: str = "") -> dict[str, Any]:
        """This will answer a dispute and leave the shares as they are."""
        return self.act(f"/api/share-agreements/{code}/answers/", {"act": "answer", "text": text}, key=key)

    def withdraw_shares(self, code: str, *, key: str = "") -> dict[str, Any]:
        """This will take a proposal of one's own back."""
        return self.act(f"/api/share-agreements/{code}/answers/", {"act": "withdraw"}, key=key)

    def ask(self, delivery: str, question: Mapping[str, Any], *, epsilon_micro: int, key: str = "", seconds: float = 90.0) -> dict[str,
                                                                                                                                   Any]:
        """This will ask a clean room and wait for the answer: typed, never SQL; the same question again is free.

        ``market.get(f"/api/deliveries/{delivery}/queries/")`` tells what may be asked and what is left.
        """
        body = {"question": dict(question), "epsilon_micro": epsilon_micro}
        found, waited = self.act(f"/api/deliveries/{delivery}/queries/", body, key=key), 0.0
        while found["status"] in {"queued", "running"} and waited < seconds:
            self.sleep(0.5)
            waited += 0.5
            found = self.get(f"/api/queries/{found['code']}/")
        return found

    def rows(self, delivery: str, *, key: str, request: str = "", **asked: Any) -> Iterator[dict[str, str]]:
        """This will yield the rows of a delivery by API, page by page, as column -> cell; ``key`` is the delivery's own (``dk_…``).

        ``columns`` and ``where`` are lists (``where=["city:eq:Shanghai"]``), ``limit`` is a page's rows. Each page is one counted call; one
        that was cut off is asked again under the same name and not counted again. ``request`` names the run: the same name, the same calls.
        """
        name, place, number = request or uuid.uuid4().hex, "", 0
        while number == 0 or place:
            query = urllib.parse.urlencode({**asked, **({"place": place} if place else {})}, doseq=True)
            page = self._ask("GET", f"/api/data/{delivery}/rows/?{query}", None,
                             {"Authorization": f"DataKey {key}", "Request-Id": f"{name}.{number:06}"})
            yield from (dict(zip(page["columns"], row, strict=True)) for row in page["rows"])
            place, number = page["following"], number + 1

    # ---- the wire

    def get(self, path: str) -> Any:
        """This will read one address of the API."""
        return self._ask("GET", path, None, {})

    def act(self, path: str, body: Mapping[str, Any], *, key: str = "") -> dict[str, Any]:
        """This will do one act, once: all tries carry the same Idempotency-Key (a fresh one unless given)."""
        found: dict[str, Any] = self._ask("POST", path, json.dumps(dict(body)).encode(), {"Idempotency-Key": key or uuid.uuid4().hex})
        return found

    def _pages(self, path: str, asked: Mapping[str, Any]) -> Iterator[Any]:
        after: str | None = ""
        while after is not None:
            query = urllib.parse.urlencode({**asked, **({"after": after} if after else {})})
            page = self.get(f"{path}?{query}" if query else path)
            yield from page["items"]
            after = page["next"]

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        said = "no try"
        for number in range(self.tries):
            try:
                return self._once(method, path, body, headers)
            except Refused as no:
                wait = _wait(no)
                if wait is None or number + 1 == self.tries:
                    raise
            except OSError as broken:
                said, wait = str(broken), min(8.0, 0.25 * 2**number)
            self.sleep(wait)
        raise Unanswered(f"{method} {path}: {said}")

    def _once(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        sent = {"Accept": "application/json", "Accept-Language": self.language, "Content-Type": "application/json",
                **({"Authorization": f"Token {self.key}"} if self.key else {}), **headers}
        request = urllib.request.Request(self.address.rstrip("/") + path, body, sent, method=method)  # noqa: S310 (the caller's own address)
        try:
            with urllib.request.urlopen(request, timeout=self.seconds) as answer:  # noqa: S310
                return json.loads(answer.read())
        except urllib.error.HTTPError as no:
            with no:
                raise Refused(no.code, {**_problem(no.read()), "retry_after": no.headers.get("Retry-After")}) from no


def _problem(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"code": "", "detail": body[:200].decode("utf-8", "replace")}


def _wait(no: Refused) -> float | None:
    """How long to wait before the same call is made again; None where asking again would not help."""
    if no.status in (429, 503) or (no.status == 409 and no.code == _RUNNING):
        told = str(no.problem.get("retry_after") or "")
        return float(told) if told.isdigit() else 0.5
    return None


def check_webhook(secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None) -> dict[str, Any]:
    """This will check what arrived at your address and return its content; raises ``Forged``.

    Handle each ``id`` once: the exchange tells a fact at least once, and again whenever your answer was lost.
    """
    told = {name.lower(): value for name, value in headers.items()}
    ident, stamp, signed = (told.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if now is None:
        now = time.time()  # wall clock: the reader's own, beside what the sender wrote
    if not stamp.isdigit() or abs(now - int(stamp)) > _STALE_SECONDS:
        raise Forged("its time is more than five minutes away")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mine = "v1," + base64.b64encode(hmac.new(key, f"{ident}.{stamp}.".encode() + body, hashlib.sha256).digest()).decode()
    if not any(hmac.compare_digest(mine, one) for one in signed.split()):
        raise Forged("it is not signed with this secret")
    found: dict[str, Any] = json.loads(body)
    return found
