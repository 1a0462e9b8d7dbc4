// SPDX-License-Identifier: MIT
#include "gateway/lane.hpp"

#include <sys/epoll.h>

#include "base/free_memory.hpp"
#include "gateway/generation.hpp"

namespace berth::host::gateway {
namespace {

class ProcessLane final : public Lane {
public:
    ProcessLane(UniqueFd fd, transport::Transport& transport, LaneOwner& owner)
        : channel_(std::move(fd)), transport_(transport), owner_(owner) {
        if (auto watched = transport_.watch(channel_.fd(), watched_, [this](std::uint32_t events) { on_ready(events); });
            !watched) {
            broken_ = true;
            owner_.on_violation(watched.error().message);
        }
    }
    ~ProcessLane() override {
        if (!broken_) transport_.unwatch(channel_.fd());
    }

    link::EventSink& events() override { return encoder_; }

    bool take_actions() override { return false; }

    void take_last_actions() override {
        while (!broken_ && receive() == link::Channel::Read::more) {
        }
    }

    std::size_t waiting_bytes() const override { return channel_.waiting_bytes() + encoder_.buffer.size(); }

    void flush_events() override {
        if (encoder_.buffer.empty()) return;
        if (!broken_) watch(channel_.write(encoder_.buffer));
        encoder_.buffer.clear();
        if (encoder_.buffer.capacity() > keep_bytes) free_memory(encoder_.buffer);
    }

private:
    static constexpr std::size_t keep_bytes = 1u << 20;

    void on_ready(std::uint32_t events) {
        if (events & EPOLLOUT) watch(channel_.flush());
        if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive();
    }

    link::Channel::Read receive() {
        const auto read = channel_.read([this](std::string_view bytes) { return owner_.on_actions(bytes); });
        if (read && *read != link::Channel::Read::gone) return *read;
        broken_ = true;
        transport_.unwatch(channel_.fd());
        if (read) {
            owner_.on_worker_gone();
        } else {
            owner_.on_violation(read.error().message);
        }
        return link::Channel::Read::gone;
    }

    /// A worker that takes nothing is not heard either: most of what it does is answered, and the answers would wait
    /// for it without a bound.
    void watch(bool has_rest) {
        const std::size_t waiting = has_rest ? channel_.waiting_bytes() : 0;
        std::uint32_t wanted = watched_ & EPOLLIN;
        if (waiting > GenerationEntry::waiting_bytes_high) wanted = 0;
        if (waiting <= GenerationEntry::waiting_bytes_low) wanted = EPOLLIN;
        if (has_rest) wanted |= EPOLLOUT;
        if (wanted == watched_ || broken_) return;
        watched_ = wanted;
        // Cannot fail for a descriptor that is watched.
        std::ignore = transport_.change_watch(channel_.fd(), wanted);
    }

    link::Channel channel_;
    link::EventEncoder encoder_;
    transport::Transport& transport_;
    LaneOwner& owner_;
    std::uint32_t watched_ = EPOLLIN;
    bool broken_ = false;
};

class DirectEnd final : public Lane {
public:
    DirectEnd(std::shared_ptr<link::DirectLane> lane, std::function<void()> wake, LaneOwner& owner)
        : lane_(std::move(lane)), owner_(owner) {
        lane_->set_wake(std::move(wake));
    }

    link::EventSink& events() override { return *lane_; }

    void flush_events() override { lane_->flush(); }

    // Handed over at once: what waits is in the contexts' inboxes, which have limits of their own.
    std::size_t waiting_bytes() const override { return 0; }

    bool take_actions() override {
        lane_->take_actions(actions_);
        if (actions_.empty()) return false;
        const auto used = owner_.on_actions(actions_);
        if (!used) owner_.on_violation(used.error().message);
        return true;
    }

    void take_last_actions() override { take_actions(); }

private:
    std::shared_ptr<link::DirectLane> lane_;
    std::string actions_;
    LaneOwner& owner_;
};

}  // namespace

std::unique_ptr<Lane> make_process_lane(UniqueFd fd, transport::Transport& transport, LaneOwner& owner) {
    return std::make_unique<ProcessLane>(std::move(fd), transport, owner);
}

std::unique_ptr<Lane> make_direct_lane(std::shared_ptr<link::DirectLane> lane, std::function<void()> wake,
                                       LaneOwner& owner) {
    return std::make_unique<DirectEnd>(std::move(lane), std::move(wake), owner);
}

}  // namespace berth::host::gateway
