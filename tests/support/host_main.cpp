// SPDX-License-Identifier: MIT
/// A test host for suites that are not written in C++.
///
///     host_for_tests [--isolation process|none] [--message SIZE] [--drain TIME] [--compression] [--pages] [--page /PREFIX=DIRECTORY] PROJECT...
///
/// Starts a host with those projects, shipped ones by name, others by their files (and the example pages), prints one line of JSON
/// {"ws","wss","pages","authority","control","plugins"}, then obeys lines on standard input:
/// `restart` (the same ports and state; answers with such a line again) and `cli ["verb",…]` (answers
/// {"code","out","err"}). The end of the input stops the host; exit code 0 when all of it was clean.
#include <gtest/gtest.h>

#include <iostream>
#include <memory>
#include <string>

#include "support/test_host.hpp"

namespace {

using namespace berth::test;

std::string endpoints(const TestHost& host) {
    const auto authority = host.directory() / "authority.pem";
    write_file(authority, host.wss().authority_pem);
    return nlohmann::json{{"ws", "ws://127.0.0.1:" + std::to_string(host.ws().port)},
                          {"wss", "wss://localhost:" + std::to_string(host.wss().port)},
                          {"pages", host.pages_url()},
                          {"authority", authority},
                          {"control", host.control_socket()},
                          {"plugins", host.plugins()}}
        .dump();
}

HostOptions parse(int argc, char** argv) {
    HostOptions options;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--isolation" && i + 1 < argc) {
            options.isolation = argv[++i];
        } else if (argument == "--message" && i + 1 < argc) {
            options.limits.push_back("message = \"" + std::string{argv[++i]} + "\"");
        } else if (argument == "--drain" && i + 1 < argc) {
            options.limits.push_back("drain = \"" + std::string{argv[++i]} + "\"");
        } else if (argument == "--compression") {
            options.more += "[defaults.compression]\nenabled = true\nserver_context = true\nclient_context = true\n";
        } else if (argument == "--pages") {
            for (const std::string name : {"chat", "ticker", "echo", "common"})
                options.pages.emplace("/" + name, BERTH_PAGES_DIRECTORY "/" + name);
        } else if (argument == "--page" && i + 1 < argc) {
            const std::string page = argv[++i];
            options.pages.emplace(page.substr(0, page.find('=')), page.substr(page.find('=') + 1));
        } else if (argument.find('/') != std::string::npos) {
            options.projects.emplace_back(argument);
        } else {
            options.projects.push_back(shipped_project(argument));
        }
    }
    return options;
}

int serve(const HostOptions& options) {
    TestHost host{options};
    std::cout << endpoints(host) << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        if (line == "restart") {
            host.restart();
            std::cout << endpoints(host) << std::endl;
        } else if (line.starts_with("cli ")) {
            const auto result =
                host.cli(nlohmann::json::parse(line.substr(4)).get<std::vector<std::string>>());
            std::cout
                << nlohmann::json{{"code", result.exit_code}, {"out", result.out}, {"err", result.err}}.dump()
                << std::endl;
        } else {
            std::cerr << "host_for_tests: unknown command: " << line << '\n';
            return 2;
        }
    }
    host.stop();
    return testing::Test::HasFailure() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    int no_arguments = 1;
    testing::InitGoogleTest(&no_arguments, argv);
    try {
        return serve(parse(argc, argv));
    } catch (const std::exception& error) {
        std::cerr << "host_for_tests: " << error.what() << '\n';
        return 1;
    }
}
