// SPDX-License-Identifier: MIT
#include "wire/close_code.hpp"

namespace berth::wire {

bool may_be_received(std::uint16_t code) noexcept {
    // RFC 6455 §7.4.1 and §7.4.2: 1004 is reserved; 1005, 1006 and 1015 describe what happened without a
    // code. IANA has registered 1012 to 1014 since.
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

bool may_be_sent(std::uint16_t code, Role role) noexcept {
    // RFC 6455 §7.4.1: 1010 is a client's complaint; a server refuses in the handshake instead.
    return may_be_received(code) && !(code == close_code::mandatory_extension && role == Role::server);
}

std::string_view close_code_name(std::uint16_t code) noexcept {
    switch (code) {
        case close_code::normal:
            return "normal";
        case close_code::going_away:
            return "going away";
        case close_code::protocol_error:
            return "protocol error";
        case close_code::unsupported_data:
            return "unsupported data";
        case close_code::no_status:
            return "no status";
        case close_code::abnormal:
            return "abnormal";
        case close_code::invalid_payload:
            return "invalid payload";
        case close_code::policy_violation:
            return "policy violation";
        case close_code::message_too_big:
            return "message too big";
        case close_code::mandatory_extension:
            return "mandatory extension";
        case close_code::internal_error:
            return "internal error";
        case close_code::service_restart:
            return "service restart";
        case close_code::try_again_later:
            return "try again later";
        case close_code::bad_gateway:
            return "bad gateway";
        case close_code::tls_handshake:
            return "tls handshake";
        default:
            return code >= 3000 && code <= 4999 ? "application" : "unknown";
    }
}

}  // namespace berth::wire
