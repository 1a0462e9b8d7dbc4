// SPDX-License-Identifier: MIT
/// One I/O thread of the gateway: its transport, its clients, its lanes to the workers.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/mutex.hpp"
#include "gateway/client.hpp"
#include "gateway/client_host.hpp"
#include "gateway/client_table.hpp"
#include "gateway/compression.hpp"
#include "gateway/doorkeeper.hpp"
#include "gateway/drain.hpp"
#include "gateway/figures.hpp"
#include "gateway/frame_store.hpp"
#include "gateway/generation.hpp"
#include "gateway/generation_actions.hpp"
#include "gateway/host_change.hpp"
#include "gateway/io_observer.hpp"
#include "gateway/memory_watch.hpp"
#include "gateway/occupants.hpp"
#include "gateway/rules.hpp"
#include "gateway/transport/transport.hpp"

namespace berth::host::gateway {

/// Makes this thread's lane of a new generation.
using LaneMaker = std::function<std::unique_ptr<Lane>(transport::Transport&, LaneOwner&)>;

/// Everything below belongs to the I/O thread; others `post` a task that does it.
class IoThread final : public transport::TransportHandler, private ClientHost, private ActionHost {
public:
    struct Settings {
        std::uint32_t index = 0;
        std::uint32_t incarnation = 0;
        HostRules rules;
        std::vector<bool> loopback_listeners;
        double phase = 0;  ///< 0 to 1, not 1: another one for each thread, for what all of them do step by step
    };

    /// `occupants`, `memory` and `observer` [borrowed: until the thread is gone].
    IoThread(Settings settings, OccupantsTable& occupants, MemoryWatch& memory, IoObserver& observer);
    ~IoThread() override;

    /// Runs `transport`'s loop on a thread of its own. `doorkeeper` hears of connections that come and go.
    void start(std::unique_ptr<transport::Transport> transport, Doorkeeper& doorkeeper);
    /// Ends the loop and joins its thread; what is posted from now on waits for ever.
    void end_loop();
    /// As `end_loop`, and connections that are left are reset. Nothing may be posted any more.
    void stop();
    [[nodiscard]] transport::Transport& transport() { return *transport_; }

    /// Runs a task on the I/O thread. [any thread]
    void post(std::function<void(IoThread&)> task) BERTH_EXCLUDES(tasks_mutex_);
    /// After `stop_all`: every client has been closed and released. [any thread]
    [[nodiscard]] bool is_drained() const { return drained_.load(); }

    // ---- [I/O thread] ----
    /// Limits of the host, certificates of listeners, further listeners.
    HostChanged reconfigure(const HostChange& change);
    /// New rules; with `lane`, a new generation where newcomers go from now on.
    void set_project(const ProjectRules& rules, std::uint64_t generation, const LaneMaker& lane);
    /// Hands the clients of a generation over, suspends them, or lets them leave, and closes those that are left in batches;
    /// `on_retired` follows, and before it `on_suspended` where that was asked for.
    void retire(const std::string& project, std::uint64_t generation, const Retirement& how);
    /// The worker has died: culprits are closed at once with 1011; the others wait for the next worker where the project
    /// survives, and are closed as by `retire` where it does not or none comes in time.
    void worker_lost(const std::string& project, std::uint64_t generation, const std::vector<Interruption>& running);
    /// It is empty on every thread: lets go of its lane. One that ended alone would look as if the gateway had died.
    void remove(const std::string& project, std::uint64_t generation);
    void forget(const std::string& project);
    [[nodiscard]] Drains& drains() { return *drains_; }
    /// Retires everything with 1001 and refuses whoever still shakes hands.
    void stop_all();
    [[nodiscard]] ClientPage clients(const ClientFilter& filter) const;
    /// Acts on all clients that match; answers how many.
    std::uint64_t disconnect(const ClientFilter& filter, const CloseOrder& order);
    std::uint64_t send(const ClientFilter& filter, link::Kind kind, std::string_view payload);
    [[nodiscard]] GatewayFigures figures() const;

private:
    class Sweeper;
    // TransportHandler
    void on_open(transport::Connection& connection) override;
    void on_handshaken(transport::Connection& connection) override;
    void on_head(transport::Connection& connection, std::string_view bytes) override;
    std::size_t on_data(transport::Connection& connection, std::span<char> bytes) override;
    void on_read_turn_end(transport::Connection& connection) override;
    void on_writable(transport::Connection& connection) override;
    void on_closed(transport::Connection& connection, transport::CloseReason reason) override;
    void on_refused(const transport::PeerAddress& peer, std::size_t listener) override;
    Milliseconds on_turn_end(TimePoint now) override;

    // ClientHost
    [[nodiscard]] TimePoint now() const override;
    [[nodiscard]] TimerWheel& wheel() override { return wheel_; }
    [[nodiscard]] FrameStore& frames() override { return frames_; }  // of ActionHost, too
    [[nodiscard]] Compressor& compressor() override { return compressor_; }
    [[nodiscard]] const HostRules& host_rules() const override { return settings_.rules; }
    [[nodiscard]] bool is_loopback(std::size_t listener) const override;
    [[nodiscard]] ProjectEntry* find_project(std::string_view name) override;
    [[nodiscard]] bool is_out_of_memory() const override { return step_ == MemoryWatch::Step::stop_reading; }
    [[nodiscard]] bool is_shedding() const override { return step_ >= MemoryWatch::Step::shed; }
    void count_limit(std::string_view limit) override { ++limit_hits_[std::string(limit)]; }
    [[nodiscard]] std::size_t connections_of_host() const override;
    [[nodiscard]] Milliseconds shut_out(const std::string& project, const transport::PeerAddress& peer) override;
    [[nodiscard]] Milliseconds shut_out(const std::string& project, const std::string& user) override;
    [[nodiscard]] ClientId admit(Client& client, GenerationEntry& generation) override;
    void left(Client& client) override;
    [[nodiscard]] bool park(Client& client, ProjectEntry& project) override;
    void mark_dirty(Client& client) override { dirty_.push_back(&client); }
    [[nodiscard]] std::optional<DoorRefusal> enter(const transport::PeerAddress& client) override;
    void established(const Client& client) override;
    void count_refusal(ProjectEntry* project, std::string_view rule) override;
    // ActionHost
    [[nodiscard]] Client* find_client(ClientId id) override { return table_.find(id); }
    [[nodiscard]] bool is_own_id(ClientId id) const override { return table_.is_own(id); }
    [[nodiscard]] bool is_on_own_lane(ClientId id) const override { return table_.is_of_thread(id); }
    void report_violation(GenerationEntry& generation, const std::string& what) override;
    void parted(GenerationEntry& generation, ClientId id) override;
    void check_retired(GenerationEntry& generation) override;

    void run_tasks() BERTH_EXCLUDES(tasks_mutex_);
    void serve_lanes();
    bool end_turn_of_lanes();  ///< whether one has more for the next turn
    void look_at_backlog(GenerationEntry& generation);
    void flush_clients();
    void weigh(TimePoint now);
    void shed(std::uint64_t bytes);
    void shed(std::uint64_t bytes, std::uint64_t (*share_of)(const Client&), bool goes_later);
    [[nodiscard]] std::uint64_t held_bytes() const;
    [[nodiscard]] std::uint64_t topic_bytes() const;
    void report_retired();
    [[nodiscard]] bool has_clients() const;
    void sweep();
    void sweep_after(Milliseconds time);
    GenerationEntry* find_generation(const std::string& project, std::uint64_t generation);
    void begin_retirement(GenerationEntry& generation, const Retirement& how);
    /// Closes what is due of one retiring generation, at most `left` clients; answers when it is to be looked at again.
    std::optional<Milliseconds> sweep(GenerationEntry& generation, std::size_t& left);
    void note_offence(const std::string& project, const Client& culprit);
    GenerationEntry* successor_of(const GenerationEntry& generation);
    /// Gives `to` the clients of `from` that no worker has, until it has no room for more.
    void take_over(GenerationEntry& from, GenerationEntry& to);
    void take_over_all(GenerationEntry& to);  ///< as above, from all other generations
    void take_over(Client& client, GenerationEntry& from, GenerationEntry& to);
    /// Whether those that its worker has let go of go on with it, for none that comes after it is there or expected.
    [[nodiscard]] bool takes_back(const GenerationEntry& generation);
    /// Gives them to it, until it has no room for more; of those that are to be closed only the disconnections.
    void take_back(GenerationEntry& generation);
    void end_suspense(ProjectEntry& project);
    void ask_parked(ProjectEntry& project);
    template <class Act>
    void for_each_match(const ClientFilter& filter, Act&& act) const;

    Settings settings_;
    OccupantsTable& occupants_;
    MemoryWatch& memory_;
    IoObserver& observer_;
    Doorkeeper* doorkeeper_ = nullptr;
    std::unique_ptr<transport::Transport> transport_;
    std::thread thread_;
    TimerWheel wheel_;
    FrameStore frames_;      ///< before the clients, so that it outlives them
    Compressor compressor_;  ///< so, too
    ClientTable table_;
    std::map<std::string, ProjectEntry, std::less<>> projects_;
    std::unordered_map<transport::Connection*, std::unique_ptr<Client>> clients_;
    std::vector<Client*> dirty_;
    std::size_t bytes_read_ = 0;  ///< of clients, since lanes were served
    std::unique_ptr<Sweeper> sweeper_;
    std::unique_ptr<Drains> drains_;
    bool has_retired_ = false;  ///< some generation may be empty: looked at when the turn ends
    std::map<std::string, std::uint64_t> refused_, limit_hits_;
    MemoryWatch::Step step_ = MemoryWatch::Step::none;
    TimePoint next_weighing_{};
    bool stopping_ = false;
    std::atomic<bool> drained_{false};
    Mutex tasks_mutex_;
    std::vector<std::function<void(IoThread&)>> tasks_ BERTH_GUARDED_BY(tasks_mutex_);
};

}  // namespace berth::host::gateway
