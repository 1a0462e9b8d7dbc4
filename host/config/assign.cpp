// SPDX-License-Identifier: MIT
#include "config/assign.hpp"

#include <algorithm>
#include <berth/duration.hpp>

#include "config/choices.hpp"
#include "config/format.hpp"
#include "config/settings.hpp"
#include "config/suggest.hpp"
#include "config/token_file.hpp"
#include "config/values.hpp"

namespace berth::host::config {
namespace {

/// One assignment under way: what every step needs to say what is wrong.
class Assignment {
public:
    Assignment(const Key& key, const std::string& full_key, const Source& source, Notes& notes)
        : key_(key), full_key_(full_key), source_(source), notes_(notes) {}

    void refuse(const Node& node, std::string message) const {
        notes_.wrong(source_.at(node), full_key_, std::move(message));
    }
    /// At a position inside a text.
    void refuse_inside(const Node& node, std::size_t position, std::string message) const {
        Origin where = source_.at(node);
        if (where.column != 0) where.column += node.text_offset + static_cast<std::uint32_t>(position);
        notes_.wrong(std::move(where), full_key_, std::move(message));
    }
    void refuse_type(const Node& node) const {
        refuse(node, std::string(description(node)) + " stands here, but " +
                         std::string(expectation(key_.kind)) + " is expected");
    }

    /// What stands between quotes, or is an override; else notes the type.
    [[nodiscard]] const std::string* text(const Node& node) const {
        const auto* text = std::get_if<std::string>(&node.value);
        if (text == nullptr) refuse_type(node);
        return text;
    }

    template <class T>
    bool store(const Node& node, T& field, const std::string& text, ValueResult<T> (*parse)(std::string_view),
               std::string_view what) const {
        ValueResult<T> value = parse(text);
        if (!value) {
            refuse_inside(node, value.error().position,
                          in_quotes(text) + " is not " + std::string(what) + ": " + value.error().reason);
            return false;
        }
        field = std::move(*value);
        return true;
    }

    [[nodiscard]] bool in_bounds(const Node& node, std::uint64_t value) const {
        if (value == 0 && key_.bounds.zero_allowed) return true;
        if (value >= key_.bounds.min && value <= key_.bounds.max) return true;
        const auto shown = [&](std::uint64_t bound) {
            if (key_.kind == Kind::bytes) return format_bytes(bound);
            if (key_.kind == Kind::duration) return format_duration(static_cast<std::int64_t>(bound));
            return std::to_string(bound);
        };
        refuse(node, shown(value) +
                         (value < key_.bounds.min ? " is too small: at least " + shown(key_.bounds.min)
                                                  : " is too large: at most " + shown(key_.bounds.max)) +
                         (key_.bounds.zero_allowed && value < key_.bounds.min ? ", or 0" : ""));
        return false;
    }

    /// A whole number that is not negative, or a text for the grammar.
    template <class T>
    bool quantity(const Node& node, T& field, ValueResult<T> (*parse)(std::string_view),
                  std::string_view what) const {
        std::string written;
        if (const auto* number = std::get_if<std::int64_t>(&node.value)) {
            written = std::to_string(*number);
        } else if (const std::string* between_quotes = text(node)) {
            written = *between_quotes;
        } else {
            return false;
        }
        T value{};
        if (!store(node, value, written, parse, what)) return false;
        if constexpr (std::is_same_v<T, Milliseconds>) {
            if (!in_bounds(node, static_cast<std::uint64_t>(value.count()))) return false;
        } else {
            if (!in_bounds(node, value)) return false;
        }
        field = value;
        return true;
    }

    bool set(const Node& node, std::monostate) const {
        refuse_type(node);
        return false;
    }
    bool set(const Node& node, bool* field) const {
        const bool* flag = std::get_if<bool>(&node.value);
        if (flag == nullptr) return refuse_type(node), false;
        *field = *flag;
        return true;
    }
    bool set(const Node& node, std::optional<bool>* field) const {
        bool flag = false;
        if (!set(node, &flag)) return false;
        *field = flag;
        return true;
    }
    bool set(const Node& node, std::uint32_t* field) const {
        const auto* number = std::get_if<std::int64_t>(&node.value);
        if (number == nullptr) return refuse_type(node), false;
        if (*number < 0) {
            refuse(node, std::to_string(*number) + " is negative: " + std::string(expectation(key_.kind)) +
                             " is expected");
            return false;
        }
        if (!in_bounds(node, static_cast<std::uint64_t>(*number))) return false;
        *field = static_cast<std::uint32_t>(*number);
        return true;
    }
    bool set(const Node& node, std::uint64_t* field) const {
        return quantity(node, *field, parse_bytes, "a size");
    }
    bool set(const Node& node, Milliseconds* field) const {
        return quantity(node, *field, parse_time, "a time");
    }
    bool set(const Node& node, std::optional<Milliseconds>* field) const {
        Milliseconds time{};
        if (!set(node, &time)) return false;
        *field = time;
        return true;
    }
    bool set(const Node& node, std::string* field) const {
        const std::string* written = text(node);
        if (written == nullptr) return false;
        if (key_.name == "database.file")
            return store(node, *field, *written, parse_database_file, "a file of this project");
        return store(node, *field, *written, parse_account, key_.name == "group" ? "a group" : "a user");
    }
    bool set(const Node& node, std::filesystem::path* field) const {
        const std::string* written = text(node);
        if (written == nullptr) return false;
        if (written->empty() && key_.name != "log.directory" && key_.name != "tokens") {
            refuse(node, "the path is empty: write one, or leave the key out");
            return false;
        }
        if (written->find('\0') != std::string::npos) {
            refuse(node, "a path has no zero bytes");
            return false;
        }
        *field =
            written->empty() ? std::filesystem::path() : (source_.directory / *written).lexically_normal();
        return true;
    }
    bool set(const Node& node, std::vector<std::string>* field) const {
        const auto* items = std::get_if<Array>(&node.value);
        if (items == nullptr) return refuse_type(node), false;
        const auto [parse, what] = grammar();
        std::vector<std::string> texts;
        bool good = true;
        for (const Node& item : *items) {
            std::string value;
            const std::string* written = text(item);
            if (written == nullptr || !store(item, value, *written, parse, what)) {
                good = false;
            } else if (std::find(texts.begin(), texts.end(), value) != texts.end()) {
                refuse(item, in_quotes(value) + " stands in this list twice: remove one");
                good = false;
            } else {
                texts.push_back(std::move(value));
            }
        }
        if (good) *field = std::move(texts);
        return good;
    }
    /// Of one text of a list, and what it is.
    [[nodiscard]] std::pair<ValueResult<std::string> (*)(std::string_view), std::string_view> grammar() const {
        if (key_.name == "origins") return {parse_origin, "an origin"};
        if (key_.name == "hosts") return {parse_host_name, "a host name"};
        if (key_.name == "trusted_proxies") return {parse_network, "an address or a network"};
        return {parse_subprotocol, "a sub-protocol"};
    }
    bool set(const Node& node, std::map<std::string, std::filesystem::path>* field) const {
        const auto* table = std::get_if<Table>(&node.value);
        if (table == nullptr) return refuse_type(node), false;
        for (const Member& member : *table) {
            const Node key_node{.value = member.key, .line = member.line, .column = member.column};
            const Assignment entry(key_, full_key_ + "." + in_quotes(member.key), source_, notes_);
            std::string prefix;
            std::filesystem::path directory;
            if (!entry.store(key_node, prefix, member.key, parse_url_prefix, "a path of a URL")) continue;
            if (!entry.set(member.value.front(), &directory)) continue;
            (*field)[prefix] = std::move(directory);
            notes_.origins[full_key_ + "." + in_quotes(prefix)] = source_.at(member.value.front());
        }
        return true;
    }
    bool set(const Node& node, std::vector<Setting>* field) const {
        const auto* table = std::get_if<Table>(&node.value);
        if (table == nullptr) return refuse_type(node), false;
        add_settings(*table, full_key_, source_, *field, notes_);
        return true;
    }
    bool set(const Node& node, std::vector<CertificateFiles>* field) const {
        const auto* items = std::get_if<Array>(&node.value);
        if (items == nullptr) return refuse_type(node), false;
        std::vector<CertificateFiles> pairs;
        bool is_good = true;
        for (const Node& item : *items) {
            const Assignment entry(key_, full_key_ + "." + std::to_string(pairs.size()), source_, notes_);
            is_good = entry.set_pair(item, pairs.emplace_back()) && is_good;
        }
        if (is_good) *field = std::move(pairs);
        return is_good;
    }
    bool set_pair(const Node& node, CertificateFiles& pair) const {
        const auto* table = std::get_if<Table>(&node.value);
        if (table == nullptr) return refuse_type(node), false;
        bool is_good = true;
        for (const Member& member : *table) {
            const Assignment entry(key_, full_key_ + "." + member.key, source_, notes_);
            const Node& value = member.value.front();
            if (member.key != "certificate" && member.key != "key") {
                entry.refuse({.value = member.key, .line = member.line, .column = member.column},
                             in_quotes(member.key) + " is unknown here: certificate and key are expected");
                is_good = false;
                continue;
            }
            is_good = entry.set(value, member.key == "key" ? &pair.key : &pair.certificate) && is_good;
            notes_.origins[full_key_ + "." + member.key] = source_.at(value);
        }
        if (is_good && (pair.certificate.empty() || pair.key.empty())) {
            refuse(node, "a pair needs both: certificate = \"FILE\" and key = \"FILE\"");
            is_good = false;
        }
        return is_good;
    }
    bool set(const Node& node, TokenFile* field) const {
        TokenFile wanted;
        if (!set(node, &wanted.file)) return false;
        if (!wanted.file.empty()) {
            auto tokens = read_tokens(wanted.file);
            if (!tokens) {
                refuse(node, wanted.file.string() + ": " + tokens.error().message);
                return false;
            }
            wanted.tokens = std::move(*tokens);
        }
        *field = std::move(wanted);
        return true;
    }
    bool set(const Node& node, Address* field) const {
        // A bare number is a port, and the grammar says what to write.
        const auto* number = std::get_if<std::int64_t>(&node.value);
        const std::string port = number != nullptr ? std::to_string(*number) : "";
        const std::string* written = number != nullptr ? &port : text(node);
        const auto parse = key_.section == Section::pages
                               ? +[](std::string_view given) { return parse_address(given, "7680"); }
                               : +[](std::string_view given) { return parse_address(given); };
        return written != nullptr && store(node, *field, *written, parse, "an address");
    }
    template <class Choice>
    requires is_choice<Choice>
    bool set(const Node& node, Choice* field) const {
        const std::string* written = text(node);
        if (written == nullptr) return false;
        const auto& names = choice_names<Choice>;
        const auto found = std::find(names.begin(), names.end(), *written);
        if (found != names.end()) {
            *field = static_cast<Choice>(found - names.begin());
            return true;
        }
        std::string message = in_quotes(*written) + " is not one of ";
        for (const std::string_view name : names)
            message += (name == names.front() ? "" : ", ") + in_quotes(name);
        const std::string_view meant = nearest(*written, {names.begin(), names.end()});
        if (!meant.empty()) message += "; did you mean " + in_quotes(meant) + "?";
        refuse(node, std::move(message));
        return false;
    }

private:
    const Key& key_;
    const std::string full_key_;
    const Source& source_;
    Notes& notes_;
};

/// Gives an override the type that its key wants. Quotes may be left out, lists be separated by commas.
Node typed(const Key& key, const std::string& raw) {
    const auto as_toml = [&] {
        auto node = read_toml_value(raw);
        return node ? std::move(*node) : Node{.value = raw};
    };
    switch (key.kind) {
        case Kind::flag:
        case Kind::count:
        case Kind::pairs:
        case Kind::path_table:
        case Kind::settings:
            return as_toml();
        case Kind::texts: {
            if (raw.starts_with('[')) return as_toml();
            Array items;
            for (std::size_t at = 0; at < raw.size();) {
                const std::size_t comma = std::min(raw.find(',', at), raw.size());
                const std::size_t first = raw.find_first_not_of(' ', at);
                const std::size_t last = raw.find_last_not_of(' ', comma - 1);
                items.push_back(
                    {.value = first < comma ? raw.substr(first, last - first + 1) : std::string()});
                at = comma + 1;
            }
            return {.value = std::move(items)};
        }
        default:
            return raw.starts_with('"') || raw.starts_with('\'') ? as_toml() : Node{.value = raw};
    }
}

}  // namespace

void assign(const Key& key, const std::string& full_key, Scope scope, const Node& node, const Source& source,
            Notes& notes) {
    scope.create = true;
    const auto* raw = std::get_if<Raw>(&node.value);
    const Node& value = raw != nullptr ? typed(key, raw->text) : node;
    const Assignment assignment(key, full_key, source, notes);
    const bool stored =
        std::visit([&](auto field) { return assignment.set(value, field); }, key.field(scope));
    if (stored && key.kind != Kind::settings && key.kind != Kind::path_table)
        notes.origins[full_key] = source.at(value);
}

}  // namespace berth::host::config
