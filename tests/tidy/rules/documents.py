# SPDX-License-Identifier: MIT
"""What the documents must say, and that it is true of the tree."""

import fnmatch
import re
from pathlib import PurePosixPath
from posixpath import normpath

from rule import Rule
from tree import Finding

COMMANDS = ["packaging/quickstart serve", "packaging/quickstart test"]
ROOTS = ["host", "sdk", "plugins", "tests", "examples", "packaging"]
# Here a folder that is built has a README of its own, down to the second level.
OURS = ["host", "sdk", "plugins", "tests"]


def two_commands(tree):
    findings = []
    for command in COMMANDS:
        script, verb = command.split()
        if not tree.has("README.md") or command not in tree.text_of("README.md"):
            findings.append(Finding("README.md", 1, f"does not name `{command}`"))
        if not tree.has(script) or not re.search(rf"^\s*{verb}\)", tree.text_of(script), re.MULTILINE):
            findings.append(Finding(script, 1, f"has no branch `{verb})`"))
    return findings


def is_described(tree, folder):
    """Has a README, or is named, it or a folder that it lies in, in the one of the nearest folder that has one."""
    if tree.has(f"{folder}/README.md"):
        return True
    for parent in list(PurePosixPath(folder).parents)[:-1]:
        if tree.has(f"{parent}/README.md"):
            parts = PurePosixPath(folder).relative_to(parent).parts
            names = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
            text = tree.text_of(f"{parent}/README.md")
            return any(re.search(rf"(?<![\w/]){re.escape(name)}(?!\w)", text) for name in names)
    return False


def folders_described(tree):
    findings = []
    for root in ROOTS:
        for folder in tree.folders(root):
            needs_own = root in OURS and folder.count("/") < 2 and tree.has(f"{folder}/CMakeLists.txt")
            if needs_own and not tree.has(f"{folder}/README.md"):
                findings.append(Finding(f"{folder}/README.md", 0, "is missing: what the folder holds, its threads, how it is tested"))
            elif not is_described(tree, folder):
                findings.append(Finding(folder, 0, "has no README.md, and the one above does not name it"))
    return findings


PATH = re.compile(r"`((?:" + "|".join(ROOTS) + r")/[\w./*-]+)`")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def paths_exist(tree):
    """Paths in backticks and in links lead to something."""
    folders = {folder for root in ROOTS for folder in tree.folders(root)}
    findings = []
    for path in tree.files(".md"):
        here = PurePosixPath(path).parent
        for number, line in tree.lines(path):
            named = [(match[1], match[1]) for match in PATH.finditer(line)]
            named += [(match[1], normpath((here / match[1]).as_posix())) for match in LINK.finditer(line)]
            for shown, target in named:
                target = target.rstrip("/.")
                if not (target in folders or fnmatch.filter(tree.paths, target)):
                    findings.append(Finding(path, number, f"{shown} is not there"))
    return findings


QUOTE = re.compile(r"^<!-- from (\S+) -->$")


def quotes_true(tree):
    """A fence under `<!-- from FILE -->` is that file without its licence line."""
    findings = []
    for path in tree.files(".md"):
        lines = [line for _, line in tree.lines(path)]
        for number, line in enumerate(lines, start=1):
            match = QUOTE.match(line)
            if not match:
                continue
            end = lines.index("```", number + 1) if "```" in lines[number + 1:] else len(lines)
            file = tree.text_of(match[1]).split("\n") if tree.has(match[1]) else []
            wanted = [text for text in file if "SPDX-License-Identifier" not in text]
            if lines[number + 1:end] != wanted[:-1] or not wanted:
                findings.append(Finding(path, number, f"what follows is not {match[1]} as it is"))
    return findings


# Their fences are played by tests; of a block without one no test knows.
PLAYED = ["README.md", "sdk/README.md", "sdk/TUTORIAL.md"]


def code_fenced(tree):
    """An indented block, as Markdown knows it: after an empty line, outside a fence."""
    findings = []
    for path in PLAYED:
        is_inside, above = False, ""
        for number, line in tree.lines(path) if tree.has(path) else []:
            is_inside ^= line.startswith("```")
            if not is_inside and not above.strip() and re.match(r" {4}\S", line):
                findings.append(Finding(path, number, "code is indented: put it between fences, where a test runs it"))
            above = line
    return findings


RULES = [
    Rule(
        name="two_commands",
        claim="The README names the two commands, and the script knows them.",
        check=two_commands,
        good={"README.md": f"`{COMMANDS[0]}` and `{COMMANDS[1]}`\n", "packaging/quickstart": "case $1 in\n  serve)\n  test)\n"},
        bad={"README.md": f"`{COMMANDS[0]}`\n", "packaging/quickstart": "case $1 in\n  test)\n"},
        expected=["README.md:1", "packaging/quickstart:1"],
    ),
    Rule(
        name="folders_described",
        claim="Every folder has a README or is named in the one above.",
        check=folders_described,
        good={"host/README.md": "# host\n", "host/base/README.md": "# base\n", "host/base/CMakeLists.txt": "",
              "tests/README.md": "unit/\n", "tests/unit/README.md": "`base` is tested\n", "tests/unit/base/CMakeLists.txt": ""},
        bad={"host/link/CMakeLists.txt": "", "tests/unit/basement/a.cpp": ""},
        expected=["host/link/README.md", "tests/unit/basement"],
    ),
    Rule(
        name="document_paths",
        claim="Paths in documents exist.",
        check=paths_exist,
        good={"README.md": "`host/base` [map](host/README.md) `host/base/*.hpp` [x](https://example.org)\n",
              "host/README.md": "[up](../README.md) `host/base/log.hpp`\n", "host/base/log.hpp": ""},
        bad={"host/README.md": "`host/base/lag.hpp`\n[gone](gone.md)\n", "host/base/README.md": "`tests/unit/base`\n"},
        expected=["host/README.md:1", "host/README.md:2", "host/base/README.md:1"],
    ),
    Rule(
        name="document_quotes",
        claim="Code that documents quote is the file that they name.",
        check=quotes_true,
        good={"a/hello.cpp": "// SPDX-License-Identifier: MIT\nint a;\n", "README.md": "<!-- from a/hello.cpp -->\n```cpp\nint a;\n```\n"},
        bad={"README.md": "<!-- from a/hello.cpp -->\n```cpp\nint b;\n```\n", "b.md": "\n<!-- from a/gone.cpp -->\n```\n```\n"},
        expected=["README.md:1", "b.md:2"],
    ),
    Rule(
        name="document_code_fenced",
        claim="Code of the documents that tests play stands in fences.",
        check=code_fenced,
        good={"README.md": "- point\n    more of it\n\n```sh\n\n    ls\n```\n", "host/README.md": "\n    free\n"},
        bad={"sdk/TUTORIAL.md": "words:\n\n    ls\n"},
        expected=["sdk/TUTORIAL.md:3"],
    ),
]
