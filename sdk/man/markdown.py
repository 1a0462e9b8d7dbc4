# SPDX-License-Identifier: MIT
"""A document in Markdown as a manual page: headings, paragraphs, lists, fences. What else there is in Markdown is an error
with its line, so that no part of a document is lost on the way."""

import re

import roff


class Unknown(Exception):
    """Something that no document for a manual page has had so far; the text says where."""


def page(text, path):
    """The title, and everything below it as roff."""
    title, *lines = text.split("\n")
    if not title.startswith("# "):
        raise Unknown(f"{path}:1: a document begins with its title")
    out, words, at = [], [], 0

    def end_paragraph():
        if words:
            out.append(roff.paragraph(linked("\n".join(words))))
            words.clear()

    while at < len(lines):
        line = lines[at]
        if line.startswith("```"):
            end_paragraph()
            end = next((i for i in range(at + 1, len(lines)) if lines[i] == "```"), None)
            if end is None:
                raise Unknown(f"{path}:{at + 2}: a fence without an end")
            out.append(roff.literal("\n".join(lines[at + 1:end])))
            at = end
        elif line.startswith("## "):
            end_paragraph()
            out.append(roff.section(line[3:].upper()))
        elif line.startswith("### "):
            end_paragraph()
            out.append(roff.subsection(line[4:]))
        elif re.match(r"[-*] ", line):
            end_paragraph()
            item = [line[2:]]
            while at + 1 < len(lines) and lines[at + 1].startswith("  "):
                at += 1
                item.append(lines[at].strip())
            out.append(roff.bullet(linked("\n".join(item))))
        elif re.match(r"#|\||>|\d+\. |    |!\[", line):
            raise Unknown(f"{path}:{at + 2}: no manual page has this so far: {line}")
        elif re.fullmatch(r"<!--.*-->", line):
            end_paragraph()
        elif line.strip():
            words.append(line)
        else:
            end_paragraph()
        at += 1
    end_paragraph()
    return title[2:], "".join(out)


def linked(text):
    """A link within the documents is its words, for the page lies elsewhere; one to the outside has its address."""
    return re.sub(r"\[([^\]]+)\]\(([^)]+)\)", lambda m: f"{m[1]} <{m[2]}>" if "://" in m[2] else m[1], text)
