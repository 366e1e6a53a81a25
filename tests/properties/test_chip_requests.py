"""Chips under any sequence of requests by their users, against a book kept by hand; see chip_requests.py."""

import pytest

from chip_requests import CHIPS, make_requests


@pytest.mark.filterwarnings("error::brianhw.errors.ChipWarning")
@pytest.mark.parametrize("chip", CHIPS)
def test_each_request_is_met_or_the_first_limit_is_named_and_nothing_has_changed(chip):
    done = make_requests(chip, seed=1, number=15 if chip == "DYNAP-SE1" else 40, run=True)
    assert done.met > 2 and done.refused > 2
