// SPDX-License-Identifier: MIT
/// The verbs of protocol version 1 and the shape of their arguments, in one table.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace berth::host::control {

inline constexpr int protocol_version = 1;

/// What a value in a request may be.
enum class Shape {
    text,
    count,      ///< a whole number from 0 to 2^63 - 1
    flag,       ///< true or false
    address,    ///< an IP address
    id,         ///< a client's id: a decimal string from "1"
    level,      ///< "debug", "info", "warning", "error"
    kind,       ///< "text", "buffer"
    arguments,  ///< [{type,value}] of `execute`
};

struct Argument {
    std::string_view name;
    Shape shape;
    bool is_required = false;
};

struct Verb {
    std::string_view name;
    bool is_mutating = false;  ///< always; see `is_mutating` for a request
    bool is_viewable = true;   ///< open to viewers, as far as it does not change anything
    std::span<const Argument> arguments;
    std::span<const std::string_view> one_of;  ///< one of these must be there; empty: no such rule
    bool is_one_of_exact = true;               ///< false: several may
};

/// Whether a request changes something: it is then audited, and refused to viewers.
[[nodiscard]] bool is_mutating(const Verb& verb, const nlohmann::json& arguments);

/// Null when the protocol has no such verb.
[[nodiscard]] const Verb* find_verb(std::string_view name);
[[nodiscard]] std::span<const Verb> all_verbs();

/// Whether `arguments` (an object) holds what the verb takes and nothing else; the sentence names the
/// argument.
[[nodiscard]] Result<void> check_arguments(const Verb& verb, const nlohmann::json& arguments);

}  // namespace berth::host::control
