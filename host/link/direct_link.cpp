// SPDX-License-Identifier: MIT
#include "link/direct_link.hpp"

#include "base/assert.hpp"

namespace berth::host::link {

template <class Call>
void DirectLane::deliver(Call&& call) {
    const MutexLock lock(sink_mutex_);
    if (!sink_) return;
#ifdef NDEBUG
    call(*sink_);
#else
    call(encoder_);
    const auto used = decode_events(encoder_.buffer, *sink_);
    BERTH_ASSERT(used && *used == encoder_.buffer.size());
    encoder_.buffer.clear();
#endif
}

void DirectLane::opening(const Opening& o) {
    deliver([&](EventSink& to) { to.opening(o); });
}
void DirectLane::opened(ClientId client, std::string_view subprotocol) {
    deliver([&](EventSink& to) { to.opened(client, subprotocol); });
}
void DirectLane::abandoned(ClientId client, std::uint16_t code, Cause cause, std::string_view reason) {
    deliver([&](EventSink& to) { to.abandoned(client, code, cause, reason); });
}
void DirectLane::message(ClientId client, std::uint64_t seq, Kind kind, std::string_view payload) {
    deliver([&](EventSink& to) { to.message(client, seq, kind, payload); });
}
void DirectLane::closed(ClientId client, std::uint16_t code, Cause cause, std::string_view reason) {
    deliver([&](EventSink& to) { to.closed(client, code, cause, reason); });
}
void DirectLane::resumed(const Opening& o, const Resumption& resumption) {
    deliver([&](EventSink& to) { to.resumed(o, resumption); });
}
void DirectLane::subscribed(ClientId client, std::string_view topic) {
    deliver([&](EventSink& to) { to.subscribed(client, topic); });
}
void DirectLane::parting(ClientId client) {
    deliver([&](EventSink& to) { to.parting(client); });
}
void DirectLane::lost(std::span<const ClientId> clients) {
    deliver([&](EventSink& to) { to.lost(clients); });
}
void DirectLane::credit(ClientId client, std::uint64_t bytes) {
    deliver([&](EventSink& to) { to.credit(client, bytes); });
}
void DirectLane::flush() {
    const MutexLock lock(sink_mutex_);
    if (!sink_) return;
    sink_->flush();
}

void DirectLane::set_wake(std::function<void()> wake) {
    const MutexLock lock(actions_mutex_);
    wake_ = std::move(wake);
    taker_ = std::this_thread::get_id();
    if (!actions_.empty()) wake_();
}

void DirectLane::take_actions(std::string& to) {
    to.clear();
    const MutexLock lock(actions_mutex_);
    to.swap(actions_);
}

std::size_t DirectLane::waiting_actions_bytes() const {
    const MutexLock lock(actions_mutex_);
    return actions_.size();
}

DirectLink::DirectLink(std::size_t lanes) {
    for (std::size_t i = 0; i < lanes; ++i) lanes_.push_back(std::make_shared<DirectLane>());
}

void DirectLink::open(EventSink& sink, std::function<void(End)> /*on_lost*/) {
    // The gateway cannot go without this process.
    for (const auto& lane : lanes_) {
        const MutexLock lock(lane->sink_mutex_);
        lane->sink_ = &sink;
    }
}

void DirectLink::close() {
    for (const auto& lane : lanes_) {
        const MutexLock lock(lane->sink_mutex_);
        lane->sink_ = nullptr;
    }
}

bool DirectLane::must_wake() const {
    return actions_.empty() && wake_ && taker_ != std::this_thread::get_id();
}

void DirectLink::submit(std::size_t index, std::string_view records) {
    DirectLane& lane = *lanes_[index];
    const MutexLock lock(lane.actions_mutex_);
    const bool must_wake = lane.must_wake();
    lane.actions_.append(records);
    if (must_wake) lane.wake_();
}

void DirectLink::submit_buffer(std::size_t index, std::string& records) {
    DirectLane& lane = *lanes_[index];
    const MutexLock lock(lane.actions_mutex_);
    const bool must_wake = lane.must_wake();
    if (lane.actions_.empty()) {
        lane.actions_.swap(records);
    } else {
        lane.actions_.append(records);
        records.clear();
    }
    if (must_wake) lane.wake_();
}

}  // namespace berth::host::link
