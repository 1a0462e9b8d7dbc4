// SPDX-License-Identifier: MIT
/// What a trial sees of the calls into a project.
#pragma once

#include <atomic>
#include <compare>
#include <condition_variable>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "worker/watcher.hpp"

namespace berth::host::roles {

/// [any thread]
class TrialWitness final : public worker::Watcher {
public:
    struct Remark {
        link::SlotEvent event;
        std::string error{};       ///< of its first failure
        std::string procedure{};   ///< the name of that one
        Milliseconds longest{0};
    };

    void begins(const Event& event) override;
    void ended(const Event& event, berth_status status, std::string_view error) override;
    void called() override;
    void misused(const Misuse& misuse) override;
    void left_open(link::SlotEvent event, bool transaction, std::size_t statements) override;

    /// Looks whether contexts that live at once have one address for their globals.
    void look_at_globals();
    [[nodiscard]] bool share_globals() const;
    /// Kinds of events of which one failed; those that make a project or its clients be refused are left out.
    [[nodiscard]] std::vector<Remark> failures() const;
    [[nodiscard]] std::vector<Remark> slow_events() const;
    struct Refusal {
        std::string function;
        link::SlotEvent event;
        auto operator<=>(const Refusal&) const = default;
    };
    /// What the host refused, the first sentence of each kind; bounded.
    [[nodiscard]] std::map<Refusal, std::string> refusals() const;
    /// What events left open in their database: "a transaction", "2 statements".
    [[nodiscard]] std::map<link::SlotEvent, std::string> left_open() const;
    /// Waits until a function of the host is called after `unload` has returned, at most so long.
    [[nodiscard]] bool is_called_after_unload(Milliseconds within) const;
    [[nodiscard]] std::size_t contexts_left() const;
    /// {NAME: {calls, failed, longest_ms}}
    [[nodiscard]] nlohmann::json figures() const;

private:
    struct Kind {
        std::size_t calls = 0;
        std::size_t failed = 0;
        std::string error;
        std::string procedure;
        Clock::duration longest{0};
    };

    mutable std::mutex mutex_;
    std::map<link::SlotEvent, Kind> kinds_;
    std::map<Refusal, std::string> refusals_;
    std::map<link::SlotEvent, std::string> left_open_;
    std::atomic<bool> is_unloaded_{false};
    bool is_called_late_ = false;
    mutable std::condition_variable called_late_;
    std::map<ClientId, const void*> globals_;  ///< of the contexts that live
    bool share_globals_ = false;
};

}  // namespace berth::host::roles
