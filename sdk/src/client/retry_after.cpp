// SPDX-License-Identifier: MIT
#include "client/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "wire/http_head.hpp"

namespace berth::client::inner {

namespace {

/// A text of digits only.
std::optional<std::uint64_t> read_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || end != text.data() + text.size()) return std::nullopt;
    if (error == std::errc::result_out_of_range) return UINT64_MAX;
    if (error != std::errc{}) return std::nullopt;
    return number;
}

std::optional<Milliseconds> read_seconds(std::string_view text) {
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    const auto seconds = read_number(text);
    if (!seconds) return std::nullopt;
    const auto most = static_cast<std::uint64_t>(retry_after_max.count() / 1000);
    return std::chrono::seconds{std::min(*seconds, most)};
}

std::optional<int> read_field(std::string_view text, std::size_t at, std::size_t size) {
    const auto number = read_number(text.substr(at, size));
    return number ? std::optional{static_cast<int>(*number)} : std::nullopt;
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7); the two obsolete forms are not read.
std::optional<std::chrono::sys_seconds> read_date(std::string_view text) {
    constexpr std::string_view shape = "???, ## ??? #### ##:##:## GMT";
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != shape.size()) return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == '#' ? !digit : shape[i] != '?' && shape[i] != text[i]) return std::nullopt;
    }
    const std::size_t month = months.find(text.substr(8, 3));
    if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
    const auto day = read_field(text, 5, 2), year = read_field(text, 12, 4);
    const auto hour = read_field(text, 17, 2), minute = read_field(text, 20, 2),
               second = read_field(text, 23, 2);
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(month / 3 + 1)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
           std::chrono::seconds{*second};
}

}  // namespace

std::optional<Milliseconds> read_retry_after(std::string_view value,
                                             std::chrono::system_clock::time_point now) {
    if (const auto seconds = read_seconds(value)) return seconds;
    const auto date = read_date(value);
    if (!date) return std::nullopt;
    const auto left = std::chrono::ceil<Milliseconds>(*date - now);
    return std::clamp(left, Milliseconds{0}, retry_after_max);
}

std::optional<Milliseconds> hint_in_reason(std::string_view reason) {
    constexpr std::string_view name = "retry-after=";
    constexpr std::string_view dividers = " ,;";
    while (!reason.empty()) {
        const std::size_t end = std::min(reason.find_first_of(dividers), reason.size());
        const std::string_view word = reason.substr(0, end);
        reason.remove_prefix(std::min(end + 1, reason.size()));
        if (!wire::equals_ignoring_case(word.substr(0, name.size()), name)) continue;
        if (const auto seconds = read_seconds(word.substr(name.size()))) return seconds;
    }
    return std::nullopt;
}

}  // namespace berth::client::inner
