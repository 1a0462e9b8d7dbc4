// SPDX-License-Identifier: MIT
#include "elf/cache.hpp"

#include <algorithm>
#include <string_view>

#include "elf/bytes.hpp"

namespace berth::host::elf {
namespace {

constexpr std::string_view old_cache_magic = "ld.so-1.7.0";
constexpr std::string_view cache_magic = "glibc-ld.so.cache1.1";
constexpr std::uint64_t entries_max = 200'000;

struct Header {
    char begin[20];
    std::uint32_t count;
    std::uint32_t text_bytes;
    std::uint32_t rest[5];
};
static_assert(sizeof(Header) == 48);

/// Offsets count from the start of the header.
struct Entry {
    std::int32_t flags;
    std::uint32_t name;
    std::uint32_t path;
    std::uint32_t system_version;
    std::uint64_t capabilities;
};
static_assert(sizeof(Entry) == 24);

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

LoaderCache read_loader_cache(std::span<const std::byte> bytes) {
    LoaderCache cache;
    // Between the old form and the new one lie the old one's entries.
    const std::size_t start = text_of(bytes).starts_with(old_cache_magic) ? text_of(bytes).find(cache_magic) : 0;
    if (start == std::string_view::npos || !text_of(bytes.subspan(start)).starts_with(cache_magic)) return cache;
    const Bytes table(bytes.subspan(start));
    const auto header = table.at<Header>(0);
    if (!header) return cache;
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(header->count, entries_max); ++i) {
        const auto entry = table.at<Entry>(sizeof(Header) + i * sizeof(Entry));
        const auto name = entry ? table.text(entry->name) : std::optional<std::string_view>();
        const auto path = entry ? table.text(entry->path) : std::optional<std::string_view>();
        if (!name || !path || name->size() > 255 || path->size() > 4096) return cache;
        cache[std::string(*name)].emplace_back(*path);
    }
    return cache;
}

}  // namespace berth::host::elf
