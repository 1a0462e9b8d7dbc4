// SPDX-License-Identifier: MIT
#include "cli/roff.hpp"

#include <fmt/format.h>

#include <sstream>

namespace berth::host::cli {
namespace {

/// The code point that begins at `at`, which moves behind it. Our own text is valid UTF-8.
unsigned code_point(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const unsigned first = byte(at);
    const std::size_t more = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    unsigned value = more == 0 ? first : first & (0x3Fu >> more);
    for (std::size_t i = 1; i <= more; ++i) value = value << 6 | (byte(at + i) & 0x3Fu);
    at += more + 1;
    return value;
}

}  // namespace

std::string roff(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const bool is_first = at == 0 || text[at - 1] == '\n';
        const unsigned code = code_point(text, at);
        if (is_first && (code == '.' || code == '\'')) result += "\\&";
        if (code == '\\') {
            result += "\\e";
        } else if (code == '-') {
            result += "\\-";  // A plain one may become a hyphen, which nobody can paste.
        } else if (code == '"') {
            result += "\\(dq";
        } else if (code == '\'') {
            result += "\\(aq";
        } else if (code == '`') {
            result += "\\(ga";
        } else if (code == '~') {
            result += "\\(ti";
        } else if (code == '^') {
            result += "\\(ha";
        } else if (code < 0x80) {
            result += static_cast<char>(code);
        } else {
            result += fmt::format("\\[u{:04X}]", code);
        }
    }
    return result;
}

std::string roff_head(std::string_view name, int section, std::string_view version) {
    std::string title;
    for (const char c : name) title += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return fmt::format(".\\\" Made by `berth __manual {}.{}`.\n.TH {} {} \"\" \"berth {}\" \"Berth\"\n", name, section, roff(title),
                       section, version);
}

std::string roff_section(std::string_view title) { return fmt::format(".SH {}\n", roff(title)); }

std::string roff_item(const std::string& term, std::string_view meaning) {
    return fmt::format(".TP\n{}\n{}\n", term, roff(meaning));
}

std::string roff_bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string roff_italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

std::string roff_literal(std::string_view lines) {
    return fmt::format(".PP\n.RS 4\n.nf\n{}.fi\n.RE\n", roff(lines));
}

std::string roff_paragraphs(std::string_view text) {
    std::string result;
    std::string literal;
    std::istringstream in{std::string(text)};
    const auto end_literal = [&] {
        if (!literal.empty()) result += roff_literal(literal) + ".PP\n";
        literal.clear();
    };
    result += ".PP\n";
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("  ")) {
            literal += line.substr(2) + "\n";
            continue;
        }
        end_literal();
        result += line.empty() ? ".PP\n" : roff(line) + "\n";
    }
    if (!literal.empty()) result += roff_literal(literal);
    return result;
}

}  // namespace berth::host::cli
