// SPDX-License-Identifier: MIT
#include "integration/chaos/crowd.hpp"

#include <algorithm>
#include <sstream>

namespace berth::test {
namespace {

using Clock = std::chrono::steady_clock;

/// An answer that takes longer than this never comes.
constexpr std::chrono::seconds patience_of_clients{20};

}  // namespace

Crowd::Crowd(const Endpoint& to, const std::string& project, std::size_t clients, std::size_t threads) : speakers_(threads) {
    for (std::size_t i = 0; i < clients; ++i) {
        Speaker speaker;
        speaker.tag = "s" + std::to_string(i);
        speaker.client = std::make_unique<WsClient>(to, "/" + project + "?" + speaker.tag);
        speakers_[i % threads].push_back(std::move(speaker));
    }
}

Crowd::~Crowd() { fall_silent(); }

void Crowd::talk() {
    for (std::size_t i = 0; i < speakers_.size(); ++i) threads_.emplace_back([this, i] { run(i); });
}

void Crowd::fall_silent() {
    ends_.store(true);
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

bool Crowd::is_heard(std::uint64_t answers) const {
    const std::uint64_t before = answered_.load();
    return eventually([&] { return answered_.load() >= before + answers; }, Deadline{patience_of_clients});
}

void Crowd::run(std::size_t thread) {
    std::vector<Speaker>& mine = speakers_[thread];
    while (!ends_.load()) {
        for (Speaker& speaker : mine) {
            if (speaker.is_gone) continue;
            speaker.said_at = Clock::now();
            if (!speaker.client->says(std::to_string(++speaker.last))) speaker.is_gone = true;
        }
        for (Speaker& speaker : mine) {
            if (!speaker.is_gone) hear(speaker);
        }
    }
}

/// Until the last number was answered, or its client was told that it was cut off.
void Crowd::hear(Speaker& speaker) {
    const Deadline deadline{patience_of_clients};
    while (true) {
        const auto message = speaker.client->next(deadline);
        note_wait(speaker);
        if (!message) {
            speaker.is_gone = !speaker.client->is_open();
            return;
        }
        if (message->payload == "interrupted") {
            // It may be about one that was done all but for its `done`: its answer came before.
            ++speaker.told_cut_off;
            if (speaker.answered == speaker.last) continue;
            speaker.cut_off.push_back(speaker.last);
            return;
        }
        const std::uint64_t number = std::strtoull(message->payload.c_str(), nullptr, 10);
        if (number <= speaker.answered || number > speaker.last) {
            ++speaker.misordered;
            continue;
        }
        speaker.answered = number;
        ++answered_;
        if (number == speaker.last) return;
    }
}

void Crowd::note_wait(Speaker& speaker) const {
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - speaker.said_at);
    speaker.longest = std::max(speaker.longest, waited);
    const std::uint64_t fault = faults_.load();
    if (fault != speaker.fault) {
        if (speaker.fault > 0) speaker.pauses.push_back(speaker.longest_of_fault);
        speaker.fault = fault;
        speaker.longest_of_fault = std::chrono::milliseconds{0};
    }
    speaker.longest_of_fault = std::max(speaker.longest_of_fault, waited);
}

Account Crowd::settle(const std::string& ledger) const {
    std::map<std::string, std::vector<std::uint64_t>> handled;
    std::istringstream lines{ledger};
    for (std::string line; std::getline(lines, line);) {
        // "TAG NUMBER"; what else is written begins with a word of its own, and newcomers have no tag.
        const std::size_t blank = line.find(' ');
        const std::string tag = line.substr(0, blank);
        if (blank == std::string::npos || tag == "gone" || tag == "stop" || tag == "lost" || tag == "begun") continue;
        handled[tag].push_back(std::strtoull(line.c_str() + blank + 1, nullptr, 10));
    }
    Account account;
    std::vector<std::chrono::milliseconds> pauses;
    for (const auto& thread : speakers_) {
        for (const Speaker& speaker : thread) {
            const auto& its = handled[speaker.tag];
            std::uint64_t highest = 0;
            for (const std::uint64_t number : its) {
                if (number < highest) ++account.reordered;
                highest = std::max(highest, number);
            }
            auto sorted = its;
            std::sort(sorted.begin(), sorted.end());
            const auto unique = std::unique(sorted.begin(), sorted.end());
            account.duplicated += static_cast<std::uint64_t>(sorted.end() - unique);
            sorted.erase(unique, sorted.end());
            for (std::uint64_t number = 1; number <= speaker.last; ++number) {
                if (std::binary_search(sorted.begin(), sorted.end(), number)) continue;
                const bool is_told = std::find(speaker.cut_off.begin(), speaker.cut_off.end(), number) != speaker.cut_off.end();
                account.lost += is_told ? 0 : 1;
            }
            account.said += speaker.last;
            account.handled += sorted.size();
            account.cut_off += speaker.cut_off.size();
            account.reordered += speaker.misordered;
            account.disconnected += speaker.is_gone ? 1 : 0;
            account.unanswered += !speaker.is_gone && speaker.answered != speaker.last &&
                                          (speaker.cut_off.empty() || speaker.cut_off.back() != speaker.last)
                                      ? 1
                                      : 0;
            account.pause_max = std::max(account.pause_max, speaker.longest);
            pauses.insert(pauses.end(), speaker.pauses.begin(), speaker.pauses.end());
            if (speaker.fault > 0) pauses.push_back(speaker.longest_of_fault);
        }
    }
    std::sort(pauses.begin(), pauses.end());
    if (!pauses.empty()) {
        account.pause_p99 = pauses[(pauses.size() * 99 - 1) / 100];
    }
    return account;
}

}  // namespace berth::test
