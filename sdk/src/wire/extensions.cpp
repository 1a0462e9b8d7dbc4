// SPDX-License-Identifier: MIT
#include "wire/extensions.hpp"

#include <algorithm>

namespace berth::wire {

namespace {

/// Cuts `rest` at its next ';' and answers what stood before it. Values are tokens even when quoted (RFC 6455
/// §9.1), so no ';' can hide in quotes.
std::string_view next_part(std::string_view& rest) noexcept {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view part = trimmed(rest.substr(0, end));
    rest.remove_prefix(end);
    return part;
}

std::optional<ExtensionParameter> parse_parameter(std::string_view part) {
    const std::size_t equals = part.find('=');
    ExtensionParameter parameter{trimmed(part.substr(0, equals)), std::nullopt};
    if (!is_token(parameter.name)) return std::nullopt;
    if (equals == std::string_view::npos) return parameter;

    std::string_view value = trimmed(part.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
    if (!is_token(value)) return std::nullopt;
    parameter.value = value;
    return parameter;
}

std::optional<Extension> parse_extension(std::string_view element) {
    Extension extension{next_part(element), {}};
    if (!is_token(extension.name)) return std::nullopt;
    while (!element.empty()) {
        element.remove_prefix(1);
        auto parameter = parse_parameter(next_part(element));
        if (!parameter) return std::nullopt;
        extension.parameters.push_back(*parameter);
    }
    return extension;
}

}  // namespace

std::optional<std::vector<Extension>> parse_extensions(const Headers& headers) {
    std::vector<Extension> extensions;
    for (const std::string_view element : list_elements(headers, "sec-websocket-extensions")) {
        auto extension = parse_extension(element);
        if (!extension) return std::nullopt;
        extensions.push_back(std::move(*extension));
    }
    return extensions;
}

}  // namespace berth::wire
