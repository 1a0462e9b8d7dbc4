// SPDX-License-Identifier: MIT
/// A worker that does what a test says, over real lanes.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "link/direct_link.hpp"
#include "link/process_link.hpp"
#include "link/record.hpp"
#include "support/deadline.hpp"
#include "unit/link/recording_sinks.hpp"

namespace berth::host::gateway::testing {

/// Admits everybody, echoes every message, and releases whoever goes, unless told otherwise. What it hears is
/// written down.
class ScriptedWorker final : public link::EventSink {
public:
    /// Answers for one client through an encoder; set before clients come.
    std::function<void(link::ActionSink&, const link::Opening&)> on_opening = [](link::ActionSink& to, const link::Opening& o) {
        to.admitted(o.client, {});
    };
    std::function<void(link::ActionSink&, ClientId, std::uint64_t, link::Kind, std::string_view)> on_message =
        [](link::ActionSink& to, ClientId client, std::uint64_t seq, link::Kind kind, std::string_view payload) {
            to.send(client, kind, payload);
            to.done(client, seq);
        };
    bool releases = true;
    bool resumes = true;  ///< says at once that `resumed` has been handled
    bool parts = true;  ///< with clients that go on elsewhere, at once
    bool reads = true;  ///< its lanes, at once; otherwise from `read` on

    /// The gateway's ends of `lanes` fresh lanes, to be given to it.
    std::vector<UniqueFd> connect(std::size_t lanes) {
        std::vector<UniqueFd> theirs, ours;
        for (std::size_t i = 0; i < lanes; ++i) {
            auto pair = link::Channel::pair();
            theirs.push_back(std::move(pair->first));
            ours.push_back(std::move(pair->second));
        }
        link_ = std::move(*link::ProcessLink::create(std::move(ours)));
        if (reads) read();
        return theirs;
    }
    /// As above, as a worker in the gateway's process.
    std::vector<std::shared_ptr<link::DirectLane>> connect_directly(std::size_t lanes) {
        auto direct = std::make_unique<link::DirectLink>(lanes);
        std::vector<std::shared_ptr<link::DirectLane>> theirs;
        for (std::size_t i = 0; i < lanes; ++i) theirs.push_back(direct->lane(i));
        link_ = std::move(direct);
        if (reads) read();
        return theirs;
    }
    void read() {
        link_->open(*this, [](link::WorkerLink::End) {});
    }
    ~ScriptedWorker() override { die(); }

    /// As a process that ends.
    void die() {
        if (link_) link_->close();
        link_.reset();
    }

    /// Says something on a lane, out of the blue.
    void say(const std::function<void(link::ActionSink&)>& what, std::size_t lane = 0) {
        link::ActionEncoder encoder;
        what(encoder);
        link_->port().submit(lane, encoder.buffer);
    }
    [[nodiscard]] link::ActionPort& port() { return link_->port(); }
    void say_bytes(std::string_view bytes) { link_->port().submit(0, bytes); }

    /// Waits until a line that begins with `start` was heard.
    std::string heard(const std::string& start) {
        std::unique_lock lock(mutex_);
        std::string found;
        changed_.wait_for(lock, std::chrono::seconds(20) * test::patience, [&] {
            for (const auto& line : events_.lines) {
                if (line.starts_with(start)) found = line;
            }
            return !found.empty();
        });
        return found;
    }
    std::size_t count(const std::string& start) {
        const std::lock_guard lock(mutex_);
        return static_cast<std::size_t>(std::count_if(events_.lines.begin(), events_.lines.end(),
                                                      [&](const auto& line) { return line.starts_with(start); }));
    }

    void opening(const link::Opening& o) override {
        note([&](EventSink& to) { to.opening(o); });
        say([&](link::ActionSink& to) { on_opening(to, o); }, link::lane_of(o.client));
    }
    void opened(ClientId c, std::string_view p) override {
        note([&](EventSink& to) { to.opened(c, p); });
    }
    void abandoned(ClientId c, std::uint16_t code, link::Cause cause, std::string_view reason) override {
        note([&](EventSink& to) { to.abandoned(c, code, cause, reason); });
        if (releases) say([&](link::ActionSink& to) { to.released(c); }, link::lane_of(c));
    }
    void message(ClientId c, std::uint64_t seq, link::Kind kind, std::string_view payload) override {
        note([&](EventSink& to) { to.message(c, seq, kind, payload); });
        say([&](link::ActionSink& to) { on_message(to, c, seq, kind, payload); }, link::lane_of(c));
    }
    void closed(ClientId c, std::uint16_t code, link::Cause cause, std::string_view reason) override {
        note([&](EventSink& to) { to.closed(c, code, cause, reason); });
        if (releases) say([&](link::ActionSink& to) { to.released(c); }, link::lane_of(c));
    }
    void resumed(const link::Opening& o, const link::Resumption& r) override {
        note([&](EventSink& to) { to.resumed(o, r); });
        if (resumes) say([&](link::ActionSink& to) { to.done(o.client, 0); }, link::lane_of(o.client));
    }
    void lost(std::span<const ClientId> clients) override {
        note([&](EventSink& to) { to.lost(clients); });
    }
    void subscribed(ClientId c, std::string_view topic) override {
        note([&](EventSink& to) { to.subscribed(c, topic); });
    }
    void parting(ClientId c) override {
        note([&](EventSink& to) { to.parting(c); });
        if (parts) say([&](link::ActionSink& to) { to.parted(c); }, link::lane_of(c));
    }
    void credit(ClientId c, std::uint64_t bytes) override {
        note([&](EventSink& to) { to.credit(c, bytes); });
    }
    void flush() override {}

private:
    template <class Call>
    void note(Call&& call) {
        const std::lock_guard lock(mutex_);
        call(events_);
        changed_.notify_all();
    }

    std::unique_ptr<link::WorkerLink> link_;
    std::mutex mutex_;
    std::condition_variable changed_;
    link::testing::RecordingEvents events_;
};

}  // namespace berth::host::gateway::testing
