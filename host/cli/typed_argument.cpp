// SPDX-License-Identifier: MIT
#include "cli/typed_argument.hpp"

#include <charconv>
#include <cmath>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "base/base64.hpp"
#include "cli/input.hpp"
#include "cli/suggest.hpp"

namespace berth::host::cli {
namespace {

using nlohmann::json;

template <class Number>
bool is_number(std::string_view text, Number& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

Result<json> refuse(const std::string& text, std::string_view why) {
    return fail(Code::invalid, "argument \"" + text + "\": " + std::string(why));
}

/// What somebody most likely meant by a value without a type.
std::string likely(const std::string& text) {
    std::int64_t whole = 0;
    double real = 0;
    if (is_number(text, whole)) return "int:" + text;
    if (is_number(text, real)) return "real:" + text;
    if (text == "true" || text == "false") return "bool:" + text;
    return "text:" + text;
}

/// A sentence for a type that is none: the nearest one, else what the value looks like.
std::string unknown_type(const std::string& text, const std::string& type, const std::string& value) {
    std::string meant = nearest(type, {"text", "int", "integer", "real", "bool", "boolean", "buffer", "client"});
    if (!meant.empty()) {
        meant += ":" + value;
    } else if (const std::string guess = likely(value); !guess.starts_with("text:")) {
        meant = guess;
    }
    return meant.empty() ? "write its type before it, as " + likely(text)
                         : "there is no type " + type + "; did you mean " + meant + "?";
}

}  // namespace

Result<json> parse_typed_argument(const std::string& text, Terminal& terminal) {
    const auto colon = text.find(':');
    if (colon == std::string::npos) return refuse(text, "write its type before it, as " + likely(text));
    const std::string written = text.substr(0, colon);
    // The names of procedures' signatures are understood, too.
    const std::string type = written == "integer" ? "int" : written == "boolean" ? "bool" : written;
    const std::string value = text.substr(colon + 1);
    if (type == "text") return json{{"type", type}, {"value", value}};
    if (type == "int") {
        std::int64_t number = 0;
        if (!is_number(value, number)) return refuse(text, "an int is a whole number of 64 bits, as int:5");
        return json{{"type", type}, {"value", std::to_string(number)}};
    }
    if (type == "real") {
        double number = 0;
        if (!is_number(value, number) || !std::isfinite(number))
            return refuse(text, "a real is a finite number, as real:1.5");
        return json{{"type", type}, {"value", number}};
    }
    if (type == "bool") {
        if (value != "true" && value != "false") return refuse(text, "a bool is bool:true or bool:false");
        return json{{"type", type}, {"value", value == "true"}};
    }
    if (type == "client") {
        if (!parse_count(value)) return refuse(text, "a client is its id, as client:4294967302");
        return json{{"type", type}, {"value", value}};
    }
    if (type == "buffer") {
        if (!value.starts_with('@')) return json{{"type", type}, {"value", to_base64(value)}};
        auto bytes = read_payload(value.substr(1), terminal);
        if (!bytes) return fail("argument buffer: ", std::move(bytes).error());
        return json{{"type", type}, {"value", to_base64(*bytes)}};
    }
    return refuse(text, unknown_type(text, type, value));
}

}  // namespace berth::host::cli
