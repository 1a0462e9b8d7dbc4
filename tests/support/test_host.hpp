// SPDX-License-Identifier: MIT
/// The real `berth serve`, started for a test on ports of its own.
#pragma once

#include <sys/types.h>

#include <array>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/certificate.hpp"
#include "support/held_port.hpp"
#include "support/process.hpp"
#include "support/raw_client.hpp"
#include "support/temp_dir.hpp"
#include "support/ws_client.hpp"

namespace berth::test {

/// How a host is configured; the rest are the defaults that an operator gets.
struct HostOptions {
    std::string isolation = "process";
    std::vector<std::filesystem::path> projects{};  ///< libraries, copied before the start
    std::vector<std::string> limits{};              ///< lines below [defaults.limits]
    std::vector<std::string> host_limits{};         ///< lines below [host.limits]
    std::string more{};                             ///< TOML, appended
    /// Certificates by name of the listener with TLS: files NAME.pem and NAME.key in the host's directory.
    std::map<std::string, Certificate> by_name{};
    std::map<std::string, std::string> pages{};     ///< URL prefix to directory; empty: no pages
    unsigned io_threads = 2;
    bool tls = true;  ///< a second listener, with TLS
    Environment environment{};
    std::vector<std::string> before{};  ///< words that stand before the host's command
    std::string host{};                 ///< TOML, lines below [host]
};

/// A running host. Its directory, its log and its processes belong to the test: when the test failed the
/// log is printed, and whatever is left of its processes after the stop fails the test.
class TestHost {
public:
    /// Starts and waits until the host is running and no project is starting any more.
    explicit TestHost(HostOptions options = {});
    /// Stops when that was not done, and adds test failures when the end was not clean.
    ~TestHost();
    TestHost(const TestHost&) = delete;
    TestHost& operator=(const TestHost&) = delete;

    [[nodiscard]] const Endpoint& ws() const { return ws_; }
    [[nodiscard]] const Endpoint& wss() const { return wss_; }
    [[nodiscard]] const Endpoint& endpoint(bool tls) const { return tls ? wss_ : ws_; }
    /// "http://127.0.0.1:PORT", with `pages`.
    [[nodiscard]] const std::string& pages_url() const { return pages_url_; }
    /// What they answer to GET; status 0 when nobody is there.
    [[nodiscard]] HttpReply page(const std::string& path) const;
    [[nodiscard]] const HostOptions& options() const { return options_; }

    /// A connected client.
    WsClient connect(std::string_view target, const Headers& headers = {}) { return {ws_, target, headers}; }

    /// The command line, talking to this host: cli({"clients", "--json"}).
    Output cli(const std::vector<std::string>& arguments, std::string_view input = {}) const;
    /// One request over the control socket (control protocol, version 1); the reply's object.
    nlohmann::json ask(std::string_view verb, nlohmann::json arguments = nlohmann::json::object()) const;
    /// One project's row of `projects`; null when there is none.
    nlohmann::json project(std::string_view name) const;
    /// Waits until a project is in that state.
    [[nodiscard]] bool project_is(std::string_view name, std::string_view state,
                                  Deadline deadline = Deadline::usual()) const;

    [[nodiscard]] std::filesystem::path plugins() const { return directory_ / "plugins"; }
    [[nodiscard]] std::filesystem::path state() const { return directory_ / "state"; }
    [[nodiscard]] std::filesystem::path configuration() const { return directory_ / "berth.toml"; }
    [[nodiscard]] std::filesystem::path control_socket() const { return directory_ / "run/control.sock"; }
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }
    /// Writes the configuration anew, with other TOML at its end; nobody is told.
    void rewrite_configuration(std::string more);
    /// Writes its configuration with those directories in the place of HostOptions::pages.
    void rewrite_pages(std::map<std::string, std::string> pages);
    /// Another certificate for the listener with TLS, which clients made from now on trust; nobody is told.
    void replace_certificate(const Certificate& certificate);
    /// The same for one of its certificates by name.
    void replace_certificate(const std::string& name, const Certificate& certificate);
    /// Copies a library into the plugins directory, under its own name or another.
    void install(const std::filesystem::path& library, std::string_view name = {}) const;

    /// Everything the host has written so far.
    [[nodiscard]] std::string log() const;
    /// Waits until the log contains that text.
    [[nodiscard]] bool logs(std::string_view text, Deadline deadline = Deadline::usual()) const;
    [[nodiscard]] pid_t pid() const { return pid_; }
    /// The host's child processes at this moment.
    [[nodiscard]] std::vector<pid_t> processes() const { return descendants(pid_); }

    /// SIGTERM, and a clean end: exit code 0 and no process left. Adds test failures when it was not.
    void stop();
    /// As `stop`, when somebody else has asked the host to end, with that exit code.
    void ends(int exit_code = 0);
    /// Stops unless that was done, and starts again on the same ports with the same state.
    void restart();

private:
    void write_configuration() const;
    void replace_file(const std::string& name, const std::string& text) const;
    void start();
    void wait_until_ready();
    void expect_no_process_left(const std::vector<pid_t>& processes) const;
    void expect_no_sanitizer_report() const;

    HostOptions options_;
    TempDir directory_{"berth-host"};
    Certificate certificate_;
    Endpoint ws_, wss_;
    std::string pages_url_;
    std::uint16_t pages_port_ = 0;
    std::array<HeldPort, 3> ports_;  ///< plain, TLS, pages: kept from everybody else while the host is down
    pid_t pid_ = -1;
    std::vector<pid_t> children_;  ///< those seen last
};

/// The path of the `berth` executable under test.
std::filesystem::path berth_executable();
/// The library of a project that ships with Berth, by its name.
std::filesystem::path shipped_project(std::string_view name);
/// The library of a project of tests/fixtures, by its name.
std::filesystem::path fixture_project(std::string_view name);

}  // namespace berth::test
