#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the source tree keeps its shape.

    tidy.py --list              the names of the rules
    tidy.py RULE ROOT           checks one rule; prints file:line: what is wrong
    tidy.py --can-fail RULE     shows that the rule finds nothing in a good sample and all there is in a bad one
    tidy.py ROOT                checks all rules
"""

import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

from rules import RULES  # noqa: E402
from tree import Tree  # noqa: E402


def check(rule, tree):
    findings = rule.check(tree)
    for finding in findings:
        print(finding)
    print(f"tidy {rule.name}: {len(findings) or 'no'} findings. {rule.claim}")
    return not findings


def found_in(rule, *samples):
    with tempfile.TemporaryDirectory(prefix="berth-tidy-") as root:
        for sample in samples:
            for path, content in sample.items():
                file = Path(root) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return sorted(rule.check(Tree(root)))


def can_fail(rule):
    in_good = found_in(rule, rule.good)
    in_bad = found_in(rule, rule.good, rule.bad)
    places = [f"{finding.path}:{finding.line}" if finding.line else finding.path for finding in in_bad]
    for finding in in_good:
        print(f"in the good sample: {finding}")
    for finding in in_bad:
        print(f"in the bad sample: {finding}")
    if places != sorted(rule.expected, key=lambda place: (place.split(":")[0], int((place + ":0").split(":")[1]))):
        print(f"expected in the bad sample: {', '.join(rule.expected)}")
        return False
    return bool(places) and not in_good


def main(arguments):
    match arguments:
        case ["--list"]:
            print("\n".join(RULES))
            return 0
        case ["--can-fail", name] if name in RULES:
            return 0 if can_fail(RULES[name]) else 1
        case [name, root] if name in RULES:
            return 0 if check(RULES[name], Tree(root)) else 1
        case [root] if Path(root).is_dir():
            tree = Tree(root)
            return 0 if all([check(rule, tree) for rule in RULES.values()]) else 1
    print(__doc__.strip(), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
