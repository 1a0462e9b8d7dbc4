// SPDX-License-Identifier: MIT
// Connects, says its arguments and prints what it hears: talk-cpp URL TEXT... Everything is told by callbacks, on the
// connection's own thread; a lost connection comes back by itself.
#include <berth/client.hpp>
#include <iostream>

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << argv[0] << " URL TEXT...\n";
        return 1;
    }
    int left = argc - 2;
    berth::client::Events events;
    events.opening = [&](berth::client::Connection& connection) {
        for (int i = 2; i < argc; ++i) connection.write_text(argv[i]);
        if (left == 0) connection.close();
    };
    events.message = [&](berth::client::Connection& connection, bool, std::string_view bytes) {
        std::cout << bytes << '\n';
        if (--left == 0) connection.close(1000, "that was all");
    };
    events.error = [](berth::client::Connection&, const berth::client::Error& error) { std::cerr << error.what() << '\n'; };

    berth::client::Options options;
    options.reconnect = true;
    try {
        auto connection = berth::client::Connection::open(argv[1], std::move(events), options);
        const auto end = connection.wait();  // until `closing` has been called, always once and last
        return end && end->code == 1000 ? 0 : 1;
    } catch (const berth::client::Error& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
