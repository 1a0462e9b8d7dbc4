// SPDX-License-Identifier: MIT
#include "worker/emission.hpp"

#include <algorithm>
#include <bit>

#include "base/coarse_clock.hpp"

namespace berth::host::worker {
namespace {

constexpr std::size_t kept_buffer_bytes = 256u << 10;
constexpr std::size_t lane_count = io_threads_max;

}  // namespace

void Emission::begin(Hold hold, ClientId own) {
    has_begun_ = true;
    next_hold_ = hold;
    next_own_id_ = own;
}

void Emission::enter() {
    if (!has_begun_) return;
    has_begun_ = false;
    // What ended events have left behind mixes with nothing that must be held longer, and stays in one lane.
    if (!used_.empty() && (next_hold_ != Hold::streaming || link::lane_of(next_own_id_) != used_.front())) release();
    hold_ = next_hold_;
    own_id_ = next_own_id_;
    spoken_ = 0;
}

link::ActionEncoder& Emission::lane(ClientId client) {
    // In `connection`, what is for the asking client itself waits apart: a refusal drops it.
    return hold_ == Hold::admission && client == own_id_ ? own_ : lane_at(link::lane_of(client));
}

link::ActionEncoder& Emission::lane_at(std::size_t index) {
    if (lanes_.empty()) lanes_.resize(lane_count);
    if (lanes_[index].buffer.empty()) used_.push_back(index);
    return lanes_[index];
}

void Emission::added(std::size_t bytes) {
    if (hold_ != Hold::streaming) return;
    bytes_ += bytes;
    if (bytes_ >= streamed_bytes) {
        release();
    } else {
        note_held();
    }
}

void Emission::note_held() {
    if (held_since_ns_.load(std::memory_order_relaxed) != 0) return;
    // In one order with the ticker's falling asleep: either it sees this, or this sees it asleep.
    held_since_ns_.store(coarse_now().time_since_epoch().count(), std::memory_order_seq_cst);
    ticker_.wake();
}

void Emission::send(ClientId client, link::Kind kind, std::string_view payload) {
    const MutexLock lock(mutex_);
    enter();
    link::ActionEncoder& to = lane(client);
    // What a refusal may drop lies nowhere else.
    const bool may_be_placed = payload.size() >= link::Slabs::payload_bytes_min && &to != &own_;
    if (const auto placed = may_be_placed ? outlet_.place(link::lane_of(client), payload) : std::nullopt) {
        to.send_placed(client, kind, *placed);
    } else {
        to.send(client, kind, payload);
    }
    added(payload.size());
}

void Emission::send_many(std::span<const ClientId> clients, link::Kind kind, std::string_view payload) {
    const MutexLock lock(mutex_);
    enter();
    if (many_.empty()) many_.resize(lane_count);
    for (const ClientId client : clients) {
        if (hold_ == Hold::admission && client == own_id_) {
            own_.send(client, kind, payload);
        } else {
            many_[link::lane_of(client)].push_back(client);
        }
    }
    for (std::vector<ClientId>& of_lane : many_) {
        if (of_lane.empty()) continue;
        lane(of_lane.front()).send_many(of_lane, kind, payload);
        added(payload.size() + of_lane.size() * sizeof(ClientId));
        of_lane.clear();
    }
}

void Emission::subscribe(ClientId client, std::string_view topic) {
    const MutexLock lock(mutex_);
    enter();
    lane(client).subscribe(client, topic);
    added(topic.size());
}

void Emission::unsubscribe(ClientId client, std::string_view topic) {
    const MutexLock lock(mutex_);
    enter();
    lane(client).unsubscribe(client, topic);
    added(topic.size());
}

void Emission::publish(std::uint64_t lanes, const link::Publication& publication) {
    const MutexLock lock(mutex_);
    enter();
    for (; lanes != 0; lanes &= lanes - 1) {
        lane_at(static_cast<std::size_t>(std::countr_zero(lanes))).publish(publication);
        added(publication.topic.size() + publication.payload.size());
    }
}

void Emission::close(ClientId client, std::uint16_t code, link::Cause cause, std::string_view reason) {
    const MutexLock lock(mutex_);
    enter();
    lane(client).close(client, code, cause, reason);
    added(reason.size());
}

void Emission::post(Post post) {
    const MutexLock lock(mutex_);
    enter();
    const std::size_t bytes = post.bytes;
    posts_held_.push_back(std::move(post));
    added(bytes);
}

void Emission::done(ClientId client, std::uint64_t seq) {
    const MutexLock lock(mutex_);
    enter();
    lane(client).done(client, seq);
}

void Emission::saved(ClientId client, std::string_view state) {
    const MutexLock lock(mutex_);
    enter();
    lane(client).saved(client, state);
}

void Emission::parted(ClientId client) {
    const MutexLock lock(mutex_);
    enter();
    lane(client).parted(client);
}

void Emission::released(ClientId client) {
    const MutexLock lock(mutex_);
    enter();
    lane(client).released(client);
}

void Emission::admit(ClientId client, const link::Admission& admission) {
    const MutexLock lock(mutex_);
    enter();
    hold_ = Hold::to_the_end;
    link::ActionEncoder verdict;
    verdict.admitted(client, admission);
    if (admission.status == 0) verdict.buffer += own_.buffer;
    own_.buffer.clear();
    spoken_ |= std::uint64_t{1} << link::lane_of(client);
    outlet_.submit(link::lane_of(client), verdict.buffer);
}

void Emission::forget_own() {
    const MutexLock lock(mutex_);
    enter();
    hold_ = Hold::to_the_end;
    own_.buffer.clear();
}

void Emission::end(bool settles) {
    std::uint64_t spoken = 0;
    {
        const MutexLock lock(mutex_);
        enter();
        release();
        spoken = spoken_;
    }
    if (!settles) return;
    for (; spoken != 0; spoken &= spoken - 1) outlet_.settle(static_cast<std::size_t>(std::countr_zero(spoken)));
}

void Emission::end_gathering(ClientId client, std::uint64_t seq) {
    const MutexLock lock(mutex_);
    enter();
    lane(client).done(client, seq);
    // Other lanes must have everything before the own one says `done`; so must other contexts.
    const bool may_wait = gathers_ && hold_ == Hold::streaming && used_.size() <= 1 && posts_held_.empty();
    if (!may_wait || (!used_.empty() && lanes_[used_.front()].buffer.size() >= streamed_bytes)) {
        release();
    } else if (!used_.empty()) {
        note_held();
    }
}

void Emission::gather() {
    const MutexLock lock(mutex_);
    gathers_ = true;
}

void Emission::leave() {
    const MutexLock lock(mutex_);
    gathers_ = false;
    if (!used_.empty()) release();
}

void Emission::submit(std::size_t index) {
    std::string& buffer = lanes_[index].buffer;
    spoken_ |= std::uint64_t{1} << index;
    outlet_.submit_buffer(index, buffer);
    if (buffer.capacity() > kept_buffer_bytes) buffer.shrink_to_fit();
}

void Emission::release() {
    // The own lane last: `done` is in it, and says that all the rest has left.
    const std::size_t own_lane = link::lane_of(own_id_);
    bool has_own = false;
    for (const std::size_t index : used_) {
        if (index == own_lane) {
            has_own = true;
        } else {
            submit(index);
        }
    }
    if (has_own) submit(own_lane);
    used_.clear();
    bytes_ = 0;
    held_since_ns_.store(0, std::memory_order_relaxed);
    for (Post& post : posts_held_) posts_.deliver(std::move(post));
    posts_held_.clear();
}

void Emission::tick(TimePoint now) {
    const std::int64_t since = held_since_ns_.load(std::memory_order_relaxed);
    if (since == 0 || now.time_since_epoch() - std::chrono::nanoseconds(since) < streamed_after) return;
    const MutexLock lock(mutex_);
    if (held_since_ns_.load(std::memory_order_relaxed) != 0) release();
}

}  // namespace berth::host::worker
