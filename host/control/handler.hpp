// SPDX-License-Identifier: MIT
/// What the control server calls: one request in, one reply (or a stream of lines) out.
///
/// The protocol is in protocol.md. The supervisor implements `Handler`; the server owns the sockets.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::host::control {

/// Who asks, as the kernel says (SO_PEERCRED).
struct Peer {
    uid_t uid = 0;
    gid_t gid = 0;
    pid_t pid = 0;
};

/// A request that passed the server's checks: known version, known verb, allowed peer, an object.
struct Request {
    std::string verb;          ///< one of protocol.md
    nlohmann::json arguments;  ///< the request object without "version" and "verb"
    Peer peer;
};

/// The "code" of a failed reply: the exit code that the command line ends with.
enum class ReplyCode : int {
    refused = 1,         ///< refused or failed, the sentence says why
    usage = 2,           ///< malformed request or argument
    not_found = 3,       ///< no such client or project
    partial = 4,         ///< some of the clients did not answer
    no_input = 66,       ///< a file that is not there
    unavailable = 69,    ///< a part of the host that is not running
    try_again = 75,      ///< not now: starting, stopping, restarting
    permission = 77,     ///< the peer may not do this
    configuration = 78,  ///< the configuration is wrong
};

/// The code for an error of the host's own: not_found 3, invalid 2, unavailable and timed_out 75, permission
/// 77, else 1.
[[nodiscard]] ReplyCode reply_code_of(Code code);

/// Where a `Reply` puts its lines; the server's side of it. Same thread as the server.
class ReplySink {
public:
    virtual ~ReplySink() = default;
    /// One object, which becomes one line; after the last nothing follows.
    virtual void put(const nlohmann::json& line, bool is_last) = 0;
    /// Whether somebody still reads.
    [[nodiscard]] virtual bool is_open() const = 0;
    /// Called once when the reader goes away before the last line.
    virtual void when_gone(std::function<void()> call) = 0;
};

/// The answer to one request. Copies share it; it may be kept and answered later, from the server's
/// thread. Answering twice, or after the peer has gone, does nothing; dropping the last copy unanswered
/// answers "refused", so that nobody waits for ever.
class Reply {
public:
    explicit Reply(std::shared_ptr<ReplySink> sink);

    /// {"ok":true, ...body}; `body` is an object. Ends the reply.
    void ok(nlohmann::json body = nlohmann::json::object()) const;
    /// {"ok":false,"code":code,"error":sentence}. Ends the reply.
    void fail(ReplyCode code, std::string_view sentence) const;
    void fail(const Error& error) const { fail(reply_code_of(error.code), error.message); }
    /// For streams: {"more":true, ...body}; `ok` or `fail` ends the stream.
    void more(nlohmann::json body) const;
    /// False when the peer has gone or the reply is complete: a stream then stops its work.
    [[nodiscard]] bool is_wanted() const;
    /// `call` runs once, if the peer goes away before the reply is complete.
    void when_gone(std::function<void()> call) const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

/// Implemented by the supervisor. [server's thread]
class Handler {
public:
    virtual ~Handler() = default;
    /// Must not block; the reply may come later. The arguments have been checked against verbs.hpp: no
    /// unknown ones, the required ones there, each of its shape. What they name (a project, a client) has
    /// not: answer ReplyCode::not_found with a sentence.
    virtual void handle(Request request, Reply reply) = 0;
};

}  // namespace berth::host::control
