# SPDX-License-Identifier: MIT
"""The files of a source tree, and what a rule says about them."""

import subprocess
from pathlib import Path
from typing import NamedTuple

LEFT_OUT = {".git", "build", "node_modules", "__pycache__"}
SOURCES = {".c", ".cpp", ".h", ".hpp", ".py", ".mjs", ".js", ".css"}
CPP = {".c", ".cpp", ".h", ".hpp"}


class Finding(NamedTuple):
    """One place that breaks a rule. Line 0: the file as a whole."""

    path: str
    line: int
    what: str

    def __str__(self):
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.what}"


class Tree:
    """What git tracks or would track; without git, every file that is not built. Paths are relative, with slashes."""

    def __init__(self, root):
        self.root = Path(root).resolve()
        self.paths = sorted(self._from_git() or self._from_disk())
        self._lines = {}

    def _from_git(self):
        def git(*arguments):
            return subprocess.run(["git", "-C", self.root, *arguments], capture_output=True, text=True, check=True).stdout

        try:
            if Path(git("rev-parse", "--show-toplevel").strip()) != self.root:
                return []
            names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        except (OSError, subprocess.CalledProcessError):
            return []
        return {name for name in names if name and (self.root / name).is_file()}

    def _from_disk(self):
        files = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        return {path.as_posix() for path in files if not LEFT_OUT & set(path.parts)}

    def files(self, *suffixes, under=""):
        """Paths that end in one of the suffixes (all, when none is given) and lie in the folder `under`."""
        inside = (path for path in self.paths if not under or path.startswith(under + "/"))
        return [path for path in inside if not suffixes or Path(path).suffix in suffixes]

    def folders(self, under):
        """Every folder below `under`, itself included, that holds a file somewhere."""
        found = set()
        for path in self.files(under=under):
            found.update(parent.as_posix() for parent in Path(path).parents if parent.as_posix() != ".")
        return sorted(folder for folder in found if folder == under or folder.startswith(under + "/"))

    def has(self, path):
        return path in self.paths

    def bytes_of(self, path):
        return (self.root / path).read_bytes()

    def text_of(self, path):
        return self.bytes_of(path).decode("utf-8", "replace")

    def lines(self, path):
        """Pairs of number, from 1, and line."""
        if path not in self._lines:
            self._lines[path] = list(enumerate(self.text_of(path).split("\n"), start=1))
        return self._lines[path]

    def grep(self, expression, paths, what):
        """A finding for every line that matches; `what` is a text or a function of the match."""
        findings = []
        for path in paths:
            for number, line in self.lines(path):
                match = expression.search(line)
                if match:
                    findings.append(Finding(path, number, what(match) if callable(what) else what))
        return findings
