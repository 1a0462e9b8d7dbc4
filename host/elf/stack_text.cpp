// SPDX-License-Identifier: MIT
#include "elf/stack_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <map>

#include "elf/functions.hpp"
#include "elf/sections.hpp"

namespace berth::host::elf {
namespace {

constexpr std::size_t described_max = 24;

std::string hexadecimal(std::uint64_t number) {
    std::array<char, 2 + 2 * sizeof number + 1> text{};
    std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(number));
    return text.data();
}

/// "spin+0x1c (chat.so)". `files` keeps what has been read.
std::string described(std::uint64_t address, const std::optional<Place>& place, std::map<std::string, Functions>& files) {
    if (!place) return hexadecimal(address);
    const std::string in = " (" + std::filesystem::path(place->file).filename().string() + ")";
    if (place->is_trusted) {
        auto known = files.find(place->file);
        if (known == files.end()) known = files.emplace(place->file, Functions::of(place->file)).first;
        if (const auto function = known->second.at(address - place->base)) {
            return readable(function->name) + "+" + hexadecimal(address - place->base - function->address) + in;
        }
    }
    if (!place->exported.empty()) return readable(place->exported) + "+" + hexadecimal(address - place->exported_at) + in;
    return hexadecimal(address - place->base) + in;
}

}  // namespace

std::string stack_text(const std::vector<std::uint64_t>& addresses,
                       const std::function<std::optional<Place>(std::uint64_t)>& place_of, std::uint64_t host) {
    std::vector<std::optional<Place>> places;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        // But for the innermost they are where a call returns to, which may be the next function's beginning.
        places.push_back(place_of(i == 0 ? addresses[i] : addresses[i] - 1));
    }
    // The outermost calls are the host's, that called the project, and the system's, that began the thread.
    std::size_t shown = places.size();
    const auto is_hosts = [&](const std::optional<Place>& place) { return place && host != 0 && place->base == host; };
    const auto first_of_host = std::find_if(places.rbegin(), places.rend(), is_hosts);
    if (first_of_host != places.rend()) shown = static_cast<std::size_t>(places.rend() - first_of_host);
    while (shown > 0 && is_hosts(places[shown - 1])) --shown;
    std::map<std::string, Functions> files;
    std::string text;
    for (std::size_t i = 0; i < std::min(shown, described_max); ++i) {
        text += (i == 0 ? "" : " < ") + described(addresses[i], places[i], files);
    }
    return text;
}

}  // namespace berth::host::elf
