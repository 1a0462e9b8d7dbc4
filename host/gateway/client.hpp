// SPDX-License-Identifier: MIT
/// One connection from its first byte to its last: head, waiting, open, closing.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/packed_texts.hpp"
#include "gateway/arrival.hpp"
#include "gateway/client_address.hpp"
#include "gateway/client_host.hpp"
#include "gateway/compression.hpp"
#include "gateway/figures.hpp"
#include "gateway/outbox.hpp"
#include "gateway/pending_events.hpp"
#include "gateway/timer_wheel.hpp"
#include "gateway/token_bucket.hpp"
#include "gateway/topics.hpp"
#include "gateway/transport/connection.hpp"
#include "gateway/transport/handler.hpp"
#include "link/actions.hpp"
#include "wire/frame_parser.hpp"

namespace berth::host::gateway {

/// [I/O thread]. Owned by its thread's table; destroyed after `on_disconnected`.
///
/// The worker hears of a client: opening, then abandoned, or opened, messages, closed. Where the project survives its
/// workers, the next one hears: resumed, then what was not done. `closed` is said as soon as it is settled that the client goes: when its close frame has come, when ours is queued, or when the
/// connection broke. What the peer sends after that is dropped (DECISIONS: closing).
class Client final : public Timer, private wire::FrameSink {
public:
    Client(ClientHost& host, transport::Connection& connection);
    ~Client() override = default;

    /// 0 until it was told to a worker.
    [[nodiscard]] ClientId id() const { return id_; }
    /// Null before it was told to a worker, and after it left.
    [[nodiscard]] GenerationEntry* generation() const { return generation_; }
    [[nodiscard]] transport::Connection& connection() const { return connection_; }
    [[nodiscard]] const ClientAddress& address() const { return address_; }
    /// Whose token it presented; empty: nobody's in particular.
    [[nodiscard]] std::string_view user() const { return texts_[its_user]; }
    [[nodiscard]] bool is_leaving() const { return state_ >= State::closing; }
    /// Whether its project has not decided about it yet.
    [[nodiscard]] bool is_waiting() const { return state_ == State::waiting; }
    [[nodiscard]] Milliseconds idle() const;
    [[nodiscard]] ClientFacts facts() const;
    /// What waits to be written, with what each message costs beside its bytes.
    [[nodiscard]] std::uint64_t backlog_bytes() const { return outbox_.cost(); }
    /// Memory in its buffers, subscriptions and contexts of compression, but for what waits to be written, which is in the
    /// thread's FrameStore.
    [[nodiscard]] std::uint64_t held_bytes() const {
        return unfinished_bytes() + kept_bytes() + subscriptions_.size() * subscription_bytes +
               (compression_ ? compression_->held_bytes() : 0);
    }
    /// Of it, what no worker has got: what `shed` gives back beside the store's.
    [[nodiscard]] std::uint64_t unfinished_bytes() const {
        return parser_.held_bytes() + connection_.held_bytes() + (compression_ ? compression_->unfinished_bytes() : 0);
    }
    /// Of it, what its worker has not done and what it has saved, kept for the next one. Of one that is closed it is given
    /// back once a worker has handled its end.
    [[nodiscard]] std::uint64_t kept_bytes() const { return pending_.held_bytes() + (luggage_ ? luggage_->held_bytes() : 0); }
    /// Memory is short: gives back what is only there to compress better.
    void save_memory() { if (compression_) compression_->forget_context(); }

    // The transport's events.
    void on_handshaken();
    void on_head(std::string_view bytes);
    [[nodiscard]] std::size_t on_data(std::span<char> bytes);
    void on_disconnected(transport::CloseReason reason);
    /// Writes what waits; also the answer to "writable".
    void flush();
    /// Whether it may be read has changed for a reason outside of it.
    void look_at_reading() { update_reading(); }

    // The worker's actions.
    void admitted(const link::Admission& admission);
    void send(EncodedMessage& message, MessageOf sender = MessageOf::worker);
    void subscribe(std::string_view topic);
    void unsubscribe(std::string_view topic);
    /// What it has subscribed to; Topics keeps it.
    [[nodiscard]] std::vector<Subscription>& subscriptions() { return subscriptions_; }
    /// Answers false for an event that was never given to the worker.
    [[nodiscard]] bool done(std::uint64_t seq);
    void saved(std::string_view state);

    /// Closes with a close frame after what was queued; refuses one whose handshake has not ended. The peer alone is
    /// told when to come back; 0: it is not.
    void close(std::uint16_t code, link::Cause cause, std::string_view reason, std::uint32_t retry_after_s = 0);
    /// More would wait for it than may, here or by the worker's count: closes it with 1013.
    void close_for_backlog();
    /// Memory is short: closes it with 1013 and drops what waits for it and what it has not sent to the end; answers how
    /// much that gives back.
    std::uint64_t shed();

    // Its worker ends before it does.
    /// The worker is gone: nothing more is read, until there is another or the client is closed in its turn. What it was
    /// running for this client is over, unless `is_repeatable`.
    void worker_lost(const Interruption* running, bool is_repeatable);
    /// Asks the worker to let go of it.
    void part();
    /// The worker has let go of it.
    void parted() { tie_ = Tie::adrift; }
    [[nodiscard]] Tie tie() const { return tie_; }
    /// What no worker has begun will not be handled.
    void drop_pending() { pending_.drop_all(); }
    /// Goes on in `next`, among whose clients it is from now on.
    void go_on_in(GenerationEntry& next);
    /// What it waited for as a newcomer has changed.
    void arrive();
    /// Where it waits for a worker; null: it does not.
    [[nodiscard]] ProjectEntry* parked_at() const { return parked_at_; }

private:
    /// In the order in which they come.
    enum class State : std::uint8_t {
        head,     ///< the request is being read
        parked,   ///< read, and there is no worker to ask at the moment
        waiting,  ///< the worker decides
        open,
        closing,  ///< our close frame is queued or sent, the peer's is awaited
        ending,   ///< the connection ends when what waits is written
        over      ///< nothing more is written or heard
    };

    void on_timer() override;
    wire::Flow message(const wire::Message& message) override;
    wire::Flow ping(std::string_view payload) override;
    wire::Flow pong(std::string_view payload) override;
    void closed(std::uint16_t code, std::string_view reason) override;
    void failed(wire::FrameError error) override;

    void unpark();
    void ask_again();
    [[nodiscard]] std::string agree_on_compression();
    void keep_texts(std::string_view subprotocol);
    void announce(ProjectEntry& project, GenerationEntry& generation);
    /// Answers with the refusal, counts and logs it; `project` is null when it is not known; `cause` is for a worker that was asked.
    void refuse(const DoorRefusal& refusal, ProjectEntry* project = nullptr, link::Cause cause = link::Cause::limit);
    void log_refusal(const DoorRefusal& refusal, const ProjectEntry* project) const;
    void tell_gone(std::uint16_t code, link::Cause cause, std::string_view reason);
    void end();
    void leave();
    void want_flush();
    void check_alive();
    void update_reading();
    void give_credit(std::uint64_t cost);
    void start_timer(Milliseconds after);
    /// The timer fires then or earlier.
    void wake_by(TimePoint time);
    /// Counts a message against the client's rate; answers whether it may go on being read.
    [[nodiscard]] bool keeps_rate(std::size_t bytes);
    /// Counts a control frame; answers whether it was one too many, and the client is ended.
    [[nodiscard]] bool is_control_flood();
    void watch_message_time();
    void count_limit(std::string_view limit);
    [[nodiscard]] bool is_choked() const;
    [[nodiscard]] link::EventSink* events() const;
    [[nodiscard]] link::EventSink* lane_events() const;
    [[nodiscard]] const ProjectRules& rules() const { return generation_->project->rules; }
    [[nodiscard]] ProjectFigures& figures() const { return generation_->project->figures; }

    ClientHost& host_;
    transport::Connection& connection_;
    ClientId id_{};
    // What every message to the client needs lies together: a fan-out finds most of it in no cache.
    GenerationEntry* generation_ = nullptr;
    State state_ = State::head;
    Tie tie_ = Tie::bound;
    bool told_gone_ = false;
    bool dirty_ = false;
    Outbox outbox_{host_.frames()};
    std::uint64_t messages_out_ = 0, bytes_out_ = 0;
    TimePoint last_heard_;    ///< any bytes
    TimePoint last_message_;  ///< in either direction
    TimePoint held_back_until_{};  ///< not read before, because it sent too fast
    PendingEvents pending_;
    ProjectEntry* parked_at_ = nullptr;
    ClientAddress address_{connection_};
    std::unique_ptr<Arrival> arrival_;  ///< until the handshake has ended
    std::unique_ptr<ClientCompression> compression_;  ///< where it is agreed
    wire::FrameParser parser_{wire::Role::server};
    std::vector<Subscription> subscriptions_;
    std::unique_ptr<Luggage> luggage_;  ///< where its generation survives, until it has gone
    OptionalTime ping_sent_;
    OptionalTime message_began_;  ///< one of which a part has come
    OptionalTime held_back_since_;
    std::unique_ptr<MessageRates> rates_;  ///< of who has sent a message, where the rules limit them
    TokenBucket control_rate_;
    std::int64_t connected_at_ms_ = 0;
    enum : std::size_t { its_path, its_origin, its_user, its_subprotocol };
    PackedTexts texts_;  ///< what its request said, from when a worker is asked
    std::uint64_t messages_in_ = 0, bytes_in_ = 0;
};

}  // namespace berth::host::gateway
