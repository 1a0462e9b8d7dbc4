// SPDX-License-Identifier: MIT
/// Clients that say numbers and keep account of the answers, while a test does its worst to the project.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/ws_client.hpp"

namespace berth::test {

/// What became of a run's messages.
struct Account {
    std::uint64_t said = 0;
    std::uint64_t handled = 0;
    std::uint64_t cut_off = 0;       ///< their clients were told so
    std::uint64_t lost = 0;          ///< neither in the ledger nor told of
    std::uint64_t duplicated = 0;
    std::uint64_t reordered = 0;
    std::uint64_t disconnected = 0;  ///< clients; whoever was a culprit is none of them
    std::uint64_t unanswered = 0;    ///< handled, and the answer never came
    std::chrono::milliseconds pause_p99{0};  ///< of each client's longest wait for an answer after each fault
    std::chrono::milliseconds pause_max{0};
};

/// Clients on a few threads, each waiting for the answer to its last number before it says the next.
class Crowd {
public:
    /// Connects them all.
    Crowd(const Endpoint& to, const std::string& project, std::size_t clients, std::size_t threads);
    /// Stops talking when that was not done.
    ~Crowd();
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;

    void talk();
    /// Another fault is injected now: what they wait for from here on is its pause.
    void suffers() { ++faults_; }
    /// Stops, after the answers that are due.
    void fall_silent();
    /// After silence: what the ledger says of it.
    [[nodiscard]] Account settle(const std::string& ledger) const;
    /// Waits until so many more answers have come: faults are to meet load, not silence.
    [[nodiscard]] bool is_heard(std::uint64_t answers) const;

private:
    struct Speaker {
        std::string tag;
        std::unique_ptr<WsClient> client;
        std::uint64_t last = 0;            ///< number said
        std::uint64_t told_cut_off = 0;
        std::vector<std::uint64_t> cut_off;  ///< numbers
        std::uint64_t answered = 0;          ///< the last answer's number
        std::uint64_t misordered = 0;
        std::chrono::steady_clock::time_point said_at{};
        std::chrono::milliseconds longest{0};
        std::uint64_t fault = 0;                         ///< the one they wait after now
        std::chrono::milliseconds longest_of_fault{0};
        std::vector<std::chrono::milliseconds> pauses;   ///< of the faults before, each the longest wait
        bool is_gone = false;
    };
    void run(std::size_t thread);
    void hear(Speaker& speaker);
    void note_wait(Speaker& speaker) const;

    std::vector<std::vector<Speaker>> speakers_;  ///< by thread
    std::atomic<bool> ends_{false};
    std::atomic<std::uint64_t> answered_{0};
    std::atomic<std::uint64_t> faults_{0};
    std::vector<std::thread> threads_;
};

}  // namespace berth::test
