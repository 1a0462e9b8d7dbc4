// SPDX-License-Identifier: MIT
#include "wire/http_head.hpp"

#include <algorithm>
#include <array>

namespace berth::wire {

namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

/// For each byte, whether it is of a class: every byte of every head is asked about.
using Class = std::array<bool, 256>;

constexpr Class token_characters = [] {
    Class members{};
    for (const char c : std::string_view{"!#$%&'*+-.^_`|~0123456789"})
        members[static_cast<std::uint8_t>(c)] = true;
    for (std::size_t c = 'a'; c <= 'z'; ++c) members[c] = members[c - 'a' + 'A'] = true;
    return members;
}();

constexpr Class field_characters = [] {
    Class members{};
    for (std::size_t c = 0x20; c < members.size(); ++c) members[c] = c != 0x7F;
    members['\t'] = true;
    return members;
}();

/// The position of the next comma outside of quoted strings (RFC 9110 §5.6.4), or the end.
std::size_t element_end(std::string_view list) noexcept {
    bool quoted = false;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (quoted && list[i] == '\\') {
            ++i;
        } else if (list[i] == '"') {
            quoted = !quoted;
        } else if (list[i] == ',' && !quoted) {
            return i;
        }
    }
    return list.size();
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool is_token_character(char c) noexcept {
    return token_characters[static_cast<std::uint8_t>(c)];
}

bool is_field_character(char c) noexcept {
    return field_characters[static_cast<std::uint8_t>(c)];
}

bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool is_field_value(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), is_field_character);
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

std::size_t count(const Headers& headers, std::string_view name) noexcept {
    return static_cast<std::size_t>(
        std::count_if(headers.begin(), headers.end(),
                      [name](const Header& header) { return equals_ignoring_case(header.name, name); }));
}

std::optional<std::string_view> find(const Headers& headers, std::string_view name) noexcept {
    for (const Header& header : headers) {
        if (equals_ignoring_case(header.name, name)) return header.value;
    }
    return std::nullopt;
}

std::vector<std::string_view> list_elements(const Headers& headers, std::string_view name) {
    std::vector<std::string_view> elements;
    for (const Header& header : headers) {
        if (!equals_ignoring_case(header.name, name)) continue;
        std::string_view rest = header.value;
        while (!rest.empty()) {
            const std::size_t end = element_end(rest);
            const std::string_view element = trimmed(rest.substr(0, end));
            if (!element.empty()) elements.push_back(element);
            rest.remove_prefix(std::min(rest.size(), end + 1));
        }
    }
    return elements;
}

bool list_contains(const Headers& headers, std::string_view name, std::string_view token) {
    const std::vector<std::string_view> elements = list_elements(headers, name);
    return std::any_of(elements.begin(), elements.end(),
                       [token](std::string_view element) { return equals_ignoring_case(element, token); });
}

}  // namespace berth::wire
