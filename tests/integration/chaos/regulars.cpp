// SPDX-License-Identifier: MIT
#include "integration/chaos/regulars.hpp"

#include <stdexcept>

#include "integration/chaos/run.hpp"

namespace berth::test {
namespace {

using Clock = std::chrono::steady_clock;

/// An answer that takes longer than this never comes.
constexpr std::chrono::seconds patience_of_regulars{30};

void keep_longest(std::atomic<std::int64_t>& longest, Clock::time_point from) {
    const std::int64_t ms = since(from).count();
    std::int64_t known = longest.load();
    while (ms > known && !longest.compare_exchange_weak(known, ms)) {
    }
}

}  // namespace

Regulars::Regulars(const Endpoint& to, const std::string& target, std::size_t clients, Manner manner) : manner_(std::move(manner)) {
    for (std::size_t i = 0; i < clients; ++i) clients_.emplace_back(to, target, manner_.headers);
    thread_ = std::thread([this] { run(); });
}

Regulars::~Regulars() { stop(); }

void Regulars::stop() {
    ends_.store(true);
    if (thread_.joinable()) thread_.join();
}

std::string Regulars::first_trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
}

void Regulars::note(const std::string& trouble) {
    const std::lock_guard lock(mutex_);
    if (trouble_.empty()) trouble_ = trouble;
}

void Regulars::run() {
    while (!ends_.load()) {
        for (WsClient& client : clients_) {
            if (client.is_open()) talk(client);
        }
        std::this_thread::sleep_for(manner_.between);
    }
}

void Regulars::talk(WsClient& client) {
    const std::uint64_t number = said_++;
    const std::string said = std::to_string(number);
    const auto from = Clock::now();
    client.says(manner_.says + said);
    for (;;) {
        const auto heard = client.next(Deadline{patience_of_regulars});
        keep_longest(longest_ms_, from);
        if (!heard) {
            ++disconnected_;
            return note(client.is_open() ? "no answer to " + said : "closed with " + std::to_string(client.closed().code));
        }
        if (!manner_.cut_off.empty() && heard->payload == manner_.cut_off) {
            was_cut_off_ = true;
            return;
        }
        if (was_cut_off_ && is_late(heard->payload, number)) continue;
        ++answered_;
        if (heard->payload == (manner_.answer.empty() ? manner_.hears + said : manner_.answer)) return;
        ++wrong_;
        return note("said " + said + ", heard " + heard->payload);
    }
}

bool Regulars::is_late(const std::string& answer, std::uint64_t number) const {
    if (!answer.starts_with(manner_.hears)) return false;
    const std::string digits = answer.substr(manner_.hears.size());
    return !digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos && std::stoull(digits) < number;
}

Newcomers::Newcomers(const Endpoint& to, const std::string& target, std::size_t threads, std::size_t kept,
                     std::chrono::milliseconds between)
    : to_(to), target_(target), kept_(kept), between_(between) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

Newcomers::~Newcomers() { stop(); }

void Newcomers::stop() {
    ends_.store(true);
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

std::string Newcomers::first_refusal() const {
    const std::lock_guard lock(mutex_);
    return refusal_;
}

void Newcomers::run() {
    std::vector<RawClient> kept;
    for (; !ends_.load(); std::this_thread::sleep_for(between_)) come(kept);
}

void Newcomers::come(std::vector<RawClient>& kept) {
    const auto from = Clock::now();
    std::string refusal;
    try {
        RawClient client{to_, {.verifies_tls = false}, Deadline{patience_of_regulars}};
        const HttpReply reply = client.ask(target_, {}, Deadline{patience_of_regulars});
        keep_longest(longest_ms_, from);
        if (reply.status == 101) {
            ++served_;
            kept.push_back(std::move(client));
            if (kept.size() > kept_) kept.erase(kept.begin());
            return;
        }
        if (reply.status == 0 && client.end() != End::open) {
            ++cut_;
            return;
        }
        if (reply.status == 503 && reply.body.find("could not decide about this client") != std::string::npos) {
            ++undecided_;
            return;
        }
        refusal = std::to_string(reply.status) + " " + reply.body;
    } catch (const std::runtime_error& error) {
        refusal = error.what();
    }
    ++refused_;
    const std::lock_guard lock(mutex_);
    if (refusal_.empty()) refusal_ = refusal;
}

}  // namespace berth::test
