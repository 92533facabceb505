"""The catalogue: complete, told in full, and every entry caught and named where it can show."""

from __future__ import annotations

import numpy as np
import pytest
from mistake_cases import NETWORKS, all_differences, ids, named, network, network_for, replay, shipped

from lstmcheck.api import check
from lstmcheck.arrays.make_case import make_case
from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.backward import Backward
from lstmcheck.mistakes.audit import Sight
from lstmcheck.mistakes.catalogue import CATALOGUE, MISTAKES, find, require_features
from lstmcheck.mistakes.where_to_look import where_to_look

KNOWN = """
no-recurrence hidden-carry-dropped cell-carry-dropped hidden-carry-doubled cell-carry-doubled
gates-ignore-cell-carry cell-carry-without-forget cell-carry-wrong-gate cell-carry-next-forget
cell-carry-before-output-derivative final-cell-gradient-ignored final-hidden-gradient-ignored
output-gradient-ignored only-last-output-gradient truncated-by-one truncated-bptt-2 averaged-over-time
input-gradient-time-reversed adjoint-composed-forwards output-gate-uses-cell output-gate-uses-old-cell
output-path-missing output-derivative-twice output-derivative-of-raw-cell output-derivative-at-old-cell
output-derivative-missing sigmoid-derivative-twice-i sigmoid-derivative-twice-f sigmoid-derivative-twice-o
sigmoid-instead-of-derivative-i sigmoid-instead-of-derivative-f sigmoid-instead-of-derivative-o
sigmoid-derivative-missing-i sigmoid-derivative-missing-f sigmoid-derivative-missing-o
input-gate-uses-itself candidate-uses-itself wrong-activation-derivative-i wrong-activation-derivative-f
wrong-activation-derivative-g wrong-activation-derivative-o derivative-binds-to-one-term forget-uses-new-cell
forget-uses-older-cell copied-gate copied-gate-weights candidate-sign input-weights-last-step-only
recurrent-weights-overwritten bias-overwritten recurrent-weights-use-new-hidden recurrent-weights-wrap-around
stale-previous-state first-step-skipped bias-no-batch-sum bias-batch-mean bias-first-sample weights-batch-mean
bias-doubled blocks-swapped scaled-parameter clipped-inside averaged-loss-factor gate-order-in-backward
gate-order-in-backward-if hidden-from-one-gate-i hidden-from-one-gate-f hidden-from-one-gate-g
hidden-from-one-gate-o hidden-without-candidate hidden-without-output-gate recurrent-weights-not-transposed
joined-split-wrong input-without-output-gate input-other-gate-order initial-hidden-zero initial-cell-zero
second-direction-reads-overwritten reverse-direction-not-added middle-layer-lost upper-layer-bias-zero
cached-view-overwritten carry-kept-between-calls masked-output-only mask-not-on-hidden-gradient
peephole-output-uses-old-cell peephole-output-not-in-cell peephole-not-in-carry coupled-sign coupled-ignored
projection-not-transposed projection-skipped
"""
"""What has been seen in the wild."""


def test_what_has_been_seen_is_in_the_catalogue() -> None:
    assert set(KNOWN.split()) <= CATALOGUE.keys()


def test_every_entry_has_an_id_of_its_own_and_is_told_in_full() -> None:
    every = MISTAKES
    assert len(every) == len(CATALOGUE)
    for mistake in every:
        assert mistake.title, mistake.id
        assert mistake.why.endswith("."), mistake.id
        assert mistake.wrong != mistake.right, mistake.id
        assert where_to_look([mistake]), mistake.id
        assert "{}" not in mistake.wrong + mistake.right + mistake.title, mistake.id


@pytest.mark.parametrize("term", ["gate-f", "cell-recurrence", "forget-path", "peephole-i-path", "W-term"])
@pytest.mark.parametrize("slip", ["dropped", "doubled", "negated"])
def test_a_term_is_dropped_doubled_and_negated(term: str, slip: str) -> None:
    elsewhere = {"cell-recurrence-doubled": "cell-carry-doubled"}
    assert elsewhere.get(f"{term}-{slip}", f"{term}-{slip}") in CATALOGUE


@pytest.mark.parametrize("name", ids())
def test_every_entry_is_caught_and_named_alone(name: str) -> None:
    mistake = CATALOGUE[name]
    where = network_for(mistake)
    assert where is not None, "no network of the tests has what it needs"
    assert Sight(network(where)).catches(mistake.backward)
    assert named(where, replay(where).difference(mistake.backward)) == [name]


@pytest.mark.parametrize("name", NETWORKS)
def test_no_two_entries_are_the_same_where_both_can_show(name: str) -> None:
    mistakes, differences = all_differences(name)
    visible = [k for k, d in enumerate(differences) if d.any()]
    for k in visible:
        assert named(name, differences[k]) == [mistakes[k].id]


SEVERAL = """
no-recurrence sigmoid-derivative-missing-f first-step-skipped averaged-loss-factor
joined-split-wrong initial-cell-zero carry-kept-between-calls masked-output-only
peephole-output-uses-old-cell coupled-sign projection-skipped middle-layer-lost
forget-path-negated both-biases-doubled clipped-inside
"""


@pytest.mark.parametrize("name", SEVERAL.split())
def test_a_whole_check_fails_and_names_the_mistake(name: str) -> None:
    mistake = CATALOGUE[name]
    where = network_for(mistake)
    assert where is not None
    report = check(network(where), backward=mistake.backward)
    assert report.verdict == "fail"
    diagnosis = report.diagnosis
    assert diagnosis is not None
    assert [suspect.mistake for suspect in diagnosis.suspects] == [name]
    assert diagnosis.suspects[0].residual < 1e-8


def test_none_is_named_when_nothing_is_wrong() -> None:
    for config in (shipped("small"), network("deep"), network("padded")):
        assert check(config).diagnosis is None


def test_no_mistake_changes_the_numbers_that_it_is_given() -> None:
    case = make_case(network("deep"))
    trace = case.trace()
    upstream = case.loss.gradient(trace.outputs)
    right = Backward(trace).gradients(upstream)
    for mistake in all_differences("deep")[0]:
        mistake.backward(trace).gradients(upstream)
    again = Backward(trace).gradients(upstream)
    assert all(np.array_equal(right[name], again[name]) for name in right)


def test_an_unknown_id_is_told_with_the_nearest() -> None:
    with pytest.raises(LstmcheckError, match="Did you mean 'no-recurrence'"):
        find("no-recurence")


def test_a_network_without_the_feature_is_told_the_key() -> None:
    with pytest.raises(LstmcheckError, match=r"Set lstm\.peephole: true"):
        require_features(CATALOGUE["peephole-not-in-carry"], network("plain"))
