// SPDX-License-Identifier: MIT
#include "support/test_host.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <stdexcept>

namespace berth::test {

namespace {

/// A text as TOML wants it.
std::string toml_text(std::string_view text) {
    return "\"" + std::string{text} + "\"";
}

std::uint16_t port_of(const std::string& address) {
    return static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
}

/// One request line to a UNIX socket, one reply line back; empty when nobody answers.
std::string exchange_line(const std::filesystem::path& socket_path, const std::string& line) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = socket_path.string();
    if (fd < 0 || path.size() >= sizeof address.sun_path) return {};
    path.copy(address.sun_path, path.size());
    const timeval patience_s{.tv_sec = 30 * patience, .tv_usec = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience_s, sizeof patience_s);
    std::string reply;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        ::send(fd, line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size())) {
        std::array<char, 65536> buffer;
        ssize_t got = 0;
        while ((got = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0) {
            reply.append(buffer.data(), static_cast<std::size_t>(got));
            if (reply.back() == '\n') break;
        }
    }
    ::close(fd);
    return reply;
}

}  // namespace

std::filesystem::path berth_executable() {
    return BERTH_EXECUTABLE;
}

std::filesystem::path shipped_project(std::string_view name) {
    return std::filesystem::path{BERTH_PROJECTS_DIRECTORY} / (std::string{name} + ".so");
}

std::filesystem::path fixture_project(std::string_view name) {
    return std::filesystem::path{BERTH_FIXTURES_DIRECTORY} / (std::string{name} + ".so");
}

TestHost::TestHost(HostOptions options) : options_(std::move(options)), certificate_(make_certificate()) {
    // Orphans of the host come to this process, where they can be seen.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    // The host's children may run as another user.
    std::filesystem::permissions(directory_.path(), std::filesystem::perms{0755});
    for (const auto* name : {"plugins", "state", "run"}) std::filesystem::create_directory(directory_ / name);
    write_file(directory_ / "certificate.pem", certificate_.certificate_pem);
    write_file(directory_ / "key.pem", certificate_.key_pem);
    std::filesystem::permissions(directory_ / "key.pem", std::filesystem::perms{0600});
    for (const auto& [name, certificate] : options_.by_name) {
        replace_file(name + ".key", certificate.key_pem);
        replace_file(name + ".pem", certificate.certificate_pem);
    }
    wss_.tls = true;
    wss_.authority_pem = certificate_.authority_pem;
    for (const auto& library : options_.projects) install(library);
    start();
}

TestHost::~TestHost() {
    if (pid_ > 0) stop();
    if (testing::Test::HasFailure())
        std::cerr << "---- log of the host\n"
                  << log() << "---- configuration\n"
                  << read_file(configuration()) << "----\n";
}

void TestHost::write_configuration() const {
    std::string toml = "[host]\nplugins = " + toml_text(plugins().string()) +
                       "\nstate = " + toml_text(state().string()) +
                       "\nrun = " + toml_text((directory_ / "run").string()) +
                       "\nio_threads = " + std::to_string(options_.io_threads) + "\n";
    toml += options_.host;
    if (!options_.host_limits.empty()) toml += "[host.limits]\n";
    for (const auto& line : options_.host_limits) toml += line + "\n";
    toml += "\n[[listen]]\naddress = \"127.0.0.1:" + std::to_string(ports_[0].number()) + "\"\n";
    std::string pairs;
    for (const auto& [name, certificate] : options_.by_name)
        pairs += (pairs.empty() ? "" : ", ") + ("{ certificate = " + toml_text((directory_ / (name + ".pem")).string())) +
                 ", key = " + toml_text((directory_ / (name + ".key")).string()) + " }";
    if (options_.tls)
        toml += "\n[[listen]]\naddress = \"127.0.0.1:" + std::to_string(ports_[1].number()) +
                "\"\ntls = { certificate = " + toml_text((directory_ / "certificate.pem").string()) +
                ", key = " + toml_text((directory_ / "key.pem").string()) + ", by_name = [" + pairs + "] }\n";
    if (!options_.pages.empty()) {
        toml += "\n[pages]\naddress = \"127.0.0.1:" + std::to_string(ports_[2].number()) + "\"\n[pages.static]\n";
        for (const auto& [prefix, files] : options_.pages)
            toml += toml_text(prefix) + " = " + toml_text(files) + "\n";
    }
    toml += "\n[defaults]\nisolation = " + toml_text(options_.isolation) + "\n";
    if (!options_.limits.empty()) toml += "[defaults.limits]\n";
    for (const auto& line : options_.limits) toml += line + "\n";
    write_file(configuration(), toml + "\n" + options_.more + "\n");
}

void TestHost::rewrite_configuration(std::string more) {
    options_.more = std::move(more);
    write_configuration();
}

void TestHost::rewrite_pages(std::map<std::string, std::string> pages) {
    options_.pages = std::move(pages);
    write_configuration();
}

HttpReply TestHost::page(const std::string& path) const {
    Endpoint pages;
    pages.port = static_cast<std::uint16_t>(std::stoi(pages_url_.substr(pages_url_.rfind(':') + 1)));
    RawClient client{pages};
    client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    return client.reply();
}

void TestHost::replace_file(const std::string& name, const std::string& text) const {
    // As tools do it that renew certificates: under another name, then renamed into place.
    const auto fresh = directory_ / (name + ".new");
    write_file(fresh, text);
    std::filesystem::permissions(fresh, std::filesystem::perms{0600});
    std::filesystem::rename(fresh, directory_ / name);
}

void TestHost::replace_certificate(const Certificate& certificate) {
    replace_file("key.pem", certificate.key_pem);
    replace_file("certificate.pem", certificate.certificate_pem);
    certificate_ = certificate;
    wss_.authority_pem = certificate.authority_pem;
}

void TestHost::replace_certificate(const std::string& name, const Certificate& certificate) {
    replace_file(name + ".key", certificate.key_pem);
    replace_file(name + ".pem", certificate.certificate_pem);
    options_.by_name[name] = certificate;
}

void TestHost::start() {
    write_configuration();
    std::vector<std::string> command = options_.before;
    command.insert(command.end(), {berth_executable().string(), "serve", "--config", configuration().string()});
    pid_ = spawn(command, directory_ / "log", options_.environment);
    wait_until_ready();
}

void TestHost::wait_until_ready() {
    nlohmann::json status;
    const auto ready = [&] {
        if (!is_alive(pid_)) throw std::runtime_error("the host ended while starting:\n" + log());
        status = ask("status");
        if (status.is_null() || !status.value("ok", false) || status.at("host").at("state") != "running")
            return false;
        for (const auto& project : status.at("projects"))
            if (project.at("state") == "starting") return false;
        return true;
    };
    bool is_ready = false;
    try {
        is_ready = eventually(ready, Deadline{std::chrono::seconds{30}}, std::chrono::milliseconds{20});
    } catch (...) {
        wait_for(std::exchange(pid_, -1), Deadline::usual());
        throw;
    }
    if (!is_ready) {
        const std::string written = log();
        ::kill(pid_, SIGKILL);
        ::waitpid(std::exchange(pid_, -1), nullptr, 0);
        throw std::runtime_error("the host was not ready in time: " + status.dump() + "\n" + written);
    }
    for (const auto& listener : status.at("listeners"))
        (listener.at("tls").get<bool>() ? wss_ : ws_).port = port_of(listener.at("address"));
    if (!options_.pages.empty()) {
        pages_port_ = port_of(status.at("pages").at("address"));
        pages_url_ = "http://127.0.0.1:" + std::to_string(pages_port_);
    }
    children_ = processes();
}

Output TestHost::cli(const std::vector<std::string>& arguments, std::string_view input) const {
    std::vector<std::string> command{berth_executable(), arguments.at(0), "--socket", control_socket()};
    command.insert(command.end(), arguments.begin() + 1, arguments.end());
    return run(command, {{"NO_COLOR", "1"}}, input);
}

nlohmann::json TestHost::ask(std::string_view verb, nlohmann::json arguments) const {
    arguments["version"] = 1;
    arguments["verb"] = verb;
    const std::string reply = exchange_line(control_socket(), arguments.dump() + "\n");
    return reply.empty() ? nlohmann::json{} : nlohmann::json::parse(reply);
}

nlohmann::json TestHost::project(std::string_view name) const {
    const auto reply = ask("projects");
    if (reply.is_object() && reply.contains("projects"))
        for (const auto& row : reply.at("projects"))
            if (row.at("name") == name) return row;
    return {};
}

bool TestHost::project_is(std::string_view name, std::string_view state, Deadline deadline) const {
    return eventually(
        [&] {
            const auto row = project(name);
            return row.is_object() && row.at("state") == state;
        },
        deadline);
}

void TestHost::install(const std::filesystem::path& library, std::string_view name) const {
    install_file(library, plugins() / (name.empty() ? library.filename().string() : std::string{name}));
}

std::string TestHost::log() const {
    return read_file(directory_ / "log");
}

bool TestHost::logs(std::string_view text, Deadline deadline) const {
    return eventually([&] { return log().find(text) != std::string::npos; }, deadline);
}

void TestHost::stop() {
    children_ = processes();
    ::kill(pid_, SIGTERM);
    ends();
}

void TestHost::ends(int exit_code) {
    const auto code = wait_for(pid_, Deadline{std::chrono::seconds{40}});
    if (!code) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        ADD_FAILURE() << "the host did not end within 40 s of SIGTERM";
    } else {
        EXPECT_EQ(*code, exit_code) << "exit code of the host after SIGTERM";
    }
    pid_ = -1;
    expect_no_process_left(std::exchange(children_, {}));
    expect_no_sanitizer_report();
}

void TestHost::expect_no_sanitizer_report() const {
    // What a child writes to its standard error is in the host's log, and its exit code is nobody's business here.
    const std::string written = log();
    for (const std::string_view report : {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
                                          "WARNING: ThreadSanitizer", ": runtime error: "})
        EXPECT_EQ(written.find(report), std::string::npos) << "a process of the host reported: " << report;
}

void TestHost::expect_no_process_left(const std::vector<pid_t>& processes) const {
    for (const pid_t process : processes) {
        const std::string line = command_line(process);
        const bool gone = eventually(
            [&] {
                ::waitpid(process, nullptr, WNOHANG);  // It may have become ours.
                return !is_alive(process);
            },
            Deadline{std::chrono::seconds{5}});
        EXPECT_TRUE(gone) << "process " << process << " outlived the host: " << line;
        if (!gone) ::kill(process, SIGKILL);
    }
}

void TestHost::restart() {
    if (pid_ > 0) stop();
    start();
}

}  // namespace berth::test
