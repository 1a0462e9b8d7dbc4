// SPDX-License-Identifier: MIT
#include "config/settings.hpp"

#include <algorithm>
#include <set>

#include "config/values.hpp"

namespace berth::host::config {
namespace {

constexpr std::size_t settings_max = 4096;
constexpr std::size_t setting_key_bytes_max = 1024;

class Flattening {
public:
    Flattening(const std::string& full_key, const Source& source, std::vector<Setting>& settings,
               Notes& notes)
        : full_key_(full_key), source_(source), settings_(settings), notes_(notes) {}

    void table(const Table& members, const std::string& prefix) {
        for (const Member& member : members) {
            const Origin where = source_.at(member.line, member.column);
            if (member.key.empty()) {
                notes_.wrong(where, full_key_, "a setting without a name: write one");
                continue;
            }
            value(member.value.front(), prefix + member.key, where);
        }
    }

private:
    void value(const Node& node, const std::string& key, const Origin& where) {
        if (const auto* members = std::get_if<Table>(&node.value)) {
            remove_value(key);
            return table(*members, key + ".");
        }
        if (const auto* items = std::get_if<Array>(&node.value)) {
            remove_value(key);
            remove_below(key);  // A shorter list leaves nothing of a longer one behind.
            for (std::size_t i = 0; i < items->size(); ++i)
                value((*items)[i], key + "." + std::to_string(i), source_.at((*items)[i]));
            return;
        }
        if (const auto* raw = std::get_if<Raw>(&node.value)) return override_with(raw->text, key, where);
        if (key.size() > setting_key_bytes_max) {
            notes_.wrong(
                where, full_key_,
                "the name of a setting is longer than " + std::to_string(setting_key_bytes_max) + " bytes");
            return;
        }
        if (!seen_.insert(key).second) {
            notes_.wrong(where, full_key_ + "." + key,
                         "this name is written twice, once with a quoted dot; rename one");
            return;
        }
        store(node, key);
    }

    /// An override: a value of TOML when it is one, else text. Its name is that of an existing setting
    /// whatever the case, since the names of variables have none.
    void override_with(const std::string& raw, const std::string& key, const Origin& where) {
        std::string name = key;
        for (const Setting& setting : settings_)
            if (lower_case(setting.key) == lower_case(key)) name = setting.key;
        auto parsed = read_toml_value(raw);
        const bool is_date = parsed && std::holds_alternative<DateOrTime>(parsed->value);
        value(parsed && !is_date ? *parsed : Node{.value = raw}, name, where);
    }

    void store(const Node& node, const std::string& key) {
        Setting setting{.key = key, .value = {}};
        if (const auto* flag = std::get_if<bool>(&node.value)) setting.value = *flag;
        if (const auto* integer = std::get_if<std::int64_t>(&node.value)) setting.value = *integer;
        if (const auto* real = std::get_if<double>(&node.value)) setting.value = *real;
        if (const auto* text = std::get_if<std::string>(&node.value)) setting.value = *text;
        if (const auto* moment = std::get_if<DateOrTime>(&node.value)) setting.value = moment->text;
        remove_below(key);
        const auto place = place_of(key);
        if (place != settings_.end() && place->key == key) {
            *place = std::move(setting);
        } else if (settings_.size() == settings_max) {
            if (!full_)
                notes_.wrong(source_.at(node), full_key_,
                             "more than " + std::to_string(settings_max) + " settings");
            full_ = true;
            return;
        } else {
            settings_.insert(place, std::move(setting));
        }
        notes_.origins[full_key_ + "." + key] = source_.at(node);
    }

    /// Where a key stands or would stand.
    std::vector<Setting>::iterator place_of(const std::string& key) {
        return std::lower_bound(settings_.begin(), settings_.end(), key,
                                [](const Setting& setting, const std::string& k) { return setting.key < k; });
    }

    /// Forgets what an earlier layer wrote as a table or list of this name.
    void remove_below(const std::string& key) {
        const std::string prefix = key + ".";
        const auto first = place_of(prefix);
        auto last = first;
        while (last != settings_.end() && last->key.starts_with(prefix)) ++last;
        settings_.erase(std::remove_if(first, last, [&](const Setting& s) { return !seen_.contains(s.key); }),
                        last);
    }

    /// Forgets what an earlier layer wrote as a single value of this name.
    void remove_value(const std::string& key) {
        const auto place = place_of(key);
        if (place != settings_.end() && place->key == key && !seen_.contains(key)) settings_.erase(place);
    }

    const std::string full_key_;
    const Source& source_;
    std::vector<Setting>& settings_;
    Notes& notes_;
    std::set<std::string> seen_;
    bool full_ = false;
};

}  // namespace

void add_settings(const Table& table, const std::string& full_key, const Source& source,
                  std::vector<Setting>& settings, Notes& notes) {
    Flattening(full_key, source, settings, notes).table(table, "");
}

}  // namespace berth::host::config
