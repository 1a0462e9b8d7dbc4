// SPDX-License-Identifier: MIT
/// A peer's stream: whole, in pieces and with pauses it must say the same, within the limits.
#include <optional>

#include "fuzz/target.hpp"
#include "unit/wire/frames.hpp"
#include "unit/wire/inflating.hpp"
#include "unit/wire/recording_sink.hpp"
#include "wire/close_code.hpp"
#include "wire/frame_parser.hpp"
#include "wire/frame_writer.hpp"

namespace berth::fuzz {

namespace {

using namespace berth::wire;

/// The three bytes in front of the stream.
struct Settings {
    Role role;
    bool is_compressed;  ///< permessage-deflate is negotiated
    bool takes_over_context;
    FrameLimits limits;
    std::size_t piece;
};

Settings settings_from(const std::uint8_t* bytes) {
    return {.role = (bytes[0] & 1) != 0 ? Role::client : Role::server,
            .is_compressed = (bytes[0] & 2) != 0,
            .takes_over_context = (bytes[0] & 4) != 0,
            .limits = {.message_bytes_max = std::size_t{bytes[1]} * 4, .fragments_max = 1u + bytes[1] % 8},
            .piece = 1 + std::size_t{bytes[2]}};
}

/// Holds every event against what the parser promises about it.
class PromiseSink : public RecordingSink {
public:
    explicit PromiseSink(const Settings& settings) : settings_(settings) {}

    Flow message(const Message& message) override {
        promise(!ended_, "nothing follows the end");
        promise(message.payload.size() <= settings_.limits.message_bytes_max,
                "a message is within its limit");
        promise(message.kind == MessageKind::buffer || is_valid_utf8(message.payload), "text is UTF-8");
        return RecordingSink::message(message);
    }
    Flow ping(std::string_view payload) override {
        promise(!ended_ && payload.size() <= control_payload_bytes_max, "a ping is short and before the end");
        return RecordingSink::ping(payload);
    }
    Flow pong(std::string_view payload) override {
        promise(!ended_ && payload.size() <= control_payload_bytes_max, "a pong is short and before the end");
        return RecordingSink::pong(payload);
    }
    void closed(std::uint16_t code, std::string_view reason) override {
        promise(!ended_, "there is one end");
        promise(code == close_code::no_status || may_be_received(code),
                "a close has a code that may be received");
        promise(is_valid_utf8(reason) && reason.size() <= close_reason_bytes_max,
                "a close reason is short UTF-8");
        ended_ = true;
        RecordingSink::closed(code, reason);
    }
    void failed(FrameError error) override {
        promise(!ended_, "there is one end");
        promise(may_be_sent(error.code, settings_.role), "a failure has a code that may be sent");
        promise(error.sentence.size() <= close_reason_bytes_max,
                "a failure's sentence fits into a close frame");
        ended_ = true;
        RecordingSink::failed(error);
    }

private:
    Settings settings_;
    bool ended_ = false;
};

std::vector<std::string> read(const Settings& settings, std::string_view stream, std::size_t piece,
                              bool pauses) {
    std::optional<Inflater> inflater;
    if (settings.is_compressed) inflater.emplace(std::uint8_t{15}, settings.takes_over_context);
    FrameParser parser{settings.role, settings.limits, inflater ? &*inflater : nullptr};
    PromiseSink sink{settings};
    sink.pauses = pauses;
    std::string waiting;
    for (std::size_t at = 0; at < stream.size() || !waiting.empty(); at += piece) {
        if (at < stream.size()) waiting += stream.substr(at, piece);
        const std::size_t used = parser.consume(waiting, sink);
        promise(used <= waiting.size(), "no more is used than given");
        promise(pauses || used == waiting.size(), "without a pause all is used");
        promise(used != 0, "there is always progress");
        waiting.erase(0, used);
        promise(parser.held_bytes() <= settings.limits.message_bytes_max + control_payload_bytes_max,
                "memory is bounded");
        promise(parser.is_amid_message() || parser.held_bytes() == 0, "memory is released between messages");
        promise(!inflater || inflater->held_bytes() <= Inflater::context_bytes(15), "a context is bounded");
    }
    return sink.events;
}

std::string seed(Role role, std::string_view stream, char limit = 100, char piece = 2) {
    return std::string{role == Role::client ? '\1' : '\0', limit, piece} + std::string{stream};
}

}  // namespace

std::vector<std::string> seeds() {
    const std::string talk = client_frame(Opcode::text, "h\xC3\xA9llo") +
                             client_frame(Opcode::binary, std::string(130, 'b')) +
                             client_frame(Opcode::text, "\xF0\x9F", false) + client_frame(Opcode::ping, "p") +
                             client_frame(Opcode::continuation, "\x98\x80", false) +
                             client_frame(Opcode::continuation, "") + client_frame(Opcode::pong, "");
    std::string served;
    append_fragmented(served, MessageKind::text, "a text in fragments", 7);
    append_frame(served, Opcode::ping, "ping");
    append_frame(served, Opcode::binary, std::string(200, 'z'));
    append_close(served, 1001, "bye");
    const std::string hello = deflated("Hello");
    std::string zipped = seed(Role::server, client_frame(Opcode::text, hello, true, rsv1) +
                                                client_frame(Opcode::binary, deflated(words(300)), false, rsv1) +
                                                client_frame(Opcode::ping, "p") + client_frame(Opcode::continuation, "") +
                                                client_frame(Opcode::text, raw({0xf2, 0, 0x11, 0, 0}), true, rsv1));
    zipped[0] = 6;
    std::string broken = seed(Role::server, client_frame(Opcode::text, hello, false, rsv1) +
                                                client_frame(Opcode::continuation, "\xFF", true));
    broken[0] = 2;
    return {
        seed(Role::server, talk + client_close(1000, "done")),
        seed(Role::server, talk + client_frame(Opcode::close, "")),
        seed(Role::client, served),
        zipped,
        broken,
        seed(Role::server, client_frame(Opcode::binary, std::string(401, 'x'))),
        seed(Role::server, raw({0x82, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4}), '\x7F'),
        seed(Role::server, raw({0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4})),
        seed(Role::server, raw({0x81, 0xFE, 0, 3, 0, 0, 0, 0, 'a', 'b', 'c'})),
    };
}

}  // namespace berth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth::fuzz;
    if (size < 3) return 0;
    const Settings settings = settings_from(data);
    const std::string_view stream{reinterpret_cast<const char*>(data) + 3, size - 3};

    const auto whole = read(settings, stream, stream.size() + 1, false);
    promise(read(settings, stream, 1, false) == whole, "byte by byte says the same");
    promise(read(settings, stream, settings.piece, false) == whole, "in pieces says the same");
    promise(read(settings, stream, settings.piece, true) == whole, "with pauses says the same");
    return 0;
}
