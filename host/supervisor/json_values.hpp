// SPDX-License-Identifier: MIT
/// Values out of messages that may hold anything, and numbers and times as text.
#pragma once

#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace berth::host::supervisor {

/// The text at `key`, or nothing at all when it is absent or no text.
inline std::string text_of(const nlohmann::json& object, std::string_view key) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// The number at `key`, written as a number or as decimal text; else `otherwise`.
inline std::int64_t number_of(const nlohmann::json& object, std::string_view key, std::int64_t otherwise = 0) {
    if (!object.is_object()) return otherwise;
    const auto found = object.find(key);
    if (found == object.end()) return otherwise;
    if (found->is_number_integer()) return found->get<std::int64_t>();
    if (!found->is_string()) return otherwise;
    const auto& text = found->get_ref<const std::string&>();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : otherwise;
}

/// The array at `key`, or an empty one.
inline nlohmann::json array_of(const nlohmann::json& object, std::string_view key) {
    if (!object.is_object()) return nlohmann::json::array();
    const auto found = object.find(key);
    return found != object.end() && found->is_array() ? *found : nlohmann::json::array();
}

/// Decimal text: JSON readers lose 64-bit numbers.
inline std::string to_text(std::uint64_t number) { return std::to_string(number); }

/// Null where there is nothing to say.
inline nlohmann::json text_or_null(const std::string& text) { return text.empty() ? nlohmann::json(nullptr) : nlohmann::json(text); }

/// "30 s", "300 ms", "2 min".
inline std::string in_words(Milliseconds time) {
    const auto ms = time.count();
    if (ms != 0 && ms % 60'000 == 0) return std::to_string(ms / 60'000) + " min";
    if (ms != 0 && ms % 1000 == 0) return std::to_string(ms / 1000) + " s";
    return std::to_string(ms) + " ms";
}

}  // namespace berth::host::supervisor
