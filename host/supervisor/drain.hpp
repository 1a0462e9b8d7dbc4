// SPDX-License-Identifier: MIT
/// Clients of one project, or of all, are sent away over a while (SEMANTICS: Administration, drain).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/timers.hpp"
#include "supervisor/gateway.hpp"

namespace berth::host::supervisor {

/// That newcomers are refused is the owner's concern, and comes first. It is over when nobody is left, or when the time and
/// what a close takes have passed. A gateway that dies meanwhile has no clients left. [main thread]
class Drain {
public:
    struct Order {
        Milliseconds over{60'000};
        std::uint32_t retry_after_s = 30;  ///< told to those who are closed, and to newcomers
    };
    struct Facts {
        std::int64_t ends_at_ms = 0;  ///< the last client is closed
        Milliseconds over{0};
    };

    /// `project` empty: all. `over` is called whenever one has ended.
    Drain(Timers& timers, Gateway& gateway, std::string project, std::function<void()> over);
    Drain(const Drain&) = delete;
    Drain& operator=(const Drain&) = delete;

    /// `done` is called once, after `over`. A second order replaces the first.
    void begin(const Order& order, std::function<void()> done);
    /// Who is left stays; nothing when none is under way.
    void end();
    /// Of the one that is under way.
    [[nodiscard]] const std::optional<Facts>& facts() const { return facts_; }
    [[nodiscard]] bool is_under_way() const { return facts_.has_value(); }

private:
    void look_later();
    void look();
    void heard(const nlohmann::json& stats);
    void finish();

    Timers& timers_;
    Gateway& gateway_;
    const std::string project_;
    const std::function<void()> over_;
    std::optional<Facts> facts_;
    std::vector<std::function<void()>> waiters_;
    TimePoint latest_{};
    Timer timer_;
    const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

/// How many clients the gateway's figures count, of one project or (empty) of all.
[[nodiscard]] std::int64_t clients_in(const nlohmann::json& stats, const std::string& project);
/// {"over_ms","ends_at_ms"}, or null.
[[nodiscard]] nlohmann::json drain_json(const std::optional<Drain::Facts>& facts);

}  // namespace berth::host::supervisor
