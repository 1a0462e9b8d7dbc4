// SPDX-License-Identifier: MIT
/// Text as roff with the man macros has it.
#pragma once

#include <string>
#include <string_view>

namespace berth::host::cli {

/// The text with everything escaped that means something to roff; ASCII, whatever it was.
[[nodiscard]] std::string roff(std::string_view text);
/// .TH: a page's head.
[[nodiscard]] std::string roff_head(std::string_view name, int section, std::string_view version);
/// .SH: "EXIT STATUS".
[[nodiscard]] std::string roff_section(std::string_view title);
/// .TP: a term, in bold with its value in italics, and what it means. `term` as roff.
[[nodiscard]] std::string roff_item(const std::string& term, std::string_view meaning);
[[nodiscard]] std::string roff_bold(std::string_view text);
[[nodiscard]] std::string roff_italic(std::string_view text);
/// Paragraphs: an empty line ends one; lines that begin with two blanks stay as they are.
[[nodiscard]] std::string roff_paragraphs(std::string_view text);
/// Lines that stay as they are, indented.
[[nodiscard]] std::string roff_literal(std::string_view lines);

}  // namespace berth::host::cli
