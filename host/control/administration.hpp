// SPDX-License-Identifier: MIT
/// What the control server calls: every verb of an administrator (SEMANTICS: Administration).
///
/// The server owns the socket, the lines, their limits and the peer's credentials; the supervisor
/// implements this interface (`supervisor/administration.hpp`) and owns what a verb does.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "control/log_record.hpp"

namespace berth::host::control {

/// Who asks, as the kernel says (SO_PEERCRED).
struct Peer {
    pid_t pid = 0;
    uid_t uid = 0;
    gid_t gid = 0;
};

/// Ends a subscription when destroyed.
class Subscription {
public:
    virtual ~Subscription() = default;
};

/// A request is {"verb": text, ...}, a reply {"ok": true, ...} or {"ok": false, "code": exit code of the
/// command line, "error": sentence}. Codes: 1 refused or failed, 2 malformed request or unknown verb,
/// 3 no such client or project, 69 a process that is needed is not there, 75 try again, 77 not allowed.
/// Ids of clients and generations are decimal strings; times are milliseconds, `..._at_ms` wall clock.
/// Members not named in a request are ignored; those marked ? may be absent.
///
/// verb        request                                          reply
/// ----------  -----------------------------------------------  ---------------------------------------------
/// version                                                      version
/// health                                                       ready (bool), reason?  (false: code 75)
/// status                                                       version, pid, started_at_ms, uptime_ms, state
///                                                              (starting running stopping), listeners:[{address,
///                                                              tls}], gateway:{pid, state, incarnation, restarts},
///                                                              projects:{total, open, blocked, failed, ...}, clients
/// projects    project?                                         projects:[{name, file, version, sha256, generation,
///                                                              state, isolation, pid, clients, started_at_ms,
///                                                              uptime_ms, crashes, restarts, last_error, last_error_at_ms,
///                                                              interval_ms, procedures:[{name, signature, admin}],
///                                                              messages_in, messages_out, accepted, refused, ...}]
/// clients     project? address? client? idle_ms_min? after?    clients:[{id, project, generation, address, port,
///             limit? (default 100)                             path, ...}], total, next? (the `after` of the next page)
/// disconnect  client | project | address; code? reason?        count
/// send        client | project | all:true; payload,            count
///             kind? (text; buffer: payload is base64)
/// execute     client | project; procedure,                     status, message?  (replied when it has run)
///             args?:[{type, value}]
/// service     project, run?:true                               interval_ms, runs, missed, last_ms, next_ms, running
/// block       project, retry_after_s?                          state
/// open        project                                          state  (leaves blocked and failed)
/// start       project                                          state  (when it has started or failed)
/// stop        project? now?:true                               state  (no project: the host; replied before it ends)
/// reload      project                                          state, generation  (its file, redeployed)
/// rescan                                                       projects:[{name, outcome, error?}]
/// logs        lines? (default 100) project? level?             records:[{time_ms, level, process, project?,
///                                                              generation?, message, fields:{}}]
/// stats                                                        host:{...}, gateway:{...}, projects:[{...}]
///
/// Everything here belongs to the supervisor's main thread, whose EventLoop the server lives on.
class Administration {
public:
    virtual ~Administration() = default;

    using Reply = std::function<void(nlohmann::json)>;

    /// Does what is asked. `reply` is called exactly once, before `handle` returns or later; it must be
    /// callable after the asker has gone. Never throws, whatever the request holds.
    virtual void handle(const nlohmann::json& request, const Peer& peer, Reply reply) = 0;

    /// `logs --follow`: `sink` gets every record from now on that the request's `project` and `level` let
    /// through, until the subscription is destroyed. It may be destroyed from within the sink.
    [[nodiscard]] virtual std::unique_ptr<Subscription> follow_logs(const nlohmann::json& request, LogSink sink) = 0;
};

}  // namespace berth::host::control
