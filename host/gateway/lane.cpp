// SPDX-License-Identifier: MIT
#include "gateway/lane.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>

#include "base/free_memory.hpp"
#include "base/log.hpp"
#include "gateway/generation.hpp"

namespace berth::host::gateway {
namespace {

/// Payloads in shared memory, both ways.
struct LaneSlabs {
    link::Slabs events;
    link::Slabs actions;
};

/// Places what is large, where there is a place.
class PlacingEncoder final : public link::EventEncoder {
public:
    void place_in(link::Slabs* slabs) { slabs_ = slabs; }

    void message(ClientId client, std::uint64_t seq, link::Kind kind, std::string_view payload) override {
        if (const auto place = slabs_ ? slabs_->put(payload) : std::nullopt) {
            message_placed(client, seq, kind, *place);
        } else {
            EventEncoder::message(client, seq, kind, payload);
        }
    }

private:
    link::Slabs* slabs_ = nullptr;
};

class ProcessLane final : public Lane {
public:
    ProcessLane(UniqueFd fd, transport::Transport& transport, LaneOwner& owner)
        : channel_(std::move(fd)), transport_(transport), owner_(owner) {
        if (auto watched = transport_.watch(channel_.fd(), watched_, [this](std::uint32_t events) { on_ready(events); });
            !watched) {
            broken_ = true;
            owner_.on_violation(watched.error().message);
            return;
        }
        share_slabs();
    }
    ~ProcessLane() override {
        if (!broken_) transport_.unwatch(channel_.fd());
    }

    link::EventSink& events() override { return encoder_; }

    bool take_actions() override {
        if (broken_ || !channel_.holds() || owner_.has_enough()) return false;
        receive();
        return true;
    }

    void hear() override {
        if (!broken_ && (watched_ & EPOLLIN) != 0 && !owner_.has_enough()) receive();
    }

    bool end_turn() override {
        owner_.begin_turn(false);
        return !broken_ && channel_.holds();
    }

    void take_last_actions() override {
        owner_.begin_turn(true);
        while (!broken_ && receive() == link::Channel::Read::more) {
        }
    }

    std::size_t waiting_bytes() const override { return channel_.waiting_bytes() + encoder_.buffer.size(); }

    std::size_t shared_bytes() const override {
        return slabs_ ? slabs_->events.held_bytes() + slabs_->actions.held_bytes() : 0;
    }

    void save_memory() override {
        if (!slabs_) return;
        slabs_->events.give_back();
        slabs_->actions.give_back();
    }

    void refuse() override { ::shutdown(channel_.fd(), SHUT_RD); }

    void flush_events() override {
        if (encoder_.buffer.empty()) return;
        if (!broken_) watch(channel_.write(encoder_.buffer));
        encoder_.buffer.clear();
        if (encoder_.buffer.capacity() > keep_bytes) free_memory(encoder_.buffer);
    }

private:
    static constexpr std::size_t keep_bytes = 1u << 20;

    /// Without them, everything travels through the socket.
    void share_slabs() {
        auto events = link::Slabs::create();
        auto actions = link::Slabs::create();
        Result<void> shared = !events ? tl::unexpected<Error>(events.error()) : Result<void>{};
        if (shared && !actions) shared = tl::unexpected<Error>(actions.error());
        if (shared) {
            link::EventEncoder first;
            first.slabs();
            shared = channel_.write_first(first.buffer, std::array{events->fd(), actions->fd()});
        }
        if (!shared) return log::warning("no memory is shared with a worker", {{"reason", shared.error().message}});
        events->close_fd();
        actions->close_fd();
        slabs_ = std::make_unique<LaneSlabs>(LaneSlabs{std::move(*events), std::move(*actions)});
        encoder_.place_in(&slabs_->events);
    }

    void on_ready(std::uint32_t events) {
        if (events & EPOLLOUT) watch(channel_.flush());
        if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive();
    }

    link::Channel::Read receive() {
        const auto read = channel_.read([this](std::string_view bytes) {
            auto used = owner_.on_actions(bytes, slabs_ ? &slabs_->actions : nullptr);
            if (used && *used < bytes.size() && owner_.has_enough()) channel_.hold();
            return used;
        });
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
    PlacingEncoder encoder_;
    std::unique_ptr<LaneSlabs> slabs_;
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
        if (actions_.empty()) lane_->take_actions(actions_);
        if (actions_.empty() || owner_.has_enough()) return false;
        const auto used = owner_.on_actions(actions_, nullptr);
        if (!used) owner_.on_violation(used.error().message);
        actions_.erase(0, used ? *used : actions_.size());
        return true;
    }

    bool end_turn() override {
        owner_.begin_turn(false);
        return !actions_.empty();
    }

    void take_last_actions() override {
        owner_.begin_turn(true);
        while (take_actions()) {
        }
    }

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
