// SPDX-License-Identifier: MIT
/// The gateway process: configured, watched, replaced when it dies; the supervisor's side of its messages.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/timers.hpp"
#include "supervisor/child.hpp"
#include "supervisor/crash_report.hpp"
#include "supervisor/requests.hpp"
#include "supervisor/restart_policy.hpp"
#include "supervisor/silence.hpp"

namespace berth::host::supervisor {

struct GatewayPlan {
    nlohmann::json configure;              ///< the message without type and incarnation
    std::vector<int> listeners;            ///< one for each of its listeners [borrowed: as long as the Gateway]
    Milliseconds ready_limit{30'000};
    Milliseconds silence_limit{5'000};  ///< without a heartbeat; 0: never ended for that
    RestartPolicy::Options restart{.deaths_max = 10};
};

/// Between a death and the next `ready` it is *down*: announcements are dropped (whoever made them makes them again on
/// `ready`) and requests fail at once. [main thread]
class Gateway {
public:
    enum class State { starting, running, restarting, stopping, ended };

    struct Events {
        std::function<void()> ready;                  ///< each time: announce everything
        std::function<void(const ExitStatus&)> down;  ///< every client is gone
        /// The first start failed, or it died too often: the host cannot go on.
        std::function<void(const Error&)> given_up;
        std::function<void(const std::string& project, std::uint64_t run, const std::string& what)> violation;
    };
    /// How the clients of a run end there.
    struct Departure {
        int code = 1012;
        std::string cause = "redeploy";
        std::string reason{};
        Milliseconds after{0};    ///< they may leave by themselves so long
        bool hands_over = false;  ///< they go on in the run that newcomers go to, where both survive
        bool suspends = false;    ///< they wait for the run that comes when this one has ended, as after its death
    };
    /// How clients are sent away; see gateway::DrainOrder.
    struct Departing {
        int code = 1001;
        std::string cause = "administrator";
        std::string reason{};
        Milliseconds over{0};
        std::uint32_t retry_after_s = 0;
    };
    /// Everything of that run is closed and released, or, where it suspends its clients, its worker has none of them any
    /// more; or the gateway is down.
    using Retired = std::function<void()>;

    Gateway(Timers& timers, Children& children, GatewayPlan plan, Events events);
    ~Gateway();

    void start();
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool is_running() const { return state_ == State::running; }
    [[nodiscard]] pid_t pid() const { return child_ ? child_->pid() : 0; }
    [[nodiscard]] std::uint32_t incarnation() const { return incarnation_; }
    [[nodiscard]] std::uint32_t restarts() const { return restarts_; }
    [[nodiscard]] std::size_t io_threads() const { return io_threads_; }

    void project(nlohmann::json message, const std::vector<UniqueFd>& lanes);
    /// Every project has been announced: newcomers, who waited in the kernel's queue so long, are taken.
    void accept();
    void forget(const std::string& project);
    /// A worker of isolation "none" speaks through `channel`.
    void host_worker(const std::string& project, std::uint64_t run, int channel);
    /// May be said again for a run that has not gone yet: the last word counts.
    void retire(const std::string& project, std::uint64_t run, const Departure& how, Retired then);
    void lost(const std::string& project, std::uint64_t run, const CrashReport& report, Retired then);
    /// Closes the clients of a project, or (empty) of all, evenly over a time.
    void drain(const std::string& project, const Departing& how);
    /// Who is left stays.
    void end_drain(const std::string& project);
    /// Another `configure` for it and for those that come after it. `added`: sockets of listeners that are new in it;
    /// `listeners`: those of all of them, in order [borrowed: as long as the Gateway or until the next call]. A
    /// gateway that is down gets it when it starts, and `then` is called at once.
    void reconfigure(nlohmann::json configure, std::vector<int> listeners, const std::vector<int>& added,
                     std::function<void(Result<void>)> then);
    /// From its next heartbeat on.
    void set_silence_limit(Milliseconds limit) { plan_.silence_limit = limit; }
    /// clients, disconnect, send, stats.
    void request(nlohmann::json message, Requests::Then then);

    /// Refuses newcomers, closes all clients (1001), waits for their disconnections up to `within`.
    void stop(Milliseconds within, std::function<void()> then);
    /// Then ends the process; `then` when it is over.
    void end(std::function<void()> then);

private:
    void launch();
    void received(const nlohmann::json& message);
    void child_ended(const ExitStatus& status);
    void died(const std::string& why);
    void fail_everything(const Error& error);
    /// Answers whoever waits for what the message says of a run.
    void retired(const nlohmann::json& message);
    void watch_silence();
    void finish_stop();

    Timers& timers_;
    Children& children_;
    GatewayPlan plan_;
    const Events events_;
    const std::size_t io_threads_;
    RestartPolicy policy_;
    State state_ = State::starting;
    std::unique_ptr<Child> child_;
    std::uint32_t incarnation_ = 0;
    std::uint32_t restarts_ = 0;
    bool was_ready_ = false;
    bool is_tls_in_doubt_ = false;  ///< the last `reconfigure` failed, or was not answered: its certificates are said again
    std::string failure_;  ///< what `failed` said
    struct Retiring {
        Retired then;
        bool suspends = false;  ///< answered when its worker has been left
    };
    std::map<std::pair<std::string, std::uint64_t>, Retiring> retiring_;
    std::function<void()> stopped_;
    std::function<void()> ended_;
    Timer start_timer_;
    Silence silence_;
    Timer stop_timer_;
    Requests requests_;
};

[[nodiscard]] std::string_view name_of(Gateway::State state);

}  // namespace berth::host::supervisor
