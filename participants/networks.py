"""From where what was delivered may be used 使用网络: an organisation puts its networks on record, and every use is judged by them (T64).

The address is that of the request, as the house's sign-ins read it: of the connection, or what our own proxy says it saw. Where nothing
asked (a worker, a shell), there is no address, and where networks stand an unknown address is outside them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from hashlib import sha256

from evidence.canonical import canonical
from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from participants.models import Organization, UseNetworks
from participants.network_events import NetworksSet
from participants.permissions import require

__all__ = ["MOST_NETWORKS", "called_from", "caller_address", "networks_of", "outside", "read_networks", "set_networks", "within"]

#: Networks of one organisation, and how wide one may be: a wider one binds nothing.
MOST_NETWORKS = 20
_WIDEST = {4: 8, 6: 16}
_CALLER: ContextVar[str] = ContextVar("participants_caller", default="")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Pair = tuple[str, str]


@contextmanager
def called_from(address: str) -> Iterator[None]:
    """This will judge every use within by this address; the edge of a request says it once."""
    token = _CALLER.set(address)
    try:
        yield
    finally:
        _CALLER.reset(token)


def caller_address() -> str:
    """This will return the address that asks now; '' where no request asks."""
    return _CALLER.get()


# ---- reading ------------------------------------------------------------------------------------------------------------------


@covers("T64")
def read_networks(text: str) -> list[str]:
    """This will read one network a line, or refuse with each fault at its line (``participants.networks.faulty``)."""
    lines = [line.strip() for line in text.splitlines()]
    found: list[Network] = []
    faults: list[FieldFault] = []
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        network, why = _network(line)
        over = network and next((one for one in found if one.version == network.version and one.overlaps(network)), None)
        if over is not None:
            why = (f"第 {number} 行与 {over} 重叠，只留较宽的一个", f"Line {number} overlaps with {over}: keep the wider one")
        elif why is not None:
            why = (f"第 {number} 行“{line[:43]}”：{why[0]}", f"Line {number} “{line[:43]}”: {why[1]}")
        if why is not None:
            faults.append(FieldFault(f"networks.{number}", "not_a_network", why))
        elif network is not None:
            found.append(network)
    if len(found) > MOST_NETWORKS:
        faults = [FieldFault("networks", "too_many", (f"写了 {len(found)} 个网络，至多 {MOST_NETWORKS} 个，请合并或删去",
                                                      f"{len(found)} networks; {MOST_NETWORKS} at most: join or leave out some"))]
    if faults:
        raise Rejected("participants.networks.faulty", count=len(faults), errors=faults[:MOST_NETWORKS])
    return [str(one) for one in sorted(found, key=lambda one: (one.version, one))]


def _network(line: str) -> tuple[Network | None, Pair | None]:
    """The network of a line, or what is wrong with it."""
    try:
        loose = ipaddress.ip_network(line, strict=False)
    except ValueError:
        return None, ("不是网络地址，写作 203.0.113.0/24 或 2001:db8::/48", "no network; write 203.0.113.0/24 or 2001:db8::/48")
    if "%" in line:
        return None, ("不能带接口名，只写地址与前缀长度", "no interface may be named, only address and prefix length")
    if isinstance(loose, ipaddress.IPv6Network) and loose.network_address.ipv4_mapped is not None:
        return None, ("请按 IPv4 书写", "write it as IPv4")
    if loose.prefixlen < _WIDEST[loose.version]:
        return None, (f"太宽，前缀至少 /{_WIDEST[loose.version]}", f"too wide: the prefix is /{_WIDEST[loose.version]} at least")
    if "/" in line and ipaddress.ip_address(line.split("/")[0]) != loose.network_address:
        return None, (f"地址不是网络的起点，应写作 {loose}", f"the address is not where the network begins: write {loose}")
    return loose, None


# ---- judging ------------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _known(cidr: str) -> Network:
    return ipaddress.ip_network(cidr)


@covers("T64")
def within(address: str, cidrs: Sequence[str]) -> bool:
    """This will tell whether an address lies in one of the networks; what is no address lies in none."""
    try:
        one = ipaddress.ip_address(address.strip())
    except ValueError:
        return False
    if isinstance(one, ipaddress.IPv6Address):
        one = one.ipv4_mapped or one
    return any(one in _known(cidr) for cidr in cidrs)


def networks_of(organization: Organization) -> list[str]:
    """This will return the networks an organisation put on record; none: it may use what it has from anywhere."""
    held = getattr(organization, "use_networks", None)  # joined by the hot ways; absent: none was ever set
    return list(held.cidrs) if held else []


@covers("T64")
def outside(organization: Organization) -> bool:
    """This will tell whether what asks now asks from outside the organisation's networks; an unknown address is outside."""
    cidrs = networks_of(organization)
    return bool(cidrs) and not within(caller_address(), cidrs)


# ---- setting ------------------------------------------------------------------------------------------------------------------


@covers("T64", "F6")
@operation("participants.networks.set")
def set_networks(*, organization: Organization, text: str, actor: Actor, clock: Clock) -> UseNetworks | None:
    """This will put the networks on record from which the organisation uses what is delivered to it, or with none lift the limit."""
    at = clock.now()
    require(actor, "participants.networks.set", subject=organization, at=at)
    cidrs = read_networks(text)
    Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)
    held = UseNetworks.objects.filter(organization=organization).first()
    if cidrs == (held.cidrs if held else []):
        unchanged(at=at)
        return held
    assert actor.user_id is not None, "networks are set by a person"
    kept, _ = UseNetworks.objects.update_or_create(organization=organization, defaults={
        "cidrs": cidrs, "set_by_id": actor.user_id, "set_at": at})
    record(NetworksSet(subject=organization.code, count=len(cidrs), networks_sha256=sha256(canonical(cidrs)).hexdigest()),
           actor=actor, at=at)
    return kept
