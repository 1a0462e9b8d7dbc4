// SPDX-License-Identifier: MIT
#include "base/executors.hpp"
#include "config/keys.hpp"

namespace berth::host::config {
namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr std::uint64_t gib = 1024 * mib;
constexpr std::uint64_t minute = 60'000;
constexpr std::uint64_t hour = 60 * minute;
constexpr std::uint64_t day = 24 * hour;
constexpr std::uint64_t year = 365 * day;

// Most clients that one gateway can number; host/base/client_id.hpp.
constexpr std::uint64_t connections_max = 1'000'000;
// A message travels in one record of the link; host/link/record.hpp leaves a mebibyte for the rest.
constexpr std::uint64_t message_max = 16 * mib;

#define BERTH_FIELD(scope_member, path) [](Scope s) -> Field { return &s.scope_member->path; }

Tls* tls_of(Scope s) {
    if (!s.listen->tls && s.create) s.listen->tls.emplace();
    return s.listen->tls ? &*s.listen->tls : nullptr;
}

#define BERTH_TLS_FIELD(path)                     \
    [](Scope s) -> Field {                        \
        Tls* tls = tls_of(s);                     \
        return tls ? Field(&tls->path) : Field(); \
    }

// Within a section, keys of the table itself come before those of its sub-tables, as TOML wants it.
// clang-format off
constexpr Key table[] = {
    // [host]
    {Section::host, "plugins", Kind::path, {}, BERTH_FIELD(host, plugins),
     "Directory that is watched for projects: NAME.so becomes the project NAME.", Effect::next_start},
    {Section::host, "state", Kind::path, {}, BERTH_FIELD(host, state),
     "Directory of what is kept: a directory for each project's data, copies of loaded libraries.", Effect::next_start},
    {Section::host, "run", Kind::path, {}, BERTH_FIELD(host, run),
     "Directory of what lives as long as the host does. The default is /run/berth for root, else berth "
     "in $XDG_RUNTIME_DIR.", Effect::next_start},
    {Section::host, "control", Kind::path, {}, BERTH_FIELD(host, control),
     "UNIX socket on which the host takes commands. The default is control.sock in the run directory.", Effect::next_start},
    {Section::host, "group", Kind::text, {}, BERTH_FIELD(host, group),
     "Group whose members may use that socket, besides root and the user who runs the host. Empty means "
     "none.", Effect::next_start},
    {Section::host, "io_threads", Kind::count, {1, io_threads_max, true}, BERTH_FIELD(host, io_threads),
     "Threads that serve connections; 0 means one for each core.", Effect::next_start},
    {Section::host, "user", Kind::text, {}, BERTH_FIELD(host, user),
     "User that the processes with clients and projects run as when the host is started by root. Empty "
     "means berth or, where there is no such user, nobody.", Effect::next_start},
    {Section::host, "confinement", Kind::choice, {}, BERTH_FIELD(host, confinement),
     "What becomes of the gateway, the pages or a project's process that the kernel does not confine: wanted runs it all the "
     "same, with a warning; required does not run it. Then every project is confined and has a process of its own.",
     Effect::next_start},
    {Section::host, "private_files", Kind::flag, {}, BERTH_FIELD(host, private_files),
     "true: files that the host and its projects make are their user's alone (umask 0077). false: as the umask says with which "
     "the host is started.", Effect::next_start},
    {Section::host, "core_dumps", Kind::flag, {}, BERTH_FIELD(host, core_dumps),
     "true: a project's process that crashes leaves a core, as the system keeps cores, within the limit with which the host is "
     "started and where the project has confined = false. The host's own processes have keys in their memory and leave none.",
     Effect::next_start},
    {Section::host, "trusted_proxies", Kind::texts, {}, BERTH_FIELD(host, trusted_proxies),
     "Addresses and networks of proxies in front of the host, such as \"127.0.0.1\" or \"10.0.0.0/8\". A connection from one of them "
     "belongs to the client that X-Forwarded-For names, by the right-most address there that is not in this list: that address is "
     "what projects, logs and `berth clients` are told, and what the limits per address count. X-Forwarded-Proto says whether its page "
     "is https. A trusted proxy's own address has no such limits. Name proxies alone, and only those that add to or replace both "
     "headers: what others send in them is ignored."},
    {Section::host, "log.format", Kind::choice, {}, BERTH_FIELD(host, log.format),
     "Form of the lines: human for people, json for machines (one object a line).", Effect::next_start},
    {Section::host, "log.level", Kind::choice, {}, BERTH_FIELD(host, log.level),
     "Least level that is written.", Effect::next_start},
    {Section::host, "log.directory", Kind::path, {}, BERTH_FIELD(host, log.directory),
     "Directory of log files; empty means standard error only.", Effect::next_start},
    {Section::host, "log.files", Kind::choice, {}, BERTH_FIELD(host, log.files),
     "Files in that directory: host for one berth.log, projects for a NAME.log for each project, or "
     "both.", Effect::next_start},
    {Section::host, "log.file_size", Kind::bytes, {4 * kib, 16 * gib}, BERTH_FIELD(host, log.file_bytes),
     "A log file that would grow beyond this is put aside and a new one begun.", Effect::next_start},
    {Section::host, "log.file_count", Kind::count, {1, 1000}, BERTH_FIELD(host, log.file_count),
     "Files kept for each log, the current one included.", Effect::next_start},
    {Section::host, "limits.connections", Kind::count, {1, connections_max}, BERTH_FIELD(host, limits.connections),
     "Connections of the whole host; those beyond get 503. Never more than the process has descriptors, "
     "less 512."},
    {Section::host, "limits.connections_per_address", Kind::count, {1, connections_max}, BERTH_FIELD(host, limits.connections_per_address),
     "Connections from one address; those beyond get 429, over TLS a reset. Loopback is exempt."},
    {Section::host, "limits.handshakes_per_address", Kind::count, {1, connections_max}, BERTH_FIELD(host, limits.handshakes_per_address),
     "Handshakes of one address at the same time; those beyond get 429, over TLS a reset. Loopback is exempt."},
    {Section::host, "limits.connection_rate", Kind::count, {1, connections_max, true}, BERTH_FIELD(host, limits.connection_rate),
     "New connections from one address a second, five times as many at once; those beyond get 429, over TLS a reset. "
     "0 means no limit. Loopback is exempt."},
    {Section::host, "limits.handshake_rate", Kind::count, {1, connections_max, true}, BERTH_FIELD(host, limits.handshake_rate),
     "New connections from all addresses a second; those beyond get 503, over TLS a reset. 0 means no limit. Loopback "
     "is exempt."},
    {Section::host, "limits.handshakes", Kind::count, {1, connections_max}, BERTH_FIELD(host, limits.handshakes),
     "Connections at the same time that are not admitted yet; those beyond get 503, over TLS a reset. One takes "
     "up to 40 KiB over TLS."},
    {Section::host, "limits.memory", Kind::bytes, {mib, 1024 * gib, true}, BERTH_FIELD(host, limits.memory_bytes),
     "Memory that may be held for clients. From 75 % on newcomers get 503, from 85 % on those are closed with 1013 for "
     "whom most is held, from 95 % on nobody is read. 0 means half of the memory that the host may use: the machine's, "
     "or what its control group has."},
    {Section::host, "limits.header_bytes", Kind::bytes, {512, mib}, BERTH_FIELD(host, limits.header_bytes),
     "Size of a request's head; more gets 431."},
    {Section::host, "limits.header_count", Kind::count, {8, 1000}, BERTH_FIELD(host, limits.header_count),
     "Header lines of a request; more gets 431."},
    {Section::host, "limits.uri_bytes", Kind::bytes, {64, 64 * kib}, BERTH_FIELD(host, limits.uri_bytes),
     "Size of a request's target; more gets 414."},
    {Section::host, "limits.tls_handshake", Kind::duration, {1, 10 * minute}, BERTH_FIELD(host, limits.tls_handshake),
     "Time for the TLS handshake."},
    {Section::host, "limits.head", Kind::duration, {1, 10 * minute}, BERTH_FIELD(host, limits.head),
     "Time for a whole request head; over TLS it begins when the handshake has ended."},
    {Section::host, "limits.close", Kind::duration, {1, 10 * minute}, BERTH_FIELD(host, limits.close),
     "Time in which a client must answer a close."},
    {Section::host, "limits.blocked_write", Kind::duration, {1, hour}, BERTH_FIELD(host, limits.blocked_write),
     "Time for which a client may take nothing of what is sent to it."},
    {Section::host, "limits.unacknowledged", Kind::duration, {1000, hour}, BERTH_FIELD(host, limits.unacknowledged),
     "Time for which a client's system may acknowledge nothing of what is sent to it; then the connection counts as "
     "broken."},
    {Section::host, "limits.heartbeat", Kind::duration, {2000, day, true}, BERTH_FIELD(host, limits.heartbeat),
     "Time for which the gateway (each of its I/O threads, with handlers of projects that run inline in it) or a project's "
     "process may give no sign of life; then it is ended and started again, and a debugger that stops one is no excuse. "
     "0 means never. A project's process has that of its start."},
    {Section::host, "limits.stop", Kind::duration, {1, day}, BERTH_FIELD(host, limits.stop),
     "Time in which the clients are closed when the host stops."},

    // [[listen]]
    {Section::listen, "address", Kind::address, {}, BERTH_FIELD(listen, address),
     "Address and port for WebSocket clients: \"127.0.0.1:7681\", \"[::1]:7681\"; port 0 lets the system "
     "choose. Without any [[listen]] the host listens on 127.0.0.1:7681."},
    {Section::listen, "insecure", Kind::flag, {}, BERTH_FIELD(listen, insecure),
     "Off loopback TLS is required, unless this says that plain text is wanted, for instance behind a "
     "proxy that does TLS."},
    {Section::listen, "tls.certificate", Kind::path, {}, BERTH_TLS_FIELD(certificate),
     "PEM file with the certificate and its chain."},
    {Section::listen, "tls.key", Kind::path, {}, BERTH_TLS_FIELD(key),
     "PEM file with the private key; nobody but its owner may read it."},
    {Section::listen, "tls.minimum", Kind::choice, {}, BERTH_TLS_FIELD(minimum),
     "Least version of TLS."},
    {Section::listen, "tls.by_name", Kind::pairs, {}, BERTH_TLS_FIELD(by_name),
     "Further certificates with their keys, for clients that ask for a host which one of them names (SNI); everybody else "
     "gets the listener's own. The names are those in the certificate, exact ones before wildcards, which stand for one "
     "label; the first in the list that has a name is taken."},

    // [pages]
    {Section::pages, "address", Kind::address, {}, BERTH_FIELD(pages, address),
     "Address and port of HTTP for pages, /metrics, /healthz and /readyz. Without [pages] there is none.", Effect::next_start},
    {Section::pages, "insecure", Kind::flag, {}, BERTH_FIELD(pages, insecure),
     "Pages have no TLS: off loopback they are served only if this says that it is wanted.", Effect::next_start},
    {Section::pages, "hosts", Kind::texts, {}, BERTH_FIELD(pages, hosts),
     "Names by which browsers and scrapers reach the pages; others get 421. Addresses and localhost are always "
     "answered."},
    {Section::pages, "static", Kind::path_table, {}, BERTH_FIELD(pages, static_files),
     "Directories that are served, by the path under which they appear."},

    // [defaults] and [project.NAME]
    {Section::general, "isolation", Kind::choice, {}, BERTH_FIELD(project, isolation),
     "process: the project has a process of its own; none: it runs in the gateway, for debugging.", Effect::next_start},
    {Section::general, "confined", Kind::flag, {}, BERTH_FIELD(project, confined),
     "true: the project's process may start threads but no other processes, trace and signal nobody else and gain no "
     "privileges, and no other process of its user may look into it: for a debugger or a core say false. Libraries are looked at under this rule in any case.", Effect::next_load},
    {Section::general, "origins", Kind::texts, {}, BERTH_FIELD(project, origins),
     "Sites whose pages may connect: same-host, host names, *.example.org for names below one, or * for "
     "every site. On a loopback listener same-host holds for names of loopback and those in hosts, since every site can make "
     "its own name lead there. Clients that are no browsers send no origin and are let in."},
    {Section::general, "hosts", Kind::texts, {}, BERTH_FIELD(project, hosts),
     "Names by which clients reach the project; who comes by another gets 421. Addresses of loopback and localhost are "
     "let in on loopback listeners. Empty lets in by every name. Behind a proxy on this machine the names that it passes on "
     "belong here, so that pages may connect (origins)."},
    {Section::general, "tokens", Kind::path, {}, BERTH_FIELD(project, tokens),
     "File with bearer tokens, one a line, as TOKEN or USER TOKEN; instead of a token sha256: and its hash may stand there. "
     "Who presents none of them gets 401. Empty means that no token is wanted."},
    {Section::general, "subprotocols", Kind::texts, {}, BERTH_FIELD(project, subprotocols),
     "Sub-protocols that are offered to the project; empty leaves all to it."},
    {Section::general, "limits.connections", Kind::count, {1, connections_max}, BERTH_FIELD(project, limits.connections),
     "Clients of the project; those beyond get 503."},
    {Section::general, "limits.connections_per_address", Kind::count, {1, connections_max}, BERTH_FIELD(project, limits.connections_per_address),
     "Clients of the project from one address; those beyond get 429. Loopback is exempt."},
    {Section::general, "limits.connections_per_user", Kind::count, {1, connections_max}, BERTH_FIELD(project, limits.connections_per_user),
     "Clients of the project with tokens of one user; those beyond get 429. Tokens without a user are not counted."},
    {Section::general, "limits.message", Kind::bytes, {1, message_max}, BERTH_FIELD(project, limits.message_bytes),
     "Size of a client's message; a longer one closes it with 1009.", Effect::next_load},
    {Section::general, "limits.fragments", Kind::count, {1, 1u << 20}, BERTH_FIELD(project, limits.fragments),
     "Frames that one message may be made of; more close the client with 1008."},
    {Section::general, "limits.message_time", Kind::duration, {1, hour}, BERTH_FIELD(project, limits.message_time),
     "Time from a message's first byte to its last, while it is read; a slower one closes the client with 1008."},
    {Section::general, "limits.messages_per_second", Kind::count, {1, 1'000'000, true}, BERTH_FIELD(project, limits.messages_per_second),
     "Messages of one client a second, twice as many at once. Who sends more is not read for a while. 0 means no limit."},
    {Section::general, "limits.bytes_per_second", Kind::bytes, {1, gib, true}, BERTH_FIELD(project, limits.bytes_per_second),
     "The same for the bytes of its messages."},
    {Section::general, "limits.held_back", Kind::duration, {1, hour}, BERTH_FIELD(project, limits.held_back),
     "Time for which a client may go on sending faster than that; then it is closed with 1008."},
    {Section::general, "limits.control_frames", Kind::count, {1, 1'000'000, true}, BERTH_FIELD(project, limits.control_frames),
     "Pings and pongs of one client a second, ten times as many at once; more close it with 1008. 0 means no limit."},
    {Section::general, "limits.backlog", Kind::bytes, {1, gib}, BERTH_FIELD(project, limits.backlog_bytes),
     "Bytes that wait to be sent to one client.", Effect::next_load},
    {Section::general, "limits.backlog_policy", Kind::choice, {}, BERTH_FIELD(project, limits.backlog_policy),
     "What a full backlog does: close ends the client with 1013, drop_newest and drop_oldest lose "
     "messages.", Effect::next_load},
    {Section::general, "limits.idle", Kind::duration, {1, year, true}, BERTH_FIELD(project, limits.idle),
     "Time without messages after which a client is closed; 0 means never."},
    {Section::general, "limits.ping", Kind::duration, {1, day, true}, BERTH_FIELD(project, limits.ping),
     "Time of silence after which a client is pinged; 0 means never."},
    {Section::general, "limits.pong", Kind::duration, {1, hour}, BERTH_FIELD(project, limits.pong),
     "Time for the answer to a ping; then the connection counts as broken."},
    {Section::general, "limits.slow_event", Kind::duration, {10, day, true}, BERTH_FIELD(project, limits.slow_event),
     "Time after which a warning tells of an event that still runs, once, with the stack of its thread, which a signal "
     "(SIGURG) asks for: system calls of it may return early. 0 means never.", Effect::next_load},
    {Section::general, "limits.handler", Kind::duration, {1, day}, BERTH_FIELD(project, limits.handler),
     "Time for one event of a client; then the project's process is ended and started again.", Effect::next_load},
    {Section::general, "limits.global_service", Kind::duration, {1, year, true}, BERTH_FIELD(project, limits.global_service),
     "The same for one run of the global service; 0 means no limit.", Effect::next_load},
    {Section::general, "limits.connection_event", Kind::duration, {1, hour}, BERTH_FIELD(project, limits.connection_event),
     "Time in which the project must have admitted or refused a client; then it gets 503.", Effect::next_load},
    {Section::general, "limits.start", Kind::duration, {1, hour}, BERTH_FIELD(project, limits.start),
     "Time for loading a project and for the first run of its global service.", Effect::next_load},
    {Section::general, "limits.stop", Kind::duration, {1, hour}, BERTH_FIELD(project, limits.stop),
     "Time for a project's stop event and its end.", Effect::next_load},
    {Section::general, "limits.resume", Kind::duration, {1, hour}, BERTH_FIELD(project, limits.resume),
     "Time for which clients of a project that is stateless or resumes stay connected while its process is started "
     "again, or the next version of an exclusive one; then they are closed with 1012."},
    {Section::general, "limits.drain", Kind::duration, {1, day, true}, BERTH_FIELD(project, limits.drain),
     "Time for which clients stay with the version that they connected to after a new one has replaced it, where they "
     "cannot go on in the new one; then they are closed with 1012. 0 closes them at once.", Effect::next_load},
    {Section::general, "limits.watch", Kind::duration, {1, hour, true}, BERTH_FIELD(project, limits.watch),
     "Time in which a new version that dies twice of its own fault is replaced by the one before it; 0 means never.", Effect::next_load},
    {Section::general, "limits.executors", Kind::count, {2, executors_max}, BERTH_FIELD(project, limits.executors),
     "Events of one project that may run at the same time; one is kept for the global service.", Effect::next_load},
    {Section::general, "limits.tasks", Kind::count, {8, 65'536, true}, BERTH_FIELD(project, limits.tasks),
     "Threads of the project's process; one with more is ended. 0 means 32 more than limits.executors."},
    {Section::general, "limits.memory", Kind::bytes, {16 * mib, 1024 * gib, true}, BERTH_FIELD(project, limits.memory_bytes),
     "Memory of the project's process; one with more is replaced as by `berth reload NAME`, and ended when it has more while it "
     "is loaded, or twice as much while its last clients leave. Four times as much, besides the stacks of its threads, is the "
     "most that it is given at all from its next load on; beyond, its allocations fail. 0 means no limit."},
    {Section::general, "limits.inbox_events", Kind::count, {1, 65'536}, BERTH_FIELD(project, limits.inbox_events),
     "Events that wait in one client's context; then no more is read from it.", Effect::next_load},
    {Section::general, "limits.inbox", Kind::bytes, {1, gib}, BERTH_FIELD(project, limits.inbox_bytes),
     "Bytes that wait in one client's context; then no more is read from it.", Effect::next_load},
    {Section::general, "limits.inbox_total", Kind::bytes, {1, 1024 * gib}, BERTH_FIELD(project, limits.inbox_total_bytes),
     "Bytes of messages, and 16 more for each, that wait in the contexts of all clients of one process of the project; then none of "
     "them is read until a quarter of it is free."},
    {Section::general, "limits.topics", Kind::count, {1, 10'000'000}, BERTH_FIELD(project, limits.topics),
     "Topics of the project that have subscribers.", Effect::next_load},
    {Section::general, "limits.subscriptions", Kind::count, {1, 65'536}, BERTH_FIELD(project, limits.subscriptions),
     "Topics that one client may have subscribed to.", Effect::next_load},
    {Section::general, "compression.enabled", Kind::flag, {}, BERTH_FIELD(project, compression.enabled),
     "true: messages are compressed (permessage-deflate) with clients that offer it. This and all below hold for clients that "
     "connect from then on."},
    {Section::general, "compression.minimum", Kind::bytes, {1, message_max}, BERTH_FIELD(project, compression.minimum_bytes),
     "A message smaller than this is sent as it is."},
    {Section::general, "compression.level", Kind::count, {1, 9}, BERTH_FIELD(project, compression.level),
     "1 is fast, 9 makes messages smallest. The thread that compresses serves no other client meanwhile."},
    {Section::general, "compression.memory_level", Kind::count, {1, 9}, BERTH_FIELD(project, compression.memory_level),
     "Memory for compressing: 1 is little, 9 fast."},
    {Section::general, "compression.server_window_bits", Kind::count, {9, 15}, BERTH_FIELD(project, compression.server_window_bits),
     "Compressing looks back so far in what is sent to a client: 2 to that power, in bytes. A client may ask for less."},
    {Section::general, "compression.client_window_bits", Kind::count, {9, 15}, BERTH_FIELD(project, compression.client_window_bits),
     "The same of what a client sends, where it can be asked for less."},
    {Section::general, "compression.server_context", Kind::flag, {}, BERTH_FIELD(project, compression.server_context),
     "true: compressing looks back into earlier messages of the client. Small ones that are alike become much smaller; each "
     "client that is sent something takes 2^(server_window_bits+2) + 2^(memory_level+9) bytes and 6 KiB (262 KiB as it is here), "
     "and a message to many is compressed for each. Such a client's backlog drops no old messages: drop_oldest is drop_newest. "
     "false: one compression serves all."},
    {Section::general, "compression.client_context", Kind::flag, {}, BERTH_FIELD(project, compression.client_context),
     "true: clients may do the same; each then counts 2^client_window_bits bytes and 7 KiB (39 KiB as it is here). false: they "
     "are asked not to."},
    {Section::general, "database.file", Kind::text, {}, BERTH_FIELD(project, database.file),
     "SQLite file in the project's directory, which is NAME in the state directory.", Effect::next_load},
    {Section::general, "database.connections", Kind::count, {1, 65'536}, BERTH_FIELD(project, database.connections),
     "Database connections open at the same time, at most one for each client. One takes up to three "
     "descriptors.", Effect::next_load},
    {Section::general, "database.busy", Kind::duration, {1, hour}, BERTH_FIELD(project, database.busy),
     "Time to wait for a lock that another connection holds, and for a connection to become free.", Effect::next_load},

    // [project.NAME] only
    {Section::specific, "interval", Kind::duration, {0, year}, BERTH_FIELD(project, interval),
     "Interval of the global service, instead of the one that the project was built with.", Effect::next_load},
    {Section::specific, "enabled", Kind::flag, {}, BERTH_FIELD(project, enabled),
     "false: the project is known but not started."},
    {Section::specific, "blocked", Kind::flag, {}, BERTH_FIELD(project, blocked),
     "true: the project starts, but clients get 503 until it is opened."},
    {Section::specific, "flags.inline", Kind::flag, {}, BERTH_FIELD(project, flags.inline_handlers),
     "Instead of what the project says of itself: its handlers never block.", Effect::next_load},
    {Section::specific, "flags.stateless", Kind::flag, {}, BERTH_FIELD(project, flags.stateless),
     "Instead of what the project says of itself: its globals may be fresh at any time, so a crash or a new version cuts "
     "none of its clients.", Effect::next_load},
    {Section::specific, "flags.repeatable", Kind::flag, {}, BERTH_FIELD(project, flags.repeatable),
     "Instead of what the project says of itself: an interrupted event may be run again; what it sends is held to its end.", Effect::next_load},
    {Section::specific, "flags.exclusive", Kind::flag, {}, BERTH_FIELD(project, flags.exclusive),
     "Instead of what the project says of itself: two generations never run at the same time; a new version waits for "
     "the end of the old one, and so do its clients, or they are closed with 1012 where a crash would close them.", Effect::next_load},
    {Section::specific, "settings", Kind::settings, {}, BERTH_FIELD(project, settings),
     "Anything, handed to the project; nested tables and arrays are reached with dots.", Effect::next_load},
};
// clang-format on

#undef BERTH_FIELD
#undef BERTH_TLS_FIELD

}  // namespace

std::span<const Key> keys() {
    return table;
}

}  // namespace berth::host::config
