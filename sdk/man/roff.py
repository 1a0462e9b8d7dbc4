# SPDX-License-Identifier: MIT
"""Text as roff with the man macros has it; the rules are those of host/cli/roff.hpp."""

import re

# A plain hyphen or quote may become another character, which nobody can paste.
ESCAPES = {"\\": "\\e", "-": "\\-", '"': "\\(dq", "'": "\\(aq", "`": "\\(ga", "~": "\\(ti", "^": "\\(ha"}

NOTHING = "\\&"  # Words that are none.


def plain(text):
    """The text with everything escaped that means something to roff; ASCII, whatever it was."""
    lines = []
    for line in text.split("\n"):
        escaped = "".join(ESCAPES.get(c) or (c if ord(c) < 0x80 else f"\\[u{ord(c):04X}]") for c in line)
        lines.append("\\&" + escaped if line[:1] in (".", "'") else escaped)
    return "\n".join(lines)


def bold(text):
    return f"\\fB{plain(text)}\\fR"


def prose(text):
    """One paragraph's words: `code` is set in bold, *words* in italics, everything else as it is."""
    parts = re.split(r"(`[^`]+`|(?<!\w)\*[^*\s](?:[^*]*[^*\s])?\*(?!\w))", text)
    done = "".join(bold(part[1:-1]) if part.startswith("`") else f"\\fI{plain(part[1:-1])}\\fR" if part.startswith("*") and len(part) > 2
                   else plain(part) for part in parts)
    # A control character is one at the beginning of a line only, which is where `plain` could not know it.
    return re.sub(r"^(?=[.'])", r"\\&", done, flags=re.MULTILINE)


def head(name, section, version, source):
    return f'.\\" Made from {source}.\n.TH {plain(name.upper())} {section} "" "berth {version}" "Berth"\n'


def section(title):
    return f".SH {plain(title)}\n"


def subsection(title):
    return f".SS {plain(title)}\n"


def paragraph(text):
    return f".PP\n{prose(text)}\n"


def item(term, text):
    """A term, which is roff already, and what it means, if that is said."""
    return f".TP\n{term}\n{prose(text) or NOTHING}\n"


def bullet(text):
    return f".IP \\(bu 2\n{prose(text)}\n"


def literal(lines):
    """Lines that stay as they are."""
    return f".PP\n.RS 4\n.nf\n{plain(lines.rstrip(chr(10)))}\n.fi\n.RE\n"


def without_empty_paragraphs(page):
    """A heading begins a paragraph by itself."""
    return re.sub(r"^(\.S[HS] .*\n)\.PP\n", r"\1", page, flags=re.MULTILINE)
