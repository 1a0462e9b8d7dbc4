// SPDX-License-Identifier: MIT
/// What is known of the host as a whole, for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/drain.hpp"

namespace berth::host::supervisor {

/// Facts of the host that verbs show.
struct HostFacts {
    enum class State { starting, running, draining, drained, stopping };

    /// It has started and does not stop.
    [[nodiscard]] bool is_up() const { return state == State::running || state == State::draining || state == State::drained; }

    State state = State::starting;
    std::string version{};
    std::int64_t started_at_ms = 0;
    std::string configuration{};  ///< file; empty: none
    std::string plugins{};
    std::string state_directory{};
    std::string pages{};          ///< address; empty: none
    std::uint32_t clients_limit = 0;
    std::optional<Drain::Facts> drain{};  ///< while it is *draining*
    struct Listening {
        std::string address{};
        bool tls = false;
        std::int64_t certificate_expires_at_ms = 0;  ///< 0: there is none
    };
    std::vector<Listening> listeners{};
};

[[nodiscard]] std::string_view name_of(HostFacts::State state);

}  // namespace berth::host::supervisor
