# SPDX-License-Identifier: MIT
"""What a rule is made of."""

from typing import Callable, NamedTuple


class Rule(NamedTuple):
    """A rule and the proof that it can fail."""

    name: str
    claim: str  # what holds when nothing is found; a sentence
    check: Callable  # from a Tree to its findings
    good: dict  # path to content (text or bytes) of a small tree without a finding
    bad: dict  # what is laid over `good`, so that there are findings
    expected: list  # where they are: "path:line" or "path", all of them, in the order of the paths
