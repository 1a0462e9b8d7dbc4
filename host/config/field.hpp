// SPDX-License-Identifier: MIT
/// Where a key's value lives in the structs: what ties the table of keys to `Config`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/config.hpp"

namespace berth::host::config {

/// The struct that holds the keys of one table of a file; exactly one pointer is set.
struct Scope {
    Host* host = nullptr;
    Listen* listen = nullptr;
    Pages* pages = nullptr;
    Project* project = nullptr;
    bool create = false;  ///< make optional parts (listen.tls) that are not there yet
};

/// A field of a Config [borrowed]; monostate when it lies in an optional part that is not there.
using Field = std::variant<std::monostate, bool*, std::optional<bool>*, std::uint32_t*, std::uint64_t*,
                           Milliseconds*, std::optional<Milliseconds>*, std::string*, std::filesystem::path*,
                           std::vector<std::string>*, std::map<std::string, std::filesystem::path>*,
                           std::vector<Setting>*, std::vector<CertificateFiles>*, TokenFile*, Address*, Isolation*, BacklogPolicy*, LogFormat*, LogFiles*, Confinement*,
                           TlsVersion*, log::Level*>;

/// Whether the field points at an enumeration, whose texts are in choices.hpp.
template <class T>
inline constexpr bool is_choice = std::is_enum_v<T>;

}  // namespace berth::host::config
