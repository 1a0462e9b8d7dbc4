// SPDX-License-Identifier: MIT
#include "config/format.hpp"

#include <algorithm>
#include <array>
#include <berth/duration.hpp>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "config/choices.hpp"

namespace berth::host::config {
namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

std::string text_of_real(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    std::array<char, 64> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    std::string text(buffer.data(), end);
    // TOML tells integers and reals apart by the point.
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

std::string list_of(const std::vector<std::string>& texts) {
    std::string list = "[";
    for (const std::string& text : texts) list += (list.size() > 1 ? ", " : "") + in_quotes(text);
    return list + "]";
}

std::string list_of(const std::vector<CertificateFiles>& pairs) {
    std::string list;
    for (const auto& [certificate, key] : pairs) {
        list += (list.empty() ? "" : ", ") + ("{ certificate = " + in_quotes(certificate.string())) + ", key = " + in_quotes(key.string()) + " }";
    }
    return "[" + list + "]";
}

std::string json(const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json(const std::vector<CertificateFiles>& pairs) {
    auto list = nlohmann::json::array();
    for (const auto& [certificate, key] : pairs) list.push_back({{"certificate", certificate.string()}, {"key", key.string()}});
    return json(list);
}

}  // namespace

std::string in_quotes(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else if (c == '\n') {
            result += "\\n";
        } else if (c == '\t') {
            result += "\\t";
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            constexpr std::string_view digits = "0123456789ABCDEF";
            result += "\\u00";
            result += digits[static_cast<unsigned char>(c) >> 4];
            result += digits[static_cast<unsigned char>(c) & 15];
        } else {
            result += c;
        }
    }
    return result + "\"";
}

std::string format_bytes(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 4> units{" B", " KiB", " MiB", " GiB"};
    std::size_t unit = 0;
    while (unit + 1 < units.size() && bytes != 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        ++unit;
    }
    return std::to_string(bytes) + std::string(units.at(unit));
}

std::string toml_of(const Key& key, Scope scope) {
    return std::visit(Overloaded{
                          [](std::monostate) -> std::string { return ""; },
                          [](bool* flag) -> std::string { return *flag ? "true" : "false"; },
                          [](std::optional<bool>* flag) -> std::string {
                              return !*flag ? "" : **flag ? "true" : "false";
                          },
                          [](std::uint32_t* count) { return std::to_string(*count); },
                          [](std::uint64_t* bytes) { return in_quotes(format_bytes(*bytes)); },
                          [](Milliseconds* time) { return in_quotes(format_duration(time->count())); },
                          [](std::optional<Milliseconds>* time) {
                              return *time ? in_quotes(format_duration((*time)->count())) : "";
                          },
                          [](std::string* text) { return in_quotes(*text); },
                          [](std::filesystem::path* path) { return in_quotes(path->string()); },
                          [](std::vector<std::string>* texts) { return list_of(*texts); },
                          [](std::map<std::string, std::filesystem::path>*) -> std::string { return ""; },
                          [](std::vector<Setting>*) -> std::string { return ""; },
                          [](std::vector<CertificateFiles>* pairs) { return list_of(*pairs); },
                          [](TokenFile* tokens) { return in_quotes(tokens->file.string()); },
                          [](Address* address) { return in_quotes(address->text()); },
                          [](auto* choice) {
                              using Value = std::remove_pointer_t<decltype(choice)>;
                              return in_quotes(choice_names<Value>.at(static_cast<std::size_t>(*choice)));
                          },
                      },
                      key.field(scope));
}

std::string toml_of(const Setting& setting) {
    return std::visit(Overloaded{[](bool value) -> std::string { return value ? "true" : "false"; },
                                 [](std::int64_t value) { return std::to_string(value); },
                                 [](double value) { return text_of_real(value); },
                                 [](const std::string& value) { return in_quotes(value); }},
                      setting.value);
}

std::string json_of(const Key& key, Scope scope) {
    return std::visit(
        Overloaded{
            [](std::monostate) -> std::string { return ""; },
            [](bool* flag) { return json(*flag); },
            [](std::optional<bool>* flag) { return *flag ? json(**flag) : ""; },
            [](std::uint32_t* count) { return json(*count); },
            [](std::uint64_t* bytes) { return json(*bytes); },
            [](Milliseconds* time) { return json(time->count()); },
            [](std::optional<Milliseconds>* time) { return *time ? json((*time)->count()) : ""; },
            [](std::string* text) { return json(*text); },
            [](std::filesystem::path* path) { return json(path->string()); },
            [](std::vector<std::string>* texts) { return json(*texts); },
            [](std::map<std::string, std::filesystem::path>*) -> std::string { return ""; },
            [](std::vector<Setting>*) -> std::string { return ""; },
            [](std::vector<CertificateFiles>* pairs) { return json(*pairs); },
            [](TokenFile* tokens) { return json(tokens->file.string()); },
            [](Address* address) { return json(address->text()); },
            [](auto* choice) {
                using Value = std::remove_pointer_t<decltype(choice)>;
                return json(choice_names<Value>.at(static_cast<std::size_t>(*choice)));
            },
        },
        key.field(scope));
}

std::string json_of(const Setting& setting) {
    return std::visit([](const auto& value) { return json(value); }, setting.value);
}

bool is_secret(const Setting& setting) {
    std::string key = setting.key;
    for (char& c : key)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    for (const std::string_view word : {"passw", "passphrase", "secret", "token", "credential"})
        if (key.find(word) != std::string::npos) return true;
    const std::string_view leaf = std::string_view(key).substr(key.rfind('.') + 1);
    if (leaf == "key" || leaf.ends_with("_key") || leaf.ends_with("-key") || leaf.ends_with("apikey"))
        return true;
    if (const auto* text = std::get_if<std::string>(&setting.value)) {
        const std::size_t scheme = text->find("://");
        return scheme != std::string::npos && text->find('@', scheme) != std::string::npos;
    }
    return false;
}

}  // namespace berth::host::config
