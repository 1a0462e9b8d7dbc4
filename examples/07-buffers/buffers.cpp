// SPDX-License-Identifier: MIT
// Binary messages: bytes as they are, no text, no encoding.
#include <berth/berth.hpp>

class Buffers final : public berth::Project {
public:
    using Project::Project;

    void message(berth::ClientId from, berth::Message message) override {
        if (message.is_text) {
            disconnect(from, 1003, "buffers only");  // 1003: data of a kind that is not taken
            return;
        }
        const berth::Buffer bytes = message.buffer();  // borrowed until this event returns
        std::vector<std::byte> backwards(bytes.rbegin(), bytes.rend());
        send(from, berth::buffer(backwards));
    }
};

BERTH_PROJECT(Buffers)
