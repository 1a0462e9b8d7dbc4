// SPDX-License-Identifier: MIT
// The snippets of the SDK's README: each marked part is quoted there word for word.
#include <berth/berth.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

// [shared]
// One for all contexts: made by `load`, destroyed by `unload`. Only here are locks needed.
class Clock {
public:
    explicit Clock(berth::Host host) : host_(host), thread_([this] { run(); }) {}
    ~Clock() {
        {
            const std::lock_guard lock(mutex_);
            ends_ = true;
        }
        wake_.notify_all();
        thread_.join();  // a project's threads end before `unload` returns
    }

private:
    void run() {
        std::unique_lock lock(mutex_);
        while (!wake_.wait_for(lock, std::chrono::seconds{1}, [this] { return ends_; }))
            host_.send(host_.clients(), "tick");  // any thread may use a berth::Host
    }

    berth::Host host_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool ends_ = false;
    std::thread thread_;
};
// [end]

class Tour final : public berth::Project {
public:
    using Project::Project;

    // [manifest]
    static constexpr berth::Manifest manifest{
        .name = "tour",
        .version = "1.0.0",
        .global_service = "<interval=3 min 30 s>",  // a typo does not compile
        .stateless = true};
    // [end]

    using Shared = Clock;

    // [global-service]
    void global_service() override {
        db().exec("create table if not exists said (id integer primary key, who text, what text)");
        log("clients: " + std::to_string(clients().size()));
    }
    // [end]

    // [connection]
    void connection(const berth::Client& client, berth::Admission& admission) override {
        if (!client.origin.empty() && client.origin != "https://chat.example")
            return admission.refuse(403, "not from there");
        if (!admission.accept_subprotocol("chat.v2")) admission.accept_subprotocol("chat.v1");
        nick_ = request().cookie("nick").value_or("guest");
        send(client.id, settings().get("motd", "welcome"));  // arrives once the client is connected
    }
    // [end]

    // [message]
    void message(berth::ClientId from, berth::Message message) override {
        if (!message.is_text) return static_cast<void>(disconnect(from, 1003, "text only"));
        if (message.bytes.empty())
            throw berth::Error("an empty message");  // logged; closes this client with 1011
        if (send(from, message) == berth::Sent::backlog_full) log(berth::Level::warning, "a slow reader");
        for (const auto id : clients()) execute<Hear>(id, nick_, message.bytes);
        execute_global<Keep>(berth::then<Kept>(), nick_, message.bytes);
    }
    // [end]

    // [disconnection]
    void disconnection(berth::ClientId, const berth::Close& close) override {
        if (close.cause == berth::Cause::network) log("lost " + nick_);
    }
    // [end]

    // [stop]
    void stop() override { log("kept " + std::to_string(kept_)); }
    // [end]

    // [procedures]
    void hear(std::string_view who, std::string_view what) {  // runs in the context of one who listens
        send(self(), std::string(who).append(": ").append(what));
    }
    void keep(std::string_view who, std::string_view what) {  // runs in the global service's context
        db().exec("insert into said (who, what) values (?, ?)", who, what);
        ++kept_;
    }
    void kept(std::int64_t, berth::Status status) {  // runs in the context that executed `keep`
        if (status != berth::Status::ok) send(self(), "that was not kept");
    }
    void announce(std::string text) { send(clients(), text); }

    using Hear = berth::Procedure<"hear", &Tour::hear>;
    using Keep = berth::Procedure<"keep", &Tour::keep>;
    using Kept = berth::Procedure<"kept", &Tour::kept>;
    using Announce = berth::AdminProcedure<"announce", &Tour::announce>;  // `berth execute` may run it
    using procedures = berth::Procedures<Hear, Keep, Kept, Announce>;
    // [end]

    void examples() {
        // [by-name]
        execute_named(self(), "hear", nick_, "by name");
        execute_named(berth::global_service_id, "keep", berth::then("kept", 7), nick_, "and tell me");
        // [end]

        // [database]
        for (const auto& [who, what] : db().query<std::string, std::string>(
                 "select who, what from said where id > ? order by id", settings().get("from", 0)))
            send(self(), who + ": " + what);
        const std::int64_t count = db().first<std::int64_t>("select count(*) from said").value_or(0);

        auto write = db().write();  // takes the write lock; rolled back unless committed
        auto insert = db().prepare("insert into said (who, what) values (?, ?)");
        for (const char* word : {"one", "two"}) insert.bind(nick_, word).step();
        write.commit();
        // [end]
        log(std::to_string(count));

        // [request]
        for (const auto forwarded : request().headers("X-Forwarded-For")) log(forwarded);
        const std::string room(request().query("room").value_or("lobby"));
        if (const auto tls = request().tls()) log(tls->version);
        // [end]
        log(room);

        // [settings]
        const auto size = settings().get<std::int64_t>("rooms.0.size");  // must be there
        const std::string motd = settings().get("motd", "welcome");      // may be left out
        const auto limit = settings().find<double>("limit");             // std::optional
        const std::string directory = settings().data_directory();
        // [end]
        log(motd + directory + std::to_string(size) + std::to_string(limit.value_or(0)));

        // [topics]
        topics().subscribe(self(), "rooms/lobby");                            // until this client goes
        topics().publish("rooms/lobby", nick_ + " is here", self());          // to all who have, but this one
        if (topics().count("rooms/lobby") == 1) send(self(), "nobody else");  // of this generation
        topics().unsubscribe(self(), "rooms/lobby");
        // [end]

        // [use-shared]
        Clock& clock = shared<Clock>();
        // [end]
        static_cast<void>(clock);
    }

private:
    // [globals]
    std::string nick_ = "guest";
    int kept_ = 0;
    // [end]
};

BERTH_PROJECT(Tour)

// [resumes]
class Counter final : public berth::Project {
public:
    using Project::Project;

    void message(berth::ClientId from, berth::Message) override { send(from, std::to_string(++count_)); }

    void resumed(berth::ClientId client, const berth::Resumption& resumption) override {
        if (resumption.was_interrupted) send(client, "your last message may not have been counted");
    }

private:
    int count_ = 0;

public:  // after the members that it names
    using resumes = berth::Resumes<&Counter::count_>;  // goes along when the process does not
};
// [end]

template struct berth::ProjectTable<Counter>;  // what BERTH_PROJECT does; a library has it once
