# SPDX-License-Identifier: MIT
"""What no line of the tree contains."""

import re

from rule import Rule
from tree import SOURCES, Finding

# Put together, so that this file doesn't contain what it looks for.
WORDS = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
UNFINISHED = re.compile(r"\b(" + "|".join(WORDS) + r")\b")
SPDX = "SPDX-License-Identifier: " + "MIT"
DISABLED = re.compile(r"\b" + "DISA" + "BLED_")
MACHINE = re.compile("(" + "|".join(f"/{folder}/" for folder in ("wo" + "rk", "ho" + "me", "ro" + "ot", "Us" + "ers")) + ")")


def texts(tree):
    return [path for path in tree.paths if b"\0" not in tree.bytes_of(path)]


def licensed(tree):
    findings = []
    for path in tree.files(*SOURCES):
        lines = [line for _, line in tree.lines(path)]
        first = 1 if lines[0].startswith("#!") else 0
        if first >= len(lines) or SPDX not in lines[first]:
            findings.append(Finding(path, first + 1, f'must be the line "{SPDX}" in a comment'))
    return findings


def finished(tree):
    return tree.grep(UNFINISHED, texts(tree), lambda match: f"{match[0]}: finish it, or write what is not promised where the reader looks")


def blanks(tree):
    findings = []
    for path in texts(tree):
        lines = tree.lines(path)
        for number, line in lines:
            if "\t" in line:
                findings.append(Finding(path, number, "a tab; indent by blanks"))
            elif line != line.rstrip():
                findings.append(Finding(path, number, "blanks or a carriage return at the end of the line"))
        text = tree.text_of(path)
        if text and not text.endswith("\n"):
            findings.append(Finding(path, len(lines), "the last line has no end"))
        elif text.endswith("\n\n"):
            findings.append(Finding(path, len(lines) - 1, "an empty line at the end"))
    return findings


def no_disabled(tree):
    return tree.grep(DISABLED, tree.files(".cpp", ".hpp", under="tests"), "a test that does not run; mend it or take it out")


def no_machine(tree):
    return tree.grep(MACHINE, texts(tree), lambda match: f"{match[0]}...: a path of somebody's machine")


# Pages of requirements that an author of projects does not have (ARCHITECTURE.md says what they are).
PAGES = re.compile(r"\b(SEMANTICS|DECISIONS|RELIABILITY|ECOSYSTEM|PERFORMANCE|TRANSPORT)\b")
PUBLIC = ["sdk/include", "sdk/template", "sdk/js", "sdk/cmake", "examples", "plugins", "packaging/config"]


def no_unknown_pages(tree):
    public = [path for path in texts(tree) if path.startswith(tuple(f"{folder}/" for folder in PUBLIC))]
    return tree.grep(PAGES, public, lambda match: f"{match[0]}: a page that its reader does not have; say what it says")


RULES = [
    Rule(
        name="no_unknown_pages",
        claim="What authors and operators read names no page that they do not have.",
        check=no_unknown_pages,
        good={"sdk/include/berth/a.h": "/** Why it ended. */\n", "host/a.hpp": "/// " + "SEMAN" + "TICS: closing\n"},
        bad={"sdk/include/berth/a.h": "\n/** Why it ended (" + "SEMAN" + "TICS: closing). */\n"},
        expected=["sdk/include/berth/a.h:2"],
    ),
    Rule(
        name="license_line",
        claim="Every source begins with its licence.",
        check=licensed,
        good={"a.cpp": f"// {SPDX}\n", "run.py": f"#!/usr/bin/env python3\n# {SPDX}\n", "notes.md": "Notes\n"},
        bad={"b.hpp": "#pragma once\n", "c.py": "#!/usr/bin/env python3\nimport sys\n", "d.css": "\n"},
        expected=["b.hpp:1", "c.py:2", "d.css:1"],
    ),
    Rule(
        name="finished",
        claim="Nothing is marked as unfinished.",
        check=finished,
        good={"a.cpp": "auto name = mkdtemp(\"berth-" + "XX" * 3 + "\");\n"},
        bad={"a.cpp": f"int a;\n// {WORDS[0]}: later\n", "b.md": f"{WORDS[1]}\n\n({WORDS[2]})\n", "c.py": f"# a {WORDS[3]}\n"},
        expected=["a.cpp:2", "b.md:1", "b.md:3", "c.py:1"],
    ),
    Rule(
        name="blanks",
        claim="No tabs, nothing at the ends of lines, one end of line at the end.",
        check=blanks,
        good={"a.md": "a\n\nb\n", "empty.txt": "", "image.bin": b"\0\t \n"},
        bad={"a.md": "a \n\tb\nc\r\n", "b.md": "no end", "c.md": "end\n\n"},
        expected=["a.md:1", "a.md:2", "a.md:3", "b.md:1", "c.md:2"],
    ),
    Rule(
        name="no_disabled_tests",
        claim="Every test runs.",
        check=no_disabled,
        good={"tests/unit/a_test.cpp": "TEST(A, b) {}\n"},
        bad={"tests/unit/b_test.cpp": "\nTEST(A, " + "DISA" + "BLED_b) {}\n"},
        expected=["tests/unit/b_test.cpp:2"],
    ),
    Rule(
        name="no_machine_paths",
        claim="No file names a path of the machine that it was written on.",
        check=no_machine,
        good={"a.md": "See host/base, var/lib, https://example.org/w/x\n"},
        bad={"a.md": "See /" + "wo" + "rk/main\n", "b.sh": "cd /" + "ho" + "me/ana\n"},
        expected=["a.md:1", "b.sh:1"],
    ),
]
