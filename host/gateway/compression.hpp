// SPDX-License-Identifier: MIT
/// permessage-deflate (RFC 7692) with clients: what an I/O thread compresses with, and what a client has of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/rules.hpp"
#include "wire/deflater.hpp"
#include "wire/inflater.hpp"

namespace berth::host::gateway {

/// The deflaters of one I/O thread that serve every client who has agreed to their window: such a message refers to none
/// before it, so it is compressed once, whoever gets it. [I/O thread]
class Compressor {
public:
    /// What stands for `payload` in a compressed message. Good until the next call.
    [[nodiscard]] std::string_view compress(const wire::DeflateSettings& settings, std::string_view payload);
    /// The same by a client's own context.
    [[nodiscard]] std::string_view compress(wire::Deflater& context, std::string_view payload);

    /// Memory is short: no client gets a context of its own, and the thread's are given back when they are not used.
    void save_memory(bool is_short);
    [[nodiscard]] bool is_short() const { return is_short_; }
    [[nodiscard]] std::size_t held_bytes() const;

private:
    std::vector<std::unique_ptr<wire::Deflater>> deflaters_;  ///< few; the one used last is the last
    std::string scratch_;
    bool is_short_ = false;
};

/// One client's part of it, from its handshake on. [I/O thread]
class ClientCompression {
public:
    /// `compressor` [borrowed: for as long as this].
    ClientCompression(Compressor& compressor, const wire::DeflateParameters& agreed, const CompressionRules& rules);

    /// For what the client sends.
    [[nodiscard]] wire::Inflater& inflater() { return inflater_; }
    /// Whether a message with so many bytes is sent compressed.
    [[nodiscard]] bool wants(std::size_t bytes) const { return bytes >= minimum_bytes_; }
    /// How it is compressed for this client.
    [[nodiscard]] const wire::DeflateSettings& settings() const { return settings_; }
    [[nodiscard]] Compressor& compressor() const { return compressor_; }

    /// Whether messages may refer to the ones before, so that none may be lost that has been encoded.
    [[nodiscard]] bool keeps_context() const { return keeps_context_; }
    /// Its own context, made when it is first asked for; null where it has none, or memory is short. Whoever then sends
    /// it a message that the thread's deflaters have made has ended the context that was.
    [[nodiscard]] wire::Deflater* context();
    /// Gives the memory of its context back: the next message begins a new one, which its receiver need not know.
    void forget_context() { context_.reset(); }

    /// Memory: its contexts. The client's counts in full from the beginning, since it cannot be given back and the client
    /// decides when it is needed.
    [[nodiscard]] std::size_t held_bytes() const;
    /// Memory beside that: what is there for a message that has begun, until it ends.
    [[nodiscard]] std::size_t unfinished_bytes() const;

private:
    Compressor& compressor_;
    wire::DeflateSettings settings_;
    std::size_t minimum_bytes_;
    std::size_t reserved_bytes_;  ///< for the client's context
    bool keeps_context_;
    wire::Inflater inflater_;
    std::optional<wire::Deflater> context_;
};

}  // namespace berth::host::gateway
