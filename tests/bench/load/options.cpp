// SPDX-License-Identifier: MIT
#include "bench/load/options.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <map>

#include "bench/load/traffic.hpp"

namespace berth::bench {

Options parse(int argc, char** argv) {
    const std::map<std::string, Mode> modes{
        {"echo", Mode::echo}, {"fanout", Mode::fanout}, {"storm", Mode::storm}};
    Options options;
    CLI::App app{
        "Load for a WebSocket server from one thread; every payload that comes back is compared.\n"
        "Obeys lines on standard input, one JSON object each in answer:\n"
        "  open COUNT                  there are so many connections now\n"
        "  run WARM_UP_MS WINDOW_MS    load; figures of the window; then nothing is under way"};
    app.add_option("mode", options.mode, "echo, fanout or storm")
        ->required()
        ->transform(CLI::CheckedTransformer(modes));
    app.add_option("--address", options.address, "IPv4 address of the server");
    app.add_option("--port", options.port, "its port")->required();
    app.add_option("--path", options.paths, "paths, given to the connections in turn")->delimiter(',');
    app.add_option("--in-flight", options.in_flight,
                   "messages under way on a connection, of a burst, or connections being made")
        ->check(CLI::Range(1u, in_flight_max));
    app.add_option("--size", options.sizes, "bytes of the payloads, in turn")
        ->delimiter(',')
        ->check(CLI::Range(payload_bytes_min, payload_bytes_max));
    app.add_option("--speakers", options.speakers, "echo: connections that speak; 0: all");
    app.add_option("--rate", options.rate, "echo: messages a second; 0: as fast as they come back");
    app.add_flag("--text", options.is_text, "texts, not buffers");
    app.add_flag("--mirrored", options.is_mirrored, "the server sends back bytes, not frames");
    app.add_flag("--tls", options.has_tls, "TLS 1.3");
    app.add_option("--servers", options.servers, "processes whose CPU time is counted")->delimiter(',');
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::exit(app.exit(error));
    }
    return options;
}

}  // namespace berth::bench
