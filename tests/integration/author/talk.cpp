// SPDX-License-Identifier: MIT
#include "integration/author/talk.hpp"

#include <algorithm>
#include <sstream>

namespace berth::test {
namespace {

/// Cuts what comes before `separator` off the front.
std::string cut(std::string& text, const std::string& separator) {
    const std::size_t at = std::min(text.find(separator), text.size());
    std::string front = text.substr(0, at);
    text.erase(0, at + separator.size());
    return front;
}

/// What follows a beginning, if the text begins so.
std::optional<std::string> after(const std::string& text, std::string_view beginning) {
    if (!text.starts_with(beginning)) return std::nullopt;
    return text.substr(beginning.size());
}

std::string from_hex(const std::string& text) {
    std::istringstream in(text);
    std::string bytes;
    for (std::string word; in >> word;) bytes += static_cast<char>(std::stoi(word, nullptr, 16));
    return bytes;
}

std::string to_hex(const std::string& bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += (text.empty() ? "" : " ") + std::string{digits[byte >> 4], digits[byte & 15]};
    }
    return text;
}

std::string closed_text(const Frame& frame) {
    const std::string reason = close_reason(frame);
    return std::to_string(close_code(frame)) + (reason.empty() ? "" : " " + reason);
}

}  // namespace

void Talk::play(const std::string& block) {
    std::istringstream lines(block);
    for (std::string line; std::getline(lines, line);) {
        while (!line.empty()) play_sentence(cut(line, "; "));
    }
}

void Talk::play_sentence(const std::string& sentence) {
    SCOPED_TRACE(project_ + ": " + sentence);
    std::string what = sentence;
    const std::string who = cut(what, " ");
    if (who == "$") return run_command(what);
    if (what == "connects" || what.starts_with("connects ")) {
        connect(who, what.substr(std::string("connects").size()));
    } else {
        act(who, what);
    }
}

void Talk::act(const std::string& who, const std::string& what) {
    if (const auto text = after(what, "says ")) {
        EXPECT_TRUE(peer(who).raw.send(Frame{.opcode = opcode::text, .payload = *text}));
    } else if (const auto hex = after(what, "sends ")) {
        EXPECT_TRUE(peer(who).raw.send(Frame{.opcode = opcode::binary, .payload = from_hex(*hex)}));
    } else if (const auto heard = after(what, "hears ")) {
        const auto frame = next(peer(who));
        ASSERT_TRUE(frame) << "nothing was heard";
        EXPECT_EQ(frame->opcode == opcode::binary ? to_hex(frame->payload) : frame->opcode == opcode::close ? "closed " + closed_text(*frame) : frame->payload,
                  *heard);
    } else if (const auto closed = after(what, "is closed ")) {
        const auto frame = next(peer(who));
        ASSERT_TRUE(frame && frame->opcode == opcode::close) << "no close came";
        EXPECT_EQ(closed_text(*frame), *closed);
    } else if (const auto refused = after(what, "is refused ")) {
        const HttpReply& reply = peer(who).reply;
        EXPECT_EQ(std::to_string(reply.status) + " " + reply.body.substr(0, reply.body.find('\n')), *refused);
    } else {
        ADD_FAILURE() << "nobody can do that";
    }
}

Talk::Peer& Talk::peer(const std::string& who) {
    const auto found = peers_.find(who);
    return found == peers_.end() ? connect(who, "") : found->second;
}

Talk::Peer& Talk::connect(const std::string& who, const std::string& how) {
    std::string rest = how, target = "/" + project_;
    if (const auto path = after(rest, " to ")) {
        rest = *path;
        target = cut(rest, " ");
        rest = rest.empty() ? "" : " " + rest;
    }
    Headers headers;
    if (auto with = after(rest, " with ")) {
        while (!with->empty()) {
            std::string value = cut(*with, ", ");
            const std::string name = cut(value, ": ");
            if (name == "Sec-WebSocket-Protocol") std::replace(value.begin(), value.end(), ' ', ',');
            headers.emplace_back(name, value);
        }
    }
    peers_.erase(who);
    const auto before = ids();
    Peer& peer = peers_.emplace(who, Peer(host_.ws())).first->second;
    peer.reply = peer.raw.ask(target, headers);
    if (peer.reply.status != 101) return peer;
    for (const auto& id : ids()) {
        if (std::find(before.begin(), before.end(), id) == before.end()) peer.id = id;
    }
    return peer;
}

std::vector<std::string> Talk::ids() const {
    std::vector<std::string> ids;
    const auto reply = host_.ask("clients", {{"project", project_}});
    if (reply.contains("clients"))
        for (const auto& client : reply.at("clients")) ids.push_back(client.at("id"));
    return ids;
}

void Talk::run_command(std::string command) {
    for (const auto& [who, peer] : peers_) {
        std::string name = "ID-OF-" + who;
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
        if (const std::size_t at = command.find(name); at != std::string::npos)
            command.replace(at, name.size(), peer.id);
    }
    std::string expected = command;
    command = cut(expected, " -> ");
    const std::string usual = ":7681/";
    if (const std::size_t at = command.find(usual); at != std::string::npos)
        command.replace(at, usual.size(), ":" + std::to_string(host_.ws().port) + "/");
    std::string printed = must({"sh", "-c", command}, shell_).out;
    std::replace(printed.begin(), printed.end(), '\n', ' ');
    if (!expected.empty()) {
        EXPECT_EQ(printed, expected + " ");
    }
}

std::optional<Frame> Talk::next(Peer& peer) {
    while (auto frame = peer.raw.frame()) {
        if (frame->opcode == opcode::close) peer.raw.send(*frame);
        if (frame->opcode != opcode::ping && frame->opcode != opcode::pong) return frame;
    }
    return std::nullopt;
}

}  // namespace berth::test
