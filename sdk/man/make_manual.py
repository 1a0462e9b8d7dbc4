#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the manual pages of the SDK from what an author reads anyway.

    make_manual.py PAGE VERSION SDK EXAMPLES FILE

PAGE: berth-sdk.3, from include/berth/berth.h and include/berth/ext/*.h below SDK; berth-client.3, from
include/berth/client.h; berth-tutorial.7, from TUTORIAL.md. EXAMPLES: the folder of the examples, whose smallest in C
stands on the pages. FILE: where it goes.
"""

import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import header  # noqa: E402
import markdown  # noqa: E402
import roff  # noqa: E402


def code_of(path):
    """An example without its licence line."""
    return "\n".join(line for line in path.read_text().split("\n") if "SPDX-License-Identifier" not in line)


def overview(comment, path):
    """The comment with which a header begins: paragraphs; a line with indented ones below it is the title of what they say,
    and among them `[tag]   meaning` and `- item` are lists."""
    out = []
    paragraphs = [part for part in re.split(r"\n\s*\n", comment) if "SPDX-License-Identifier" not in part]
    for part in paragraphs:
        lines = part.split("\n")
        if len(lines) > 1 and not lines[0].startswith(" ") and all(line.startswith("  ") for line in lines[1:]):
            out.append(roff.subsection(lines[0]) + entries(lines[1:]))
        elif any(line.startswith(" ") for line in lines):
            raise header.Unknown(f"{path}: indented without a title above it: {lines[0]}")
        else:
            out.append(roff.paragraph("\n".join(lines)))
    return "".join(out)


def entries(lines):
    """Indented lines; each that is indented no deeper than the first begins an entry, unless it goes on with a sentence."""
    out, words = [], []
    depth = len(lines[0]) - len(lines[0].lstrip())

    def end():
        text = "\n".join(words)
        if tag := re.match(r"(\[[^\]]+\])\s{2,}(.*)", text, re.DOTALL):
            out.append(roff.item(roff.bold(tag[1]), tag[2]))
        elif text.startswith("- "):
            out.append(roff.bullet(text[2:]))
        elif text:
            out.append(roff.paragraph(text))
        words.clear()

    for line in lines:
        starts = re.match(r"\s*(\[[^\]]+\]\s{2,}|- )", line) and len(line) - len(line.lstrip()) == depth
        if starts:
            end()
        words.append(line.strip())
    end()
    return "".join(out)


def paragraphs(comment):
    return "".join(roff.paragraph(each) for each in comment)


def declaration(one):
    """Its heading, its words, its members."""
    if one.kind == "section":
        return roff.section(one.name.upper())
    if one.kind == "note":
        return paragraphs(one.comment)
    if one.kind == "enumeration":
        return paragraphs(one.comment) + "".join(map(member, one.members))
    if one.kind == "structure":
        return roff.subsection(one.text) + paragraphs(one.comment) + "".join(map(member, one.members))
    # A heading can't be folded, and some declarations are longer than a line.
    return roff.subsection(one.name) + f".PP\n{roff.bold(one.text)}\n" + paragraphs(one.comment)


def member(one):
    if one.kind == "note":
        return paragraphs(one.comment)
    return roff.item(roff.bold(one.text), "\n".join(one.comment))


def of_header(path, text_before=""):
    read = header.read(path.read_text(), path)
    return overview(read.comment, path), text_before + "".join(map(declaration, read.declarations))


def sdk_page(version, sdk, examples):
    include = sdk / "include/berth"
    extensions = sorted(include.glob("ext/*.h"))
    about, rest = of_header(include / "berth.h")
    text = roff.head("berth-sdk", 3, version, "berth/berth.h and berth/ext/*.h")
    text += roff.section("NAME") + "berth\\-sdk \\- interface between the host berth and its projects\n"
    includes = "".join(f"#include <berth/{path.relative_to(include)}>\n" for path in [include / "berth.h", *extensions])
    text += roff.section("SYNOPSIS") + roff.literal(
        includes + "\ncc -std=c11 -shared -fPIC project.c $(pkg-config --cflags --libs berth) -o project.so")
    text += roff.section("DESCRIPTION") + about + rest
    for path in extensions:
        about, rest = of_header(path)
        name = re.search(r'"(berth\.\w+/\d+)"', about.replace("\\(dq", '"'))
        text += roff.section(f"EXTENSION {name[1]}") + about + rest
    text += roff.section("EXAMPLE") + roff.literal(code_of(examples / "10-c/c_echo.c"))
    text += roff.section("FILES")
    text += roff.item("\\fI/usr/share/doc/berth/sdk.md\\fR",
                      "The contract in the order of a project's life, and the face for C++, `berth/berth.hpp`.")
    text += roff.item("\\fI/usr/share/doc/berth/examples\\fR", "Small projects in C++, C and Rust.")
    return text + roff.section("SEE ALSO") + ".BR berth (1),\n.BR berth\\-client (3),\n.BR berth.toml (5),\n.BR berth\\-tutorial (7)\n"


def client_page(version, sdk, examples):
    about, rest = of_header(sdk / "include/berth/client.h")
    text = roff.head("berth-client", 3, version, "berth/client.h")
    text += roff.section("NAME") + "berth\\-client \\- WebSocket connections to a host berth, or to any other server\n"
    text += roff.section("SYNOPSIS") + roff.literal(
        "#include <berth/client.h>\n\ncc program.c $(pkg-config --cflags --libs berth-client)")
    text += roff.section("DESCRIPTION") + about + rest
    text += roff.section("EXAMPLE") + roff.literal(code_of(examples / "09-client/talk.c"))
    return text + roff.section("SEE ALSO") + ".BR berth (1),\n.BR berth\\-sdk (3)\n"


def tutorial_page(version, sdk, _):
    path = sdk / "TUTORIAL.md"
    title, body = markdown.page(path.read_text(), path)
    text = roff.head("berth-tutorial", 7, version, "sdk/TUTORIAL.md")
    text += roff.section("NAME") + f"berth\\-tutorial \\- {roff.plain(title.lower())} to a project of one\\(aqs own\n"
    text += roff.section("DESCRIPTION") + body
    return text + roff.section("SEE ALSO") + ".BR berth (1),\n.BR berth\\-sdk (3)\n"


PAGES = {"berth-sdk.3": sdk_page, "berth-client.3": client_page, "berth-tutorial.7": tutorial_page}


def main(arguments):
    match arguments:
        case [page, version, sdk, examples, file] if page in PAGES:
            try:
                text = PAGES[page](version, Path(sdk), Path(examples))
            except (header.Unknown, markdown.Unknown, OSError) as error:
                print(f"{page}: {error}", file=sys.stderr)
                return 1
            Path(file).write_text(roff.without_empty_paragraphs(text))
            return 0
    print(__doc__.strip(), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
