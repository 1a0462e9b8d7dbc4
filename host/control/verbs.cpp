// SPDX-License-Identifier: MIT
#include "control/verbs.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "base/ip_address.hpp"
#include "base/log.hpp"

namespace berth::host::control {
namespace {

using nlohmann::json;

constexpr std::array project_optional{Argument{"project", Shape::text}};
constexpr std::array project_required{Argument{"project", Shape::text, true}};
constexpr std::array clients_arguments{
    Argument{"project", Shape::text}, Argument{"address", Shape::address},
    Argument{"client", Shape::id},    Argument{"after", Shape::id},
    Argument{"limit", Shape::count},  Argument{"idle_ms_min", Shape::count}};
constexpr std::array disconnect_arguments{Argument{"client", Shape::id}, Argument{"project", Shape::text},
                                          Argument{"address", Shape::address}, Argument{"code", Shape::count},
                                          Argument{"reason", Shape::text}};
constexpr std::array send_arguments{Argument{"client", Shape::id}, Argument{"project", Shape::text},
                                    Argument{"kind", Shape::kind, true},
                                    Argument{"payload", Shape::text, true}};
constexpr std::array execute_arguments{Argument{"client", Shape::id}, Argument{"project", Shape::text},
                                       Argument{"procedure", Shape::text, true},
                                       Argument{"arguments", Shape::arguments}};
constexpr std::array service_arguments{Argument{"project", Shape::text, true}, Argument{"run", Shape::flag}};
constexpr std::array block_arguments{Argument{"project", Shape::text, true},
                                     Argument{"retry_after_s", Shape::count}};
constexpr std::array drain_arguments{Argument{"project", Shape::text}, Argument{"over_ms", Shape::count},
                                     Argument{"retry_after_s", Shape::count}, Argument{"wait", Shape::flag}};
constexpr std::array add_arguments{Argument{"file", Shape::text, true}, Argument{"name", Shape::text}};
constexpr std::array logs_arguments{Argument{"project", Shape::text}, Argument{"level", Shape::level},
                                    Argument{"since_ms", Shape::count}, Argument{"lines", Shape::count},
                                    Argument{"follow", Shape::flag}};

constexpr std::array<std::string_view, 3> one_of_client_project_address{"client", "project", "address"};
constexpr std::array<std::string_view, 2> one_of_client_project{"client", "project"};

constexpr bool mutating = true;
constexpr bool viewable = true;

constexpr std::array verbs{
    Verb{"version", !mutating, viewable, {}, {}},
    Verb{"status", !mutating, viewable, {}, {}},
    Verb{"projects", !mutating, viewable, project_optional, {}},
    Verb{"clients", !mutating, viewable, clients_arguments, {}},
    Verb{"disconnect", mutating, !viewable, disconnect_arguments, one_of_client_project_address},
    Verb{"send", mutating, !viewable, send_arguments, one_of_client_project},
    Verb{"execute", mutating, !viewable, execute_arguments, one_of_client_project, false},
    Verb{"service", !mutating, viewable, service_arguments, {}},
    Verb{"block", mutating, !viewable, block_arguments, {}},
    Verb{"drain", mutating, !viewable, drain_arguments, {}},
    Verb{"open", mutating, !viewable, project_optional, {}},
    Verb{"start", mutating, !viewable, project_required, {}},
    Verb{"reload", mutating, !viewable, project_optional, {}},
    Verb{"deploy", mutating, !viewable, add_arguments, {}},
    Verb{"rollback", mutating, !viewable, project_required, {}},
    Verb{"add", mutating, !viewable, add_arguments, {}},
    Verb{"remove", mutating, !viewable, project_required, {}},
    Verb{"rescan", mutating, !viewable, {}, {}},
    Verb{"logs", !mutating, !viewable, logs_arguments, {}},
    Verb{"stop", mutating, !viewable, project_optional, {}},
    Verb{"health", !mutating, viewable, {}, {}},
    Verb{"stats", !mutating, viewable, {}, {}},
};

bool is_count(const json& value) {
    // Unsigned numbers are integers too, and the large ones would come out negative.
    if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= std::uint64_t{INT64_MAX};
    return value.is_number_integer() && value.get<std::int64_t>() >= 0;
}

bool is_decimal(const json& value, std::string_view smallest) {
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    std::uint64_t parsed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    return error == std::errc{} && end == text.data() + text.size() && text != "" &&
           (parsed != 0 || smallest == "0");
}

bool is_signed_decimal(const json& value) {
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    std::int64_t parsed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    return error == std::errc{} && end == text.data() + text.size();
}

bool is_base64(const json& value) {
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    const auto padding = text.find('=');
    const std::string_view digits = std::string_view(text).substr(0, padding);
    const std::string_view rest = padding == std::string::npos ? "" : std::string_view(text).substr(padding);
    return text.size() % 4 == 0 && rest.size() <= 2 &&
           rest.find_first_not_of('=') == std::string_view::npos &&
           std::all_of(digits.begin(), digits.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '+' || c == '/';
           });
}

/// One entry of "arguments": {"type":…,"value":…}. Empty when it is right, else what is wanted.
std::string_view wanted_of_typed(const json& entry) {
    constexpr std::string_view shape = "an object {\"type\":…,\"value\":…}";
    if (!entry.is_object() || entry.size() != 2 || !entry.contains("type") || !entry.contains("value"))
        return shape;
    if (!entry["type"].is_string()) return shape;
    const auto& type = entry["type"].get_ref<const std::string&>();
    const json& value = entry["value"];
    if (type == "text") return value.is_string() ? "" : "a string";
    if (type == "int") return is_signed_decimal(value) ? "" : "a whole number of 64 bits in a string";
    if (type == "real") return value.is_number() ? "" : "a number";
    if (type == "bool") return value.is_boolean() ? "" : "true or false";
    if (type == "buffer") return is_base64(value) ? "" : "base64";
    if (type == "client") return is_decimal(value, "0") ? "" : "a client's id in a string";
    return "of type text, int, real, bool, buffer or client";
}

/// Empty when the value has the shape, else what is wanted.
std::string_view wanted(Shape shape, const json& value) {
    switch (shape) {
        case Shape::text:
            return value.is_string() ? "" : "a string";
        case Shape::count:
            return is_count(value) ? "" : "a whole number from 0 to 9223372036854775807";
        case Shape::address:
            return value.is_string() && canonical_ip_address(value.get_ref<const std::string&>())
                       ? ""
                       : "an IP address, as 203.0.113.7 or 2001:db8::7";
        case Shape::flag:
            return value.is_boolean() ? "" : "true or false";
        case Shape::id:
            return is_decimal(value, "1") ? "" : "a client's id, a decimal number in a string";
        case Shape::level:
            return value.is_string() &&
                           log::name_of(log::level_of(value.get<std::string>())) == value.get<std::string>()
                       ? ""
                       : "debug, info, warning or error";
        case Shape::kind:
            return value == "text" || value == "buffer" ? "" : "text or buffer";
        case Shape::arguments:
            return value.is_array() ? "" : "a list";
    }
    return "known";
}

Result<void> check_value(const Argument& argument, const json& value) {
    const auto refuse = [](std::string name, std::string_view must_be) {
        return fail(Code::invalid, "argument " + name + " must be " + std::string(must_be));
    };
    if (const auto want = wanted(argument.shape, value); !want.empty())
        return refuse(std::string(argument.name), want);
    if (argument.shape != Shape::arguments) return {};
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (const auto want = wanted_of_typed(value[i]); !want.empty()) {
            return refuse(std::string(argument.name) + "[" + std::to_string(i) + "]", want);
        }
    }
    return {};
}

std::string join(std::span<const std::string_view> names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
        text += names[i];
    }
    return text;
}

}  // namespace

std::span<const Verb> all_verbs() {
    return verbs;
}

const Verb* find_verb(std::string_view name) {
    const auto found =
        std::find_if(verbs.begin(), verbs.end(), [&](const Verb& verb) { return verb.name == name; });
    return found == verbs.end() ? nullptr : &*found;
}

bool is_mutating(const Verb& verb, const json& arguments) {
    return verb.is_mutating || (verb.name == "service" && arguments.value("run", false));
}

Result<void> check_arguments(const Verb& verb, const json& arguments) {
    const auto place = [&](std::string_view what) {
        return std::string(verb.name) + ": " + std::string(what);
    };
    for (const auto& item : arguments.items()) {
        const std::string& name = item.key();
        const json& value = item.value();
        const auto known = std::find_if(verb.arguments.begin(), verb.arguments.end(),
                                        [&](const Argument& argument) { return argument.name == name; });
        if (known == verb.arguments.end()) {
            return fail(Code::invalid,
                        place("takes no argument " +
                              json(name.substr(0, 64)).dump(-1, ' ', true, json::error_handler_t::replace)));
        }
        if (auto checked = check_value(*known, value); !checked)
            return fail(place(""), std::move(checked).error());
    }
    for (const Argument& argument : verb.arguments) {
        if (argument.is_required && !arguments.contains(argument.name)) {
            return fail(Code::invalid, place("needs the argument " + std::string(argument.name)));
        }
    }
    if (verb.one_of.empty()) return {};
    const auto given = std::count_if(verb.one_of.begin(), verb.one_of.end(),
                                     [&](std::string_view name) { return arguments.contains(name); });
    if (given == 0 || (given > 1 && verb.is_one_of_exact)) {
        return fail(Code::invalid, place((verb.is_one_of_exact ? "needs exactly one of " : "needs one of ") +
                                         join(verb.one_of)));
    }
    return {};
}

}  // namespace berth::host::control
