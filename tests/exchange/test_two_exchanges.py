"""Two exchanges on one machine, each with its own database, key and web server, keep each other in step (CAP-I5, R56).

Each recognises the other; then certificates, credit and catalogue of either are known at the other, over HTTP and by signed pages alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.keys import public_bytes
from exchange.local_servers import create_database, drop_database
from kit.coverage import covers
from tests import clones
from tests.exchange.test_supervisor import answers, free_pair
from tests.flows.house import RunningHouse

pytestmark = pytest.mark.fault

#: What each house holds before it opens: a seller with a certificate and a listing on sale, and the other exchange, recognised by two.
SEED = """
import json
from evidence.clock import MARKET_CLOCK
from evidence.operations import drain
from listings.models import RegistrationCertificate
from listings.peering import decide_peer, propose_peer
from participants.models import Organization
from participants.roles import Role
from tests.factories import make_actor
from tests.listings.worlds import make_registered, make_seller
from tests.trading.worlds import make_listing
given = json.loads('''{given}''')
seller = make_seller()
Organization.objects.filter(pk=seller.organization.pk).update(uscc=given["uscc"])
product, certificate = make_registered(seller)
listing = make_listing(title_zh=given["title"])
asked = propose_peer(name=(given["there"], given["there"]), address=given["address"], origin=given["there"], key=given["key"],
                     actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
regulator, officer = make_actor(Role.REGULATOR), make_actor(Role.COMPLIANCE_OFFICER)
decide_peer(approval=asked, agree=True, reason="两所互认", actor=regulator, clock=MARKET_CLOCK)
drain()
print(json.dumps({{"certificate": certificate.code, "listing": listing.code, "seller": seller.organization.code,
    "regulator": regulator.user_id, "officer": officer.user_id}}))
"""

#: A visit to the other exchange, now, and what is known of it afterwards.
PULL = """
import json
from evidence.clock import MARKET_CLOCK
from listings.models import DataResource, Peer, PeerCertificate, PeerStanding
from listings.peer_pulling import pull_due
from listings.recognising import worst_elsewhere
Peer.objects.update(due_at=MARKET_CLOCK.now())
taken = pull_due(clock=MARKET_CLOCK)
peer = Peer.objects.get()
print(json.dumps({"taken": taken, "fault": peer.fault, "certificates": dict(PeerCertificate.objects.values_list("code", "state")),
    "standings": {one: str(worst_elsewhere(one)) for one in PeerStanding.objects.values_list("uscc", flat=True)},
    "found": list(DataResource.objects.filter(region=peer.origin).values_list("title", flat=True))}))
"""

#: A finding's two effects at home: the holder is restricted, its certificate frozen.
FALL = """
import json
from evidence.clock import MARKET_CLOCK
from evidence.operations import drain
from listings.models import RegistrationCertificate
from listings.operations import freeze_certificate
from participants.actors import actor_of
from participants.models import Organization, User
from participants.operations import set_standing
given = json.loads('''{given}''')
regulator, officer = (actor_of(User.objects.get(pk=given[role])) for role in ("regulator", "officer"))
set_standing(organization=Organization.objects.get(code=given["seller"]), standing="restricted", band="D", cause_code="FND-1",
             reason="声明不实", actor=regulator, at=MARKET_CLOCK.now())
freeze_certificate(certificate=RegistrationCertificate.objects.get(code=given["certificate"]), cause_code="FND-1", actor=officer,
                   clock=MARKET_CLOCK)
drain()
"""


@dataclass
class Exchange(RunningHouse):
    """One exchange: its own database, folder, key and name; only its web server runs."""

    name: str = ""

    def __post_init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        (self.var / "signing.pem").write_bytes(self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        self.port = free_pair()
        drop_database(clones.started().admin_url, self.database)
        create_database(clones.started().admin_url, self.database, template=clones.template())

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "DX_PROFILE": "test", "EVIDENCE_ORIGIN": self.name, "EVIDENCE_SIGNING_KEY_FILE": str(self.var / "signing.pem"),
            "EVIDENCE_CHECKPOINTS_DIR": str(self.var / "checkpoints"), "WEBHOOKS_REACH_PRIVATE": "true", "PUBLIC_ADDRESS": self.address}

    def ask(self, source: str) -> dict[str, Any]:
        return dict(json.loads(self.run(source).splitlines()[-1]))

    def seed(self, other: Exchange, uscc: str) -> dict[str, Any]:
        return self.ask(SEED.format(given=json.dumps({
            "uscc": uscc, "title": f"{self.name} 的港口数据", "there": other.name, "address": other.address,
            "key": public_bytes(other.key).hex()})))

    def serve(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
             "--no-ws", "exchange.wsgi:application"],
            cwd=clones.HOUSE, env=self.environment, stdout=(self.var / "out.txt").open("a"), stderr=subprocess.STDOUT, text=True,
            start_new_session=True)
        assert answers(self.port, 120), (self.var / "out.txt").read_text()[-3000:]

    def page(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=60) as answer:
            return str(answer.read().decode())


@pytest.fixture
def two() -> Iterator[tuple[Exchange, Exchange]]:
    clones.prepare_template()
    made = [Exchange(database=f"dx_{name}_{port}", name=f"{name}.example.org") for name, port in (("north", 1), ("south", 2))]
    try:
        yield made[0], made[1]
    finally:
        for one in made:
            one.close()


@covers("CAP-I5", "R56")
def test_two_exchanges_exchange_catalogues_and_recognise_each_others_certificates_and_credit(two: tuple[Exchange, Exchange]) -> None:
    north, south = two
    of_north, of_south = north.seed(south, "91310000MA1FL0001X"), south.seed(north, "91440000MA1FL0002Y")
    for one in two:
        one.serve()
    for one, other, theirs, uscc in ((north, south, of_south, "91440000MA1FL0002Y"), (south, north, of_north, "91310000MA1FL0001X")):
        told = one.ask(PULL)
        assert told["fault"] == "" and told["certificates"][theirs["certificate"]] == "valid"
        assert told["standings"] == {uscc: "good"}
        assert told["found"] == [f"{other.name} 的港口数据"], "what is on sale there is found here, and is no listing of ours"
        assert other.name in one.page(f"/verify/{theirs['certificate']}")
    north.run(FALL.format(given=json.dumps(of_north)))
    told = south.ask(PULL)
    assert told["fault"] == "" and told["certificates"][of_north["certificate"]] == "frozen"
    assert told["standings"] == {"91310000MA1FL0001X": "restricted"}
    assert "请勿据此交易" in south.page(f"/verify/{of_north['certificate']}")
    assert south.ask(PULL)["taken"] == 0, "asking again changes nothing"
