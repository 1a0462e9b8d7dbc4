// SPDX-License-Identifier: MIT
/// Who is there while a test does its worst: clients that stay and talk, and clients that come all the time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/ws_client.hpp"

namespace berth::test {

/// Clients that say something, wait for the answer, and say the next: connected all the time, or counted as cut.
class Regulars {
public:
    struct Manner {
        std::string says{};                    ///< before a number: "echo " for `witness`
        std::string hears{};                   ///< before that number
        std::string answer{};                  ///< instead: always this
        std::string cut_off{};                 ///< what comes, beside an answer or instead, when a worker died of somebody else
        std::chrono::milliseconds between{1};  ///< rounds of all of them
        Headers headers{};
    };
    /// Connects them all; talks on a thread of its own from here on.
    Regulars(const Endpoint& to, const std::string& target, std::size_t clients, Manner manner);
    ~Regulars();
    Regulars(const Regulars&) = delete;
    Regulars& operator=(const Regulars&) = delete;

    /// Ends with the answer that is due.
    void stop();
    [[nodiscard]] std::uint64_t answered() const { return answered_.load(); }
    [[nodiscard]] std::uint64_t wrong() const { return wrong_.load(); }                ///< answers
    [[nodiscard]] std::uint64_t disconnected() const { return disconnected_.load(); }  ///< clients
    [[nodiscard]] std::chrono::milliseconds longest_pause() const { return std::chrono::milliseconds(longest_ms_.load()); }
    /// What was wrong first, for a failed test.
    [[nodiscard]] std::string first_trouble() const;

private:
    void run();
    void talk(WsClient& client);
    /// Whether it answers a message before that number: the answer is late because of a cut.
    [[nodiscard]] bool is_late(const std::string& answer, std::uint64_t number) const;
    void note(const std::string& trouble);

    const Manner manner_;
    std::vector<WsClient> clients_;
    std::atomic<bool> ends_{false};
    std::uint64_t said_ = 0;
    bool was_cut_off_ = false;
    std::atomic<std::uint64_t> answered_{0}, wrong_{0}, disconnected_{0};
    std::atomic<std::int64_t> longest_ms_{0};
    mutable std::mutex mutex_;
    std::string trouble_;
    std::thread thread_;
};

/// Clients that come, are let in, and go, on a few threads; each thread keeps its last few.
class Newcomers {
public:
    /// `between`: what each thread waits before its next.
    Newcomers(const Endpoint& to, const std::string& target, std::size_t threads, std::size_t kept = 4,
              std::chrono::milliseconds between = {});
    ~Newcomers();
    Newcomers(const Newcomers&) = delete;
    Newcomers& operator=(const Newcomers&) = delete;

    void stop();
    [[nodiscard]] std::uint64_t served() const { return served_.load(); }
    /// No connection, no TLS handshake, or another answer than 101.
    [[nodiscard]] std::uint64_t refused() const { return refused_.load(); }
    /// Connected, and cut off before there was an answer: their gateway died in the middle of it.
    [[nodiscard]] std::uint64_t cut() const { return cut_.load(); }
    /// Told that their own connection event ended with its worker, which is not run twice (503).
    [[nodiscard]] std::uint64_t undecided() const { return undecided_.load(); }
    [[nodiscard]] std::chrono::milliseconds longest_wait() const { return std::chrono::milliseconds(longest_ms_.load()); }
    [[nodiscard]] std::string first_refusal() const;

private:
    void run();
    void come(std::vector<RawClient>& kept);

    const Endpoint to_;
    const std::string target_;
    const std::size_t kept_;
    const std::chrono::milliseconds between_;
    std::atomic<bool> ends_{false};
    std::atomic<std::uint64_t> served_{0}, refused_{0}, cut_{0}, undecided_{0};
    std::atomic<std::int64_t> longest_ms_{0};
    mutable std::mutex mutex_;
    std::string refusal_;
    std::vector<std::thread> threads_;
};

}  // namespace berth::test
