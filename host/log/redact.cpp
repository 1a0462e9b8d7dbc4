// SPDX-License-Identifier: MIT
#include "log/redact.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace berth::host::log {
namespace {

constexpr std::array secret_words{"token",  "password", "passwd", "secret",     "authorization", "cookie",
                                  "ticket", "apikey",   "bearer", "credential", "privatekey",    "jwt"};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_name_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

bool is_same(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool starts_with(std::string_view text, std::string_view start) {
    return text.size() >= start.size() && is_same(text.substr(0, start.size()), start);
}

bool is_base64url(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

/// Length of a JSON web token at the start of the text, 0 when there is none: three parts, the first of
/// which is the base64 of an object.
std::size_t token_length(std::string_view text) {
    if (!text.starts_with("eyJ")) return 0;
    std::size_t end = 0;
    int dots = 0;
    while (end < text.size() && (is_base64url(text[end]) || (text[end] == '.' && dots < 2)))
        dots += text[end++] == '.';
    return dots == 2 ? end : 0;
}

/// One run of characters without blanks. `hides_next` says that the next run is a secret.
std::string redact_run(std::string_view run, bool& hides_next) {
    std::string text(run);
    if (is_same(run, "bearer") || is_same(run, "basic")) {
        hides_next = true;
        return text;
    }
    if (const auto scheme = text.find("://"); scheme != std::string::npos) {
        const auto authority = scheme + 3;
        const auto end = text.find_first_of("/?#", authority);
        const auto at = text.substr(0, end).rfind('@');
        if (at != std::string::npos && at >= authority) text.replace(authority, at - authority, redacted);
    }
    const auto query = text.find('?');
    if (query != std::string::npos && query + 1 < text.size() && text.find('/') < query) {
        const auto end = std::min(text.find_first_of("\"'<>)", query), text.size());
        text.replace(query + 1, end - query - 1, redacted);
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::string_view rest = std::string_view(text).substr(at);
        const bool begins_word = at == 0 || !is_name_character(text[at - 1]);
        if (begins_word && starts_with(rest, "bearer.") && rest.size() > 7) {
            const auto end = std::min(text.find_first_of(",;\"'", at), text.size());
            text.replace(at + 7, end - at - 7, redacted);
            at += 7 + redacted.size() - 1;
        } else if (const auto length = token_length(rest);
                   length > 0 && (at == 0 || !is_base64url(text[at - 1]))) {
            text.replace(at, length, redacted);
            at += redacted.size() - 1;
        } else if ((text[at] == '=' || text[at] == ':') && at > 0) {
            std::size_t begin = at;
            while (begin > 0 && is_name_character(text[begin - 1])) --begin;
            // JSON puts the name into quotes: "token":"…".
            if (begin == at && text[at - 1] == '"') {
                --begin;
                while (begin > 0 && is_name_character(text[begin - 1])) --begin;
            }
            if (!is_secret_name(std::string_view(text).substr(begin, at - begin))) continue;
            if (at + 1 == text.size()) {
                hides_next = true;
                break;
            }
            const auto value = at + 1;
            const bool is_quoted = text[value] == '"';
            const auto end = std::min(
                text.find_first_of(is_quoted ? "\"" : "&,;\"'", is_quoted ? value + 1 : value), text.size());
            const auto start = is_quoted ? value + 1 : value;
            const auto secret = std::string_view(text).substr(start, end - start);
            // "Authorization:Bearer abc": the secret is the run after this one.
            hides_next = hides_next || is_same(secret, "bearer") || is_same(secret, "basic");
            text.replace(start, end - start, redacted);
            at = start + redacted.size() - 1;
        }
    }
    return text;
}

}  // namespace

bool is_secret_name(std::string_view name) {
    std::string plain;
    for (const char c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) plain.push_back(lower(c));
    }
    return std::any_of(secret_words.begin(), secret_words.end(),
                       [&](std::string_view word) { return plain.find(word) != std::string::npos; });
}

std::string redact(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool hides_next = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        if (is_space(text[at])) {
            while (at < text.size() && is_space(text[at])) ++at;
            out.append(text.substr(begin, at - begin));
            continue;
        }
        while (at < text.size() && !is_space(text[at])) ++at;
        const std::string_view run = text.substr(begin, at - begin);
        const bool names_scheme = is_same(run, "bearer") || is_same(run, "basic");
        if (hides_next && !names_scheme) {
            hides_next = false;
            out.append(redacted);
        } else {
            out.append(redact_run(run, hides_next));
        }
    }
    return out;
}

void redact(Record& record) {
    record.message = redact(record.message);
    for (auto& field : record.fields) {
        if (field.is_number) continue;
        field.value = is_secret_name(field.key) ? std::string(redacted) : redact(field.value);
    }
}

}  // namespace berth::host::log
