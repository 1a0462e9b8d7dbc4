// SPDX-License-Identifier: MIT
/// Compressed messages: they inflate the same in pieces and in rooms of any size, and what they become comes back.
#include <algorithm>

#include "fuzz/target.hpp"
#include "unit/wire/frames.hpp"
#include "unit/wire/inflating.hpp"

namespace berth::fuzz {

namespace {

using namespace berth::wire;

/// Of one message; a bomb is left alone beyond it.
constexpr std::size_t made_bytes_max = 32 * 1024;

/// The two bytes in front of the messages.
struct Settings {
    std::uint8_t window_bits;
    bool takes_over_context;
    std::size_t piece;
};

Settings settings_from(const std::uint8_t* bytes) {
    return {.window_bits = static_cast<std::uint8_t>(8 + bytes[0] % 8),
            .takes_over_context = (bytes[0] & 8) != 0,
            .piece = 1 + std::size_t{bytes[1]}};
}

/// What a message becomes, as far as it goes; its pieces are given and taken in `piece` bytes.
struct Made {
    std::string bytes;
    bool is_whole = false;
    bool operator==(const Made&) const = default;
};

Made make(Inflater& inflater, const Settings& settings, std::string_view message, std::size_t piece, std::size_t room_bytes) {
    Made made;
    std::string room(room_bytes, '\0');
    const auto take = [&] {
        for (;;) {
            const auto [count, is_broken] = inflater.take(room);
            promise(count <= room.size(), "no more is made than there is room for");
            made.bytes.append(room, 0, count);
            if (made.bytes.size() >= made_bytes_max) {
                made.bytes.resize(made_bytes_max);
                return false;
            }
            if (is_broken || count < room.size()) return !is_broken;
        }
    };
    for (std::size_t at = 0; at < message.size(); at += piece) {
        inflater.give(message.substr(at, piece));
        if (!take()) return made;
    }
    inflater.give_end();
    made.is_whole = take() && inflater.end();
    promise(inflater.held_bytes() <= Inflater::context_bytes(settings.window_bits), "a context is bounded");
    return made;
}

/// Messages end where a byte 0xFE stands alone between them, which mutation moves.
std::vector<Made> read(const Settings& settings, std::string_view messages, std::size_t piece, std::size_t room) {
    Inflater inflater(settings.window_bits, settings.takes_over_context);
    std::vector<Made> all;
    while (!messages.empty()) {
        const std::string_view message = messages.substr(0, messages.find('\xFE'));
        messages.remove_prefix(std::min(messages.size(), message.size() + 1));
        all.push_back(make(inflater, settings, message, piece, room));
        if (!all.back().is_whole) break;
    }
    return all;
}

}  // namespace

std::vector<std::string> seeds() {
    const auto seed = [](int window, int piece, const std::string& messages) { return raw({window, piece}) + messages; };
    const std::string hello = deflated("Hello");
    return {
        seed(7 | 8, 2, hello + "\xFE" + raw({0xf2, 0x00, 0x11, 0x00, 0x00})),
        seed(7, 0, raw({0x00, 0x05, 0x00, 0xfa, 0xff, 'H', 'e', 'l', 'l', 'o', 0x00})),
        seed(7 | 8, 1, raw({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00}) + "\xFE" + hello),
        seed(7, 0, raw({0x00, 0x05, 0x00, 0xfa, 0xff, 'H'})),
        seed(0, 200, deflated(words(900))),
        seed(1 | 8, 9, deflated(noise(300)) + "\xFE" + deflated("") + "\xFE" + raw({0x02, 0x00})),
        seed(7, 255, deflated(std::string(100'000, '\0'))),
    };
}

}  // namespace berth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth::fuzz;
    if (size < 2) return 0;
    const Settings settings = settings_from(data);
    const std::string_view messages{reinterpret_cast<const char*>(data) + 2, size - 2};

    const auto whole = read(settings, messages, messages.size() + 1, 4096);
    // How a reference beyond a smaller window fares depends on the room.
    const bool is_exact = settings.window_bits == 15;
    promise(read(settings, messages, 1, 4096) == whole || !is_exact, "byte by byte makes the same");
    promise(read(settings, messages, settings.piece, settings.piece) == whole || !is_exact, "into little room makes the same");

    // What was made, and the bytes themselves, are a payload like any other.
    for (const std::string_view payload : {whole.empty() ? std::string_view{} : std::string_view{whole.front().bytes}, messages}) {
        const auto bits = std::max<std::uint8_t>(settings.window_bits, 9);
        Deflater deflater({.window_bits = bits, .level = 1, .memory_level = 1}, settings.takes_over_context);
        Inflater inflater(bits, settings.takes_over_context);
        for (int i = 0; i < 2; ++i) {
            promise(berth::wire::inflated(inflater, berth::wire::deflated(deflater, payload), settings.piece) == payload, "what was deflated comes back");
        }
    }
    return 0;
}
