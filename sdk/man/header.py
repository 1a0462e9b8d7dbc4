# SPDX-License-Identifier: MIT
"""Reads the SDK's C headers: declarations and the comments that belong to them.

Not a parser of C: of the form in which these headers are written, and strict about it. What it does not understand is an
error with file and line, so that nothing can be left out of a page in silence.
"""

import re
from dataclasses import dataclass, field


class Unknown(Exception):
    """Something that these headers have not had so far; the text says where."""


@dataclass
class Declaration:
    kind: str  # "section", "note", "macro", "type", "function", "enumeration", "structure"
    name: str
    text: str = ""  # as one reads it: no line breaks, no calling conventions
    comment: list = field(default_factory=list)  # paragraphs
    members: list = field(default_factory=list)  # Declaration: "member" or "constant"


@dataclass
class Header:
    comment: str  # the first one, without its stars; indentation is kept
    declarations: list


# How functions are exported and called, and that they don't throw: true of all of them, said once.
MARKS = re.compile(r"\b(BERTH_CALL|BERTH_EXPORT|BERTH_NOEXCEPT|BERTH_CLIENT_API|BERTH_CLIENT_NOEXCEPT)\b")
MARK_NAMES = {"BERTH_CALL", "BERTH_EXPORT", "BERTH_NOEXCEPT", "BERTH_CLIENT_API", "BERTH_CLIENT_NOEXCEPT"}

TOKEN = re.compile(
    r"(?P<after>/\*\*<.*?\*/)|(?P<doc>/\*\*.*?\*/)|(?P<plain>/\*.*?\*/)"
    r"|(?P<directive>^[ \t]*\#(?:[^\n]*\\\n)*[^\n]*)|(?P<code>[^\s/{};,]+|[\s]+|[{};,/])", re.DOTALL | re.MULTILINE)


def words_of(comment):
    """A comment as paragraphs."""
    text = re.sub(r"^/\*\*?<?|\*/$", "", comment)
    lines = [re.sub(r"^\s*\*? ?", "", line).strip() for line in text.split("\n")]
    return [" ".join(part.split("\n")).strip() for part in re.split(r"\n\s*\n", "\n".join(lines)) if part.strip()]


def tidy(code):
    """One declaration on one line, without what is true of all."""
    code = re.sub(r"\s+", " ", MARKS.sub(" ", code)).strip()
    code = re.sub(r"\s*([(),])\s*", lambda m: ", " if m[1] == "," else m[1], code)
    return re.sub(r"\*\s+(?=[\w*])", "*", re.sub(r"(?<=\w)\(\*", " (*", code)).strip()


def read(text, path):
    return _Reader(text, path).read()


class _Reader:
    def __init__(self, text, path):
        self.text, self.path = text, path
        self.declarations = []
        self.doc = []  # of what comes next

    def error(self, at, what):
        return Unknown(f"{self.path}:{self.text.count(chr(10), 0, at) + 1}: {what}")

    def read(self):
        first = re.match(r"\s*/\*.*?\*/", self.text, re.DOTALL)
        if not first:
            raise self.error(0, "a header begins with a comment")
        comment = "\n".join(re.sub(r"^ \* ?", "", line) for line in first[0].strip().split("\n")[1:-1])
        tokens = [(m.lastgroup, m[0], m.start()) for m in TOKEN.finditer(self.text, first.end())]
        at = 0
        while at < len(tokens):
            at = self.step(tokens, at)
        return Header(comment.strip("\n"), self.declarations)

    def step(self, tokens, at):
        kind, text, place = tokens[at]
        if kind == "doc":
            self.doc = words_of(text)
        elif kind == "plain":
            self.plain(text)
        elif kind == "after":
            raise self.error(place, "a comment behind nothing")
        elif kind == "directive":
            self.directive(text, place)
        elif text.strip() and text not in ";}":
            return self.declaration(tokens, at)
        return at + 1

    def plain(self, text):
        if title := re.fullmatch(r"/\* -+ (.*?) -+ \*/", text, re.DOTALL):
            self.declarations.append(Declaration("section", title[1]))
        elif paragraphs := words_of(text):
            self.declarations.append(Declaration("note", "", comment=paragraphs))

    def directive(self, text, place):
        line = text.strip()
        if macro := re.match(r"#\s*define\s+(\w+)(\([^)]*\))?[ \t]*([^\n]*)", line):
            name, arguments, value = macro[1], macro[2] or "", macro[3]
            if name in MARK_NAMES or name.endswith("_H"):
                return
            if any(known.name == name for known in self.declarations):
                return  # The same for the other language.
            shown = f"#define {name}{arguments}" + ("" if arguments or not value or "\\" in value else f" {value}")
            self.declarations.append(Declaration("macro", name, shown, self.take_doc()))
        elif not re.match(r"#\s*(include|if|ifdef|ifndef|else|elif|endif)\b", line):
            raise self.error(place, f"a directive that no page knows: {line}")

    def take_doc(self):
        doc, self.doc = self.doc, []
        return doc

    def declaration(self, tokens, at):
        """From here to the semicolon that ends it; what is in braces becomes members."""
        place, head, members, tail, depth = tokens[at][2], "", [], "", 0
        inner = []
        while True:
            if at == len(tokens):
                raise self.error(place, "a declaration without an end")
            kind, text, where = tokens[at]
            at += 1
            if kind == "code" and text == "{":
                depth += 1
                if head.strip() == 'extern "C"':
                    return at
                if depth == 1:
                    continue
            elif kind == "code" and text == "}":
                depth -= 1
                if depth == 0:
                    members = self.members(inner, enumeration="enum" in head.split())
                    continue
            if depth > 0:
                inner.append((kind, text, where))
            elif kind == "code" and text == ";":
                break
            elif kind == "code":
                head, tail = (head, tail + text) if members else (head + text, tail)
            elif kind != "plain":
                raise self.error(where, "a comment or directive within a declaration")
        self.add(tidy(head), tidy(tail), members, place)
        return at

    def add(self, head, tail, members, place):
        doc = self.take_doc()
        if members and head == "enum":
            self.declarations.append(Declaration("enumeration", "", "enum", doc, members))
        elif members and (name := re.fullmatch(r"(?:typedef )?struct (\w+)", head)):
            self.declarations.append(Declaration("structure", name[1], f"struct {name[1]}", doc, members))
        elif name := re.fullmatch(r"typedef .*?\(\*(\w+)\)\(.*\)|typedef .*?(\w+)", head):
            self.declarations.append(Declaration("type", name[1] or name[2], head, doc))
        elif name := re.match(r"[\w \*]*?\b(\w+)\(.*\)$", head):
            self.declarations.append(Declaration("function", name[1], head, doc))
        else:
            raise self.error(place, f"a declaration that no page knows: {head} {tail}".rstrip())

    def members(self, tokens, enumeration, prefix=""):
        found, doc, code, at = [], [], "", 0
        fresh = None  # what a comment behind it belongs to
        while at < len(tokens):
            kind, text, place = tokens[at]
            at += 1
            if kind == "doc":
                doc = words_of(text)
            elif kind == "after":
                if not code.strip() and fresh:
                    fresh.comment = words_of(text)
                elif enumeration and code.strip():
                    found.append(self.constant(code, words_of(text)))
                    code = ""
                else:
                    raise self.error(place, "a comment behind nothing")
            elif kind == "plain":
                found.append(Declaration("note", "", comment=words_of(text)))
            elif kind == "directive":
                raise self.error(place, "a directive within braces")
            elif text == "{":
                end = at
                depth = 1
                while depth:
                    depth += {"{": 1, "}": -1}.get(tokens[end][1], 0)
                    end += 1
                name = re.match(r"\s*(\w+)\s*;", "".join(each[1] for each in tokens[end:end + 8]))
                if code.strip() != "union" or not name:
                    raise self.error(place, "braces that no page knows")
                inside = self.members(tokens[at:end - 1], False, f"{name[1]}.")
                found += [Declaration("member", each.name, f"{each.text} (of the union {name[1]})", each.comment) for each in inside]
                while tokens[end][1] != ";":
                    end += 1
                at, code = end + 1, ""
            elif text == "," and enumeration:
                if code.strip():
                    found.append(fresh := self.constant(code, doc))
                    code, doc = "", []
            elif text == ";":
                found.append(fresh := Declaration("member", self.name_of(code, place), tidy(code), doc))
                code, doc = "", []
            else:
                code += text
        if enumeration and code.strip():
            found.append(self.constant(code, doc))
        return found

    @staticmethod
    def constant(code, comment):
        return Declaration("constant", code.split("=")[0].strip(), tidy(code), comment)

    def name_of(self, code, place):
        shown = tidy(code)
        name = re.match(r".*?\(\*(\w+)\)\(", shown) or re.search(r"(\w+)(?:\[\w+\])?$", shown)
        if not name:
            raise self.error(place, f"a member that no page knows: {shown}")
        return name[1]
