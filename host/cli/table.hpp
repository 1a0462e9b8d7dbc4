// SPDX-License-Identifier: MIT
/// Tables for people: aligned, and no wider than the terminal.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace berth::host::cli {

/// Collects rows, then prints them with a head. Cells are escaped: no client's text reaches the terminal raw.
class Table {
public:
    struct Column {
        std::string name;
        bool is_right = false;    ///< numbers
        bool may_shrink = false;  ///< cut with … when the terminal is narrow; of rank 0 only when nothing else helps
        int rank = 0;             ///< columns of the highest rank are left out first; 0 stays
    };

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    /// As many cells as columns.
    void add(std::vector<std::string> cells);
    [[nodiscard]] bool is_empty() const { return rows_.empty(); }

    /// `width` 0: no limit. `colour`: the head is bold.
    void print(std::ostream& out, std::size_t width, bool colour) const;

private:
    [[nodiscard]] std::vector<std::size_t> widths() const;

    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Columns that a text takes on a terminal: two for a wide character, none for one that combines with the last.
[[nodiscard]] std::size_t display_width(std::string_view text);
/// The text in at most `width` columns, the last of which is … when something is missing.
[[nodiscard]] std::string fitted(std::string_view text, std::size_t width);

}  // namespace berth::host::cli
