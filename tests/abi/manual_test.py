# SPDX-License-Identifier: MIT
"""The manual pages of the SDK have every declaration of its headers, and the words above it.

What is looked for is found by rules of its own, much simpler ones than those by which the pages are made; and looked for in
what `man` shows.

    manual_test.py SOURCE [UNITTEST ARGUMENTS]
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

SOURCE = Path(sys.argv.pop(1))
SDK = SOURCE / "sdk"
MAKE = SDK / "man/make_manual.py"
HEADERS = {
    "berth-sdk.3": [SDK / "include/berth/berth.h", *sorted(SDK.glob("include/berth/ext/*.h"))],
    "berth-client.3": [SDK / "include/berth/client.h"],
}
# How functions are exported and called: nothing that an author names.
MARKS = {"BERTH_CALL", "BERTH_EXPORT", "BERTH_NOEXCEPT", "BERTH_CLIENT_API", "BERTH_CLIENT_NOEXCEPT"}


def make(page, sdk=SDK):
    """The page as roff; raises CalledProcessError with what was said."""
    with tempfile.NamedTemporaryFile(suffix=page) as file:
        subprocess.run([sys.executable, "-B", MAKE, page, "1.2.3", sdk, SOURCE / "examples", file.name],
                       check=True, capture_output=True, text=True)
        return Path(file.name).read_text()


def shown(roff, width=100):
    """What man shows, and what it complains about."""
    with tempfile.NamedTemporaryFile("w", suffix=".3") as file:
        file.write(roff)
        file.flush()
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MANWIDTH": str(width), "MANPAGER": "cat"}
        read = subprocess.run(["man", "--warnings", "--nh", "--nj", "-l", file.name], env=environment, capture_output=True, text=True)
        return read.stdout, read.stderr


def words(text):
    return " ".join(text.split())


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)


def names_of(text):
    """What a header declares or defines: every name of ours, and every member."""
    code = without_comments(text)
    code = re.sub(r"^#\s*define BERTH_ABI_NOTE\s.*?\n\n?#", "#", code, flags=re.DOTALL | re.MULTILINE)
    ours = {name for name in re.findall(r"\b(?:berth|BERTH)_\w+", code) if name not in MARKS and not name.endswith(("_H", "_"))}
    macros = re.compile(r"^#.*?(?<!\\)$", re.DOTALL | re.MULTILINE)
    members = set(re.findall(r"\b(\w+)(?:\[\d+\])?\s*(?=[;,=]|\)\s*\()", macros.sub("", code)))
    return ours | {name for name in members if not name.isdigit() and name not in MARKS | {"C"}}


def comments_of(text):
    """The words of each comment; markup and layout aside."""
    for comment in re.findall(r"/\*.*?\*/", text, re.DOTALL):
        if "----" in comment or "SPDX" in comment:
            continue
        plain = re.sub(r"^\s*\*(?!/)", " ", re.sub(r"^/\*+<?|\*/$", "", comment), flags=re.MULTILINE)
        yield words(plain.replace("`", ""))


def missing(header, page):
    """What of the header's text is not on the page."""
    there = words(page)
    names = set(re.findall(r"\w+", there))
    return sorted(names_of(header) - names) + [comment for comment in comments_of(header) if comment not in there]


class Manual(unittest.TestCase):
    maxDiff = None

    def test_every_declaration_of_every_header_is_on_its_page_with_its_words(self):
        for page, headers in HEADERS.items():
            text, _ = shown(make(page))
            for header in headers:
                with self.subTest(header=header.name):
                    self.assertGreater(len(names_of(header.read_text())), 8)
                    self.assertEqual(missing(header.read_text(), text), [])

    def test_a_declaration_or_a_word_that_is_not_there_is_noticed(self):
        header = HEADERS["berth-sdk.3"][0].read_text()
        page, _ = shown(make("berth-sdk.3"))
        self.assertEqual(missing(header.replace("*send_many)", "*send_few)"), page), ["send_few"])
        self.assertEqual(missing(header.replace("} berth_client;", "uint32_t shoe_size; } berth_client;"), page), ["shoe_size"])
        self.assertEqual(missing(header.replace("one whole", "one half"), page),
                         ["Event: one half message, BERTH_TEXT or BERTH_BUFFER [borrowed: call]."])
        self.assertEqual(missing(header + "\n#define BERTH_SHOE 1\n", page), ["BERTH_SHOE"])

    def test_every_function_of_every_table_says_what_it_does(self):
        for header in HEADERS["berth-sdk.3"]:
            text = header.read_text()
            for function in re.finditer(r"\(BERTH_CALL \*(\w+)\)", text):
                before = text[:function.start()].rstrip()
                before = re.sub(r"(?:typedef )?(?:const )?\w+ ?\*?$", "", before).rstrip()
                self.assertTrue(before.endswith("*/"), f"{header.name}: {function[1]} has no comment")

    def test_man_shows_every_page_without_a_warning_and_knows_its_name(self):
        for page, name in (("berth-sdk.3", "berth-sdk - interface"), ("berth-client.3", "berth-client - WebSocket"),
                           ("berth-tutorial.7", "berth-tutorial - seven minutes")):
            text, complaints = shown(make(page))
            self.assertEqual(complaints, "", page)
            self.assertIn(name, words(text))
            self.assertIn("1.2.3", text)

    def test_the_tutorial_has_every_word_of_its_source(self):
        page = words(shown(make("berth-tutorial.7"))[0])
        source = (SDK / "TUTORIAL.md").read_text()
        in_fence = False
        for line in source.split("\n")[1:]:
            if line.startswith("```"):
                in_fence = not in_fence
                continue
            if line.startswith("<!--"):
                continue
            if not in_fence:
                line = re.sub(r"^#+ (.*)", lambda m: m[1].upper(), re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line))
                line = re.sub(r"[`*]|\[|\]\([^)]*\)", "", line)
            self.assertIn(words(line), page)

    def test_what_no_page_knows_ends_the_build_with_its_place(self):
        with tempfile.TemporaryDirectory() as directory:
            sdk = Path(directory)
            (sdk / "include/berth/ext").mkdir(parents=True)
            for path in (SDK / "include/berth").glob("**/*.h"):
                (sdk / "include/berth" / path.relative_to(SDK / "include/berth")).write_text(path.read_text())
            (sdk / "TUTORIAL.md").write_text("# Title\n\n| a | table |\n")
            with (sdk / "include/berth/ext/db.h").open("a") as file:
                file.write("struct { int nameless; } object;\n")
            lines = (sdk / "include/berth/ext/db.h").read_text().count("\n")
            for page, place in (("berth-sdk.3", f"ext/db.h:{lines}: a declaration that no page knows"),
                                ("berth-tutorial.7", "TUTORIAL.md:3: no manual page has this so far: | a | table |")):
                with self.assertRaises(subprocess.CalledProcessError) as failed:
                    make(page, sdk)
                self.assertIn(place, failed.exception.stderr)


if __name__ == "__main__":
    unittest.main()
