// SPDX-License-Identifier: MIT
#include "roles/gateway/gateway_role.hpp"

#include <sys/epoll.h>

#include <csignal>
#include <map>
#include <memory>

#include "base/allocator.hpp"
#include "base/base64.hpp"
#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "control/child_channel_message.hpp"
#include "gateway/gateway.hpp"
#include "log/pipe_sink.hpp"
#include "roles/confinement/confinement.hpp"
#include "roles/gateway/hosted_worker.hpp"
#include "roles/gateway/messages.hpp"
#include "wire/close_code.hpp"

namespace berth::host::roles {
namespace {

using control::ChildChannel;
using nlohmann::json;

constexpr Milliseconds heartbeat_every{1000};

class GatewayRole final : public gateway::GatewayObserver {
public:
    explicit GatewayRole(UniqueFd channel) : channel_(std::move(channel), ChildChannel::Peer::supervisor) {}
    ~GatewayRole() override;

    int run();

private:
    using Key = std::pair<std::string, std::uint64_t>;

    void on_channel(std::uint32_t events);
    void handle(ChildChannel::Message message);
    void miss(ChildChannel::Message message);
    void configure(ChildChannel::Message message);
    void host_worker(ChildChannel::Message message);
    /// `problem`: what its answer says was wrong already; empty: nothing.
    void reconfigure(ChildChannel::Message message, const std::string& problem = {});
    void set_project(ChildChannel::Message message);
    /// Says a heartbeat each second, as long as every I/O thread has turns.
    void beat();
    /// [any thread]
    void say(const json& body);
    [[nodiscard]] static json reply_to(const json& request);

    // GatewayObserver [gateway's threads]
    void on_violation(const std::string& project, std::uint64_t generation, const std::string& what) override {
        say({{"type", "violation"}, {"project", project}, {"generation", std::to_string(generation)}, {"what", what}});
    }
    void on_suspended(const std::string& project, std::uint64_t generation) override {
        say({{"type", "suspended"}, {"project", project}, {"generation", std::to_string(generation)}});
    }
    void on_retired(const std::string& project, std::uint64_t generation) override {
        say({{"type", "retired"}, {"project", project}, {"generation", std::to_string(generation)}});
    }
    void on_stopped() override { say({{"type", "stopped"}}); }

    ChildChannel channel_;
    std::unique_ptr<EventLoop> loop_;
    std::map<Key, std::unique_ptr<HostedWorker>> hosted_;
    std::unique_ptr<gateway::Gateway> gateway_;
    std::vector<std::uint64_t> listener_ids_;  ///< the supervisor's names for the listeners, by number
    bool is_awaiting_turns_ = false;  ///< of the I/O threads, for the next heartbeat
    int exit_code_ = 0;
};

GatewayRole::~GatewayRole() {
    // A worker in this process speaks through the gateway's threads: it must have ended before them.
    hosted_.clear();
    gateway_.reset();
}

int GatewayRole::run() {
    auto loop = EventLoop::create();
    if (!loop) return 1;
    loop_ = std::move(*loop);
    if (!loop_->watch(channel_.fd(), EPOLLIN, [this](std::uint32_t events) { on_channel(events); })) return 1;
    beat();
    loop_->run();
    return exit_code_;
}

void GatewayRole::beat() {
    if (!gateway_) {
        say({{"type", "heartbeat"}});
    } else if (!is_awaiting_turns_) {
        // This thread's health says nothing about those that serve clients.
        is_awaiting_turns_ = true;
        gateway_->await_turns([this] {
            loop_->post([this] {
                is_awaiting_turns_ = false;
                say({{"type", "heartbeat"}});
            });
        });
    }
    std::erase_if(hosted_, [](const auto& entry) { return entry.second->has_ended(); });
    std::ignore = loop_->after(heartbeat_every, [this] { beat(); });
}

void GatewayRole::say(const json& body) {
    // A supervisor that is gone ends this process by its other end of the channel.
    std::ignore = channel_.send(body);
    if (channel_.wants_write()) {
        loop_->post([this] { loop_->rewatch(channel_.fd(), EPOLLIN | (channel_.wants_write() ? static_cast<std::uint32_t>(EPOLLOUT) : 0u)); });
    }
}

void GatewayRole::on_channel(std::uint32_t events) {
    if (events & EPOLLOUT) {
        std::ignore = channel_.flush();
        if (!channel_.wants_write()) loop_->rewatch(channel_.fd(), EPOLLIN);
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
    auto messages = channel_.receive();
    if (!messages) {
        loop_->stop();
        return;
    }
    for (auto& message : *messages) handle(std::move(message));
}

json GatewayRole::reply_to(const json& request) {
    json reply{{"type", "reply"}};
    if (const auto id = request.find("request"); id != request.end()) reply["request"] = *id;
    return reply;
}

void GatewayRole::configure(ChildChannel::Message message) {
    log::set_level(log::level_of(message.body.value("log_level", std::string(log::name_of(log::level())))));
    auto settings = settings_in(message.body);
    settings.accepts_at_once = false;
    listener_ids_ = listener_ids_in(message.body);
    auto listeners = listeners_in(message.body, std::move(message.fds));
    auto made = gateway::Gateway::create(std::move(settings), std::move(listeners), *this);
    if (!made) {
        say({{"type", "failed"}, {"message", made.error().message}});
        return;
    }
    gateway_ = std::move(*made);
    if (auto confined = confine_as_configured(Confined::gateway, message.body, "gateway"); !confined) {
        return say({{"type", "failed"}, {"message", confined.error().message}});
    }
    say({{"type", "ready"}});
}

void GatewayRole::host_worker(ChildChannel::Message message) {
    if (message.fds.empty()) return;
    const Key key{text_in(message.body, "project"), number_in(message.body, "generation")};
    hosted_[key] = std::make_unique<HostedWorker>(std::move(message.fds.front()), gateway_->io_threads());
}

void GatewayRole::reconfigure(ChildChannel::Message message, const std::string& problem) {
    gateway_->reconfigure(reconfiguration_in(message.body, std::move(message.fds), listener_ids_),
                          [this, problem, reply = reply_to(message.body)](const Result<void>& done) mutable {
                              const std::string error = !problem.empty() || done ? problem : done.error().message;
                              reply["error"] = error.empty() ? json(nullptr) : json(error);
                              say(reply);
                          });
}

void GatewayRole::set_project(ChildChannel::Message message) {
    const auto rules = rules_in(message.body);
    const std::uint64_t generation = number_in(message.body, "generation");
    const auto hosted = hosted_.find({rules.name, generation});
    if (message.fds.empty() && hosted != hosted_.end()) {
        gateway_->set_project(rules, generation, hosted->second->lanes());
    } else {
        gateway_->set_project(rules, generation, std::move(message.fds));
    }
}

/// What a message was about whose descriptors found no room here does not happen; nobody is cut for it. The supervisor
/// counts the listeners as told: they have their numbers, and nobody comes from there.
void GatewayRole::miss(ChildChannel::Message message) {
    const json& body = message.body;
    static constexpr auto sentence = "the gateway has no descriptor left; raise its limit of open files or lower limits.connections";
    const std::string type = text_in(body, "type");
    log::error("gateway could not take descriptors", {{"of", type}, {"remedy", "raise the limit of open files or lower limits.connections"}});
    if (type == "configure") {
        say({{"type", "failed"}, {"message", sentence}});
    } else if (type == "project" || type == "host_worker") {
        on_violation(text_in(body, "project"), number_in(body, "generation"), sentence);
    } else if (type == "reconfigure" && gateway_) {
        message.fds.clear();  // Which listener one of them would be is not known.
        reconfigure(std::move(message), sentence);
    } else {
        json reply = reply_to(body);
        reply["error"] = sentence;
        say(reply);
    }
}

void GatewayRole::handle(ChildChannel::Message message) {
    const json& body = message.body;
    if (message.is_bereft) return miss(std::move(message));
    const std::string type = text_in(body, "type");
    if (type == "configure") return configure(std::move(message));
    if (!gateway_) {
        log::error("gateway got a message before it was configured", {{"type", type}});
        return;
    }
    const std::string project = text_in(body, "project");
    const std::uint64_t generation = number_in(body, "generation");
    if (type == "project") {
        set_project(std::move(message));
    } else if (type == "reconfigure") {
        reconfigure(std::move(message));
    } else if (type == "accept") {
        gateway_->accept();
    } else if (type == "host_worker") {
        host_worker(std::move(message));
    } else if (type == "retire") {
        gateway_->retire(project, generation, retirement_in(body));
    } else if (type == "lost") {
        gateway_->worker_lost(project, generation, running_in(body));
    } else if (type == "forget") {
        gateway_->forget(project);
    } else if (type == "clients") {
        gateway_->clients(filter_in(body), [this, reply = reply_to(body)](const gateway::ClientPage& page) mutable {
            reply.update(json_of(page));
            say(reply);
        });
    } else if (type == "disconnect") {
        const auto order = order_in(body, wire::close_code::normal, link::Cause::administrator);
        gateway_->disconnect(filter_in(body), order, [this, reply = reply_to(body)](std::uint64_t count) mutable {
            reply["count"] = count;
            say(reply);
        });
    } else if (type == "send") {
        const bool is_text = text_in(body, "kind") != "buffer";
        std::string payload = is_text ? text_in(body, "payload") : from_base64(text_in(body, "payload")).value_or("");
        gateway_->send(filter_in(body), is_text ? link::Kind::text : link::Kind::buffer, std::move(payload),
                       [this, reply = reply_to(body)](std::uint64_t count) mutable {
                           reply["count"] = count;
                           say(reply);
                       });
    } else if (type == "drain") {
        gateway_->drain(project, drain_in(body));
    } else if (type == "end_drain") {
        gateway_->end_drain(project);
    } else if (type == "stats") {
        gateway_->figures([this, reply = reply_to(body)](const gateway::GatewayFigures& figures) mutable {
            reply.update(json_of(figures));
            say(reply);
        });
    } else if (type == "stop") {
        gateway_->stop(Milliseconds(static_cast<std::int64_t>(number_in(body, "within_ms", 30'000))));
    } else {
        log::error("gateway got a message that it does not know", {{"type", type}});
    }
}

}  // namespace

int run_gateway_process() {
    let_others_look(false);
    std::signal(SIGPIPE, SIG_IGN);
    // Ctrl-C goes to the whole terminal: the supervisor decides in which order things end.
    std::signal(SIGINT, SIG_IGN);
    log::set_sink(log::pipe_sink(UniqueFd(4)));
    keep_memory_of_bursts();
    GatewayRole role{UniqueFd(3)};
    return role.run();
}

}  // namespace berth::host::roles
