// SPDX-License-Identifier: MIT
// Projects as the host sees them: loaded from a file, driven through their lifecycle, given bad arguments.
#include <dlfcn.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "abi/fake_host.hpp"

namespace {

using berth::test::FakeHost;
using berth::test::Loaded;
using berth::test::Owned;
using testing::ElementsAre;
using testing::Pair;

std::string text(berth_str str) {
    return {str.data, str.size};
}

/// A library opened as the host opens it.
class Library {
public:
    explicit Library(const char* path) : handle_(dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
        if (!handle_) throw std::runtime_error(dlerror());
    }
    ~Library() { dlclose(handle_); }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    [[nodiscard]] const berth_project* table() const {
        return reinterpret_cast<decltype(&berth_project_v1)>(dlsym(handle_, "berth_project_v1"))();
    }

private:
    void* handle_;
};

class Probe : public testing::Test {
protected:
    Library library{ABI_PROBE};
    FakeHost host;
    std::unique_ptr<Loaded> project = std::make_unique<Loaded>(library.table(), host);
};

TEST_F(Probe, tells_in_its_table_what_the_class_says) {
    const berth_project& table = *project->table;

    EXPECT_EQ(table.struct_size, sizeof(berth_project));
    EXPECT_EQ(table.abi_minor_required, 0u);
    EXPECT_EQ(text(table.name), "probe");
    EXPECT_EQ(text(table.version), "1.2.3");
    EXPECT_EQ(text(table.global_service_annotation), "<interval=20 s>");
    EXPECT_EQ(table.flags, std::uint64_t{BERTH_PROJECT_STATELESS | BERTH_PROJECT_REPEATABLE});
    EXPECT_EQ(table.get_extension, nullptr);
}

TEST_F(Probe, lists_procedures_with_signatures_made_from_their_parameters) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < project->table->procedure_count; ++i) {
        const berth_procedure& procedure = project->table->procedures[i];
        lines.push_back(text(procedure.name) + text(procedure.signature) +
                        (procedure.flags & BERTH_PROCEDURE_ADMIN ? " admin" : ""));
    }

    EXPECT_THAT(lines, ElementsAre("say(text, text) admin",
                                   "everything(boolean, integer, real, text, buffer, client)",
                                   "tiny(integer)", "done(integer, integer)", "fail(text)", "nothing()"));
}

TEST_F(Probe, gives_each_context_its_own_globals) {
    berth_context& ana = project->create(1);
    berth_context& ben = project->create(2);

    project->say(ana, "count");
    project->say(ana, "count");
    project->say(ben, "count");

    EXPECT_THAT(host.sent, ElementsAre(Pair(1, Owned::text("1 of 1")), Pair(1, Owned::text("2 of 2")),
                                       Pair(2, Owned::text("1 of 3"))));
}

TEST_F(Probe, knows_whose_context_it_is) {
    project->say(project->create(1), "who");
    project->say(project->create(0), "who");

    EXPECT_THAT(host.sent, ElementsAre(Pair(1, Owned::text("1")), Pair(0, Owned::text("global service"))));
}

TEST_F(Probe, runs_its_global_service_for_all_clients_and_goes_on_after_a_failure) {
    berth_context& global = project->create(0);
    for (berth_client_id id = 1; id <= 200; ++id) host.connected.push_back(id);

    EXPECT_EQ(project->global_service(global), BERTH_OK);
    EXPECT_EQ(host.sent.size(), 200u);
    EXPECT_EQ(project->global_service(global), BERTH_FAILED);
    EXPECT_EQ(global.error, "the second run fails");
    EXPECT_EQ(project->global_service(global), BERTH_OK);
    EXPECT_EQ(host.sent.back(), (std::pair<berth_client_id, Owned>{200, Owned::text("run 3")}));
}

TEST_F(Probe, accepts_refuses_and_chooses_a_subprotocol) {
    berth_context& context = project->create(1);

    EXPECT_EQ(project->connect(context, "/probe"), BERTH_OK);
    EXPECT_EQ(project->refused_with, 0u);
    EXPECT_EQ(project->chosen_subprotocol, "");
    EXPECT_EQ(project->connect(context, "/probe", {"other", "probe.v1", "probe.v2"}), BERTH_OK);
    EXPECT_EQ(project->chosen_subprotocol, "probe.v2");
    EXPECT_EQ(project->connect(context, "/probe", {"probe.v1"}), BERTH_OK);
    EXPECT_EQ(project->chosen_subprotocol, "probe.v1");
    EXPECT_EQ(project->connect(context, "/probe/refuse", {"probe.v2"}), BERTH_OK);
    EXPECT_EQ(project->refused_with, 403u);
    EXPECT_EQ(project->refusal_reason, "not from there");
    EXPECT_EQ(project->chosen_subprotocol, "");
    EXPECT_THAT(host.log, testing::Contains(Pair(BERTH_LOG_INFO, "from 192.0.2.1:4711")));
}

TEST_F(Probe, fails_a_connection_that_throws_or_is_refused_with_an_absurd_status) {
    berth_context& context = project->create(1);

    EXPECT_EQ(project->connect(context, "/probe/throw"), BERTH_FAILED);
    EXPECT_EQ(context.error, "no table today");
    EXPECT_EQ(project->connect(context, "/probe/absurd"), BERTH_INVALID);
    EXPECT_EQ(context.error, "admission: a refusal has a status from 400 to 599");
}

TEST_F(Probe, turns_whatever_is_thrown_into_a_status_and_a_sentence) {
    berth_context& context = project->create(1);

    EXPECT_EQ(project->say(context, "throw"), BERTH_FAILED);
    EXPECT_EQ(context.error, "no such room");
    EXPECT_EQ(project->say(context, "throw 5"), BERTH_FAILED);
    EXPECT_EQ(context.error, "an exception that is not a std::exception");
    EXPECT_EQ(project->say(context, "throw ok"), BERTH_FAILED);
    EXPECT_EQ(context.error, "not ok at all");
    EXPECT_EQ(project->run(context, "fail", {Owned::text("not here")}), BERTH_ABSENT);
    EXPECT_EQ(context.error, "not here");
    EXPECT_EQ(project->say(context, "still fine"), BERTH_OK);
}

TEST_F(Probe, hands_buffers_through_as_they_are) {
    const Owned bytes = Owned::buffer(std::string("\0\xff\x80", 3));

    EXPECT_EQ(project->say(project->create(1), bytes), BERTH_OK);

    EXPECT_THAT(host.sent, ElementsAre(Pair(1, bytes)));
}

TEST_F(Probe, learns_from_send_what_became_of_it_and_fails_only_for_invalid_text) {
    berth_context& context = project->create(1);

    for (const berth_status answer : {BERTH_OK, BERTH_GONE, BERTH_BACKLOG_FULL}) {
        host.answer = answer;
        EXPECT_EQ(project->say(context, "x"), BERTH_OK);
    }
    host.answer = BERTH_INVALID;
    EXPECT_EQ(project->say(context, "x"), BERTH_INVALID);

    EXPECT_EQ(context.error, "send: the text is not UTF-8 or the message is too long");
    EXPECT_THAT(host.log, ElementsAre(Pair(1, "shared made"), Pair(1, "queued"), Pair(1, "gone"),
                                      Pair(1, "backlog full")));
}

TEST_F(Probe, executes_with_values_by_copy_and_completions) {
    berth_context& context = project->create(5);

    ASSERT_EQ(project->say(context, "execute"), BERTH_OK) << context.error;

    ASSERT_EQ(host.executed.size(), 6u);
    EXPECT_EQ(host.executed[0].in, 7u);
    EXPECT_THAT(host.executed[0].arguments,
                ElementsAre(Owned::boolean(true), Owned::integer(42), Owned::real(1.5), Owned::text("text"),
                            Owned::buffer("execute"), Owned::client(5)));
    EXPECT_FALSE(host.executed[0].has_completion);
    EXPECT_EQ(host.executed[1].in, 0u);
    EXPECT_EQ(host.executed[1].procedure, "say");
    EXPECT_EQ(host.executed[2].completion_in, 5u) << "told in the context that called";
    EXPECT_EQ(host.executed[2].completion_tag, 99);
    EXPECT_EQ(host.executed[2].completion_procedure, "done");
    EXPECT_EQ(host.executed[3].completion_in, 0u);
    EXPECT_THAT(host.executed[4].arguments,
                ElementsAre(Owned::integer(300), Owned::integer(BERTH_GONE), Owned{}));
    EXPECT_EQ(host.executed[5].procedure, "nothing");
    EXPECT_EQ(host.executed[5].completion_tag, 97);
}

TEST_F(Probe, refuses_to_send_an_integer_that_its_parameter_can_not_hold) {
    berth_context& context = project->create(5);

    EXPECT_EQ(project->say(context, "execute tiny"), BERTH_INVALID);
    EXPECT_EQ(context.error, "an integer does not fit the procedure's parameter");
}

TEST_F(Probe, decodes_the_arguments_of_its_procedures) {
    berth_context& context = project->create(1);

    EXPECT_EQ(project->run(context, "everything",
                           {Owned::boolean(true), Owned::integer(-5), Owned::real(0.5), Owned::text("hi"),
                            Owned::buffer("abc"), Owned::client(18446744073709551615u)}),
              BERTH_OK);
    EXPECT_EQ(host.log.back().second, "true -5 0.500000 hi 3 18446744073709551615");
    EXPECT_EQ(project->run(context, "say", {Owned::text("ana"), Owned::text("")}), BERTH_OK);
    EXPECT_EQ(host.sent.back().second, Owned::text("ana: "));
    EXPECT_EQ(project->run(context, "done", {Owned::integer(7), Owned::integer(BERTH_GONE)}), BERTH_OK);
    EXPECT_EQ(host.log.back().second, "done 7 2");
}

TEST_F(Probe, answers_wrong_arguments_with_invalid_and_says_which) {
    berth_context& context = project->create(1);

    EXPECT_EQ(project->run(context, "say", {Owned::text("ana"), Owned::integer(5)}), BERTH_INVALID);
    EXPECT_EQ(context.error, "procedure say takes (text, text): parameter 2 (integer) is of another type");
    EXPECT_EQ(project->run(context, "say", {Owned::buffer("ana"), Owned::text("x")}), BERTH_INVALID);
    EXPECT_EQ(context.error, "procedure say takes (text, text): parameter 1 (buffer) is of another type");
    EXPECT_EQ(project->run(context, "say", {Owned::text("ana")}), BERTH_INVALID);
    EXPECT_EQ(context.error, "procedure say takes (text, text), not 1 parameters");
    EXPECT_EQ(project->run(context, "nothing", {Owned{}}), BERTH_INVALID);
    EXPECT_EQ(context.error, "procedure nothing takes (), not 1 parameters");
    EXPECT_EQ(project->run(context, "tiny", {Owned::integer(256)}), BERTH_INVALID);
    EXPECT_EQ(context.error, "procedure tiny takes (integer): parameter 1 (integer) is out of range");
    EXPECT_TRUE(host.sent.empty());
}

TEST_F(Probe, hears_how_its_client_went) {
    berth_context& context = project->create(3);
    project->say(context, "leave");

    project->leave(context, 4000, BERTH_BY_PROJECT, "as you wish");

    EXPECT_THAT(host.disconnected, ElementsAre(Pair(3, Pair(4000, "as you wish"))));
    EXPECT_THAT(host.log.back(), Pair(BERTH_LOG_DEBUG, "left 3 4000 cause 2 as you wish"));
}

TEST_F(Probe, keeps_one_shared_object_from_load_to_unload) {
    project->stop(project->create(0));
    project.reset();

    EXPECT_THAT(host.log, ElementsAre(Pair(1, "shared made"), Pair(2, "stop"), Pair(1, "shared gone")));
}

TEST_F(Probe, refuses_a_host_whose_table_is_cut_anywhere_and_says_what_is_missing) {
    const char* const members[] = {"get_extension", "log",       "set_error",  "list_clients",
                                   "send",          "send_many", "disconnect", "execute"};
    const std::size_t first = offsetof(berth_host, get_extension);
    for (std::size_t size = 4; size < sizeof(berth_host); size += 4) {
        // Of exactly that size, so that a sanitizer sees a look behind it.
        const std::unique_ptr<void, decltype(&std::free)> memory(std::malloc(size), &std::free);
        std::memcpy(memory.get(), &host.table, size);
        auto* cut = static_cast<berth_host*>(memory.get());
        const auto cut_size = static_cast<std::uint32_t>(size);
        std::memcpy(cut, &cut_size, sizeof cut_size);
        std::string missing;
        for (std::size_t i = 0; i < std::size(members); ++i)
            if (size < first + (i + 1) * sizeof(void*))
                missing += (missing.empty() ? "" : ", ") + std::string(members[i]);
        host.load_error.clear();
        void* loaded = nullptr;

        EXPECT_EQ(project->table->load(cut, &loaded), BERTH_UNSUPPORTED) << size;

        EXPECT_EQ(loaded, nullptr);
        const bool could_tell = size >= offsetof(berth_host, set_error) + sizeof(void*);
        EXPECT_EQ(host.load_error, could_tell ? "this host does not offer " + missing +
                                                    ", which belong to ABI 1.0: update the host"
                                              : "");
    }
}

TEST_F(Probe, names_every_procedure_that_an_invalid_execute_asked_for) {
    berth_context& context = project->create(5);
    host.answer = BERTH_INVALID;

    EXPECT_EQ(project->say(context, "execute"), BERTH_INVALID);
    EXPECT_EQ(context.error, "execute \"everything\": no such procedure in the project's berth::Procedures<...>, or it "
                             "takes other parameters");
    EXPECT_EQ(project->say(context, "execute then"), BERTH_INVALID);
    EXPECT_EQ(context.error, "execute \"nothing\", then \"dnoe\": one of them is not in the project's "
                             "berth::Procedures<...>, or takes other parameters");
}

TEST_F(Probe, refuses_a_host_with_a_hole_in_its_table) {
    berth_host holed = host.table;
    holed.send_many = nullptr;
    void* loaded = nullptr;

    EXPECT_EQ(project->table->load(&holed, &loaded), BERTH_UNSUPPORTED);
    EXPECT_EQ(host.load_error,
              "this host does not offer send_many, which belong to ABI 1.0: update the host");
}

TEST_F(Probe, works_with_a_host_that_has_grown) {
    struct Grown {
        berth_host table;
        void* later[4];
    } grown{host.table, {}};
    grown.table.struct_size = sizeof grown;
    grown.table.abi_minor = 4;
    void* loaded = nullptr;

    EXPECT_EQ(project->table->load(&grown.table, &loaded), BERTH_OK);
    project->table->unload(loaded);
}

TEST(ProjectInC, is_compiled_from_the_frozen_header_and_keeps_its_own_globals) {
    const Library library(ABI_FROZEN);
    FakeHost host;
    Loaded project(library.table(), host);
    ASSERT_EQ(project.status, BERTH_OK);
    EXPECT_EQ(project.table->struct_size, 160u) << "the size in 1.0";
    EXPECT_EQ(project.table->global_service, nullptr);
    berth_context& ana = project.create(1);
    berth_context& ben = project.create(2);

    project.say(ana, "one");
    project.say(ana, "two");
    project.say(ben, Owned::buffer("three"));
    project.leave(ana, 1000, BERTH_BY_CLIENT, "");
    project.leave(ben, 1000, BERTH_BY_CLIENT, "");

    EXPECT_THAT(host.sent, ElementsAre(Pair(1, Owned::text("one")), Pair(1, Owned::text("two")),
                                       Pair(2, Owned::buffer("three"))));
    EXPECT_THAT(host.log, ElementsAre(Pair(1, "echoed 2 messages"), Pair(1, "echoed 1 messages")));
}

}  // namespace
