// SPDX-License-Identifier: MIT
#include "gateway/compression.hpp"

#include <algorithm>
#include <limits>

namespace berth::host::gateway {
namespace {

/// Kept by a thread: one for each window that clients can ask for, and one for a project with other settings.
constexpr std::size_t deflaters_max = 8;
/// Kept for the next message.
constexpr std::size_t scratch_bytes_max = 64u << 10;

}  // namespace

std::string_view Compressor::compress(const wire::DeflateSettings& settings, std::string_view payload) {
    const auto found = std::find_if(deflaters_.begin(), deflaters_.end(),
                                    [&](const auto& deflater) { return deflater->settings() == settings; });
    if (found != deflaters_.end()) {
        std::rotate(found, found + 1, deflaters_.end());
    } else {
        if (deflaters_.size() == deflaters_max) deflaters_.erase(deflaters_.begin());
        deflaters_.push_back(std::make_unique<wire::Deflater>(settings, false));
    }
    return compress(*deflaters_.back(), payload);
}

std::string_view Compressor::compress(wire::Deflater& context, std::string_view payload) {
    scratch_.clear();
    if (scratch_.capacity() > scratch_bytes_max) scratch_.shrink_to_fit();
    context.append(scratch_, payload);
    return scratch_;
}

void Compressor::save_memory(bool is_short) {
    is_short_ = is_short;
    if (is_short) deflaters_.clear();
}

std::size_t Compressor::held_bytes() const {
    std::size_t bytes = scratch_.capacity();
    for (const auto& deflater : deflaters_) bytes += deflater->held_bytes();
    return bytes;
}

ClientCompression::ClientCompression(Compressor& compressor, const wire::DeflateParameters& agreed,
                                     const CompressionRules& rules)
    : compressor_(compressor),
      settings_{.window_bits = std::max(agreed.server_window_bits, wire::deflate_window_bits_min),
                .level = rules.level,
                .memory_level = rules.memory_level},
      // zlib makes no window of 8 bits: whoever asks for one is sent plain messages.
      minimum_bytes_(agreed.server_window_bits < wire::deflate_window_bits_min ? std::numeric_limits<std::size_t>::max()
                                                                               : std::max<std::size_t>(rules.minimum_bytes, 1)),
      reserved_bytes_(agreed.client_takes_over_context ? wire::Inflater::context_bytes(agreed.client_window_bits) : 0),
      keeps_context_(agreed.server_takes_over_context),
      inflater_(agreed.client_window_bits, agreed.client_takes_over_context) {}

wire::Deflater* ClientCompression::context() {
    if (!keeps_context_) return nullptr;
    if (compressor_.is_short()) {
        forget_context();
        return nullptr;
    }
    if (!context_) context_.emplace(settings_, true);
    return &*context_;
}

std::size_t ClientCompression::held_bytes() const {
    return reserved_bytes_ + (context_ ? context_->held_bytes() : 0);
}

std::size_t ClientCompression::unfinished_bytes() const {
    return inflater_.held_bytes() - std::min(reserved_bytes_, inflater_.held_bytes());
}

}  // namespace berth::host::gateway
