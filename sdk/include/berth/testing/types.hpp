// SPDX-License-Identifier: MIT
//
// What a test gives to a TestHost and what it finds there.
#ifndef BERTH_TESTING_TYPES_HPP
#define BERTH_TESTING_TYPES_HPP

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "../berth.hpp"

#if defined(_WIN32)
#  define BERTH_TESTING_API
#else
#  define BERTH_TESTING_API __attribute__((visibility("default")))
#endif

namespace berth {

/// A setting, or a parameter of a procedure. std::monostate: none.
using TestValue =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::byte>, ClientId>;

/// What the host calls in a project.
enum class TestEvent {
    load,
    create,   ///< the constructor: context_create
    destroy,  ///< the destructor: context_destroy
    global_service,
    connection,
    message,
    disconnection,
    stop,
    procedure,
    unload,
    resumed,  ///< berth.resume/1
    save,
    lost
};

/// One whole message that a client was sent.
struct TestMessage {
    bool is_text = true;
    std::string bytes;

    friend bool operator==(const TestMessage&, const TestMessage&) = default;
    friend std::ostream& operator<<(std::ostream& out, const TestMessage& message) {
        return out << (message.is_text ? "text \"" : "buffer \"") << message.bytes << '"';
    }
};

/// How a client's connection ended.
struct TestClosed {
    std::uint16_t code = 1006;  ///< 1006: the network broke, or it could not be said
    std::string reason{};          ///< without the word that says when to come back
    Cause cause = Cause::network;  ///< as `disconnection` was told

    friend bool operator==(const TestClosed&, const TestClosed&) = default;
    friend std::ostream& operator<<(std::ostream& out, const TestClosed& closed) {
        return out << closed.code << " \"" << closed.reason << "\", cause " << static_cast<int>(closed.cause);
    }
};

/// One call into the project, as it ended.
struct TestRun {
    TestEvent event{};
    ClientId client{};        ///< in whose context; global_service_id: the global service's, or `load`
    std::string procedure{};  ///< its name, for one
    std::vector<TestValue> arguments{};
    Status status = Status::ok;
    std::string error{};                ///< the sentence of a failure
    std::chrono::milliseconds begun{};  ///< virtual time since the host was made
};

/// One line of the log: the project's own, or the host's about it.
struct TestLogLine {
    Level level = Level::info;
    std::string text{};
    ClientId client{};    ///< global_service_id where no client is concerned
    std::string event{};  ///< in which it was written; empty: none
    std::string error{};  ///< the host's lines: the sentence of the failure
};

/// How a command of an administrator ended.
struct TestOutcome {
    Status status = Status::ok;
    std::string sentence{};  ///< of a failure

    bool is_ok() const noexcept { return status == Status::ok; }
};

/// The global service's pacing.
struct TestService {
    std::chrono::milliseconds interval{};
    std::uint64_t runs = 0;
    std::uint64_t missed = 0;         ///< ticks that a longer run has covered
    std::chrono::milliseconds next{};  ///< until the next run
};

/// What happens when a client has not taken what was sent to it (`backlog_policy`).
enum class TestBacklog { close, drop_newest, drop_oldest };

/// What an operator would configure. The defaults are the real host's, except for `database_busy`.
struct TestOptions {
    std::string name{};  ///< of the project; empty: its own, else the file's stem, else "project"
    std::map<std::string, TestValue> settings{};  ///< [project.NAME.settings], dotted keys
    std::optional<std::chrono::milliseconds> interval{};  ///< overrides the annotation
    std::optional<std::uint64_t> flags{};                 ///< BERTH_PROJECT_..., overrides the manifest
    std::size_t message_bytes = 64u << 10;
    std::size_t backlog_bytes = 1u << 20;
    TestBacklog backlog_policy = TestBacklog::close;
    std::chrono::milliseconds handler{30'000};           ///< a client's event that takes longer ends the process
    std::chrono::milliseconds connection_event{10'000};  ///< then the client is refused with 503
    /// Keeps data and database; empty: a temporary one, removed at the end.
    std::filesystem::path directory{};
    std::string database_file = "data.sqlite";
    std::size_t database_connections = 256;
    /// How long a locked database is waited for: the one wait that takes real time.
    std::chrono::milliseconds database_busy{50};
    /// Events that fail, and calls that the host refuses, are told on standard error: they may be why a test fails.
    bool prints_failures = true;
};

/// What a client asks to connect with.
struct TestRequest {
    std::string target{};  ///< "/chat?room=1"; empty: "/" and the project's name
    std::vector<std::pair<std::string, std::string>> headers{};  ///< repeats are kept
    std::vector<std::string> subprotocols{};                     ///< offered, in this order
    std::string origin{};
    std::string address = "127.0.0.1";
    std::uint16_t port = 50'000;
    std::string tls_version{}, tls_cipher{}, tls_subject{};  ///< an empty version: not encrypted
    std::string user{};                                      ///< whom a token check verified
};

}  // namespace berth

#endif
