// SPDX-License-Identifier: MIT
/// A client's side of permessage-deflate for tests only, over zlib alone.
///
/// Written on purpose without the product's, as the frame codec beside it. Whoever includes it links zlib.
#pragma once

#include <zlib.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "support/frame.hpp"

namespace berth::test {

/// Both directions of one connection. A context that is not taken over is reset with each message.
class Deflate {
public:
    struct Options {
        int send_bits = 15;  ///< window, as agreed for the client
        int receive_bits = 15;
        bool keeps_send_context = false;
        bool keeps_receive_context = false;
    };

    explicit Deflate(Options options) : options_(options) {
        if (deflateInit2(&out_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -options.send_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
            inflateInit2(&in_, -options.receive_bits) != Z_OK) {
            throw std::runtime_error("zlib does not begin");
        }
    }
    Deflate() : Deflate(Options{}) {}
    ~Deflate() {
        deflateEnd(&out_);
        inflateEnd(&in_);
    }
    Deflate(const Deflate&) = delete;
    Deflate& operator=(const Deflate&) = delete;

    /// The payload of a compressed message.
    std::string compress(std::string_view payload) {
        if (!options_.keeps_send_context) deflateReset(&out_);
        std::string made(deflateBound(&out_, payload.size()) + 64, '\0');
        out_.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(payload.data()));
        out_.avail_in = static_cast<unsigned>(payload.size());
        out_.next_out = reinterpret_cast<unsigned char*>(made.data());
        out_.avail_out = static_cast<unsigned>(made.size());
        deflate(&out_, Z_SYNC_FLUSH);
        made.resize(made.size() - out_.avail_out);
        if (!made.ends_with(tail)) return std::string(1, '\0');  // An empty message after another flush.
        made.resize(made.size() - tail.size());
        return made;
    }

    /// What a compressed message was; throws where it is not DEFLATE.
    std::string expand(std::string_view payload) {
        if (!options_.keeps_receive_context) inflateReset(&in_);
        const std::string whole = std::string{payload}.append(tail);
        std::string out;
        char room[4096];
        in_.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(whole.data()));
        in_.avail_in = static_cast<unsigned>(whole.size());
        do {
            in_.next_out = reinterpret_cast<unsigned char*>(room);
            in_.avail_out = sizeof room;
            const int status = inflate(&in_, Z_SYNC_FLUSH);
            if (status != Z_OK && status != Z_BUF_ERROR) throw std::runtime_error("a compressed message is not DEFLATE");
            out.append(room, sizeof room - in_.avail_out);
        } while (in_.avail_out == 0);
        return out;
    }

    /// A whole compressed message in one frame.
    std::string frame(std::string_view payload, bool is_text = true) {
        return encode({.opcode = is_text ? opcode::text : opcode::binary, .payload = compress(payload), .rsv = rsv1});
    }
    /// What a data frame of the server says, compressed or not.
    std::string text_of(const Frame& frame) { return frame.rsv == rsv1 ? expand(frame.payload) : frame.payload; }

private:
    static constexpr std::string_view tail{"\x00\x00\xFF\xFF", 4};

    Options options_;
    z_stream out_{}, in_{};
};

}  // namespace berth::test
