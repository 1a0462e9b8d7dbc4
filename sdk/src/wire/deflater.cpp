// SPDX-License-Identifier: MIT
#include "wire/deflater.hpp"

#include <array>

#include "wire/require.hpp"
#include "wire/zlib_stream.hpp"

namespace berth::wire {

namespace {

/// The end of what zlib writes for a flush, which RFC 7692 §7.2.1 leaves out.
constexpr std::size_t omitted_bytes = 4;

/// Room for what is written at a time; on the stack.
constexpr std::size_t piece_bytes = 8 * 1024;

}  // namespace

Deflater::Deflater(const DeflateSettings& settings, bool takes_over_context) noexcept
    : settings_(settings), takes_over_context_(takes_over_context) {
    require(settings.window_bits >= 9 && settings.window_bits <= 15, "zlib deflates with 9 to 15 bits");
    require(settings.level >= 1 && settings.level <= 9, "a level is 1 to 9");
    require(settings.memory_level >= 1 && settings.memory_level <= 9, "a memory level is 1 to 9");
}

Deflater::~Deflater() {
    if (stream_) deflateEnd(&stream_->zlib);
}

void Deflater::begin() {
    if (stream_) {
        if (!takes_over_context_) deflateReset(&stream_->zlib);
        return;
    }
    stream_ = std::make_unique<ZlibStream>();
    // Negative: no header around the blocks.
    const int begun = deflateInit2(&stream_->zlib, settings_.level, Z_DEFLATED, -int{settings_.window_bits},
                                   settings_.memory_level, Z_DEFAULT_STRATEGY);
    require(begun == Z_OK, "zlib begins to deflate");
}

void Deflater::append(std::string& to, std::string_view payload) {
    // RFC 7692 §7.2.3.6: an empty block. zlib makes none where it has just flushed.
    if (payload.empty()) return to.push_back('\0');
    begin();
    z_stream& zlib = stream_->zlib;
    // zlib reads through this pointer and never writes, but has no word for that.
    zlib.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(payload.data()));
    zlib.avail_in = static_cast<unsigned>(payload.size());
    std::array<char, piece_bytes> piece;
    do {
        zlib.next_out = reinterpret_cast<unsigned char*>(piece.data());
        zlib.avail_out = static_cast<unsigned>(piece.size());
        deflate(&zlib, Z_SYNC_FLUSH);
        to.append(piece.data(), piece.size() - zlib.avail_out);
        // Room that is left says that the flush is complete.
    } while (zlib.avail_out == 0);
    to.resize(to.size() - omitted_bytes);
}

std::size_t Deflater::held_bytes() const noexcept {
    return stream_ ? stream_->bytes : 0;
}

}  // namespace berth::wire
