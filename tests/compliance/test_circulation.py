"""R43: open, share, exchange, trade on and off the exchange: eight cells as data, each with what it admits and needs."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import yaml
from django.test import Client

from compliance.rules.circulation import circulation, flow_of, read_circulation, refuse_unless_admitted
from compliance.rules.vocabulary import DATA
from kit.coverage import covers
from kit.permissions import permission_map
from kit.rejected import Rejected

DOCUMENT: dict[str, Any] = yaml.safe_load((DATA / "circulation.yaml").read_text(encoding="utf-8"))


@covers("R43")
@pytest.mark.parametrize(("mode", "channel", "order", "money", "filing", "review"), [
    ("open", "on", "none", "none", "none", "class"), ("open", "off", "none", "none", "none", "none"),
    ("share", "on", "grant", "none", "none", "class"), ("share", "off", "contract", "none", "asked", "filing"),
    ("exchange", "on", "grant", "right", "none", "class"), ("exchange", "off", "contract", "value", "asked", "filing"),
    ("trade", "on", "order", "price", "none", "class"), ("trade", "off", "contract", "price", "asked", "filing"),
])
def test_a_cell_says_what_it_needs_and_refuses_every_act_it_does_not_name(mode: str, channel: str, order: str, money: str, filing: str,
                                                                         review: str) -> None:
    flow = flow_of(mode, channel)
    assert (flow.order, flow.money, flow.filing, flow.review) == (order, money, filing, review)
    for act in circulation().acts:
        if act in flow.acts:
            assert refuse_unless_admitted(mode, channel, act) is flow
            continue
        with pytest.raises(Rejected) as caught:
            refuse_unless_admitted(mode, channel, act)
        assert caught.value.code == "compliance.circulation.not_admitted"
        assert flow.name[0] in caught.value.text("detail", "zh") and flow.name[1] in caught.value.text("detail", "en")
        assert caught.value.article == flow.basis[0] and caught.value.next_href == f"/rules/circulation/#{flow.key}"


def test_every_act_of_the_table_is_an_operation_that_somebody_may_do() -> None:
    assert {one.operation for one in circulation().acts.values()} <= set(permission_map())


@pytest.mark.parametrize(("spoil", "said"), [
    (lambda cells: cells.pop(), "missing"),
    (lambda cells: cells.append(deepcopy(cells[0])), "twice"),
    (lambda cells: cells[0].update(acts=["give_away"]), "give_away"),
    (lambda cells: cells[0].update(money="gold"), "gold"),
    (lambda cells: cells[0].update(basis=""), "clause"),
    (lambda cells: cells[0].update(mode="lend"), "lend"),
])
def test_a_table_with_a_fault_is_not_read(spoil: Any, said: str) -> None:
    document = deepcopy(DOCUMENT)
    spoil(document["cells"])
    with pytest.raises(ValueError, match=said):
        read_circulation(document)


@covers("R43")
@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_shows_every_cell_with_its_clause(client: Client, language: str) -> None:
    page = client.get("/rules/circulation/", headers={"accept-language": language}).content.decode()
    for flow in circulation().flows.values():
        assert f'id="{flow.key}"' in page and flow.name[0 if language == "zh-hans" else 1] in page
    assert "/rules/circulation/" in client.get("/rules/").content.decode()
