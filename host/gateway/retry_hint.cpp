// SPDX-License-Identifier: MIT
#include "gateway/retry_hint.hpp"

#include "wire/frame.hpp"

namespace berth::host::gateway {

std::string with_retry_hint(std::string_view reason, std::uint32_t retry_after_s) {
    std::string sent(reason);
    if (retry_after_s == 0) return sent;
    if (!sent.empty()) sent += "; ";
    sent += "retry-after=" + std::to_string(retry_after_s);
    return sent.size() > wire::close_reason_bytes_max ? std::string(reason) : sent;
}

}  // namespace berth::host::gateway
