// SPDX-License-Identifier: MIT
//
// The small types of the C++ face: client ids, bytes, statuses, errors.
#ifndef BERTH_CPP_TYPES_HPP
#define BERTH_CPP_TYPES_HPP

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "../berth.h"

namespace berth {

/// A client; never mixes with integers. A stale id is safe everywhere.
enum class ClientId : berth_client_id {};

/// Names the global service where a context is meant.
inline constexpr ClientId global_service_id{0};

/// The id in decimal, as logs and the command line write it.
inline std::string to_string(ClientId id) {
    return std::to_string(static_cast<berth_client_id>(id));
}

/// Bytes that are not text, borrowed.
using Buffer = std::span<const std::byte>;

/// Any contiguous range of bytes or numbers, or a std::string, as a buffer.
template <class Range>
Buffer buffer(const Range& range) noexcept {
    return std::as_bytes(std::span(range));
}

/// Between the face's and the interface's text. Both borrow.
constexpr std::string_view view(berth_str text) noexcept {
    return text.size == 0 ? std::string_view{} : std::string_view{text.data, text.size};
}
constexpr berth_str str(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

/// Outcome of a call into the host.
enum class Status : berth_status {
    ok = BERTH_OK,
    failed = BERTH_FAILED,
    gone = BERTH_GONE,
    backlog_full = BERTH_BACKLOG_FULL,
    truncated = BERTH_TRUNCATED,
    invalid = BERTH_INVALID,
    unsupported = BERTH_UNSUPPORTED,
    absent = BERTH_ABSENT
};

/// What became of a message or call for somebody else. None of them is an error of the caller.
enum class Sent {
    queued,
    gone,         ///< the client is not there (any more)
    backlog_full  ///< its bounded queue is full; nothing was queued
};

/// Levels of `log`.
enum class Level : std::int32_t {
    debug = BERTH_LOG_DEBUG,
    info = BERTH_LOG_INFO,
    warning = BERTH_LOG_WARNING,
    error = BERTH_LOG_ERROR
};

/// Why a client has gone.
enum class Cause : std::uint16_t {
    client = BERTH_BY_CLIENT,
    project = BERTH_BY_PROJECT,
    administrator = BERTH_BY_ADMINISTRATOR,
    limit = BERTH_BY_LIMIT,
    network = BERTH_BY_NETWORK,
    redeploy = BERTH_BY_REDEPLOY,
    stop = BERTH_BY_STOP,
    error = BERTH_BY_ERROR
};

/// What the face throws, and what a project may throw: an event that throws has failed, with this
/// status and sentence in the log, and its client is closed with 1011.
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& what) : Error(Status::failed, what) {}
    Error(Status status, const std::string& what) : std::runtime_error(what), status_(status) {}

    Status status() const noexcept { return status_; }

private:
    Status status_;
};

/// One whole message. The bytes are borrowed until the event returns.
struct Message {
    bool is_text = true;     ///< valid UTF-8; otherwise a buffer
    std::string_view bytes;  ///< of either kind

    std::string_view text() const noexcept { return bytes; }
    Buffer buffer() const noexcept { return berth::buffer(bytes); }
};

/// How a client went. The reason is borrowed until the event returns.
struct Close {
    std::uint16_t code = 0;  ///< RFC 6455 section 7.4; 1005 or 1006 when no code came
    Cause cause = Cause::network;
    std::string_view reason;
};

/// A client as it asks to connect. Texts are borrowed until the event returns.
struct Client {
    ClientId id{};
    std::string_view address;  ///< of the peer, numeric
    std::uint16_t port = 0;    ///< of the peer
    std::string_view path;     ///< the whole path, not decoded
    std::string_view query;    ///< after the '?', not decoded
    std::string_view origin;   ///< empty: not a browser
    std::span<const berth_str> offered;

    explicit Client(const berth_client& from)
        : id{from.id},
          address{view(from.address)},
          port{static_cast<std::uint16_t>(from.port)},
          path{view(from.path)},
          query{view(from.query)},
          origin{view(from.origin)},
          offered{from.subprotocols, from.subprotocol_count} {}

    /// The sub-protocols offered, in the client's order.
    std::vector<std::string_view> subprotocols() const {
        std::vector<std::string_view> names;
        for (const berth_str& name : offered) names.push_back(view(name));
        return names;
    }

    /// Whether the client offered this sub-protocol.
    bool offers(std::string_view subprotocol) const noexcept {
        for (const berth_str& name : offered)
            if (view(name) == subprotocol) return true;
        return false;
    }
};

/// The answer to a client that asks to connect; untouched it accepts.
class Admission {
public:
    Admission(const Client& client, berth_admission& answer, std::string& storage)
        : client_(client), answer_(answer), storage_(storage) {}

    /// Refuses with an HTTP status, 400 to 599, and a text for the body.
    void refuse(unsigned status, std::string_view reason = {}) {
        if (status < 400 || status > 599)
            throw Error(Status::invalid, "admission: a refusal has a status from 400 to 599");
        answer_.http_status = status;
        answer_.subprotocol = {};
        answer_.reason = keep(reason);
    }

    /// Chooses a sub-protocol. False, and nothing is chosen, when the client did not offer it or is
    /// refused already.
    bool accept_subprotocol(std::string_view name) {
        if (answer_.http_status != 0 || !client_.offers(name)) return false;
        answer_.subprotocol = keep(name);
        return true;
    }

private:
    // The host reads the answer after the event has returned, so the context keeps the text.
    berth_str keep(std::string_view text) {
        storage_ = text;
        return str(storage_);
    }

    const Client& client_;
    berth_admission& answer_;
    std::string& storage_;
};

}  // namespace berth

#endif
