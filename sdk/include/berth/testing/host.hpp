// SPDX-License-Identifier: MIT
//
// The host in virtual time.
#ifndef BERTH_TESTING_HOST_HPP
#define BERTH_TESTING_HOST_HPP

#include <functional>

#include "client.hpp"

namespace berth {

/// While it lives, what clients do only waits: messages, connections and calls pile up, as on a busy host. At its
/// end everything runs. `TestHost::step` runs one turn meanwhile.
class BERTH_TESTING_API TestHold {
public:
    explicit TestHold(std::shared_ptr<detail::TestState> state);
    TestHold(const TestHold&) = delete;
    TestHold& operator=(const TestHold&) = delete;
    ~TestHold();

private:
    std::shared_ptr<detail::TestState> state_;
};

/// While it lives, somebody else holds the database's write lock.
class BERTH_TESTING_API TestLock {
public:
    explicit TestLock(const std::shared_ptr<detail::TestState>& state);
    TestLock(const TestLock&) = delete;
    TestLock& operator=(const TestLock&) = delete;
    ~TestLock();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

/// Runs one project. Everything happens on the test's thread, inside of these functions; handlers take no time
/// unless `takes` says so. Threads of the project's own may use its services as ever; what they ask for is done
/// in the next call here (`eventually` waits for them).
///
/// Throws berth::Error with the host's sentence where the project cannot be loaded or started.
class BERTH_TESTING_API TestHost {
public:
    /// A built library.
    explicit TestHost(const std::filesystem::path& library, TestOptions options = {});
    /// A table that is part of the test's program.
    explicit TestHost(const berth_project& table, TestOptions options = {});
    /// A project class that is part of the test's program: `auto host = TestHost::of<Chat>();`
    template <class P>
    static TestHost of(TestOptions options = {}) {
        return TestHost(ProjectTable<P>::table, std::move(options));
    }
    TestHost(const TestHost&) = delete;
    TestHost& operator=(const TestHost&) = delete;
    /// Stops, when that was not done.
    ~TestHost();

    // ---- clients

    TestClient connect(std::string_view target = {});
    TestClient connect(const TestRequest& request);
    /// Those connected, in the order of their coming.
    std::vector<TestClient> clients() const;

    // ---- time

    /// Lets time pass: the global service runs at each of its ticks.
    void advance(std::chrono::milliseconds time);
    /// The same in the words of an interval: "20 s", "1 h 30 min".
    void advance(std::string_view duration);
    /// Virtual time since the host was made.
    std::chrono::milliseconds now() const;
    TestHold hold();
    /// One turn: a context that has work, or a run of the global service that is due. False: nothing is to do.
    bool step();
    /// Runs what is to be done now. Only threads of the project's own make this necessary.
    void settle();
    /// Settles until the condition holds, for at most that long in real time.
    bool eventually(const std::function<bool()>& condition,
                    std::chrono::milliseconds at_most = std::chrono::seconds{10});

    // ---- what an administrator does

    TestOutcome execute(ClientId in, std::string_view procedure, std::vector<TestValue> arguments = {});
    TestOutcome execute_global(std::string_view procedure, std::vector<TestValue> arguments = {});
    /// The global service now; its grid is not moved.
    TestOutcome run_global_service();
    TestService service() const;
    void disconnect(const TestClient& client, std::uint16_t code = 1000, std::string_view reason = {});
    /// The orderly end: clients leave with 1001, then `stop`, `destroy`, `unload`.
    void stop();

    // ---- what happened

    /// Every call into the project so far.
    const std::vector<TestRun>& runs() const;
    /// How often an event ran.
    std::size_t count(TestEvent event) const;
    /// The procedures that ran under that name.
    std::vector<TestRun> executed(std::string_view procedure) const;
    /// The calls that failed.
    std::vector<TestRun> failures() const;
    const std::vector<TestLogLine>& log() const;
    /// Whether a line of the log contains that text, in its text or its error.
    bool logged(std::string_view text) const;

    // ---- data

    std::filesystem::path data_directory() const;
    /// Runs SQL on the project's database, on a connection of its own: the first column of the first row as text,
    /// "NULL", or nothing when there is no row.
    std::optional<std::string> sql(std::string_view statement) const;

    // ---- faults

    /// Somebody else holds the write lock of the database as long as the result lives.
    TestLock lock_database();
    /// The next `times` calls of that kind take so long in virtual time, beyond limits as well.
    void takes(TestEvent event, std::chrono::milliseconds time, unsigned times = 1);
    /// The process crashes instead of the `nth` call of that kind from now on. What follows is the real host's:
    /// nothing of the call happens, globals are lost and no destructor runs, no `disconnection` and no `stop`
    /// comes; that client is closed with 1011, all others with 1012; a transaction that was open is gone, what was
    /// committed stays. Then the project is loaded afresh, at once. Variables of the library that belong to no
    /// context keep their values here, which a new process would not.
    void crash(TestEvent event, unsigned nth = 1);
    /// How often it has crashed, or was ended for an event that took too long.
    unsigned crashes() const;

private:
    std::shared_ptr<detail::TestState> state_;
};

}  // namespace berth

#endif
