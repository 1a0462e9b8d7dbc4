// SPDX-License-Identifier: MIT
/// Sinks that write down what they are told, one line a call.
#pragma once

#include <string>
#include <vector>

#include "link/actions.hpp"
#include "link/events.hpp"

namespace berth::host::link::testing {

inline std::string id(ClientId client) { return std::to_string(value_of(client)); }
inline std::string number(auto value) { return std::to_string(static_cast<long long>(value)); }

struct RecordingEvents : EventSink {
    std::vector<std::string> lines;

    void opening(const Opening& o) override {
        std::string line = "opening " + id(o.client) + " " + std::string(o.address) + ":" + number(o.port) + " " +
                           std::string(o.path) + "?" + std::string(o.query) + " origin=" + std::string(o.origin);
        for (const auto name : o.subprotocols) line += " offers=" + std::string(name);
        for (const auto& [name, value] : o.headers) line += " " + std::string(name) + "=" + std::string(value);
        line += " tls=" + std::string(o.tls_version) + "/" + std::string(o.tls_cipher) + "/" + std::string(o.tls_subject);
        lines.push_back(line + " user=" + std::string(o.user) + " at=" + number(o.connected_at_ms));
    }
    void opened(ClientId c, std::string_view protocol) override {
        lines.push_back("opened " + id(c) + " " + std::string(protocol));
    }
    void abandoned(ClientId c, std::uint16_t code, Cause cause, std::string_view reason) override {
        lines.push_back("abandoned " + id(c) + " " + number(code) + " " + number(cause) + " " + std::string(reason));
    }
    void message(ClientId c, std::uint64_t seq, Kind kind, std::string_view payload) override {
        lines.push_back("message " + id(c) + " #" + number(seq) + (kind == Kind::text ? " text " : " buffer ") +
                        std::string(payload));
    }
    void closed(ClientId c, std::uint16_t code, Cause cause, std::string_view reason) override {
        lines.push_back("closed " + id(c) + " " + number(code) + " " + number(cause) + " " + std::string(reason));
    }
    void resumed(const Opening& o, const Resumption& r) override {
        opening(o);
        lines.back().replace(0, 7, "resumed");
        lines.back() += " protocol=" + std::string(r.subprotocol) + " backlog=" + number(r.backlog) +
                        (r.state ? " state=" + std::string(*r.state) : "") + (r.is_interrupted ? " interrupted" : "");
    }
    void lost(std::span<const ClientId> clients) override {
        std::string line = "lost";
        for (const ClientId c : clients) line += " " + id(c);
        lines.push_back(line);
    }
    void subscribed(ClientId c, std::string_view topic) override {
        lines.push_back("subscribed " + id(c) + " " + std::string(topic));
    }
    void parting(ClientId c) override { lines.push_back("parting " + id(c)); }
    void credit(ClientId c, std::uint64_t bytes) override { lines.push_back("credit " + id(c) + " " + number(bytes)); }
    void flush() override {}
};

struct RecordingActions : ActionSink {
    std::vector<std::string> lines;

    void admitted(ClientId c, const Admission& a) override {
        lines.push_back("admitted " + id(c) + " " + number(a.status) + " " + std::string(a.reason) + " " +
                        std::string(a.subprotocol));
    }
    void send(ClientId c, Kind kind, std::string_view payload) override {
        lines.push_back("send " + id(c) + (kind == Kind::text ? " text " : " buffer ") + std::string(payload));
    }
    void send_many(std::span<const ClientId> clients, Kind, std::string_view payload) override {
        std::string line = "send_many";
        for (const ClientId c : clients) line += " " + id(c);
        lines.push_back(line + " " + std::string(payload));
    }
    void subscribe(ClientId c, std::string_view topic) override {
        lines.push_back("subscribe " + id(c) + " " + std::string(topic));
    }
    void unsubscribe(ClientId c, std::string_view topic) override {
        lines.push_back("unsubscribe " + id(c) + " " + std::string(topic));
    }
    void publish(const Publication& p) override {
        lines.push_back("publish " + std::string(p.topic) + (p.kind == Kind::text ? " text " : " buffer ") +
                        std::string(p.payload) + " except=" + id(p.except));
    }
    void close(ClientId c, std::uint16_t code, Cause cause, std::string_view reason) override {
        lines.push_back("close " + id(c) + " " + number(code) + " " + number(cause) + " " + std::string(reason));
    }
    void done(ClientId c, std::uint64_t seq) override { lines.push_back("done " + id(c) + " #" + number(seq)); }
    void saved(ClientId c, std::string_view state) override {
        lines.push_back("saved " + id(c) + " " + std::string(state));
    }
    void parted(ClientId c) override { lines.push_back("parted " + id(c)); }
    void released(ClientId c) override { lines.push_back("released " + id(c)); }
};

}  // namespace berth::host::link::testing
