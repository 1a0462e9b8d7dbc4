// SPDX-License-Identifier: MIT
#include "roles/worker/worker_role.hpp"

#include <berth/berth.h>
#include <sys/epoll.h>

#include <optional>

#include "base/clock.hpp"
#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "control/child_channel_message.hpp"
#include "roles/confinement/confinement.hpp"
#include "roles/worker/messages.hpp"
#include "worker/slow_events.hpp"
#include "worker/worker.hpp"

namespace berth::host::roles {
namespace {

using control::ChildChannel;
using nlohmann::json;

constexpr Milliseconds heartbeat_every{1000};
/// Links to gateways that have gone are kept for as long as a handler may still be speaking through one.
constexpr std::size_t old_links_kept = 4;

constexpr int exit_stopped = 0;
constexpr int exit_failed = 1;
constexpr int exit_lost = 70;  ///< EX_SOFTWARE: the supervisor has gone, or spoke nonsense

/// Before any code of the project runs. One that cannot be confined runs all the same, unless that is required: it is the
/// second line of defence.
Result<void> confine_as(const json& init) {
    const auto wanted = init.find("confinement");
    if (wanted == init.end() || !wanted->is_object()) return {};
    const json as{{"confined", wanted->value("confined", false)}, {"confinement_required", wanted->value("required", false)}};
    BERTH_TRY(confine_as_configured(Confined::project, as, "worker"));
    if (const auto done = bound_descriptors(wanted->value("descriptors", std::size_t{1} << 20)); !done) {
        log::warning("worker's descriptors are not bounded", {{"why", done.error().message}});
    }
    const auto memory = wanted->value("memory_bytes", std::uint64_t{0});
    if (memory == 0) return {};
    if (const auto done = bound_memory(memory, wanted->value("threads", std::size_t{0})); !done) {
        log::warning("worker's memory is not bounded", {{"why", done.error().message}});
    }
    return {};
}

}  // namespace

struct WorkerRole::Parts {
    Parts(UniqueFd fd, LinkFactory factory, Options given)
        : channel(std::move(fd), ChildChannel::Peer::supervisor), make_link(std::move(factory)), options(given) {}

    void on_channel(std::uint32_t events);
    void handle(ChildChannel::Message& message);
    void init(ChildChannel::Message& message);
    void loaded(Result<worker::Description> description);
    void relink(ChildChannel::Message& message);
    void open_link();
    void lose_link(const link::WorkerLink* lost);
    void link_ended(const link::WorkerLink* ended, link::WorkerLink::End how);
    void execute(const json& message);
    void answer(const json& message, json reply);
    void beat();
    void look_at_events();
    void say(json body);       ///< [any thread]
    void fail_to_run(const std::string& sentence);
    void end(int code);

    /// A callback for the worker that says one of two things.
    /// `request` has the number of its step, which the answer repeats.
    worker::Worker::Done done(const json& request, const char* success) {
        return [this, step = request.value("step", std::int64_t{0}), success](Result<void> result) {
            if (result) {
                say({{"type", success}, {"step", step}});
            } else {
                say({{"type", "failed"}, {"step", step}, {"message", result.error().message}});
            }
        };
    }
    /// As `done`; it started even where the first run failed, whose sentence goes along.
    worker::Worker::Started started(const json& request) {
        return [this, step = request.value("step", std::int64_t{0})](const Result<worker::Outcome>& first_run) {
            if (!first_run) return say({{"type", "failed"}, {"step", step}, {"message", first_run.error().message}});
            json message{{"type", "started"}, {"step", step}};
            if (first_run->status != BERTH_OK) message["first_run_error"] = first_run->message;
            say(std::move(message));
        };
    }
    worker::Worker::Ended outcome(const json& request) {
        return [this, request](worker::Outcome outcome) {
            answer(request, {{"status", outcome.status},
                             {"message", outcome.message.empty() ? json(nullptr) : json(outcome.message)}});
        };
    }

    // In the order that they are destroyed in reverse: the worker first, the loop last.
    std::unique_ptr<EventLoop> loop;
    ChildChannel channel;
    const LinkFactory make_link;
    const Options options;
    worker::WorkerSettings settings;
    std::optional<link::SlotTable> slots;
    std::vector<std::unique_ptr<link::WorkerLink>> old_links;
    std::unique_ptr<link::WorkerLink> link;
    std::unique_ptr<worker::SlowEvents> slow_events;
    std::unique_ptr<worker::Worker> worker;
    bool is_loaded = false;
    int exit_code = exit_lost;
};

WorkerRole::WorkerRole(UniqueFd channel, LinkFactory make_link, Options options)
    : parts_(std::make_unique<Parts>(std::move(channel), std::move(make_link), options)) {}

WorkerRole::~WorkerRole() {
    // No event may arrive at a worker that ends; its last words may still go out through the link.
    if (parts_->link) parts_->link->close();
    parts_->worker.reset();
}

int WorkerRole::run() {
    auto loop = EventLoop::create();
    if (!loop) return exit_failed;
    parts_->loop = std::move(*loop);
    if (!parts_->loop->watch(parts_->channel.fd(), EPOLLIN,
                             [this](std::uint32_t events) { parts_->on_channel(events); }))
        return exit_failed;
    parts_->beat();
    parts_->loop->run();
    return parts_->exit_code;
}

void WorkerRole::Parts::say(json body) {
    // An error means that the supervisor has gone: its end of the channel tells the loop.
    std::ignore = channel.send(body);
    if (channel.wants_write())
        loop->post([this] { loop->rewatch(channel.fd(), EPOLLIN | (channel.wants_write() ? EPOLLOUT : 0u)); });
}

void WorkerRole::Parts::answer(const json& message, json reply) {
    reply["type"] = "reply";
    if (const auto request = message.find("request"); request != message.end()) reply["request"] = *request;
    say(std::move(reply));
}

void WorkerRole::Parts::end(int code) {
    exit_code = code;
    loop->stop();
}

void WorkerRole::Parts::fail_to_run(const std::string& sentence) {
    say({{"type", "failed"}, {"message", sentence}});
    end(exit_failed);
}

void WorkerRole::Parts::beat() {
    say({{"type", "heartbeat"}});
    std::ignore = loop->after(heartbeat_every, [this] { beat(); });
}

void WorkerRole::Parts::look_at_events() {
    slow_events->look(Clock::now());
    std::ignore = loop->after(worker::SlowEvents::every, [this] { look_at_events(); });
}

void WorkerRole::Parts::on_channel(std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) {
        std::ignore = channel.flush();
        if (!channel.wants_write()) loop->rewatch(channel.fd(), EPOLLIN);
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
    auto messages = channel.receive();
    if (!messages) return end(exit_lost);
    for (ChildChannel::Message& message : *messages) handle(message);
}

void WorkerRole::Parts::handle(ChildChannel::Message& message) {
    const json& body = message.body;
    const std::string type = body.is_object() ? body.value("type", "") : "";
    if (type == "init") return init(message);
    if (!worker) return fail_to_run("message " + type + " came before init");
    if (type == "start") return worker->start(started(body));
    if (type == "pause") return worker->pause(done(body, "paused"));
    if (type == "resume") return worker->resume();
    if (type == "others") return worker->set_others_alive(body.value("alive", false));
    if (type == "relink") return relink(message);
    if (type == "execute") return execute(body);
    if (type == "run") return worker->run_service(outcome(body));
    if (type == "service") return answer(body, json_of(worker->service_figures()));
    if (type == "stats") return answer(body, json_of(worker->figures(), settings));
    if (type == "stop") {
        const Milliseconds within(body.value("within_ms", std::int64_t{10'000}));
        return worker->stop(within, [this](Result<void> result) {
            // Whoever did not stop in time is ended from outside: its handlers can't be waited for.
            if (!result) return say({{"type", "failed"}, {"message", result.error().message}});
            // In one turn of the loop: whoever hears it hangs up, and that must not look like a lost supervisor.
            loop->post([this] {
                say({{"type", "stopped"}});
                end(exit_stopped);
            });
        });
    }
    log::warning("worker does not know a message of its supervisor", {{"project", settings.project}, {"type", type}});
}

void WorkerRole::Parts::init(ChildChannel::Message& message) {
    if (worker) return fail_to_run("init came twice");
    log::set_level(log::level_of(message.body.value("log_level", std::string(log::name_of(log::level())))));
    auto read = settings_of(message.body);
    if (!read) return fail_to_run(read.error().message);
    settings = std::move(*read);
    settings.marks_crashes = options.owns_process;
    if (options.owns_process) {
        if (const auto confined = confine_as(message.body); !confined) return fail_to_run(confined.error().message);
    }
    if (message.is_bereft || message.fds.empty()) return fail_to_run("init: the slot table's descriptor is missing");
    auto table = link::SlotTable::open(std::move(message.fds.back()));
    if (!table) return fail_to_run("init: slot table: " + table.error().message);
    slots.emplace(std::move(*table));
    message.fds.pop_back();
    auto made = make_link(std::move(message.fds));
    if (!made) return fail_to_run("init: lanes: " + made.error().message);
    link = std::move(*made);

    slow_events = std::make_unique<worker::SlowEvents>(*slots, settings.project, settings.limits.slow_event);
    look_at_events();
    worker = std::make_unique<worker::Worker>(settings, *slots);
    worker->set_others_alive(message.body.value("others_alive", false));
    worker->attach(link->port());  // What `load` says waits there.
    worker->load([this](Result<worker::Description> description) {
        loop->post([this, description = std::move(description)]() mutable { loaded(std::move(description)); });
    });
}

void WorkerRole::Parts::loaded(Result<worker::Description> description) {
    if (!description) return fail_to_run(description.error().message);
    is_loaded = true;
    open_link();
    json body = json_of(*description);
    body["type"] = "loaded";
    body["resumes"] = description->resumes;  // Nothing that a library's table alone would say.
    say(std::move(body));
}

void WorkerRole::Parts::open_link() {
    link->open(*worker, [this, mine = link.get()](link::WorkerLink::End how) {
        loop->post([this, mine, how] { link_ended(mine, how); });
    });
}

void WorkerRole::Parts::link_ended(const link::WorkerLink* ended, link::WorkerLink::End how) {
    if (link.get() != ended) return;
    // The gateway may live, and its clients with it, to whom this process is deaf from now on: the next one is not.
    if (how == link::WorkerLink::End::broken) return fail_to_run("the link to the gateway broke");
    lose_link(ended);
}

void WorkerRole::Parts::lose_link(const link::WorkerLink* lost) {
    if (!link || link.get() != lost) return;
    link->close();
    worker->gateway_lost();
    old_links.push_back(std::move(link));
    if (old_links.size() > old_links_kept) old_links.erase(old_links.begin());
}

void WorkerRole::Parts::relink(ChildChannel::Message& message) {
    if (message.is_bereft) return fail_to_run("relink: the process has no descriptor left for its lanes");
    lose_link(link.get());
    auto made = make_link(std::move(message.fds));
    if (!made) return fail_to_run("relink: " + made.error().message);
    link = std::move(*made);
    worker->attach(link->port());
    if (is_loaded) open_link();
}

void WorkerRole::Parts::execute(const json& message) {
    const auto refuse = [&](const Error& error) {
        answer(message, {{"status", BERTH_INVALID}, {"message", error.message}});
    };
    const auto client = client_of(message);
    if (!client) return refuse(client.error());
    auto args = arguments_of(message);
    if (!args) return refuse(args.error());
    worker->execute(*client, message.value("procedure", ""), std::move(*args), outcome(message));
}

}  // namespace berth::host::roles
