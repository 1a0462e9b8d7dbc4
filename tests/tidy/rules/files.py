# SPDX-License-Identifier: MIT
"""What files there are, how they are named and how long they may be."""

import re
from pathlib import Path

from rule import Rule
from tree import SOURCES, Finding

HEADER_LINES_MAX = 200
SOURCE_LINES_MAX = 450
# Tests are read by title, one at a time.
TEST_LINES_MAX = 600
# The ABI is one page on purpose: everything that C authors need, in the order of a project's life. The frozen copies
# are what they were. The client library's interface is such a page, too, and its C++ face another.
LONG = {
    "sdk/include/berth/client.h": 300,
    "sdk/include/berth/client.hpp": 320,
    "sdk/include/berth/berth.h": 400,
    "sdk/abi/1.0/berth/berth.h": 400,
}
# The C++ face has headers only: each is its own source.
HEADERS_ONLY = "sdk/include/berth/cpp/"
HEADERS_ONLY_LINES_MAX = 300

SNAKE = re.compile(r"^[a-z0-9_]+(\.[a-z0-9_]+)*$")
BUILT = {".a", ".dll", ".dylib", ".exe", ".o", ".obj", ".so", ".pyc", ".wasm", ".zip", ".gz", ".xz", ".deb"}


def usual_length(path):
    if path.startswith(HEADERS_ONLY):
        return HEADERS_ONLY_LINES_MAX
    if path.startswith("tests/") and Path(path).suffix == ".cpp":
        return TEST_LINES_MAX
    return HEADER_LINES_MAX if Path(path).suffix in {".h", ".hpp"} else SOURCE_LINES_MAX


def short(tree):
    findings = []
    for path in tree.files(*SOURCES):
        most = LONG.get(path) or usual_length(path)
        count = tree.text_of(path).count("\n")
        if count > most:
            findings.append(Finding(path, most + 1, f"{count} lines, at most {most}: look for the second concept in it"))
    return findings


# Named as those who import it know it.
NAMED_OTHERWISE = {"sdk/js/berth-client.mjs"}


def snake_case(tree):
    findings = []
    for path in tree.files(*SOURCES):
        if path in NAMED_OTHERWISE:
            continue
        parts = path.split("/")
        # An example's folder is called as its project, and projects may have hyphens.
        checked = parts[2:] if parts[0] == "examples" else parts
        wrong = [part for part in checked if not SNAKE.match(part)]
        if wrong:
            findings.append(Finding(path, 0, f"{wrong[0]} is not in snake_case"))
    return findings


def nothing_built(tree):
    findings = []
    for path in tree.paths:
        if Path(path).suffix in BUILT:
            findings.append(Finding(path, 0, f"{Path(path).suffix}: built files are not kept"))
        elif b"\0" in tree.bytes_of(path):
            findings.append(Finding(path, 0, "is not text; what is built or packed is not kept"))
    return findings


GUARD = re.compile(r"^\s*#\s*(pragma once|ifndef BERTH_\w+_H(PP)?\b)")


def guarded(tree):
    return [Finding(path, 1, "has no #pragma once (installed headers: #ifndef BERTH_..._H)")
            for path in tree.files(".h", ".hpp")
            if not any(GUARD.match(line) for _, line in tree.lines(path))]


RULES = [
    Rule(
        name="file_length",
        claim=f"Headers have at most {HEADER_LINES_MAX} lines, sources {SOURCE_LINES_MAX}, tests {TEST_LINES_MAX}.",
        check=short,
        good={"a.hpp": "\n" * HEADER_LINES_MAX, HEADERS_ONLY + "a.hpp": "\n" * HEADERS_ONLY_LINES_MAX, "a.cpp": "\n" * SOURCE_LINES_MAX, "long.md": "\n" * 1000},
        bad={"b.hpp": "\n" * (HEADER_LINES_MAX + 1), "b.py": "\n" * (SOURCE_LINES_MAX + 1),
             "tests/unit/b_test.cpp": "\n" * (TEST_LINES_MAX + 1)},
        expected=[f"b.hpp:{HEADER_LINES_MAX + 1}", f"b.py:{SOURCE_LINES_MAX + 1}",
                  f"tests/unit/b_test.cpp:{TEST_LINES_MAX + 1}"],
    ),
    Rule(
        name="file_names",
        claim="Sources and their folders are named in snake_case.",
        check=snake_case,
        good={"host/base/client_id.hpp": "", "examples/10-c/c_echo.c": "", "tests/browser/pages.test.mjs": "", "README.md": ""},
        bad={"host/base/ClientId.hpp": "", "host/some-folder/a.cpp": "", "tests/unit/a-test.cpp": ""},
        expected=["host/base/ClientId.hpp", "host/some-folder/a.cpp", "tests/unit/a-test.cpp"],
    ),
    Rule(
        name="nothing_built",
        claim="The tree holds sources only.",
        check=nothing_built,
        good={"a.cpp": "int a;\n"},
        bad={"chat.so": "", "bin/berth": b"\x7fELF\0"},
        expected=["bin/berth", "chat.so"],
    ),
    Rule(
        name="header_guards",
        claim="Every header can be included twice.",
        check=guarded,
        good={"a.hpp": "// A.\n#pragma once\n", "b.h": "#ifndef BERTH_EXT_B_H\n", "b.hpp": "#ifndef BERTH_CPP_B_HPP\n"},
        bad={"c.hpp": "struct C {};\n"},
        expected=["c.hpp:1"],
    ),
]
