// SPDX-License-Identifier: MIT
/// What each verb of the control protocol does (SEMANTICS: Administration; host/control/protocol.md).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "control/handler.hpp"
#include "log/outputs.hpp"
#include "supervisor/gateway.hpp"
#include "supervisor/host_facts.hpp"
#include "supervisor/listeners.hpp"
#include "supervisor/projects.hpp"
#include "supervisor/reload.hpp"

namespace berth::host::supervisor {

/// One method a verb; the files verbs_*.cpp hold a group each. Requests that need the gateway or a worker are answered
/// when that one has answered. [main thread]
class Administration final : public control::Handler {
public:
    /// What is done to the host as a whole.
    struct HostActs {
        std::function<Milliseconds()> stop;  ///< answers the limit within which it will have ended
        std::function<void(const Drain::Order&, std::function<void()> done)> drain;
        std::function<void()> open;  ///< ends what `drain` began
        std::function<void(Reload::Done)> reload;
    };

    Administration(const HostFacts& facts, Gateway& gateway, Projects& projects, log::Outputs& outputs, HostActs host)
        : facts_(facts), gateway_(gateway), projects_(projects), outputs_(outputs), host_(std::move(host)) {}

    void handle(control::Request request, control::Reply reply) override;

private:
    using Request = control::Request;
    using Reply = control::Reply;

    // verbs_look.cpp
    void version(const Request& request, const Reply& reply);
    void health(const Request& request, const Reply& reply);
    void status(const Request& request, const Reply& reply);
    void list_projects(const Request& request, const Reply& reply);
    void logs(const Request& request, const Reply& reply);
    // verbs_stats.cpp
    void stats(const Request& request, const Reply& reply);
    // verbs_clients.cpp
    void clients(const Request& request, const Reply& reply);
    void disconnect(const Request& request, const Reply& reply);
    void send(const Request& request, const Reply& reply);
    void execute(const Request& request, const Reply& reply);
    // verbs_projects.cpp
    void service(const Request& request, const Reply& reply);
    void block(const Request& request, const Reply& reply);
    void drain(const Request& request, const Reply& reply);
    void open(const Request& request, const Reply& reply);
    void start(const Request& request, const Reply& reply);
    void stop(const Request& request, const Reply& reply);
    void reload(const Request& request, const Reply& reply);
    void reload_configuration(const Reply& reply);
    void deploy(const Request& request, const Reply& reply);
    void rollback(const Request& request, const Reply& reply);
    void add(const Request& request, const Reply& reply);
    void remove(const Request& request, const Reply& reply);
    void rescan(const Request& request, const Reply& reply);

    /// The project that the request names, or null after the reply "not found".
    Project* project_of(const Request& request, const Reply& reply) const;
    /// As above, but one with a running worker: else the reply says why there is none.
    Project* running_project_of(const Request& request, const Reply& reply) const;
    void reply_drained(const std::string& project, const Reply& reply);
    /// Answers with the project's state once the gateway acts on it.
    void reply_state(const Project& project, const Reply& reply, nlohmann::json more = nlohmann::json::object());
    /// As `reply_state`, of one that was started: with the sentence of the first run of its global service, if that failed.
    void reply_started(const Project& project, const Reply& reply, nlohmann::json more = nlohmann::json::object());
    /// Calls `then` with the gateway's figures; without a gateway with empty ones.
    void with_gateway_stats(std::function<void(const nlohmann::json& stats)> then);
    /// What `projects` and `rescan` say of files that became no projects.
    [[nodiscard]] static nlohmann::json json_of(const std::vector<Projects::Refusal>& refusals);
    /// What is known here of the project. Made before the gateway is asked for its figures: since it obeys in order on every
    /// I/O thread, newcomers meet what is shown.
    [[nodiscard]] nlohmann::json row_of(const Project& project) const;
    /// The row of that project, or of all.
    [[nodiscard]] nlohmann::json rows_of(const std::string& only = {}) const;
    void execute_in(Project& project, std::uint64_t run, const std::string& client, const Request& request, const Reply& reply);
    [[nodiscard]] std::vector<std::string> reasons_not_ready() const;

    const HostFacts& facts_;
    Gateway& gateway_;
    Projects& projects_;
    log::Outputs& outputs_;
    const HostActs host_;
};

/// The figures of one project out of the gateway's; empty when it has none.
[[nodiscard]] nlohmann::json figures_of(const nlohmann::json& stats, const std::string& name);

/// The nearest of the names, when one is near enough to have been meant; else empty.
[[nodiscard]] std::string nearest_name(const std::string& wanted, const Projects& projects);

}  // namespace berth::host::supervisor
