// SPDX-License-Identifier: MIT
#include "gateway/gateway.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "base/log.hpp"
#include "gateway/doorkeeper.hpp"
#include "gateway/gather.hpp"
#include "gateway/io_thread.hpp"
#include "gateway/transport/acceptor.hpp"
#include "gateway/transport/descriptor_limit.hpp"

namespace berth::host::gateway {
namespace {

/// Longer than any wait for a worker's verdict: the limits of head and connection event are the clients' own.
constexpr Milliseconds handshake_backstop{15 * 60 * 1000};
/// Lanes, logs, control channel, listeners, libraries: what is not a connection.
constexpr std::size_t descriptors_besides = 512;
/// As many of them are never a newcomer's: a deploy needs a lane on each I/O thread, however many connect at the time.
constexpr std::size_t descriptors_kept = 256;

transport::TransportSettings transport_settings(const HostRules& rules, std::size_t io_threads) {
    transport::TransportSettings result;
    result.tls_handshake = rules.tls_handshake;
    result.head = handshake_backstop;
    result.blocked_write = rules.blocked_write;
    result.young_connections_max = std::max<std::size_t>(rules.handshakes / io_threads, 1);
    return result;
}

}  // namespace

class Gateway::Impl final : public IoObserver {
public:
    Impl(GatewaySettings settings, GatewayObserver& observer)
        : settings_(std::move(settings)), observer_(observer), memory_(settings_.rules.memory_bytes, settings_.io_threads) {}
    ~Impl() override;

    Result<void> open(std::vector<Listener> listeners);
    void accept();
    void reconfigure(Reconfiguration change, std::function<void(Result<void>)> then);
    void stop(Milliseconds within);
    void await_retirement(const std::string& project, std::uint64_t generation) BERTH_EXCLUDES(mutex_);
    void await_suspension(const std::string& project, std::uint64_t generation) BERTH_EXCLUDES(mutex_);
    /// Adds those who were turned away before any I/O thread had them.
    void add_door(GatewayFigures& figures) const;

    // IoObserver [I/O threads]
    void on_violation(const std::string& project, std::uint64_t generation, const std::string& what) override {
        observer_.on_violation(project, generation, what);
    }
    void on_suspended(const std::string& project, std::uint64_t generation, std::uint32_t thread) override
        BERTH_EXCLUDES(mutex_);
    void on_retired(const std::string& project, std::uint64_t generation, std::uint32_t thread) override
        BERTH_EXCLUDES(mutex_);

    std::vector<std::unique_ptr<IoThread>> threads;

private:
    /// Indices of the threads from which something is awaited about a generation. No count: a thread that is asked twice
    /// may answer twice.
    using Awaited = std::map<std::pair<std::string, std::uint64_t>, std::set<std::uint32_t>>;

    [[nodiscard]] bool is_drained() const;
    void await(Awaited& awaited, const std::string& project, std::uint64_t generation) const BERTH_REQUIRES(mutex_);
    /// That thread has answered; whether it was the last one.
    static bool has_last(Awaited& awaited, const std::string& project, std::uint64_t generation, std::uint32_t thread);

    const GatewaySettings settings_;
    GatewayObserver& observer_;
    MemoryWatch memory_;
    OccupantsTable occupants_;
    std::unique_ptr<Doorkeeper> doorkeeper_;
    std::unique_ptr<transport::Acceptor> acceptor_;
    Mutex mutex_;
    Awaited suspending_ BERTH_GUARDED_BY(mutex_);  ///< by threads on which its worker still has somebody
    Awaited retiring_ BERTH_GUARDED_BY(mutex_);    ///< by threads on which something of it is left
    std::thread stopper_;
    std::atomic<bool> ending_{false};
    std::atomic<bool> is_stopping_{false};
};

Result<void> Gateway::Impl::open(std::vector<Listener> listeners) {
    const std::size_t need = settings_.rules.connections + descriptors_besides;
    const auto limit = transport::set_descriptor_limit(need);
    if (!limit) log::warning("fewer connections than configured are possible", {{"reason", limit.error().message}});
    const std::size_t descriptors = transport::descriptor_limit();
    std::vector<transport::ListenerSettings> kinds;
    std::vector<UniqueFd> sockets;
    std::vector<bool> loopback, encrypted;
    for (Listener& listener : listeners) {
        encrypted.push_back(listener.tls.has_value());
        kinds.push_back({listener.tls});
        sockets.push_back(std::move(listener.socket));
        loopback.push_back(listener.is_loopback);
    }
    std::vector<transport::TransportHandler*> handlers;
    for (std::uint32_t i = 0; i < settings_.io_threads; ++i) {
        threads.push_back(std::make_unique<IoThread>(
            IoThread::Settings{i, settings_.incarnation, settings_.rules, loopback, static_cast<double>(i) / settings_.io_threads}, occupants_, memory_, *this));
        handlers.push_back(threads.back().get());
    }
    auto transports = transport::Transport::create(transport_settings(settings_.rules, settings_.io_threads), kinds, handlers);
    if (!transports) return tl::unexpected<Error>(std::move(transports).error());
    std::vector<transport::Transport*> pointers;
    for (const auto& transport : *transports) pointers.push_back(transport.get());
    doorkeeper_ = std::make_unique<Doorkeeper>(settings_.rules, pointers, std::move(encrypted), memory_);
    for (std::size_t i = 0; i < threads.size(); ++i) threads[i]->start(std::move((*transports)[i]), *doorkeeper_);
    auto acceptor = transport::Acceptor::create(
        std::move(sockets), *doorkeeper_,
        {.is_paused = !settings_.accepts_at_once,
         .descriptors_end = descriptors - std::min(descriptors_kept, descriptors / 4),
         .unacknowledged = settings_.rules.unacknowledged});
    if (!acceptor) return tl::unexpected<Error>(std::move(acceptor).error());
    acceptor_ = std::move(*acceptor);
    return {};
}

Gateway::Impl::~Impl() {
    ending_.store(true);
    if (stopper_.joinable()) stopper_.join();
    acceptor_.reset();
    // One that still runs may post to the others.
    for (const auto& thread : threads) thread->end_loop();
    for (const auto& thread : threads) thread->stop();
}

void Gateway::Impl::await_retirement(const std::string& project, std::uint64_t generation) {
    const MutexLock lock(mutex_);
    await(retiring_, project, generation);
}

void Gateway::Impl::await_suspension(const std::string& project, std::uint64_t generation) {
    const MutexLock lock(mutex_);
    await(suspending_, project, generation);
}

void Gateway::Impl::await(Awaited& awaited, const std::string& project, std::uint64_t generation) const {
    std::set<std::uint32_t>& waited_for = awaited[{project, generation}];
    for (std::uint32_t i = 0; i < threads.size(); ++i) waited_for.insert(i);
}

bool Gateway::Impl::has_last(Awaited& awaited, const std::string& project, std::uint64_t generation, std::uint32_t thread) {
    const auto found = awaited.find({project, generation});
    if (found == awaited.end()) return false;
    found->second.erase(thread);
    if (!found->second.empty()) return false;
    awaited.erase(found);
    return true;
}

void Gateway::Impl::on_suspended(const std::string& project, std::uint64_t generation, std::uint32_t thread_index) {
    {
        const MutexLock lock(mutex_);
        if (!has_last(suspending_, project, generation, thread_index)) return;
    }
    observer_.on_suspended(project, generation);
}

void Gateway::Impl::on_retired(const std::string& project, std::uint64_t generation, std::uint32_t thread_index) {
    {
        const MutexLock lock(mutex_);
        if (!has_last(retiring_, project, generation, thread_index)) return;
    }
    for (const auto& thread : threads) thread->post([project, generation](IoThread& io) { io.remove(project, generation); });
    observer_.on_retired(project, generation);
}

void Gateway::Impl::add_door(GatewayFigures& figures) const {
    for (const auto& [rule, count] : doorkeeper_->refused()) figures.refused[rule] += count;
    if (const auto reset = acceptor_->counters().without_descriptor; reset > 0) figures.refused["descriptors"] += reset;
    figures.memory_bytes = memory_.bytes();
    figures.memory_limit_bytes = memory_.limit();
}

bool Gateway::Impl::is_drained() const {
    return std::all_of(threads.begin(), threads.end(), [](const auto& thread) { return thread->is_drained(); });
}

void Gateway::Impl::accept() {
    if (!is_stopping_.load()) acceptor_->resume();
}

void Gateway::Impl::reconfigure(Reconfiguration change, std::function<void(Result<void>)> then) {
    HostChange host{change.rules, transport_settings(change.rules, threads.size()), std::move(change.tls), {}};
    auto sockets = std::make_shared<std::vector<UniqueFd>>();
    for (Listener& listener : change.added) {
        host.added.push_back({listener.is_loopback, {std::move(listener.tls)}, std::move(listener.address)});
        sockets->push_back(std::move(listener.socket));
    }
    std::vector<bool> encrypted;
    for (const auto& added : host.added) encrypted.push_back(added.settings.tls.has_value());
    gather<HostChanged>(
        threads, [host](IoThread& io) { return io.reconfigure(host); },
        [](HostChanged& total, HostChanged part) {
            if (total.done) total.done = std::move(part.done);
            total.is_added.resize(part.is_added.size(), true);
            for (std::size_t i = 0; i < part.is_added.size(); ++i) total.is_added[i] = total.is_added[i] && part.is_added[i];
        },
        [this, sockets, encrypted, rules = change.rules, removed = std::move(change.removed), then = std::move(then)](HostChanged changed) {
            memory_.set_limit(rules.memory_bytes);
            doorkeeper_->set_rules(rules);
            acceptor_->set_unacknowledged(rules.unacknowledged);
            for (const std::size_t listener : removed) acceptor_->remove(listener);
            for (std::size_t i = 0; i < sockets->size(); ++i) {
                doorkeeper_->add_listener(encrypted[i]);
                // One that a thread does not know has nobody to come from there; the others that came with it have.
                acceptor_->add(changed.is_added[i] ? std::move((*sockets)[i]) : UniqueFd());
            }
            then(std::move(changed.done));
        });
}

void Gateway::Impl::stop(Milliseconds within) {
    is_stopping_.store(true);
    if (acceptor_) acceptor_->pause();
    for (const auto& thread : threads) thread->post([](IoThread& io) { io.stop_all(); });
    if (stopper_.joinable()) return;
    stopper_ = std::thread([this, within] {
        const TimePoint deadline = Clock::now() + within;
        while (Clock::now() < deadline && !ending_.load() && !is_drained()) std::this_thread::sleep_for(Milliseconds(5));
        observer_.on_stopped();
    });
}

Gateway::Gateway(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gateway::~Gateway() = default;

Result<std::unique_ptr<Gateway>> Gateway::create(GatewaySettings settings, std::vector<Listener> listeners,
                                                 GatewayObserver& observer) {
    auto impl = std::make_unique<Impl>(std::move(settings), observer);
    BERTH_TRY(impl->open(std::move(listeners)));
    return std::unique_ptr<Gateway>(new Gateway(std::move(impl)));
}

std::uint32_t Gateway::io_threads() const { return static_cast<std::uint32_t>(impl_->threads.size()); }

void Gateway::set_project(const ProjectRules& rules, std::uint64_t generation, std::vector<UniqueFd> lanes) {
    for (std::size_t i = 0; i < impl_->threads.size(); ++i) {
        // A task must be copyable, a descriptor is not.
        auto fd = std::make_shared<UniqueFd>(i < lanes.size() ? std::move(lanes[i]) : UniqueFd());
        impl_->threads[i]->post([rules, generation, fd](IoThread& io) {
            if (!fd->is_open()) {
                io.set_project(rules, generation, {});
                return;
            }
            io.set_project(rules, generation, [&](transport::Transport& transport, LaneOwner& owner) {
                return make_process_lane(std::move(*fd), transport, owner);
            });
        });
    }
}

void Gateway::set_project(const ProjectRules& rules, std::uint64_t generation,
                          const std::vector<std::shared_ptr<link::DirectLane>>& lanes) {
    for (std::size_t i = 0; i < impl_->threads.size(); ++i) {
        impl_->threads[i]->post([rules, generation, lane = lanes[i]](IoThread& io) {
            io.set_project(rules, generation, [&](transport::Transport& transport, LaneOwner& owner) {
                return make_direct_lane(lane, [&transport] { transport.wake(); }, owner);
            });
        });
    }
}

void Gateway::retire(const std::string& project, std::uint64_t generation, const Retirement& how) {
    impl_->await_retirement(project, generation);
    if (how.suspends) impl_->await_suspension(project, generation);
    for (const auto& thread : impl_->threads) {
        thread->post([project, generation, how](IoThread& io) { io.retire(project, generation, how); });
    }
}

void Gateway::worker_lost(const std::string& project, std::uint64_t generation, const std::vector<Interruption>& running) {
    impl_->await_retirement(project, generation);
    for (const auto& thread : impl_->threads) {
        thread->post([project, generation, running](IoThread& io) { io.worker_lost(project, generation, running); });
    }
}

void Gateway::forget(const std::string& project) {
    for (const auto& thread : impl_->threads) thread->post([project](IoThread& io) { io.forget(project); });
}

void Gateway::drain(const std::string& project, const DrainOrder& order) {
    for (const auto& thread : impl_->threads) thread->post([project, order](IoThread& io) { io.drains().begin(project, order); });
}

void Gateway::end_drain(const std::string& project) {
    for (const auto& thread : impl_->threads) thread->post([project](IoThread& io) { io.drains().end(project); });
}

void Gateway::clients(const ClientFilter& filter, std::function<void(ClientPage)> then) {
    const auto merge = [](ClientPage& total, ClientPage part) {
        total.total += part.total;
        total.clients.insert(total.clients.end(), std::make_move_iterator(part.clients.begin()),
                             std::make_move_iterator(part.clients.end()));
    };
    gather<ClientPage>(
        impl_->threads, [filter](IoThread& io) { return io.clients(filter); }, merge,
        [limit = filter.limit, then = std::move(then)](ClientPage page) {
            std::sort(page.clients.begin(), page.clients.end(),
                      [](const ClientFacts& a, const ClientFacts& b) { return value_of(a.id) < value_of(b.id); });
            if (page.clients.size() > limit) page.clients.resize(limit);
            then(std::move(page));
        });
}

namespace {
constexpr auto sum = [](std::uint64_t& total, std::uint64_t part) { total += part; };
}

void Gateway::disconnect(const ClientFilter& filter, const CloseOrder& order, std::function<void(std::uint64_t)> then) {
    gather<std::uint64_t>(
        impl_->threads, [filter, order](IoThread& io) { return io.disconnect(filter, order); }, sum, std::move(then));
}

void Gateway::send(const ClientFilter& filter, link::Kind kind, std::string payload,
                   std::function<void(std::uint64_t)> then) {
    gather<std::uint64_t>(
        impl_->threads, [filter, kind, payload = std::move(payload)](IoThread& io) { return io.send(filter, kind, payload); },
        sum, std::move(then));
}

void Gateway::figures(std::function<void(GatewayFigures)> then) {
    gather<GatewayFigures>(
        impl_->threads, [](IoThread& io) { return io.figures(); },
        [](GatewayFigures& total, const GatewayFigures& part) { total.add(part); },
        [this, then = std::move(then)](GatewayFigures total) {
            impl_->add_door(total);
            then(std::move(total));
        });
}

void Gateway::reconfigure(Reconfiguration change, std::function<void(Result<void>)> then) {
    impl_->reconfigure(std::move(change), std::move(then));
}

void Gateway::await_turns(std::function<void()> then) {
    struct Turn {};
    gather<Turn>(
        impl_->threads, [](IoThread&) { return Turn{}; }, [](Turn&, Turn) {}, [then = std::move(then)](Turn) { then(); });
}

void Gateway::accept() { impl_->accept(); }
void Gateway::stop(Milliseconds within) { impl_->stop(within); }

}  // namespace berth::host::gateway
