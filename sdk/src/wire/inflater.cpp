// SPDX-License-Identifier: MIT
#include "wire/inflater.hpp"

#include <algorithm>

#include "wire/require.hpp"
#include "wire/zlib_stream.hpp"

namespace berth::wire {

namespace {

/// What is left out at the end of each message: the rest of an empty block without compression.
constexpr std::string_view omitted{"\x00\x00\xFF\xFF", 4};

/// zlib says so in `data_type`: a block has ended with the last bit of its last byte, and the next has not begun.
constexpr int between_blocks = 128;

/// Of zlib 1.2 on 64 bits, rounded up; a test compares it with what is counted.
constexpr std::size_t state_bytes = 7400;

}  // namespace

Inflater::Inflater(std::uint8_t window_bits, bool takes_over_context) noexcept
    : window_bits_(window_bits), takes_over_context_(takes_over_context) {
    require(window_bits >= 8 && window_bits <= 15, "a window has 8 to 15 bits");
}

Inflater::~Inflater() {
    release();
}

void Inflater::give(std::string_view piece) {
    if (!stream_) {
        stream_ = std::make_unique<ZlibStream>();
        // Negative: no header around the blocks. Peers whose zlib makes no window of 8 bits take one of 9.
        const int begun = inflateInit2(&stream_->zlib, -std::max<int>(window_bits_, 9));
        require(begun == Z_OK, "zlib begins to inflate");
    }
    z_stream& zlib = stream_->zlib;
    // zlib reads through this pointer and never writes, but has no word for that.
    zlib.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(piece.data()));
    zlib.avail_in = static_cast<unsigned>(piece.size());
}

Inflater::Taken Inflater::take(std::span<char> room) {
    z_stream& zlib = stream_->zlib;
    // Nothing is left to be made, and zlib would forget where it stands.
    if (zlib.avail_in == 0 && zlib.data_type == between_blocks) return {};
    zlib.next_out = reinterpret_cast<unsigned char*>(room.data());
    zlib.avail_out = static_cast<unsigned>(room.size());
    int status = inflate(&zlib, Z_SYNC_FLUSH);
    // RFC 7692 §7.2.3.4: a block may call itself the last, and others follow. They may refer to what came before (§7.2.3.2),
    // so the window stays. A block may be two bytes: nothing is copied for it, as inflateSetDictionary would.
    while (status == Z_STREAM_END) {
        inflateResetKeep(&zlib);
        status = inflate(&zlib, Z_SYNC_FLUSH);
    }
    require(status != Z_MEM_ERROR, "there is memory for a window");
    return {room.size() - zlib.avail_out, status != Z_OK && status != Z_BUF_ERROR};
}

void Inflater::give_end() {
    give(omitted);
}

bool Inflater::end() noexcept {
    const bool has_ended = stream_->zlib.data_type == between_blocks && stream_->zlib.avail_in == 0;
    if (!takes_over_context_) release();
    return has_ended;
}

void Inflater::release() noexcept {
    if (stream_) inflateEnd(&stream_->zlib);
    stream_.reset();
}

std::size_t Inflater::held_bytes() const noexcept {
    return stream_ ? stream_->bytes : 0;
}

std::size_t Inflater::context_bytes(std::uint8_t window_bits) noexcept {
    return state_bytes + (std::size_t{1} << std::max<int>(window_bits, 9));
}

}  // namespace berth::wire
