"""Two mistakes at once are named, both of them, whichever they are."""

from __future__ import annotations

from functools import cache
from itertools import combinations, islice
from typing import Any

import numpy as np
import pytest
from mistake_cases import all_differences, config_of, ids, named, network, network_for, replay, shipped

from lstmcheck.api import check
from lstmcheck.errors import LstmcheckError
from lstmcheck.mistakes.catalogue import CATALOGUE, applicable
from lstmcheck.mistakes.diagnosis.pairs import PairSearch, affordable
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.mistakes.mistake import Mistake, clash, compose

PARTNERS = 2
OTHERS = 10
"""Mistakes that a pair is searched among, besides the entry and its partners: all would take minutes."""


@cache
def _whole_search(name: str) -> PairSearch:
    mistakes, differences = all_differences(name)
    return PairSearch(replay(name), mistakes, differences)


def _partners(entry: Mistake) -> list[Mistake]:
    """Some others, drawn by the entry's id, that a network can have besides it."""
    random = np.random.default_rng([*entry.id.encode()])
    order = [CATALOGUE[ids()[k]] for k in random.permutation(len(CATALOGUE))]
    fitting = (other for other in order if not clash(entry, other) and network_for(entry, other))
    return list(islice(fitting, PARTNERS))


@pytest.mark.parametrize("name", ids())
def test_every_entry_is_named_in_pairs_with_others(name: str) -> None:
    entry = CATALOGUE[name]
    for other in _partners(entry):
        where = network_for(entry, other)
        assert where is not None
        mistakes, _ = all_differences(where)
        planted = replay(where).difference(compose((entry, other)))
        if named(where, planted):
            # One hides the other altogether, or both together are what a third one is alone.
            continue
        random = np.random.default_rng([*other.id.encode()])
        among = {entry.id, other.id} | {mistakes[k].id for k in random.permutation(len(mistakes))[:OTHERS]}
        chosen = [k for k, mistake in enumerate(mistakes) if mistake.id in among]
        search = PairSearch(replay(where), [mistakes[k] for k in chosen], all_differences(where)[1][chosen])
        found = [{mistake.id for mistake in each.mistakes} for each in search.find(planted)]
        assert {entry.id, other.id} in found


WHOLE = (
    ("hidden-carry-dropped", "candidate-sign"),
    ("cell-carry-without-forget", "output-derivative-missing"),
    ("gates-ignore-cell-carry", "sigmoid-derivative-missing-f"),
    ("averaged-loss-factor", "recurrent-weights-wrap-around"),
    ("joined-split-wrong", "gate-order-in-backward"),
    ("truncated-bptt-2", "output-gate-uses-cell"),
)


@pytest.mark.parametrize(("one", "other"), WHOLE)
def test_a_pair_is_found_among_all_pairs(one: str, other: str) -> None:
    planted = replay("plain").difference(compose((CATALOGUE[one], CATALOGUE[other])))
    found = _whole_search("plain").find(planted)
    assert [{mistake.id for mistake in each.mistakes} for each in found] == [{one, other}]


def test_a_whole_check_names_both() -> None:
    one, other = CATALOGUE["cell-carry-wrong-gate"], CATALOGUE["bias-batch-mean"]
    backward = compose((one, other))
    diagnosis = check(shipped("small"), backward=backward).diagnosis
    assert diagnosis is not None
    suspect, *others = diagnosis.suspects
    assert others == []
    assert {suspect.mistake, *suspect.partners} == {one.id, other.id}
    assert len(suspect.formulas) == 2


def test_two_that_replace_the_same_term_cannot_be_planted_together() -> None:
    mistakes = [CATALOGUE[name] for name in ("output-gate-uses-cell", "output-gate-uses-old-cell")]
    with pytest.raises(LstmcheckError, match="replace the same term"):
        compose(mistakes)


def test_mistakes_that_change_the_same_term_compose_in_any_order() -> None:
    names = ("candidate-sign", "candidate-uses-itself", "candidate-derivative-missing-g")
    for pair in combinations([CATALOGUE[name] for name in names], 2):
        there, back = (replay("plain").difference(compose(order)) for order in (pair, pair[::-1]))
        assert np.array_equal(there, back)


def test_a_short_search_finds_nothing_rather_than_something() -> None:
    planted = replay("plain").difference(CATALOGUE["no-recurrence"].backward)
    halved = planted * 0.5
    mistakes, differences = all_differences("plain")
    search = PairSearch(replay("plain"), mistakes, differences, most=400)
    assert search.find(halved) == []
    assert search.tried == f"the likeliest 400 of {len(search.first):,} pairs"


def test_how_many_pairs_are_tried_is_a_matter_of_sizes_alone() -> None:
    sizes: list[dict[str, Any]] = [
        {"sequence": {"length": 1}},
        {"sequence": {"length": 1}, "lstm": {"hidden_size": 256}},
        {"sequence": {"length": 50}},
    ]
    small, wide, long = (affordable(Replay.of(config_of(each))) for each in sizes)
    assert small > len(CATALOGUE) ** 2 / 2 > wide > long


def test_two_mistakes_of_a_single_step_leave_a_diagnosis() -> None:
    """The loop that leaves out the first step leaves none: what the other mistake changes is not there."""
    one_step = config_of({"sequence": {"length": 1}, "lstm": {"input_size": 3, "hidden_size": 3}})
    whole = Replay.of(one_step)
    skipped = CATALOGUE["first-step-skipped"]
    for other in applicable(one_step):
        if not clash(skipped, other):
            assert np.isfinite(whole.difference(compose((skipped, other)))).all()


def test_networks_of_these_tests_differ_in_all_sizes() -> None:
    config = network("plain")
    sizes = (
        config.sequence.length,
        config.sequence.batch,
        config.lstm.input_size,
        config.lstm.hidden_size,
    )
    assert len(set(sizes)) == len(sizes)


def test_any_two_of_a_padded_network_can_be_made_at_once() -> None:
    """None of them relies on what another leaves out."""
    mistakes = applicable(network("padded network"))
    for one, other in combinations(mistakes, 2):
        if not clash(one, other):
            compose((one, other))
    of_networks = [mistake for mistake in mistakes if {"lengths", "bidirectional"} & _needs(mistake)]
    for one, other in combinations(of_networks, 2):
        if not clash(one, other):
            assert replay("padded network").gradients(compose((one, other)))["x"].any()


def _needs(mistake: Mistake) -> set[str]:
    return {need.name for need in mistake.needs}
