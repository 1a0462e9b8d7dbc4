// SPDX-License-Identifier: MIT
#include "worker/request.hpp"

#include <vector>

namespace berth::host::worker {
namespace {

/// In the order in which a Request numbers them.
std::vector<std::string_view> texts_of(const link::Opening& o) {
    std::vector<std::string_view> texts{o.address, o.path, o.query, o.origin, o.tls_version, o.tls_cipher, o.tls_subject, o.user};
    texts.reserve(texts.size() + o.subprotocols.size() + 2 * o.headers.size());
    texts.insert(texts.end(), o.subprotocols.begin(), o.subprotocols.end());
    for (const auto& [name, value] : o.headers) {
        texts.push_back(name);
        texts.push_back(value);
    }
    return texts;
}

}  // namespace

Request::Request(const link::Opening& opening)
    : texts_(texts_of(opening)), offered_(static_cast<std::uint32_t>(opening.subprotocols.size())),
      headers_(static_cast<std::uint32_t>(opening.headers.size())) {}

}  // namespace berth::host::worker
