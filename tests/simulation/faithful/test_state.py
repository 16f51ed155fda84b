"""The hash of a state: names drawn at random and what is secret do not move it, anything that happened does."""

from __future__ import annotations

import hashlib

import pytest

from simulation.faithful import state
from simulation.faithful.state import _CODE as CODE
from simulation.faithful.state import differences, renamed, state_hash

DEAL = ['["trading.trade.executed", "2030-01-07", "ORG-AAAAAAAAA1/PSN-AAAAAAAAA2", "TRD-AAAAAAAAA3", {"price": 100}]',
        '["balance", "ORG-AAAAAAAAA1", "available", "CNY", 900, 0]', '["status", "trading.TradeState", "TRD-AAAAAAAAA3", "settled"]']


def other_names(lines: list[str]) -> list[str]:
    return [line.replace("AAAAAAAAA", "ZZZZZZZZZ") for line in reversed(lines)]


def test_two_states_that_differ_in_drawn_names_and_in_order_alone_are_one() -> None:
    assert state_hash(renamed(DEAL)) == state_hash(renamed(other_names(DEAL)))


@pytest.mark.parametrize(("was", "is_now"), [("900", "901"), ("settled", "defaulted"), ('"price": 100', '"price": 101'),
                                             ("2030-01-07", "2030-01-08")])
def test_a_fen_a_status_a_price_or_an_instant_moves_the_hash(was: str, is_now: str) -> None:
    changed = [line.replace(was, is_now) for line in DEAL]
    assert state_hash(renamed(changed)) != state_hash(renamed(DEAL)) and differences(renamed(DEAL), renamed(changed))


def test_who_did_it_moves_the_hash_although_both_are_only_names() -> None:
    """Two parties, one of whom has the money: swapping who bought is another state, for the label of a party is its history."""
    two = [*DEAL, '["balance", "ORG-BBBBBBBBB1", "available", "CNY", 5, 0]']
    swapped = [two[0].replace("ORG-AAAAAAAAA1", "ORG-BBBBBBBBB1"), *two[1:]]
    assert state_hash(renamed(two)) != state_hash(renamed(swapped))
    naive = [line.replace("ORG-AAAAAAAAA1", "ORG").replace("ORG-BBBBBBBBB1", "ORG") for line in two]
    assert sorted(naive) == sorted(line.replace("ORG-AAAAAAAAA1", "ORG").replace("ORG-BBBBBBBBB1", "ORG") for line in swapped), (
        "a hash that only masks names does not see it")


def test_labels_read_from_lines_cut_once_are_those_of_replacing_in_every_line_anew() -> None:
    """The slow way, code by code and line by line, is what the hash means."""
    lines = [*DEAL, *other_names(DEAL), '["x", "TRD-AAAAAAAAA3 and TRD-AAAAAAAAA3", "ORG-ZZZZZZZZZ1", "no code"]']

    def slow(mine: str, own: list[str], before: dict[str, str]) -> str:
        seen = sorted(CODE.sub(lambda found: "@" if found[0] == mine else before[found[0]], line) for line in own)
        return f"{mine.partition('-')[0]}~{hashlib.sha256(chr(10).join(seen).encode()).hexdigest()[:16]}"

    where = {code: sorted({number for number, line in enumerate(lines) if code in line}) for line in lines for code in CODE.findall(line)}
    labels = {code: code.partition("-")[0] for code in where}
    for _round in range(3):
        labels = {code: slow(code, [lines[number] for number in numbers], labels) for code, numbers in where.items()}
    assert state._labels(lines) == labels and len(labels) > 4


@pytest.mark.parametrize("secret", ["0123456789abcdef" * 4, "3f2b8c1e-7d4a-4b7e-9c51-1f2e3d4c5b6a",
                                    "Q0hFQ0tTVU1BQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWg=="])
def test_digests_ids_and_keys_do_not_move_the_hash(secret: str) -> None:
    one, two = ([*DEAL, f'["x.y.z", "2030", "system", "TRD-AAAAAAAAA3", {{"id": "{value}"}}]']
                for value in (secret, secret.translate(str.maketrans("0123456789abcdef", "123456789abcdef0"))))
    assert state_hash(renamed(one)) == state_hash(renamed(two))
