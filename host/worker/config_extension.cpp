// SPDX-License-Identifier: MIT
#include <algorithm>

#include "worker/extensions.hpp"
#include "worker/runtime.hpp"
#include "worker/text.hpp"

namespace berth::host::worker {
namespace {

void store(const Setting& setting, berth_value& out) {
    out = {};
    if (const auto* boolean = std::get_if<bool>(&setting.value)) {
        out.type = BERTH_BOOLEAN;
        out.as.integer = *boolean ? 1 : 0;
    } else if (const auto* integer = std::get_if<std::int64_t>(&setting.value)) {
        out.type = BERTH_INTEGER;
        out.as.integer = *integer;
    } else if (const auto* real = std::get_if<double>(&setting.value)) {
        out.type = BERTH_REAL;
        out.as.real = *real;
    } else if (const auto* text = std::get_if<std::string>(&setting.value)) {
        out.type = BERTH_TEXT;
        out.as.bytes = str(*text);
    }
}

berth_status BERTH_CALL get(const berth_host* host, berth_str key, berth_value* out) noexcept {
    if (out == nullptr || (key.size != 0 && key.data == nullptr)) return BERTH_INVALID;
    const auto& settings = HostTable::runtime_of(host).settings.settings;
    const auto found = std::lower_bound(settings.begin(), settings.end(), view(key),
                                        [](const Setting& s, std::string_view k) { return s.key < k; });
    if (found == settings.end() || found->key != view(key)) return BERTH_ABSENT;
    store(*found, *out);
    return BERTH_OK;
}

berth_status BERTH_CALL at(const berth_host* host, std::size_t index, berth_str* key, berth_value* out) noexcept {
    if (key == nullptr || out == nullptr) return BERTH_INVALID;
    const auto& settings = HostTable::runtime_of(host).settings.settings;
    if (index >= settings.size()) return BERTH_ABSENT;
    *key = str(settings[index].key);
    store(settings[index], *out);
    return BERTH_OK;
}

berth_status BERTH_CALL data_directory(const berth_host* host, berth_str* out) noexcept {
    if (out == nullptr) return BERTH_INVALID;
    *out = str(HostTable::runtime_of(host).settings.data_directory.native());
    return BERTH_OK;
}

}  // namespace

const berth_config* config_extension() {
    static constexpr berth_config table{.struct_size = sizeof(berth_config),
                                        .reserved = 0,
                                        .get = get,
                                        .at = at,
                                        .data_directory = data_directory};
    return &table;
}

}  // namespace berth::host::worker
