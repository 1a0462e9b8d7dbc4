// SPDX-License-Identifier: MIT
#include "gateway/io_thread.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "gateway/retry_hint.hpp"
#include "wire/close_code.hpp"

namespace berth::host::gateway {
namespace {

/// Of clients' bytes, before they are handed on within a turn.
constexpr std::size_t bytes_read_max = 64u << 10;
/// Of one client's bytes, from which on the answers are looked for within the turn, too: where clients send less at a time
/// there are seldom any yet.
constexpr std::size_t bytes_read_much = 128u << 10;

Client& client_of(transport::Connection& connection) { return *static_cast<Client*>(connection.user); }

}  // namespace

/// Closes the clients of retiring generations, batch by batch.
class IoThread::Sweeper final : public Timer {
public:
    explicit Sweeper(IoThread& thread) : thread_(thread) {}

private:
    void on_timer() override { thread_.sweep(); }
    IoThread& thread_;
};

IoThread::IoThread(Settings settings, OccupantsTable& occupants, MemoryWatch& memory, IoObserver& observer)
    : settings_(std::move(settings)),
      occupants_(occupants),
      memory_(memory),
      observer_(observer),
      wheel_(Clock::now()),
      table_(settings_.incarnation, settings_.index),
      sweeper_(std::make_unique<Sweeper>(*this)) {
    ClientHost& self = *this;
    drains_ = std::make_unique<Drains>(projects_, self, settings_.phase);
}

IoThread::~IoThread() { stop(); }

void IoThread::start(std::unique_ptr<transport::Transport> transport, Doorkeeper& doorkeeper) {
    transport_ = std::move(transport);
    doorkeeper_ = &doorkeeper;
    thread_ = std::thread([this] { transport_->run(); });
}

void IoThread::end_loop() {
    if (!thread_.joinable()) return;
    transport_->stop();
    thread_.join();
}

void IoThread::stop() {
    end_loop();
    // Lanes watch descriptors in the transport; connections end with it and their clients with them.
    for (auto& [name, project] : projects_) {
        for (auto& [number, generation] : project.generations) generation.lane.reset();
    }
    transport_.reset();
}

void IoThread::post(std::function<void(IoThread&)> task) {
    {
        const MutexLock lock(tasks_mutex_);
        tasks_.push_back(std::move(task));
    }
    transport_->wake();
}

// ---- the transport --------------------------------------------------------------------------------------

void IoThread::on_open(transport::Connection& connection) {
    ClientHost& self = *this;
    auto client = std::make_unique<Client>(self, connection);
    connection.user = client.get();
    clients_.emplace(&connection, std::move(client));
}

void IoThread::on_handshaken(transport::Connection& connection) { client_of(connection).on_handshaken(); }

void IoThread::on_head(transport::Connection& connection, std::string_view bytes) {
    client_of(connection).on_head(bytes);
}

std::size_t IoThread::on_data(transport::Connection& connection, std::span<char> bytes) {
    const std::size_t used = client_of(connection).on_data(bytes);
    bytes_read_ += used;
    return used;
}

/// Everything that a turn produced is written when it ends, or before it fills the processor's cache: what many
/// connections sent would otherwise be copied from and to memory at each step of its way.
void IoThread::on_read_turn_end(transport::Connection& /*connection*/) {
    if (bytes_read_ < bytes_read_max) return;
    const bool has_read_much = bytes_read_ >= bytes_read_much;
    serve_lanes();
    if (has_read_much) {
        // What workers have answered meanwhile leaves while it is in the cache, and makes room for what they answer next.
        for (auto& [name, project] : projects_) {
            for (auto& [number, generation] : project.generations) {
                if (generation.lane) generation.lane->hear();
            }
        }
    }
    flush_clients();
}

void IoThread::on_writable(transport::Connection& connection) { client_of(connection).flush(); }

void IoThread::on_closed(transport::Connection& connection, transport::CloseReason reason) {
    const auto found = clients_.find(&connection);
    Client& client = *found->second;
    // First: who sees it gone may come in its place.
    doorkeeper_->gone(connection.peer(), connection.is_established());
    if (const auto* const forwarded = client.address().counted_besides()) doorkeeper_->gone(*forwarded, connection.is_established());
    client.on_disconnected(reason);
    std::erase(dirty_, &client);
    clients_.erase(found);
}

void IoThread::on_refused(const transport::PeerAddress& peer, std::size_t /*listener*/) {
    ++refused_["handshakes"];
    doorkeeper_->gone(peer, false);
}

Milliseconds IoThread::on_turn_end(TimePoint time) {
    run_tasks();
    wheel_.advance(time);
    // The last one that goes must not leave a sum behind that keeps others out.
    if (time >= next_weighing_ || clients_.empty()) weigh(time);
    serve_lanes();
    flush_clients();
    // What flushing gave back to the workers goes with this turn.
    serve_lanes();
    flush_clients();
    if (has_retired_) report_retired();
    if (stopping_ && !has_clients()) drained_.store(true);
    if (end_turn_of_lanes()) return Milliseconds::zero();
    return clients_.empty() && !sweeper_->is_running() && !drains_->is_any() ? Milliseconds::max() : TimerWheel::tick;
}

void IoThread::run_tasks() {
    std::vector<std::function<void(IoThread&)>> tasks;
    {
        const MutexLock lock(tasks_mutex_);
        tasks.swap(tasks_);
    }
    for (const auto& task : tasks) task(*this);
}

void IoThread::serve_lanes() {
    bytes_read_ = 0;
    for (auto& [name, project] : projects_) {
        for (auto& [number, generation] : project.generations) {
            if (!generation.lane) continue;
            generation.lane->flush_events();
            // An inline project has answered within the flush; its answers may lead to further events.
            if (generation.lane->take_actions()) generation.lane->flush_events();
            look_at_backlog(generation);
        }
    }
}

bool IoThread::end_turn_of_lanes() {
    bool has_more = false;
    for (auto& [name, project] : projects_) {
        for (auto& [number, generation] : project.generations) {
            if (generation.lane && generation.lane->end_turn()) has_more = true;
        }
    }
    return has_more;
}

void IoThread::flush_clients() {
    // Flushing may close a client, but never makes another one dirty.
    std::vector<Client*> dirty;
    dirty.swap(dirty_);
    for (Client* client : dirty) client->flush();
    if (dirty_.empty()) {
        dirty.clear();
        dirty_.swap(dirty);  // Keeps its memory for the next turn.
    }
}

// ---- what clients ask ---------------------------------------------------------------------------------

TimePoint IoThread::now() const { return transport_->now(); }

bool IoThread::is_loopback(std::size_t listener) const { return settings_.loopback_listeners[listener]; }

ProjectEntry* IoThread::find_project(std::string_view name) {
    const auto found = projects_.find(name);
    return found == projects_.end() ? nullptr : &found->second;
}

std::size_t IoThread::connections_of_host() const { return occupants_.host.load(std::memory_order_relaxed); }

ClientId IoThread::admit(Client& client, GenerationEntry& generation) {
    const ClientId id = table_.add(client);
    if (id == ClientId{}) return id;
    generation.clients.insert(&client);
    ++generation.contexts;
    generation.project->occupants->enter(client.address().get().key(), std::string(client.user()));
    occupants_.host.fetch_add(1, std::memory_order_relaxed);
    return id;
}

void IoThread::left(Client& client) {
    GenerationEntry& generation = *client.generation();
    table_.remove(client.id());
    generation.clients.erase(&client);
    generation.project->occupants->leave(client.address().get().key(), std::string(client.user()));
    occupants_.host.fetch_sub(1, std::memory_order_relaxed);
    check_retired(generation);
}

std::optional<DoorRefusal> IoThread::enter(const transport::PeerAddress& client) { return doorkeeper_->enter(client); }

void IoThread::established(const Client& client) {
    doorkeeper_->established(client.connection().peer());
    if (const auto* const forwarded = client.address().counted_besides()) doorkeeper_->established(*forwarded);
}

void IoThread::count_refusal(ProjectEntry* project, std::string_view rule) {
    ++(project ? project->figures.refused : refused_)[std::string(rule)];
}

// ---- generations ----------------------------------------------------------------------------------------

HostChanged IoThread::reconfigure(const HostChange& change) {
    settings_.rules = change.rules;
    transport_->set_limits(change.transport);
    // The first error is told, and everything else is done all the same: a number is used up whatever happens, so that it
    // means one listener here, on the other threads and at the door.
    HostChanged outcome;
    for (const auto& [listener, tls] : change.tls) {
        const auto done = transport_->replace_tls(listener, tls);
        if (!done && outcome.done) outcome.done = done;
    }
    for (const HostChange::Added& added : change.added) {
        const auto done = transport_->add_listener(added.settings);
        if (!done) transport_->skip_listener();
        if (!done && outcome.done) outcome.done = fail("listen " + added.address + ": ", Error(done.error()));
        outcome.is_added.push_back(done.has_value());
        settings_.loopback_listeners.push_back(added.is_loopback);
    }
    return outcome;
}

void IoThread::set_project(const ProjectRules& rules, std::uint64_t generation, const LaneMaker& lane) {
    ProjectEntry& project = projects_[rules.name];
    project.rules = rules;
    if (!project.occupants) project.occupants = occupants_.of(rules.name);
    if (lane) {
        GenerationEntry& entry = project.generations[generation];
        entry.number = generation;
        entry.project = &project;
        ActionHost& self = *this;
        entry.owner = std::make_unique<GenerationActions>(self, entry);
        entry.lane = lane(*transport_, *entry.owner);
        entry.survival = rules.survival;
        entry.repeatable = rules.repeatable;
        entry.subscriptions_max = rules.subscriptions;
        entry.inbox.join(project.occupants->inbox_of(generation));
        entry.inbox.exchange(rules.inbox_total_bytes);
    }
    if (project.generations.contains(generation)) project.current = generation;
    if (lane) {
        GenerationEntry& entry = project.generations.at(generation);
        if (!project.lost.empty()) entry.lane->events().lost(std::exchange(project.lost, {}));
        take_over_all(entry);
        for (auto& [number, other] : project.generations) {
            if (&other != &entry && other.retiring && entry.survives()) other.ask_to_part();
        }
    }
    if (rules.state == ProjectState::failed || rules.state == ProjectState::stopped) end_suspense(project);
    ask_parked(project);
}

GenerationEntry* IoThread::find_generation(const std::string& project, std::uint64_t generation) {
    ProjectEntry* entry = find_project(project);
    if (!entry) return nullptr;
    const auto found = entry->generations.find(generation);
    return found == entry->generations.end() ? nullptr : &found->second;
}

void IoThread::retire(const std::string& project, std::uint64_t generation, const Retirement& how) {
    GenerationEntry* entry = find_generation(project, generation);
    if (!entry || entry->reported) {
        if (how.suspends) observer_.on_suspended(project, generation, settings_.index);
        observer_.on_retired(project, generation, settings_.index);
        return;
    }
    Retirement hinting = how;
    // Those of a project that stops are told what its newcomers are told.
    hinting.order.retry_after_s =
        how.order.cause == link::Cause::redeploy ? retry_after_redeploy_s : entry->project->rules.retry_after_s;
    begin_retirement(*entry, hinting);
}

void IoThread::sweep_after(Milliseconds time) { wheel_.start(*sweeper_, now() + time); }

void IoThread::remove(const std::string& project, std::uint64_t generation) {
    if (ProjectEntry* entry = find_project(project)) entry->generations.erase(generation);
}

bool IoThread::has_clients() const {
    for (const auto& [name, project] : projects_) {
        for (const auto& [number, generation] : project.generations) {
            if (!generation.reported) return true;
        }
    }
    return false;
}

void IoThread::forget(const std::string& project) {
    const auto found = projects_.find(project);
    if (found == projects_.end()) return;
    found->second.rules.state = ProjectState::stopped;
    ask_parked(found->second);
    if (found->second.generations.empty()) projects_.erase(found);
}

void IoThread::stop_all() {
    stopping_ = true;
    for (auto& [name, project] : projects_) {
        project.rules.state = ProjectState::stopped;
        for (auto& [number, generation] : project.generations) {
            generation.retiring = true;
            generation.hands_over = false;
            generation.suspends = generation.suspends && generation.is_deserted();
            generation.closes_at = now();
            generation.retirement = {wire::close_code::going_away, link::Cause::stop, "the server stops", retry_after_restart_s};
        }
        project.current = 0;
    }
    for (auto& [connection, client] : clients_) {
        if (!client->generation()) client->close(wire::close_code::going_away, link::Cause::stop, "");
    }
    sweep();
}

void IoThread::report_violation(GenerationEntry& generation, const std::string& what) {
    log::error("worker broke the rules of the link", {{"project", generation.project->rules.name},
                                                      {"run", generation.number},
                                                      {"what", what}});
    if (generation.lane) generation.lane->refuse();
    observer_.on_violation(generation.project->rules.name, generation.number, what);
}

// ---- administration -------------------------------------------------------------------------------------

template <class Act>
void IoThread::for_each_match(const ClientFilter& filter, Act&& act) const {
    const auto matches = [&](const Client& client) {
        if (filter.client != ClientId{} && client.id() != filter.client) return false;
        if (client.idle() < filter.idle_at_least) return false;
        return filter.address.empty() || client.address().get().text() == filter.address;
    };
    for (const auto& [name, project] : projects_) {
        if (!filter.project.empty() && name != filter.project) continue;
        for (const auto& [number, generation] : project.generations) {
            for (Client* client : generation.clients) {
                if (matches(*client)) act(*client);
            }
        }
    }
}

ClientPage IoThread::clients(const ClientFilter& filter) const {
    ClientPage page;
    std::vector<const Client*> found;
    for_each_match(filter, [&](const Client& client) {
        ++page.total;
        if (value_of(client.id()) > value_of(filter.after)) found.push_back(&client);
    });
    const auto by_id = [](const Client* a, const Client* b) { return value_of(a->id()) < value_of(b->id()); };
    const auto shown = std::min(filter.limit, found.size());
    std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(shown), found.end(), by_id);
    for (std::size_t i = 0; i < shown; ++i) page.clients.push_back(found[i]->facts());
    return page;
}

std::uint64_t IoThread::disconnect(const ClientFilter& filter, const CloseOrder& order) {
    std::vector<Client*> found;
    for_each_match(filter, [&](Client& client) {
        if (!client.is_leaving()) found.push_back(&client);
    });
    for (Client* client : found) client->close(order.code, order.cause, order.reason);
    return found.size();
}

std::uint64_t IoThread::send(const ClientFilter& filter, link::Kind kind, std::string_view payload) {
    std::uint64_t count = 0;
    EncodedMessage message(frames_, kind, payload, EncodedMessage::For::many);
    for_each_match(filter, [&](Client& client) {
        if (client.is_leaving() || client.is_waiting()) return;
        client.send(message, MessageOf::administrator);
        ++count;
    });
    return count;
}

GatewayFigures IoThread::figures() const {
    GatewayFigures figures;
    figures.connections = clients_.size();
    figures.refused = refused_;
    figures.limit_hits = limit_hits_;
    for (const auto& [name, project] : projects_) {
        ProjectFigures& counted = figures.projects[name];
        counted = project.figures;
        for (const auto& [number, generation] : project.generations) {
            counted.inbox_bytes += generation.inbox.bytes();
            for (const Client* const client : generation.clients) counted.backlog_bytes += client->backlog_bytes();
        }
    }
    return figures;
}

}  // namespace berth::host::gateway
