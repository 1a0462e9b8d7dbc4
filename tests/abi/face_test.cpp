// SPDX-License-Identifier: MIT
// The C++ face's services: database, request, settings; and classes that leave things out.
#include <gmock/gmock.h>

#include <berth/cpp/export.hpp>
#include <functional>
#include <thread>

#include "abi/fake_host.hpp"

namespace {

using berth::test::FakeHost;
using berth::test::Loaded;
using berth::test::Owned;
using testing::ElementsAre;
using testing::Pair;

/// Runs in a context what the test gives it.
class Stage final : public berth::Project {
public:
    using Project::db;
    using Project::host;
    using Project::Project;
    using Project::request;
    using Project::self;
    using Project::settings;
    static inline std::function<void(Stage&)> play;
    void message(berth::ClientId, berth::Message) override { play(*this); }
};

class Face : public testing::Test {
protected:
    /// Plays in the context of a client (or the global service) and answers what the event answered.
    berth_status in(berth_client_id client, std::function<void(Stage&)> play) {
        Stage::play = std::move(play);
        berth_context& context = project.create(client);
        const berth_status status = project.say(context, "");
        error = std::exchange(context.error, {});
        EXPECT_TRUE(berth::test::close_database(context)) << "a statement is left";
        project.destroy(context);
        return status;
    }

    FakeHost host;
    Loaded project{&berth::ProjectTable<Stage>::table, host};
    std::string error;
};

const char* const schema =
    "create table t (id integer primary key, who text, n real, data blob); create table u (x);";

TEST_F(Face, runs_statements_and_reads_typed_rows) {
    EXPECT_EQ(
        in(1,
           [](Stage& stage) {
               auto db = stage.db();
               db.exec(schema);
               EXPECT_EQ(db.exec("insert into t (who, n, data) values (?, ?, ?)", "ana", 1.5,
                                 berth::buffer(std::string("\0x", 2))),
                         1);
               EXPECT_EQ(db.exec("insert into t (who, n) values (?, ?), (?, 7)", std::string("ben"),
                                 std::optional<int>{}, nullptr),
                         2);
               EXPECT_EQ(db.last_insert_id(), 3);

               std::vector<std::string> names;
               for (const auto& row : db.query("select who, id from t where id < ? order by id", 3)) {
                   EXPECT_EQ(row.columns(), 2u);
                   names.push_back(row.get<std::string>(0) + std::to_string(row.get<int>(1)));
               }
               EXPECT_THAT(names, ElementsAre("ana1", "ben2"));

               std::vector<std::tuple<std::int64_t, std::optional<double>>> numbers;
               for (const auto& row :
                    db.query<std::int64_t, std::optional<double>>("select id, n from t order by id"))
                   numbers.push_back(row);
               EXPECT_THAT(numbers,
                           ElementsAre(std::tuple(1, 1.5), std::tuple(2, std::nullopt), std::tuple(3, 7.0)));

               for (const berth::Buffer data : db.query<berth::Buffer>("select data from t where id = 1"))
                   EXPECT_EQ(data.size(), 2u);
               EXPECT_EQ((db.first<std::int64_t, std::string>("select id, who from t where who = ?", "ben")),
                         (std::tuple(2, "ben")));
               EXPECT_EQ(db.first<bool>("select count(*) = 3 from t"), true);
               EXPECT_EQ(db.first<int>("select id from t where who = 'eve'"), std::nullopt);
           }),
        BERTH_OK)
        << error;
}

TEST_F(Face, stores_a_client_id_of_64_bits_and_reads_it_back) {
    EXPECT_EQ(in(1,
                 [](Stage& stage) {
                     const berth::ClientId id{0xfedcba9876543210u};
                     stage.db().exec(schema);
                     stage.db().exec("insert into u values (?)", id);
                     EXPECT_EQ(stage.db().first<berth::ClientId>("select x from u"), id);
                 }),
              BERTH_OK)
        << error;
}

TEST_F(Face, runs_a_prepared_statement_again_and_again) {
    EXPECT_EQ(in(1,
                 [](Stage& stage) {
                     stage.db().exec(schema);
                     auto insert = stage.db().prepare("insert into u values (?)");
                     for (int i = 0; i < 5; ++i) insert.bind(i).step();
                     auto sum = stage.db().prepare("select sum(x) from u where x < ?");
                     EXPECT_TRUE(sum.bind(3).step());
                     EXPECT_EQ(sum.row().get<int>(0), 3);
                 }),
              BERTH_OK)
        << error;
}

TEST_F(Face, commits_a_transaction_or_rolls_it_back_at_the_end_of_its_scope) {
    EXPECT_EQ(in(1,
                 [](Stage& stage) {
                     auto db = stage.db();
                     db.exec(schema);
                     {
                         auto write = db.write();
                         db.exec("insert into u values (1)");
                         write.commit();
                     }
                     try {
                         auto write = db.write();
                         db.exec("insert into u values (2)");
                         throw 5;
                     } catch (int) {
                     }
                     EXPECT_EQ(db.first<int>("select count(*) from u"), 1);
                     auto read = db.read();
                     EXPECT_EQ(db.first<int>("select count(*) from u"), 1);
                 }),
              BERTH_OK)
        << error;
}

TEST_F(Face, gives_the_engines_sentence_and_code_with_the_statement) {
    EXPECT_EQ(in(1,
                 [](Stage& stage) {
                     stage.db().exec("create table v (x unique); insert into v values (1)");
                     try {
                         stage.db().exec("insert into v values (?)", 1);
                         FAIL();
                     } catch (const berth::DatabaseError& failure) {
                         EXPECT_EQ(failure.code(), 2067);
                     }
                     stage.db().query("select x from nowhere");
                 }),
              BERTH_INVALID);
    EXPECT_EQ(error, "database: no such table: nowhere: select x from nowhere");
}

TEST_F(Face, refuses_to_read_a_column_as_what_it_is_not) {
    const auto reads = [&](auto read) {
        EXPECT_EQ(in(1,
                     [&](Stage& stage) {
                         stage.db().exec(schema);
                         stage.db().exec("insert into t (who) values ('ana')");
                         read(stage.db());
                     }),
                  BERTH_INVALID);
        return error;
    };
    EXPECT_EQ(reads([](auto db) { db.template first<int>("select who from t"); }),
              "database: column who is text, read as integer");
    EXPECT_EQ(reads([](auto db) { db.template first<std::string>("select n from t"); }),
              "database: column n is null, read as text; read it as std::optional");
    EXPECT_EQ(reads([](auto db) { db.template first<std::uint8_t>("select 256 as big"); }),
              "database: column big is out of range");
    EXPECT_EQ(reads([](auto db) { db.template first<int, int>("select 1"); }),
              "database: there is no column 1, the row has 1");
}

TEST_F(Face, reads_the_request_of_its_client) {
    host.headers = {{"Accept", "a"}, {"X-Room", "blue"}, {"X-Room", "red"}};
    host.tls = true;
    EXPECT_EQ(in(9,
                 [](Stage& stage) {
                     const auto request = stage.request();
                     EXPECT_EQ(request.header("X-Room"), "blue");
                     EXPECT_EQ(request.header("X-None"), std::nullopt);
                     EXPECT_THAT(request.headers("X-Room"), ElementsAre("blue", "red"));
                     EXPECT_THAT(request.headers(), ElementsAre(Pair("Accept", "a"), Pair("X-Room", "blue"),
                                                                Pair("X-Room", "red")));
                     EXPECT_EQ(request.query("X-Room"), "blue");
                     EXPECT_THAT(request.queries("X-Room"), ElementsAre("blue", "red"));
                     EXPECT_EQ(request.cookie("nick"), "ana");
                     EXPECT_EQ(request.cookie("other"), std::nullopt);
                     EXPECT_EQ(request.subprotocol(), "probe.v2");
                     EXPECT_EQ(request.tls().value().version, "TLSv1.3");
                     EXPECT_EQ(request.user(), std::nullopt);
                     EXPECT_EQ(request.figures().value().messages_in, 3u);
                     EXPECT_EQ(request.client().value().id, berth::ClientId{9});
                     EXPECT_EQ(request.client().value().port, 4711);
                     request.claim("role");
                 }),
              BERTH_FAILED);
    EXPECT_EQ(error, "request: claim: the host answered status 1");

    host.tls = false;
    EXPECT_EQ(in(0,
                 [](Stage& stage) {
                     EXPECT_EQ(stage.request().tls(), std::nullopt);
                     EXPECT_FALSE(stage.request().client());
                 }),
              BERTH_OK)
        << error;
}

TEST_F(Face, reads_settings_with_types_and_defaults) {
    host.settings = {{"motd", Owned::text("hello")},
                     {"rooms.0.size", Owned::integer(300)},
                     {"quiet", Owned::boolean(true)}};
    EXPECT_EQ(in(1,
                 [](Stage& stage) {
                     const auto settings = stage.settings();
                     EXPECT_EQ(settings.get<std::string>("motd"), "hello");
                     EXPECT_EQ(settings.get("motd", "bye"), "hello");
                     EXPECT_EQ(settings.get("other", "bye"), "bye");
                     EXPECT_EQ(settings.get("rooms.0.size", 5), 300);
                     EXPECT_EQ(settings.get("rooms.1.size", 5), 5);
                     EXPECT_EQ(settings.get<double>("rooms.0.size"), 300.0);
                     EXPECT_EQ(settings.find<bool>("quiet"), true);
                     EXPECT_EQ(settings.find<bool>("loud"), std::nullopt);
                     EXPECT_THAT(settings.keys(), ElementsAre("motd", "quiet", "rooms.0.size"));
                     EXPECT_EQ(settings.data_directory(), "/data/probe");
                     settings.get<int>("limit");
                 }),
              BERTH_ABSENT);
    EXPECT_EQ(error, "setting limit is missing: write it under [project.NAME.settings]");

    EXPECT_EQ(in(1, [](Stage& stage) { stage.settings().get<int>("motd"); }), BERTH_INVALID);
    EXPECT_EQ(error, "setting motd is text, should be integer");
    EXPECT_EQ(in(1, [](Stage& stage) { stage.settings().get<std::int8_t>("rooms.0.size"); }), BERTH_INVALID);
    EXPECT_EQ(error, "setting rooms.0.size is integer out of range, should be integer");
}

TEST_F(Face, may_call_the_host_from_threads_of_its_own) {
    EXPECT_EQ(in(3,
                 [](Stage& stage) {
                     std::vector<std::thread> threads;
                     for (int i = 0; i < 4; ++i)
                         threads.emplace_back([services = stage.host(), to = stage.self()] {
                             services.send(to, "from a thread");
                         });
                     for (auto& thread : threads) thread.join();
                 }),
              BERTH_OK)
        << error;
    EXPECT_THAT(host.sent,
                testing::AllOf(testing::SizeIs(4), testing::Each(Pair(3, Owned::text("from a thread")))));
}

TEST(FaceAlone, gives_a_message_as_text_and_as_buffer) {
    const berth::Message message{.is_text = true, .bytes = "hi"};
    EXPECT_EQ(message.text(), "hi");
    EXPECT_EQ(message.buffer().size(), 2u);
    EXPECT_EQ(static_cast<const void*>(message.buffer().data()), message.bytes.data()) << "borrowed, not copied";
}

TEST(FaceAlone, says_which_extension_a_host_does_not_offer) {
    FakeHost host;
    host.offers_extensions = false;
    Loaded project(&berth::ProjectTable<Stage>::table, host);
    ASSERT_EQ(project.status, BERTH_OK);
    berth_context& context = project.create(1);
    Stage::play = [](Stage& stage) { stage.db(); };

    EXPECT_EQ(project.say(context, ""), BERTH_UNSUPPORTED);
    EXPECT_EQ(context.error, "this host does not offer berth.db/1: update the host");
}

/// Says nothing about itself and hears only messages.
class Plain : public berth::Project {
public:
    void message(berth::ClientId from, berth::Message message) override { send(from, message); }
};

TEST(FaceAlone, leaves_null_what_a_class_does_not_override) {
    constexpr const berth_project& table = berth::ProjectTable<Plain>::table;

    EXPECT_EQ(table.name.size, 0u);
    EXPECT_EQ(table.global_service_annotation.size, 0u);
    EXPECT_EQ(table.flags, 0u);
    EXPECT_EQ(table.procedures, nullptr);
    EXPECT_EQ(table.global_service, nullptr);
    EXPECT_EQ(table.connection, nullptr);
    EXPECT_EQ(table.disconnection, nullptr);
    EXPECT_EQ(table.stop, nullptr);
    FakeHost host;
    Loaded project(&table, host);
    EXPECT_EQ(project.say(project.create(1), "hi"), BERTH_OK);
    EXPECT_THAT(host.sent, ElementsAre(Pair(1, Owned::text("hi"))));
}

/// Wants a service in its constructor and forgot `using Project::Project;`.
class Hasty : public berth::Project {
public:
    Hasty() { log("made"); }
};

/// The same with it; private events are as good as public ones.
class Early : public berth::Project {
public:
    explicit Early(const berth::Context& context) : Project(context) {
        if (is_global_service()) throw berth::Error("no globals for the global service");
        log("made for " + to_string(self()));
    }

private:
    void stop() override { log("stop"); }
};

TEST(FaceAlone, offers_services_in_a_constructor_that_takes_the_context) {
    FakeHost host;
    Loaded project(&berth::ProjectTable<Early>::table, host);

    EXPECT_NE(project.create(4).globals, nullptr);
    EXPECT_EQ(project.create(0).globals, nullptr);

    EXPECT_EQ(project.create(0).error, "no globals for the global service");
    EXPECT_THAT(host.log, ElementsAre(Pair(1, "made for 4")));
    EXPECT_NE(project.table->stop, nullptr);
}

TEST(FaceAlone, says_what_is_missing_when_a_constructor_asks_too_early) {
    FakeHost host;
    Loaded project(&berth::ProjectTable<Hasty>::table, host);

    EXPECT_EQ(project.create(4).globals, nullptr);

    EXPECT_EQ(project.create(4).error,
              "the host's services are not there yet: add `using Project::Project;` "
              "to use them in a constructor");
}

/// Can't be loaded.
class Barren : public berth::Project {
public:
    struct Shared {
        explicit Shared(berth::Host) { throw std::runtime_error("the model is missing"); }
    };
};

TEST(FaceAlone, fails_to_load_with_the_sentence_of_its_shared_object) {
    FakeHost host;
    const Loaded project(&berth::ProjectTable<Barren>::table, host);

    EXPECT_EQ(project.status, BERTH_FAILED);
    EXPECT_EQ(host.load_error, "the model is missing");
}

}  // namespace
