// SPDX-License-Identifier: MIT
/// The texts of the enumerations, in the order of their enumerators.
#pragma once

#include <array>
#include <string_view>

#include "config/config.hpp"

namespace berth::host::config {

template <class Enum>
inline constexpr std::array<std::string_view, 0> choice_names{};

template <>
inline constexpr std::array<std::string_view, 2> choice_names<Isolation>{"process", "none"};
template <>
inline constexpr std::array<std::string_view, 3> choice_names<BacklogPolicy>{"close", "drop_newest",
                                                                             "drop_oldest"};
template <>
inline constexpr std::array<std::string_view, 2> choice_names<LogFormat>{"human", "json"};
template <>
inline constexpr std::array<std::string_view, 3> choice_names<LogFiles>{"host", "projects", "both"};
template <>
inline constexpr std::array<std::string_view, 2> choice_names<Confinement>{"wanted", "required"};
template <>
inline constexpr std::array<std::string_view, 2> choice_names<TlsVersion>{"1.2", "1.3"};
template <>
inline constexpr std::array<std::string_view, 4> choice_names<log::Level>{"debug", "info", "warning",
                                                                          "error"};

}  // namespace berth::host::config
