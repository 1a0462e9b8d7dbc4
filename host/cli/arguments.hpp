// SPDX-License-Identifier: MIT
/// The values of one command line, checked against the verb's table.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cli/verb.hpp"

namespace berth::host::cli {

/// By the names of options (without dashes) and positionals. Asking for a name that was not given answers
/// nothing.
class Arguments {
public:
    void set(std::string name, std::vector<std::string> values) {
        values_[std::move(name)] = std::move(values);
    }

    [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
    /// All values of a repeatable option or positional.
    [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
    [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
    /// Of Kind::count.
    [[nodiscard]] std::optional<std::uint64_t> count(std::string_view name) const;
    /// Of Kind::duration.
    [[nodiscard]] std::optional<std::chrono::milliseconds> duration(std::string_view name) const;

private:
    std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// Whether a value is what its kind says; the sentence says what is wrong.
[[nodiscard]] Result<void> check_kind(Kind kind, std::string_view value);
/// "5min" "20 s" "0": the interval grammar, but that a number other than 0 has a unit, as in the configuration. The error names the character, counted from 1.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration_text(std::string_view text);
/// A whole number from 0 to 2^64 - 1, digits only.
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view text);

}  // namespace berth::host::cli
