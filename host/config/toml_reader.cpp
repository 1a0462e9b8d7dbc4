// SPDX-License-Identifier: MIT
// The only source that includes toml++, and where its exceptions end.
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "config/tree.hpp"

namespace berth::host::config {
namespace {

Node convert(const toml::node& node, std::string_view source);

Table convert_table(const toml::table& table, std::string_view source) {
    Table result;
    for (auto&& [key, value] : table) {
        const toml::source_position place = key.source().begin;
        Member member{.key = std::string(key.str()), .line = place.line, .column = place.column, .value = {}};
        member.value.push_back(convert(value, source));
        result.push_back(std::move(member));
    }
    // toml++ sorts by key; messages follow the file.
    std::stable_sort(result.begin(), result.end(), [](const Member& a, const Member& b) {
        return a.line != b.line ? a.line < b.line : a.column < b.column;
    });
    return result;
}

/// How many quotes a text opens with at a place: 1, or 3 and perhaps a line break.
std::uint32_t quotes_at(std::string_view source, std::uint32_t line, std::uint32_t column) {
    for (; line > 1; --line) {
        const std::size_t end = source.find('\n');
        if (end == std::string_view::npos) return 1;
        source.remove_prefix(end + 1);
    }
    if (column == 0 || column > source.size()) return 1;
    const std::string_view text = source.substr(column - 1);
    return text.starts_with("\"\"\"") || text.starts_with("'''") ? 3 : 1;
}

Node convert(const toml::node& node, std::string_view source) {
    Node result;
    result.line = node.source().begin.line;
    result.column = node.source().begin.column;
    if (const auto* table = node.as_table()) {
        result.value = convert_table(*table, source);
    } else if (const auto* array = node.as_array()) {
        Array items;
        for (const toml::node& item : *array) items.push_back(convert(item, source));
        result.value = std::move(items);
    } else if (const auto* flag = node.as_boolean()) {
        result.value = flag->get();
    } else if (const auto* integer = node.as_integer()) {
        result.value = integer->get();
    } else if (const auto* real = node.as_floating_point()) {
        result.value = real->get();
    } else if (const auto* text = node.as_string()) {
        result.value = text->get();
        result.text_offset = quotes_at(source, result.line, result.column);
    } else {
        std::ostringstream out;
        if (const auto* date = node.as_date()) out << date->get();
        if (const auto* time = node.as_time()) out << time->get();
        if (const auto* both = node.as_date_time()) out << both->get();
        result.value = DateOrTime{out.str()};
    }
    return result;
}

/// toml++'s sentence in our form: lower case, without its heading.
std::string sentence_of(const toml::parse_error& error) {
    std::string text(error.description());
    if (text.starts_with("Error while parsing ")) {
        const std::size_t colon = text.find(": ");
        if (colon != std::string::npos) {
            const std::string what = text.substr(20, colon - 20);
            text = text.substr(colon + 2) + " in a " + what;
        }
    }
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + ('a' - 'A'));
    while (text.ends_with('.')) text.pop_back();
    return text;
}

}  // namespace

std::string_view description(const Node& node) {
    constexpr std::string_view names[] = {"a table",       "a list", "true or false",  "a whole number",
                                          "a real number", "a text", "a date or time", "a text"};
    if (const bool* flag = std::get_if<bool>(&node.value)) return *flag ? "true" : "false";
    return names[node.value.index()];
}

tl::expected<Table, Diagnostic> read_toml(std::string_view text, std::string_view name) {
    try {
        const toml::table table = toml::parse(text, name);
        return convert_table(table, text);
    } catch (const toml::parse_error& error) {
        const toml::source_position place = error.source().begin;
        Diagnostic wrong;
        wrong.where = Origin{Origin::Kind::file, std::string(name), place.line, place.column};
        wrong.message = "this is not TOML: " + sentence_of(error);
        return tl::unexpected<Diagnostic>(std::move(wrong));
    }
}

tl::expected<Node, std::string> read_toml_value(std::string_view text) {
    try {
        const std::string line = "value = " + std::string(text);
        const toml::table table = toml::parse(std::string_view(line));
        if (table.size() != 1 || table.get("value") == nullptr)
            return tl::unexpected<std::string>("more than one value");
        Node node = convert(*table.get("value"), "");
        node.line = node.column = node.text_offset = 0;
        return node;
    } catch (const toml::parse_error& error) {
        return tl::unexpected<std::string>(sentence_of(error));
    }
}

}  // namespace berth::host::config
