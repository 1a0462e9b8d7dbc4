// SPDX-License-Identifier: MIT
/// A gateway on a loopback port with one project, "p", served by a scripted worker.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>

#include "gateway/gateway.hpp"
#include "integration/gateway/scripted_worker.hpp"
#include "support/ws_client.hpp"

namespace berth::host::gateway::testing {

class GatewayTest : public ::testing::Test, protected GatewayObserver {
protected:
    /// Its threads report into this object: they end while it is whole.
    void TearDown() override { gateway.reset(); }

    /// A socket that listens on a loopback port of the system's choice, and where that is.
    static UniqueFd listening(test::Endpoint& at) {
        UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(socket.get(), 512), 0);
        socklen_t size = sizeof address;
        EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
        at.port = ntohs(address.sin_port);
        return socket;
    }

    void start(std::uint32_t io_threads = 2) {
        std::vector<Listener> listeners;
        listeners.push_back({listening(endpoint), true, listener_tls});
        auto made = Gateway::create({.incarnation = 0, .io_threads = io_threads, .rules = host_rules}, std::move(listeners), *this);
        ASSERT_TRUE(made) << made.error().message;
        gateway = std::move(*made);
        rules.name = "p";
        rules.state = ProjectState::open;
        gateway->set_project(rules, 1, worker.connect(io_threads));
        settle();
    }
    /// Waits until the I/O threads have done what they were asked so far.
    void settle() { figures(); }
    GatewayFigures figures() {
        std::promise<GatewayFigures> answer;
        gateway->figures([&](GatewayFigures f) { answer.set_value(std::move(f)); });
        return answer.get_future().get();
    }
    ClientPage clients(const ClientFilter& filter = {}) {
        std::promise<ClientPage> answer;
        gateway->clients(filter, [&](ClientPage page) { answer.set_value(std::move(page)); });
        return answer.get_future().get();
    }
    /// Waits until a report that begins so has come.
    std::string reported(const std::string& start) {
        std::unique_lock lock(mutex_);
        std::string found;
        changed_.wait_for(lock, std::chrono::seconds(20) * test::patience, [&] {
            for (const auto& report : reports_) {
                if (report.starts_with(start)) found = report;
            }
            return !found.empty();
        });
        return found;
    }
    /// Whether a report that begins so has come by now.
    bool has_reported(const std::string& start) {
        const std::lock_guard lock(mutex_);
        return std::any_of(reports_.begin(), reports_.end(), [&](const auto& report) { return report.starts_with(start); });
    }

    void on_violation(const std::string& project, std::uint64_t generation, const std::string& what) override {
        report("violation " + project + " " + std::to_string(generation) + " " + what);
    }
    void on_suspended(const std::string& project, std::uint64_t generation) override {
        report("suspended " + project + " " + std::to_string(generation));
    }
    void on_retired(const std::string& project, std::uint64_t generation) override {
        report("retired " + project + " " + std::to_string(generation));
    }
    void on_stopped() override { report("stopped"); }

    std::optional<tls::TlsSettings> listener_tls;  ///< set before `start`
    HostRules host_rules;
    ProjectRules rules;
    test::Endpoint endpoint;
    ScriptedWorker worker;
    std::unique_ptr<Gateway> gateway;

private:
    void report(const std::string& line) {
        const std::lock_guard lock(mutex_);
        reports_.push_back(line);
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> reports_;
};

}  // namespace berth::host::gateway::testing
