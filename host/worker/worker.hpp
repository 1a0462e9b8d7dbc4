// SPDX-License-Identifier: MIT
/// Runs one generation of one project: its contexts, its global service, its procedures (DESIGN §5).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "link/actions.hpp"
#include "link/events.hpp"
#include "link/slot_table.hpp"
#include "worker/settings.hpp"
#include "worker/value.hpp"

namespace berth::host::worker {

/// What a library says about itself, for people and for the supervisor.
struct Description {
    struct Procedure {
        std::string name;
        std::string signature;
        bool is_for_administrators = false;
    };
    std::string name;
    std::string version;
    std::uint32_t abi_minor = 0;
    Milliseconds interval{0};
    std::uint64_t flags = 0;
    bool resumes = false;  ///< it takes clients over with what was saved (berth.resume/1); known once it is loaded
    std::vector<Procedure> procedures;
};

/// The global service's pacing, for people.
struct ServiceFigures {
    Milliseconds interval{0};
    std::uint64_t runs = 0;
    std::uint64_t missed = 0;
    std::int64_t last_ms = 0;  ///< duration of the last run
    std::int64_t next_ms = -1; ///< until the next run; -1: none is due
    bool is_running = false;
};

struct Figures {
    std::size_t contexts = 0;   ///< of clients
    std::size_t executors = 0;
    std::size_t busy = 0;
    std::size_t queued = 0;     ///< contexts that wait for an executor
    std::uint64_t events = 0;
    std::int64_t events_us = 0;  ///< spent in them
    std::uint64_t errors = 0;
    std::string last_error;
    std::size_t databases = 0;  ///< open connections
};

/// How a command of an administrator ended.
struct Outcome {
    std::int32_t status = 0;  ///< berth_status
    std::string message;      ///< the sentence of a failure
};

/// The whole of a generation. No project code runs on the caller's thread, except that events of `inline`
/// projects run on the link's. Nothing process-wide is touched but, where asked for, signal handlers.
///
/// Order of calls: create - attach - load - start - (any) - stop - destructor. Those with a `then` return at
/// once and call it exactly once, from a thread of the worker; it must not call back into the worker.
class Worker final : public link::EventSink {
public:
    using Done = std::function<void(Result<void>)>;
    using Loaded = std::function<void(Result<Description>)>;
    using Ended = std::function<void(Outcome)>;
    using Started = std::function<void(Result<Outcome>)>;

    /// `slots` must outlive the worker.
    Worker(WorkerSettings settings, link::SlotTable& slots);
    /// Stops what still runs without asking the project; waits for handlers that are under way.
    ~Worker() override;

    /// Where actions go from now on; also after the gateway was replaced. The port must outlive the worker.
    void attach(link::ActionPort& port);  ///< [any thread]
    void detach();  ///< actions are dropped from now on [any thread]
    /// The gateway has gone: every client is closed (1006, network). After it, `attach` a new one.
    void gateway_lost();  ///< [any thread], no event is under way

    void load(Loaded then);
    /// Makes the global context and runs the global service once; answers how that run ended. One that fails is no error: the
    /// service goes on at its next interval.
    void start(Started then);
    /// The global service is no longer paced; answered when no run of it is under way.
    void pause(Done then);
    /// Takes `pause` back: paced as before, without a run of its own.
    void resume();
    /// Whether another generation of the project lives.
    void set_others_alive(bool alive);
    /// Disconnections of clients that are left (1001, stop), then the stop event, the end of the global
    /// context, and unload. Timed out: says what did not end; the process must then be ended.
    void stop(Milliseconds within, Done then);

    /// A procedure that an administrator may run, in the context of a client or (0) of the global service.
    void execute(ClientId client, const std::string& procedure, std::vector<Value> args, Ended then);
    /// The global service now, between two runs; the grid is not moved.
    void run_service(Ended then);
    [[nodiscard]] ServiceFigures service_figures() const;
    [[nodiscard]] Figures figures() const;

    /// With `is_driven`: one turn of a context that has work, else one of the global service, on the caller's
    /// thread. False: nothing is to be done now. `may_pace`: a run of the global service that is due may begin.
    /// What its watcher throws comes out; the worker must then only be let go of.
    bool drive(bool may_pace = true);
    /// When the next paced run of the global service is due; nothing while it is not paced.
    [[nodiscard]] std::optional<TimePoint> next_run() const;
    /// As if so much waited for a client: where it is the limit, no message fits any more.
    void use_up_credit(ClientId client, std::uint64_t bytes);

    // EventSink [link's threads]
    void opening(const link::Opening& opening) override;
    void opened(ClientId client, std::string_view subprotocol) override;
    void abandoned(ClientId client, std::uint16_t code, link::Cause cause, std::string_view reason) override;
    void message(ClientId client, std::uint64_t seq, link::Kind kind, std::string_view payload) override;
    void closed(ClientId client, std::uint16_t code, link::Cause cause, std::string_view reason) override;
    void resumed(const link::Opening& opening, const link::Resumption& resumption) override;
    void subscribed(ClientId client, std::string_view topic) override;
    void parting(ClientId client) override;
    void lost(std::span<const ClientId> clients) override;
    void credit(ClientId client, std::uint64_t bytes) override;
    void flush() override;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace berth::host::worker
