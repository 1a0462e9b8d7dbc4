// SPDX-License-Identifier: MIT
/// The 64-bit id of a client: opaque to projects, never reused while the host lives (DESIGN §7).
///
/// Layout, from the highest bit: 6 node (0; for a cluster) · 12 gateway incarnation, counted by the
/// supervisor · 20 reuse of the slot · 6 I/O thread · 20 slot. Ids of a young host are small numbers.
/// A slot whose reuse count is exhausted is retired; slot 0 of thread 0 is not used, so no id is 0.
#pragma once

#include <cstdint>
#include <functional>

namespace berth::host {

struct ClientIdParts {
    std::uint32_t incarnation = 0;
    std::uint32_t reuse = 0;
    std::uint32_t thread = 0;
    std::uint32_t slot = 0;
};

inline constexpr std::uint32_t client_slot_bits = 20;
inline constexpr std::uint32_t client_thread_bits = 6;
inline constexpr std::uint32_t client_reuse_bits = 20;
inline constexpr std::uint32_t client_incarnation_bits = 12;
inline constexpr std::uint32_t io_threads_max = 1u << client_thread_bits;

/// A strong type, so that an id never mixes with a count. Value 0: the global service.
enum class ClientId : std::uint64_t { global_service = 0 };

constexpr std::uint64_t value_of(ClientId id) { return static_cast<std::uint64_t>(id); }

constexpr ClientId make_client_id(ClientIdParts p) {
    return ClientId{(std::uint64_t{p.incarnation} << (client_reuse_bits + client_thread_bits + client_slot_bits)) |
                    (std::uint64_t{p.reuse} << (client_thread_bits + client_slot_bits)) |
                    (std::uint64_t{p.thread} << client_slot_bits) | p.slot};
}

constexpr ClientIdParts parts_of(ClientId id) {
    const std::uint64_t v = value_of(id);
    const auto bits = [](std::uint64_t x, std::uint32_t n) {
        return static_cast<std::uint32_t>(x & ((std::uint64_t{1} << n) - 1));
    };
    return {.incarnation = bits(v >> (client_reuse_bits + client_thread_bits + client_slot_bits), client_incarnation_bits),
            .reuse = bits(v >> (client_thread_bits + client_slot_bits), client_reuse_bits),
            .thread = bits(v >> client_slot_bits, client_thread_bits),
            .slot = bits(v, client_slot_bits)};
}

}  // namespace berth::host

template <>
struct std::hash<berth::host::ClientId> {
    std::size_t operator()(berth::host::ClientId id) const noexcept {
        return static_cast<std::size_t>(berth::host::value_of(id) * 0x9E3779B97F4A7C15u);
    }
};
