// SPDX-License-Identifier: MIT
#include "supervisor/host.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <csignal>

#include "base/clock.hpp"
#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "control/server.hpp"
#include "supervisor/administration.hpp"
#include "supervisor/background.hpp"
#include "supervisor/certificate_dates.hpp"
#include "supervisor/child_process.hpp"
#include "supervisor/configuration_watch.hpp"
#include "supervisor/host_drain.hpp"
#include "supervisor/host_files.hpp"
#include "supervisor/hosted_workers.hpp"
#include "supervisor/json_values.hpp"
#include "supervisor/pages_child.hpp"
#include "supervisor/project_settings.hpp"
#include "supervisor/registry.hpp"
#include "supervisor/service_manager.hpp"
#include "supervisor/shutdown.hpp"
#include "supervisor/signals.hpp"
#include "supervisor/state_directory.hpp"
#include "supervisor/watcher.hpp"
#include "supervisor/worker_bounds.hpp"

namespace berth::host::supervisor {

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// Newcomers are taken when every project runs or has failed, but not later than this.
constexpr Milliseconds accept_latest = 2s;
/// The longest message that a configuration allows, 16 MiB, as base64 and with room for the rest of its request.
constexpr std::size_t control_request_bytes_max = 24u << 20;

}  // namespace

/// Members in the order in which they are made; destroyed the other way round.
struct Host::Parts {
    Parts(Options host_options, log::Outputs& host_outputs, std::unique_ptr<EventLoop> event_loop, HostFiles host_files,
          Registry host_registry)
        : options(std::move(host_options)),
          outputs(host_outputs),
          loop(std::move(event_loop)),
          files(std::move(host_files)),
          registry(std::move(host_registry)),
          signals(*loop, [this](int number) { signalled(number); }),
          background(*loop),
          children(*loop, [this](log::Record record) { outputs.write(std::move(record)); },
                   {.program = options.program, .user = files.user}),
          gateway(*loop, children, gateway_plan(),
                  {.ready = [this] { gateway_ready(); },
                   .down = [this](const ExitStatus& status) { gateway_down(status); },
                   .given_up = [this](const Error& error) { give_up(error); },
                   .violation =
                       [this](const std::string& name, std::uint64_t run, const std::string& what) {
                           if (Project* const project = projects.find(name)) project->violated(run, what);
                       }}),
          hosted(*loop, gateway),
          surroundings{.timers = *loop,
                       .gateway = gateway,
                       .start_worker = [this](const WorkerPlan& plan, Child::Handlers handlers) {
                           return start_worker(plan, std::move(handlers));
                       },
                       .data_directory = [this](const std::string& project) { return files.state.data_of(project, files.user); },
                       .known_versions = [this](const std::string& project) { return files.versions.of(project); },
                       .keep_versions = [this](const std::string& project, const Versions& versions) { files.versions.keep(project, versions); },
                       .silence_limit = options.config.host.limits.heartbeat,
                       .needs_confinement = options.config.host.confinement == config::Confinement::required,
                       .restart = options.restart},
          intake(*loop, background, children,
                 {.staging = files.state.staging(),
                  .inspect = options.inspect,
                  .is_used = [this](const StagedLibrary& staged) { return projects.is_staged_copy_used(staged) || files.versions.uses(staged); }}),
          projects(intake, surroundings, registry,
                   {.list = [this] { return list_plugins(options.config.host.plugins); },
                    .plugins = options.config.host.plugins,
                    .settings = [this](const std::string& name) { return options.config.project(name); }}),
          worker_bounds(projects),
          host_drain(facts, surroundings, projects),
          reload({options.config, files, gateway, projects}, options.load, options.configuration.string(),
                 [this] { configuration_applied(); }),
          administration(facts, gateway, projects, outputs,
                         {.stop = [this] { return stop_softly(); },
                          .drain =
                              [this](const Drain::Order& order, std::function<void()> done) {
                                  host_drain.begin(order, std::move(done));
                              },
                          .open = [this] { host_drain.open(); },
                          .reload = [this](Reload::Done done) { reload.run("command", std::move(done)); }}),
          shutdown({gateway, projects}, options.config.host.limits.stop),
          configuration_watch(*loop,
                              [this] {
                                  if (facts.is_up())
                                      reload.run("file", [](const Result<Reload::Outcome>&) {});
                              }),
          tick_timer(*loop),
          accept_timer(*loop) {}

    GatewayPlan gateway_plan() {
        GatewayPlan plan;
        plan.restart.has_delays = options.restart.has_delays;
        if (options.restart.deaths_max == 0) plan.restart.deaths_max = 0;
        plan.configure = configure_of(options.config);
        plan.silence_limit = options.config.host.limits.heartbeat;
        plan.configure["listeners"] = files.listeners_json();
        for (const Listener& listener : files.listeners) plan.listeners.push_back(listener.fd.get());
        return plan;
    }

    Result<std::unique_ptr<Child>> start_worker(const WorkerPlan& plan, Child::Handlers handlers) {
        if (plan.in_gateway) return hosted.start(plan, std::move(handlers));
        return children.start({.process = "worker",
                               .arguments = {"__worker"},
                               .project = plan.project,
                               .generation = plan.generation},
                              std::move(handlers));
    }

    Result<void> open_control() {
        auto group = control_group(options.config.host.group);
        if (!group) return tl::unexpected<Error>(std::move(group).error());
        auto made = control::Server::create(
            {.path = options.config.host.control, .group = *group, .request_bytes_max = control_request_bytes_max},
            administration);
        if (!made) return tl::unexpected<Error>(std::move(made).error());
        server = std::move(*made);
        return loop->watch(server->fd(), EPOLLIN, [this](std::uint32_t) { server->turn(); });
    }

    void fill_facts() {
        facts.version = options.version;
        facts.started_at_ms = wall_clock_ms();
        facts.configuration = options.configuration.string();
        facts.plugins = options.config.host.plugins.string();
        facts.state_directory = files.state.path().string();
        fill_changing_facts();
        if (files.pages) facts.pages = files.pages->address.text();
    }

    /// What a reload may change.
    void fill_changing_facts() {
        facts.clients_limit = options.config.host.limits.connections;
        facts.listeners.clear();
        for (std::size_t i = 0; i < files.listeners.size(); ++i) {
            const json& tls = files.tls[i];
            facts.listeners.push_back({.address = files.listeners[i].address.text(),
                                       .tls = tls.is_object(),
                                       .certificate_expires_at_ms = tls.is_object() ? number_of(tls, "expires_at_ms") : 0});
        }
    }

    void configuration_applied() {
        fill_changing_facts();
        shutdown.set_clients_limit(options.config.host.limits.stop);
        gateway.set_silence_limit(options.config.host.limits.heartbeat);
        surroundings.silence_limit = options.config.host.limits.heartbeat;
        certificate_dates.look(facts.listeners, wall_clock_ms());
        watch_configuration();
        if (pages) pages->reconfigure(pages_configure());
    }

    void watch_configuration() {
        if (options.load) configuration_watch.set(files_of(options.config, options.configuration));
    }

    json pages_configure() const {
        json folders = json::object();
        for (const auto& [prefix, folder] : options.config.pages->static_files) folders[prefix] = folder.string();
        return {{"log_level", log::name_of(log::level())},
                {"address", files.pages->address.text()},
                {"urls", urls()},
                {"static", folders},
                {"confined", true},
                {"confinement_required", options.config.host.confinement == config::Confinement::required},
                {"hosts", options.config.pages->hosts}};
    }

    void make_pages() {
        if (!files.pages) return;
        pages = std::make_unique<PagesChild>(
            *loop, children,
            PagesChild::Plan{.configure = pages_configure(),
                             .listener = files.pages->fd.get(),
                             .open_viewer = [this] { return server->open_viewer(); }});
        shutdown.set_pages(pages.get());
    }

    json urls() const {
        json list = json::array();
        for (const auto& listening : facts.listeners) list.push_back((listening.tls ? "wss://" : "ws://") + listening.address);
        return list;
    }

    std::string listeners_in_words() const {
        std::string words;
        for (const auto& url : urls()) words += (words.empty() ? "" : " ") + url.get<std::string>();
        return words;
    }

    void gateway_ready() {
        for (const auto& [name, project] : projects.all()) project->gateway_is_ready();
        if (has_begun) return gateway.accept();
        has_begun = true;
        // One slow project must not keep the others' clients waiting.
        accept_timer.set(accept_latest, [this] { gateway.accept(); });
        watcher = std::make_unique<Watcher>(*loop, options.config.host.plugins,
                                            [this](const std::filesystem::path& file) { projects.touched(file); });
        waiting_for_ready = pages ? 2 : 1;
        projects.start([this] { one_ready(); });
        if (pages) pages->start([this] { one_ready(); });
    }

    void gateway_down(const ExitStatus& status) {
        for (const auto& [name, project] : projects.all()) project->gateway_is_down();
        hosted.gateway_ended({.code = status.code, .signal = status.signal, .reason = "the gateway, which it lives in, died"});
    }

    void one_ready() {
        if (--waiting_for_ready != 0) return;
        accept_timer.cancel();
        gateway.accept();
        if (facts.state != HostFacts::State::starting) return;
        facts.state = HostFacts::State::running;
        watch_configuration();
        tell_ready();
        const std::string line = ready_line();
        log::info("host is ready", {{"pid", std::int64_t{::getpid()}}, {"listeners", listeners_in_words()}});
        if (options.ready) options.ready(line);
    }

    std::string ready_line() const {
        std::string line = "berth is ready: " + listeners_in_words();
        if (files.pages) line += " http://" + files.pages->address.text();
        for (const auto& [name, project] : projects.all()) {
            line += " " + name;
            if (project->state() != Project::State::open) line += "(" + std::string(name_of(project->state())) + ")";
        }
        return line;
    }

    void give_up(const Error& error) {
        log::error("host ends: it cannot go on without its gateway", {{"error", error.message}});
        exit_code = 1;
        stop_softly();
    }

    Milliseconds stop_softly() {
        const Milliseconds limit = shutdown.limit();
        if (facts.state == HostFacts::State::stopping) return limit;
        facts.state = HostFacts::State::stopping;
        host_drain.give_way();
        tell_stopping();
        log::info("host is stopping", {{"within_ms", std::int64_t{limit.count()}}});
        // In a turn of its own: who asked is answered first.
        loop->post([this] { shutdown.begin([this] { loop->stop(); }); });
        return limit;
    }

    void signalled(int number) {
        if (number == SIGHUP) {
            if (facts.is_up()) reload.run("signal", [](const Result<Reload::Outcome>&) {});
            return;
        }
        if (facts.state != HostFacts::State::stopping) {
            stop_softly();
            return;
        }
        log::warning("second signal: ending at once", {{"signal", number}});
        exit_code = 128 + number;
        loop->stop();  // What is left is ended by the destructors.
    }

    void tick() {
        outputs.tick();
        if (watcher) watcher->renew();
        configuration_watch.renew();
        certificate_dates.look(facts.listeners, wall_clock_ms());
        watch_added();
        worker_bounds.look();
        tell_alive();
        tick_timer.set(1s, [this] { tick(); });
    }

    /// The directories of added libraries, which may be anybody's: only what happens to those files matters.
    void watch_added() {
        std::map<std::filesystem::path, std::unique_ptr<Watcher>> wanted;
        for (const auto& added : registry.added()) {
            const auto directory = added.file.parent_path();
            if (directory == options.config.host.plugins || wanted.contains(directory)) continue;
            auto& place = wanted[directory];
            if (const auto known = added_watchers.find(directory); known != added_watchers.end()) {
                place = std::move(known->second);
                place->renew();
                continue;
            }
            place = std::make_unique<Watcher>(*loop, directory, [this](const std::filesystem::path& file) {
                if (file.empty() || registry.find(file)) projects.touched(file);
            });
        }
        added_watchers = std::move(wanted);
    }

    Options options;
    log::Outputs& outputs;
    std::unique_ptr<EventLoop> loop;
    HostFiles files;
    Registry registry;
    HostFacts facts;
    Signals signals;
    BackgroundThread background;
    ProcessChildren children;
    Gateway gateway;
    HostedWorkers hosted;
    Project::Surroundings surroundings;
    Intake intake;
    Projects projects;
    WorkerBounds worker_bounds;
    HostDrain host_drain;
    Reload reload;
    CertificateDates certificate_dates;
    Administration administration;
    std::unique_ptr<control::Server> server;
    std::unique_ptr<PagesChild> pages;
    std::unique_ptr<Watcher> watcher;
    std::map<std::filesystem::path, std::unique_ptr<Watcher>> added_watchers;  ///< by directory
    Shutdown shutdown;
    ConfigurationWatch configuration_watch;
    Timer tick_timer;
    Timer accept_timer;
    bool has_begun = false;
    std::size_t waiting_for_ready = 0;
    int exit_code = 0;
};

Host::Host(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Host::~Host() = default;

Result<std::unique_ptr<Host>> Host::create(Options options, log::Outputs& outputs) {
    auto loop = EventLoop::create();
    if (!loop) return tl::unexpected<Error>(std::move(loop).error());
    auto files = HostFiles::open(options.config, options.configuration);
    if (!files) return tl::unexpected<Error>(std::move(files).error());
    auto registry = Registry::open(files->state.path() / "registry.json");
    if (!registry) return tl::unexpected<Error>(std::move(registry).error());
    auto parts = std::make_unique<Parts>(std::move(options), outputs, std::move(*loop), std::move(*files),
                                         std::move(*registry));
    parts->fill_facts();
    BERTH_TRY(parts->open_control());
    parts->make_pages();
    return std::unique_ptr<Host>(new Host(std::move(parts)));
}

int Host::run() {
    log::info("host is starting", {{"version", parts_->options.version}, {"pid", std::int64_t{::getpid()}}});
    parts_->tick();
    parts_->gateway.start();
    parts_->loop->run();
    log::info("host has ended", {{"exit_code", parts_->exit_code}});
    return parts_->exit_code;
}

}  // namespace berth::host::supervisor
