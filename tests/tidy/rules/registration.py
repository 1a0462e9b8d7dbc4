# SPDX-License-Identifier: MIT
"""That what is written as a test is one."""

import re
from pathlib import PurePosixPath

from rule import Rule
from tree import Finding

LIST = "CMakeLists.txt"


def names_word(text, word):
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w.-])", text) is not None


def registered(tree):
    findings = []
    for path in tree.files(".txt", under="tests"):
        folder = PurePosixPath(path).parent
        if PurePosixPath(path).name != LIST or folder.as_posix() == "tests":
            continue
        above = next(parent for parent in folder.parents if tree.has(f"{parent}/{LIST}"))
        if not names_word(tree.text_of(f"{above}/{LIST}"), folder.relative_to(above).as_posix()):
            findings.append(Finding(path, 1, f"{above}/{LIST} does not add this folder: its tests never run"))
    for path in tree.files(".cpp", ".mjs", ".py", under="tests"):
        name = PurePosixPath(path).name
        theme = re.match(r"(\w+)(_test\.cpp|_test\.py|\.test\.mjs)$", name)
        if not theme:
            continue
        list_of_folder = f"{PurePosixPath(path).parent}/{LIST}"
        text = tree.text_of(list_of_folder) if tree.has(list_of_folder) else ""
        # Named as a file, or by its theme where a function puts the file's name together.
        is_pattern = re.search(r"\}" + re.escape(theme[2]), text) is not None
        if name not in text and not (is_pattern and names_word(text, theme[1])):
            findings.append(Finding(path, 1, f"{list_of_folder} does not name this file: its tests never run"))
    return findings


RULES = [
    Rule(
        name="tests_registered",
        claim="Every folder with tests and every file of tests is built and run.",
        check=registered,
        good={
            "CMakeLists.txt": "", "tests/CMakeLists.txt": "foreach(suite unit)\n", "tests/unit/CMakeLists.txt": "foreach(folder base log)\n",
            "tests/unit/base/CMakeLists.txt": "berth_test(NAME unit_base SOURCES id_test.cpp)\n", "tests/unit/base/id_test.cpp": "",
            "tests/unit/log/CMakeLists.txt": "berth_test(SOURCES ${name}_test.cpp)\nforeach(name ring)\n", "tests/unit/log/ring_test.cpp": "",
        },
        bad={"tests/unit/base/log_test.cpp": "", "tests/unit/log/render_test.cpp": "", "tests/bench/CMakeLists.txt": ""},
        expected=["tests/bench/CMakeLists.txt:1", "tests/unit/base/log_test.cpp:1", "tests/unit/log/render_test.cpp:1"],
    ),
]
