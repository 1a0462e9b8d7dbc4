// SPDX-License-Identifier: MIT
/// `berth doctor --run`: each way to be wrong while it runs, by the name of its finding; good projects have none.
#include <algorithm>

#include "integration/host/suite.hpp"

namespace berth::test {

using nlohmann::json;
using testing::HasSubstr;

namespace {

/// A run of the doctor, with what it says as JSON.
struct Examined {
    int exit_code = -1;
    json diagnosis;

    /// The finding of that name; null when there is none.
    [[nodiscard]] json finding(const std::string& name) const {
        for (const json& one : diagnosis.at("findings"))
            if (one.at("name") == name) return one;
        return {};
    }
};

class Doctor : public testing::Test {
protected:
    // A library that crashes must end by its signal, as it would for its author.
    void SetUp() override {
        ::setenv("ASAN_OPTIONS", "handle_segv=0:handle_abort=0:detect_leaks=0", 1);
        ::setenv("TSAN_OPTIONS", "handle_segv=0:handle_abort=0", 1);
    }

    static Examined examine(const std::filesystem::path& file, std::vector<std::string> more = {}, const Environment& environment = {}) {
        std::vector<std::string> command{berth_executable().string(), "doctor", "--json", "--run", file.string()};
        command.insert(command.end(), more.begin(), more.end());
        const Output said = run(command, environment);
        Examined examined{.exit_code = said.exit_code, .diagnosis = json::parse(said.out, nullptr, false)};
        EXPECT_TRUE(examined.diagnosis.is_object()) << said.out << said.err;
        return examined;
    }
    static Examined wrong(const std::string& way, std::vector<std::string> more = {}) {
        return examine(fixture_project("wrong-" + way), std::move(more));
    }
    static void expect(const Examined& examined, const std::string& name, const std::string& severity, const std::string& sentence) {
        const json found = examined.finding(name);
        ASSERT_FALSE(found.is_null()) << "no " << name << " in " << examined.diagnosis;
        EXPECT_EQ(found.at("severity"), severity);
        EXPECT_THAT(found.at("sentence").get<std::string>(), HasSubstr(sentence));
        EXPECT_NE(found.at("remedy"), "");
        EXPECT_EQ(examined.exit_code, severity == "error" ? 1 : 0);
    }
};

}  // namespace

TEST_F(Doctor, has_nothing_against_the_shipped_projects_and_tells_their_life) {
    for (const char* name : {"echo", "chat", "ticker"}) {
        const Examined examined = examine(shipped_project(name));

        EXPECT_EQ(examined.exit_code, 0);
        EXPECT_EQ(examined.diagnosis.at("errors"), 0) << examined.diagnosis;
        for (const json& finding : examined.diagnosis.at("findings")) {
            // Sanitizers and release builds change these; how it lives must be without blame.
            const std::string id = finding.at("name");
            EXPECT_TRUE(finding.at("severity") == "note" || id == "thread-local" || id == "extra-exports") << finding;
        }
        const json& events = examined.diagnosis.at("events");
        for (const char* once : {"load", "global_service", "stop", "unload"}) EXPECT_EQ(events.at(once).at("calls"), 1) << once;
        EXPECT_GT(events.at("connection").at("calls"), 2);
        EXPECT_EQ(events.at("connection").at("calls"), events.at("disconnection").at("calls"));
        EXPECT_EQ(events.at("context_create").at("calls"), events.at("context_destroy").at("calls"));
        EXPECT_GT(events.at("message").at("calls"), events.at("connection").at("calls"));
        EXPECT_EQ(examined.diagnosis.at("table").at("name"), name);
    }
}

TEST_F(Doctor, finds_what_clients_share) {
    expect(wrong("shared_globals"), "shared-globals", "warning", "gave two clients the same globals");
    expect(wrong("shared_state"), "shared-state", "warning", "changes static variables while a client's events run (said_by_all)");
}

TEST_F(Doctor, finds_what_is_kept_for_clients_that_have_gone) {
#if !defined(BERTH_SANITIZED)
    expect(wrong("keeping_memory"), "memory-grows", "warning", "keeps about 1");
#endif
    expect(wrong("keeping_threads"), "threads-grow", "warning", "keeps a thread for every client");
    expect(wrong("keeping_descriptors"), "descriptors-grow", "warning", "keeps a descriptor for every client");
}

TEST_F(Doctor, finds_what_is_left_after_unload) {
    expect(wrong("left_thread"), "threads-left", "warning", "left 1 thread running");
    expect(wrong("left_descriptor"), "descriptors-left", "warning", "left 1 descriptor open when it had been unloaded (/dev/null)");
}

TEST_F(Doctor, names_the_event_and_the_signal_of_a_crash_and_what_was_printed) {
    const Examined examined = wrong("crashing_message");
    expect(examined, "crash", "error", "SIGABRT (aborted) in message; it printed: about to fall");
    expect(wrong("crashing_end"), "crash", "error", "SIGABRT (aborted) in the end of its process");
    expect(examine(fixture_project("bad/entry_crashes")), "crash", "error", "SIGSEGV (segmentation fault) in its entry");
    expect(examine(fixture_project("bad/load_crashes")), "crash", "error", "SIGSEGV (segmentation fault) in load");
}

TEST_F(Doctor, finds_globals_that_are_freed_for_another_context_or_used_after_their_end) {
#if !defined(BERTH_SANITIZED)
    const Examined examined = wrong("destroying_another");
    expect(examined, "crash", "error", "SIGABRT (aborted) in context_destroy");
    EXPECT_THAT(examined.finding("crash").at("remedy").get<std::string>(), HasSubstr("made for this context, once"));
    expect(wrong("using_destroyed"), "crash", "error", "SIGSEGV (segmentation fault) in context_destroy");
#endif
}

TEST_F(Doctor, finds_what_a_project_does_out_of_its_order) {
    expect(wrong("kept_context"), "foreign-context", "warning", "uses another context than its event's in message");
    // Its exit code is not looked at: the thread may still run when the process ends, and then the end is a crash, too.
    const json late = wrong("late_call").finding("late-call");
    ASSERT_FALSE(late.is_null());
    EXPECT_EQ(late.at("severity"), "warning");
    EXPECT_EQ(late.at("sentence"), "calls the host on a thread of its own after unload has returned");
    expect(wrong("left_open"), "left-open", "warning", "leaves a transaction open at the end of message");
    expect(wrong("invalid_call"), "invalid-call", "warning", "does what the host refuses in message: disconnect: close code 1005");
    expect(wrong("wrong_admission"), "invalid-call", "warning",
           "does what the host refuses in connection: admission: sub-protocol \"never.offered\" was not offered");
}

TEST_F(Doctor, ends_what_hangs_and_names_the_event) {
    expect(wrong("hanging_message", {"--limit", "1 s"}), "hangs", "error", "did not come back from message within 1000 ms");
    expect(wrong("hanging_stop", {"--limit", "1 s"}), "hangs", "error", "did not come back from stop within 1000 ms");
}

TEST_F(Doctor, does_not_call_slow_events_a_hang_however_many_there_are) {
    const auto names = [](const Examined& examined) {
        std::vector<std::string> found;
        for (const json& one : examined.diagnosis.at("findings"))
            if (one.at("severity") != "note" && one.at("name") != "thread-local" && one.at("name") != "extra-exports")
                found.push_back(one.at("name"));
        return found;
    };
    // A hundred and sixty clients of these would take longer than the limit, and so do two messages of one.
    EXPECT_THAT(names(examine(fixture_project("puppet"), {"--limit", "2 s", "--message", "sleep 300"})), testing::IsEmpty());
    const Examined slow = wrong("always_slow_message", {"--limit", "2 s", "--message", "one"});
    EXPECT_THAT(names(slow), testing::ElementsAre("slow-event"));
    EXPECT_EQ(slow.exit_code, 0);
}

TEST_F(Doctor, says_that_a_project_left_its_process) {
    expect(wrong("exiting_load"), "exits", "error", "left its process with code 3 in load");
}

TEST_F(Doctor, says_which_event_fails_or_is_slow_and_that_clients_are_refused) {
    expect(wrong("failing_message"), "event-fails", "warning", "message failed: status invalid");
    expect(wrong("slow_message"), "slow-event", "warning", "message took 11");
    expect(wrong("refusing"), "refuses-clients", "note", "refused the trial's client with status 403 (members only)");
}

TEST_F(Doctor, says_what_the_host_does_when_that_event_fails) {
    const auto remedy = [](const std::string& way, const std::string& sentence) {
        const Examined examined = wrong(way);
        expect(examined, "event-fails", "warning", sentence);
        const json finding = examined.finding("event-fails");
        return finding.is_null() ? std::string() : finding.at("remedy").get<std::string>();
    };

    EXPECT_THAT(remedy("failing_message", "message failed: status invalid"), HasSubstr("closes the client of a failing message with 1011"));
    EXPECT_THAT(remedy("failing_connection", "connection failed: status invalid"), HasSubstr("answers 500 where connection fails"));
    EXPECT_THAT(remedy("failing_disconnection", "disconnection failed: status invalid"), HasSubstr("the client has gone"));
    EXPECT_THAT(remedy("failing_service", "the first run of its global service failed: no such table"), HasSubstr("again at its next interval"));
    EXPECT_THAT(remedy("failing_stop", "stop failed: status invalid"), HasSubstr("ends the project all the same"));
    EXPECT_THAT(remedy("failing_procedure", "procedure fail failed: status invalid"), HasSubstr("nobody is closed"));
}

TEST_F(Doctor, asks_and_speaks_as_it_is_told) {
    const auto door = fixture_project("door");
    EXPECT_TRUE(examine(door).finding("refuses-clients").is_null());
    expect(examine(door, {"--path", "/door?status=451"}), "refuses-clients", "note", "status 451");
    EXPECT_TRUE(examine(fixture_project("witness"), {"--message", "hello"}).finding("event-fails").is_object());
}

TEST_F(Doctor, refuses_with_the_sentence_of_the_host_what_fails_when_it_is_loaded) {
    TestHost host;
    const std::map<std::string, std::string> errors{{"failing_load", "load-fails"},     {"silent_load", "load-fails"},
                                                    {"throwing_load", "load-fails"},    {"throwing_entry", "entry-fails"},
                                                    {"failing_create", "start-fails"},  {"throwing_create", "start-fails"}};
    for (const auto& [way, id] : errors) host.install(fixture_project("wrong-" + way), way + ".so");
    for (const auto& [way, id] : errors) {
        const Examined examined = wrong(way);
        const json found = examined.finding(id);
        ASSERT_FALSE(found.is_null()) << way << ": " << examined.diagnosis;
        EXPECT_EQ(examined.exit_code, 1);
        EXPECT_TRUE(host.logs(found.at("sentence").get<std::string>())) << way << ": " << found;
    }
}

TEST_F(Doctor, does_not_run_what_it_refuses_and_leaves_nothing_behind) {
    const TempDir scratch("berth-doctor-test");
    const Environment environment{{"TMPDIR", scratch.path().string()}};
    const Examined examined = examine(fixture_project("wrong-no_entry"), {}, environment);
    EXPECT_FALSE(examined.finding("not-run").is_null());
    EXPECT_TRUE(examined.diagnosis.at("events").is_null());

    expect(examine(fixture_project("wrong-crashing_message"), {}, environment), "crash", "error", "in message");

    EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

}  // namespace berth::test
