// SPDX-License-Identifier: MIT
// greet URL: says hello in both ways that there are, and prints what came back.
#include <berth/client.hpp>
#include <future>
#include <iostream>

int main(int, char** arguments) {
    using berth::client::Connection;
    const std::string url = arguments[1];
    try {
        Connection connection = Connection::connect(url, {.connect_timeout = std::chrono::seconds(30)});
        connection.write_text("hello from C++");
        if (const auto message = connection.read()) std::cout << message->bytes << '\n';
        connection.close(3000, "bye");
        std::cout << connection.wait()->code << '\n';

        std::promise<void> over;
        auto asynchronous =
            Connection::open(url, {.opening = [](Connection& c) { c.write_buffer("and again"); },
                                   .message =
                                       [](Connection& c, bool is_text, std::string_view bytes) {
                                           std::cout << (is_text ? "text " : "buffer ") << bytes << '\n';
                                           c.close();
                                       },
                                   .closing =
                                       [&](Connection&, std::uint16_t code, std::string_view) {
                                           std::cout << code << '\n';
                                           over.set_value();
                                       }});
        over.get_future().wait();

        Connection::connect("ws://127.0.0.1:1/");
    } catch (const berth::client::Error& error) {
        std::cout << (error.status() == BERTH_CLIENT_UNREACHABLE ? "nobody at port 1" : error.what()) << '\n';
    }
}
