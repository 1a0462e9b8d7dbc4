// SPDX-License-Identifier: MIT
#include "log/limiter.hpp"

#include <iterator>
#include <utility>

namespace berth::host::log {
namespace {

constexpr std::chrono::seconds window{1};

bool says_the_same(const Record& a, const Record& b) {
    return a.level == b.level && a.fields == b.fields;
}

}  // namespace

void Limiter::tell(Key& key, const Out& out) {
    if (key.repeated == 0) return;
    Record count;
    count.time_ms = key.last.time_ms;
    count.level = key.last.level;
    count.process = key.last.process;
    count.project = key.last.project;
    count.generation = key.last.generation;
    count.message = key.last.message;
    count.fields = {{"repeated", std::to_string(std::exchange(key.repeated, 0)), true}};
    out(count);
}

Limiter::Key& Limiter::key_of(std::unordered_map<std::string, Key>& keys, const std::string& name,
                              TimePoint now, const Out& out) {
    if (keys.size() >= limits_.keys_max && !keys.contains(name)) {
        for (auto& [other, key] : keys) tell(key, out);
        keys.clear();
    }
    Key& key = keys[name];
    if (now - key.second_begun >= window) {
        tell(key, out);
        key.second_begun = now;
        key.passed = 0;
    }
    return key;
}

void Limiter::pass(const Record& record, TimePoint now, const Out& out) {
    if (record.level == Level::info && record.process == "supervisor") return out(record);
    const auto hold_back = [&](Key& key) {
        ++suppressed_;
        ++key.repeated;
        key.last = record;
    };
    Key& key = key_of(keys_, record.process + '\n' + record.project + '\n' + record.message, now, out);
    const bool is_same = key.passed > 0 && says_the_same(key.last, record);
    if (record.level != Level::debug && (is_same || key.passed >= limits_.per_key)) return hold_back(key);

    if (!record.project.empty()) {
        Key& project = key_of(projects_, record.project, now, out);
        if (project.passed >= limits_.per_project) {
            hold_back(project);
            project.last.message = "log lines of the project over its limit";
            return;
        }
        ++project.passed;
    }
    ++key.passed;
    key.last = record;
    out(record);
}

void Limiter::flush(TimePoint now, const Out& out, bool is_last) {
    for (auto* keys : {&keys_, &projects_}) {
        for (auto entry = keys->begin(); entry != keys->end();) {
            const bool is_due = is_last || now - entry->second.second_begun >= window;
            if (is_due) tell(entry->second, out);
            entry = is_due ? keys->erase(entry) : std::next(entry);
        }
    }
}

}  // namespace berth::host::log
