// SPDX-License-Identifier: MIT
/// What a `Transport` is made of: the turn of the loop, and the steps of a connection's life.
///
/// A turn: wait, hand events out, take what other threads handed over, read where OpenSSL holds bytes, look
/// at the deadlines, bury what has closed, tell the handler. Closing only marks; burying is the one place
/// where connections are freed and the library is told to end one, so no callback can pull the ground from
/// under another.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "base/mutex.hpp"
#include "gateway/transport/deadlines.hpp"
#include "gateway/transport/library.hpp"
#include "gateway/transport/poller.hpp"
#include "gateway/transport/stream.hpp"
#include "gateway/transport/transport.hpp"

namespace berth::host::transport {

class Loop final : private LibraryEvents {
public:
    static Result<std::unique_ptr<Loop>> create(const TransportSettings& settings,
                                                const std::vector<ListenerSettings>& listeners,
                                                TransportHandler& handler);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // For `Transport`; see there.
    Result<Connection*> adopt(UniqueFd socket, std::size_t listener, const PeerAddress& peer);
    void hand_over(UniqueFd socket, std::size_t listener, const PeerAddress& peer) BERTH_EXCLUDES(mutex_);
    void set_limits(const TransportSettings& settings);
    Result<std::size_t> add_listener(const ListenerSettings& listener);
    void skip_listener();
    void run_once(Milliseconds wait);
    void run();
    void stop();
    void wake();
    [[nodiscard]] Poller& poller() { return poller_; }
    [[nodiscard]] Library& library() { return *library_; }
    [[nodiscard]] TimePoint now() const { return now_; }
    [[nodiscard]] std::size_t connections() const { return connections_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::size_t young() const { return young_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool has_room() const { return young() < young_max_.load(std::memory_order_relaxed); }

    // For `Connection`; see there.
    std::size_t write(Connection& connection, std::span<const iovec> pieces);
    void establish(Connection& connection);
    void pause(Connection& connection);
    void resume(Connection& connection);
    void shutdown(Connection& connection);
    void abort(Connection& connection);

private:
    struct Arrival {
        UniqueFd socket;
        std::size_t listener;
        PeerAddress peer;
    };

    Loop(const TransportSettings& settings, TransportHandler& handler, Poller poller, UniqueFd wake);

    // LibraryEvents
    void library_adopted(Connection& connection, lws* wsi, ssl_st* ssl) override;
    void library_handshaken(Connection& connection) override;
    void library_read(Connection& connection, std::string_view bytes) override;
    void library_closed(Connection& connection) override;

    // Life (loop.cpp)
    /// For one who is counted among the young already, and no longer when that fails.
    Result<Connection*> enter(UniqueFd socket, std::size_t listener, const PeerAddress& peer);
    void on_event(Connection& connection, std::uint32_t events);
    void first_bytes(Connection& connection, std::uint32_t events);
    void give_to_library(Connection& connection);
    void take_over(Connection& connection);
    void close(Connection& connection, CloseReason reason);
    void close_with_reset(Connection& connection, CloseReason reason);
    void take_arrivals() BERTH_EXCLUDES(mutex_);
    void check_deadlines();
    void bury_closed();
    [[nodiscard]] Milliseconds longest_wait(Milliseconds wait) const;

    // Bytes (loop_bytes.cpp)
    void read_turn(Connection& connection);
    bool deliver_unread(Connection& connection);
    void deliver(Connection& connection, std::span<char> bytes, UnreadBytes* unread = nullptr);
    void read_ready();
    void make_ready(Connection& connection);
    void write_turn(Connection& connection);
    void linger_turn(Connection& connection, std::uint32_t events);
    void end_our_side(Connection& connection);
    void note_blocked(Connection& connection);
    void arm(Connection& connection);

    // Inside OpenSSL (loop_tls.cpp)
    struct TlsCallbacks;
    /// From now on what OpenSSL reads for that connection is bounded.
    static void bound_tls(Connection& connection);
    /// Before the connection is gone: the TLS object may outlive it.
    static void unbound_tls(Connection& connection);
    void note_handshake_record(Connection& connection);

    TransportSettings settings_;
    std::vector<bool> listener_has_tls_;
    TransportHandler& handler_;
    Poller poller_;
    UniqueFd wake_;
    std::unique_ptr<Library> library_;
    int descriptors_end_ = 0;  // The library refuses descriptors from here on.
    TimePoint now_ = Clock::now();
    TimePoint next_tick_{};
    Milliseconds next_wait_{0};  // What `on_turn_end` allowed.
    DeadlineList handshakes_, heads_, closes_, blocked_;
    std::vector<std::uint64_t> ready_;
    std::vector<Connection*> closed_;
    std::unique_ptr<char[]> buffer_;
    const Connection* tls_reader_ = nullptr;  // For whom OpenSSL reads,
    std::size_t tls_allowance_ = 0;           // and how many bytes more in this turn.
    Poller::ConnectionCallback on_event_;
    std::atomic<std::size_t> connections_{0};
    std::atomic<std::size_t> young_{0};  // With those handed over.
    std::atomic<std::size_t> young_max_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> woken_{false};
    Mutex mutex_;
    std::vector<Arrival> arrivals_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::host::transport
