// SPDX-License-Identifier: MIT
#include "cli/table.hpp"

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <numeric>
#include <ostream>

#include "base/assert.hpp"
#include "log/render.hpp"

namespace berth::host::cli {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t shrunk_min = 8;

/// What the C library knows of characters in UTF-8, on this thread and for this long, whatever the environment says.
class Utf8 {
public:
    Utf8() : before_(::uselocale(locale())) {}
    ~Utf8() { ::uselocale(before_); }
    Utf8(const Utf8&) = delete;
    Utf8& operator=(const Utf8&) = delete;

    struct Character {
        std::size_t bytes;
        std::size_t columns;
    };
    /// The first one of a text that is not empty; a byte that begins none is one column.
    static Character first_of(std::string_view text) {
        const auto byte = static_cast<unsigned char>(text.front());
        if (byte < 0x80) return {1, 1};
        wchar_t character = 0;
        std::mbstate_t state{};
        const std::size_t bytes = std::mbrtowc(&character, text.data(), text.size(), &state);
        if (bytes == 0 || bytes > text.size()) return {1, 1};
        const int columns = ::wcwidth(character);
        return {bytes, columns < 0 ? 1 : static_cast<std::size_t>(columns)};
    }

private:
    static locale_t locale() {
        static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        return utf8;
    }
    const locale_t before_;
};

std::size_t total(const std::vector<std::size_t>& widths) {
    std::size_t sum = 0;
    for (const auto width : widths) sum += width > 0 ? width + gap : 0;
    return sum > gap ? sum - gap : 0;
}

}  // namespace

std::size_t display_width(std::string_view text) {
    const Utf8 utf8;
    std::size_t width = 0;
    while (!text.empty()) {
        const auto [bytes, columns] = Utf8::first_of(text);
        width += columns;
        text.remove_prefix(bytes);
    }
    return width;
}

std::string fitted(std::string_view text, std::size_t width) {
    if (display_width(text) <= width) return std::string(text);
    if (width == 0) return {};
    const Utf8 utf8;
    std::size_t end = 0;
    for (std::size_t taken = 0; end < text.size();) {
        const auto [bytes, columns] = Utf8::first_of(text.substr(end));
        if (taken + columns > width - 1) break;
        taken += columns;
        end += bytes;
    }
    return std::string(text.substr(0, end)) + "…";
}

void Table::add(std::vector<std::string> cells) {
    BERTH_ASSERT(cells.size() == columns_.size());
    for (auto& cell : cells) cell = log::escaped(cell);
    rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths() const {
    std::vector<std::size_t> widths;
    for (const auto& column : columns_) widths.push_back(display_width(column.name));
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
    }
    return widths;
}

void Table::print(std::ostream& out, std::size_t width, bool colour) const {
    auto columns = widths();
    const auto shrink = [&](bool is_last_resort) {
        for (std::size_t i = columns.size(); i-- > 0 && total(columns) > width;) {
            if (!columns_[i].may_shrink || columns[i] <= shrunk_min || (columns_[i].rank == 0) != is_last_resort) continue;
            columns[i] -= std::min(columns[i] - shrunk_min, total(columns) - width);
        }
    };
    if (width > 0) {
        // First what can be cut is cut; where that is not enough, whole columns go, the least needed first; then what stays is cut.
        shrink(false);
        int rank = 0;
        for (const auto& column : columns_) rank = std::max(rank, column.rank);
        for (; rank > 0 && total(columns) > width; --rank) {
            auto full = widths();
            for (std::size_t i = 0; i < columns.size(); ++i)
                columns[i] = columns_[i].rank >= rank ? 0 : full[i];
            shrink(false);
        }
        shrink(true);
    }
    const auto print_row = [&](const std::vector<std::string>& cells) {
        std::string line;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (columns[i] == 0) continue;
            const std::string cell = fitted(cells[i], columns[i]);
            const std::string pad(columns[i] - display_width(cell), ' ');
            if (!line.empty()) line += std::string(gap, ' ');
            line += columns_[i].is_right ? pad + cell : cell + pad;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line;
    };
    std::vector<std::string> head;
    for (const auto& column : columns_) head.push_back(column.name);
    if (colour) out << "\x1b[1m";
    print_row(head);
    out << (colour ? "\x1b[0m\n" : "\n");
    for (const auto& row : rows_) {
        print_row(row);
        out << '\n';
    }
}

}  // namespace berth::host::cli
