// SPDX-License-Identifier: MIT
//
// What the operator wrote under [project.NAME.settings] (berth.config/1).
#ifndef BERTH_CPP_SETTINGS_HPP
#define BERTH_CPP_SETTINGS_HPP

#include "../ext/config.h"
#include "value.hpp"

namespace berth {

/// The project's settings. Nested tables and arrays are reached with dots: "rooms.0.name". Usable
/// from any thread; texts are borrowed from the project.
class Settings {
public:
    Settings(const berth_config* table, const berth_host* host) : table_(table), host_(host) {}

    /// The setting, or nothing when it was not written. Throws Error when it has another type.
    template <class T>
    std::optional<T> find(std::string_view key) const {
        berth_value value{};
        const berth_status status = table_->get(host_, str(key), &value);
        if (status == BERTH_ABSENT) return {};
        if (status != BERTH_OK)
            throw Error(static_cast<Status>(status),
                        place(key) + "the host answered status " + std::to_string(status));
        if constexpr (detail::Real<T>)
            if (value.type == BERTH_INTEGER) return static_cast<T>(value.as.integer);
        detail::Decoded<T> decoded = detail::decode<T>(value);
        if (decoded.wrong)
            throw Error(Status::invalid, place(key) + "is " + std::string(detail::type_name(value.type)) +
                                             (value.type == detail::type_of<T>() ? " out of range" : "") +
                                             ", should be " +
                                             std::string(detail::type_name(detail::type_of<T>())));
        return std::move(decoded.value);
    }

    /// The setting. Throws Error when it was not written or has another type.
    template <class T>
    T get(std::string_view key) const {
        std::optional<T> value = find<T>(key);
        if (!value)
            throw Error(Status::absent, place(key) + "is missing: write it under [project.NAME.settings]");
        return std::move(*value);
    }

    /// The setting, or `otherwise` when it was not written.
    template <class T>
    T get(std::string_view key, T otherwise) const {
        return find<T>(key).value_or(std::move(otherwise));
    }
    std::string get(std::string_view key, const char* otherwise) const {
        return get<std::string>(key, std::string(otherwise));
    }

    /// All keys, in order.
    std::vector<std::string_view> keys() const {
        std::vector<std::string_view> keys;
        berth_str key{};
        berth_value value{};
        while (table_->at(host_, keys.size(), &key, &value) == BERTH_OK) keys.push_back(view(key));
        return keys;
    }

    /// The project's own directory, made by the host, writable, kept across restarts.
    std::string data_directory() const {
        berth_str path{};
        const berth_status status = table_->data_directory(host_, &path);
        if (status != BERTH_OK)
            throw Error(static_cast<Status>(status), "settings: the host gave no data directory");
        return std::string(view(path));
    }

private:
    static std::string place(std::string_view key) { return "setting " + std::string(key) + " "; }

    const berth_config* table_;
    const berth_host* host_;
};

}  // namespace berth

#endif
