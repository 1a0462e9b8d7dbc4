// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"

#include <berth/duration.hpp>
#include <charconv>

#include "base/log.hpp"
#include "cli/suggest.hpp"

namespace berth::host::cli {

std::vector<std::string> Arguments::texts(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::optional<std::string> Arguments::text(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end() || found->second.empty()) return std::nullopt;
    return found->second.back();
}

std::optional<std::uint64_t> Arguments::count(std::string_view name) const {
    const auto value = text(name);
    return value ? parse_count(*value) : std::nullopt;
}

std::optional<std::chrono::milliseconds> Arguments::duration(std::string_view name) const {
    const auto value = text(name);
    if (!value) return std::nullopt;
    const auto parsed = parse_duration_text(*value);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Result<std::chrono::milliseconds> parse_duration_text(std::string_view text) {
    const auto parsed = parse_duration(text);
    if (!parsed)
        return fail(Code::invalid, "\"" + std::string(text) + "\" is no duration: at character " +
                                       std::to_string(parsed.error.position + 1) + ": " +
                                       std::string(parsed.error.reason));
    const std::size_t last = text.find_last_not_of(" \t");
    if (parsed.milliseconds != 0 && text[last] >= '0' && text[last] <= '9') {
        const std::string number = std::to_string(parsed.milliseconds);
        return fail(Code::invalid, "\"" + std::string(text) + "\" lacks a unit: write \"" + number + " s\" for seconds, \"" +
                                       number + " ms\" for milliseconds");
    }
    return std::chrono::milliseconds(parsed.milliseconds);
}

Result<void> check_kind(Kind kind, std::string_view value) {
    switch (kind) {
        case Kind::text:
            return {};
        case Kind::count:
            if (parse_count(value)) return {};
            return fail(Code::invalid, "\"" + std::string(value) + "\" is no whole number");
        case Kind::duration: {
            auto parsed = parse_duration_text(value);
            if (!parsed) return tl::unexpected(parsed.error());
            return {};
        }
        case Kind::client:
            if (parse_count(value).value_or(0) > 0) return {};
            return fail(Code::invalid,
                        "\"" + std::string(value) + "\" is no client's id; `berth clients` lists them");
        case Kind::level:
            if (log::name_of(log::level_of(value)) == value) return {};
            return fail(Code::invalid,
                        "\"" + std::string(value) + "\" is no level; use debug, info, warning or error" +
                            did_you_mean(value, {"debug", "info", "warning", "error"}));
    }
    return {};
}

}  // namespace berth::host::cli
