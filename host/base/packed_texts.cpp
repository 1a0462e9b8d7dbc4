// SPDX-License-Identifier: MIT
#include "base/packed_texts.hpp"

#include <algorithm>

namespace berth::host {

PackedTexts::PackedTexts(std::span<const std::string_view> texts) {
    std::size_t bytes = 0;
    for (const std::string_view text : texts) bytes += text.size() + 1;
    constexpr std::size_t unit = sizeof(std::uint32_t);
    const std::size_t places = texts.size() + 2;
    memory_ = std::make_unique<std::uint32_t[]>(places + (bytes + unit - 1) / unit);

    std::uint32_t* place = memory_.get();
    *place++ = static_cast<std::uint32_t>(texts.size());
    char* const begin = reinterpret_cast<char*>(memory_.get() + places);
    char* end = begin;
    for (const std::string_view text : texts) {
        *place++ = static_cast<std::uint32_t>(end - begin);
        // The memory is zero, which leaves the NUL.
        end = std::copy(text.begin(), text.end(), end) + 1;
    }
    *place = static_cast<std::uint32_t>(end - begin);
}

std::string_view PackedTexts::operator[](std::size_t number) const {
    if (number >= size()) return {};
    const std::uint32_t* const places = memory_.get() + 1;
    const char* const begin = reinterpret_cast<const char*>(places + size() + 1);
    return {begin + places[number], places[number + 1] - places[number] - 1};
}

}  // namespace berth::host
