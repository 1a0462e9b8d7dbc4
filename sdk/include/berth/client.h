/* SPDX-License-Identifier: MIT
 *
 * The Berth client library: WebSocket connections (RFC 6455) to Berth or to any other server, from C11 and upwards.
 * C++ programs may prefer berth/client.hpp. Link with berth::client (CMake) or `pkg-config berth-client`.
 *
 * What a connection is
 *   Each has one thread of its own, which sends, receives, answers pings and runs the callbacks, and which blocks all
 *   signals. Connections know nothing of each other; the library has no global state.
 *
 * Threads
 *   Every function may be called from any thread, also from several at once and from callbacks. In a callback what would
 *   wait for its own connection does not (see `berth_client_write_text`), and `berth_client_release` waits for none;
 *   connecting, and writing to, reading from or waiting for another connection take the time that they are given, during
 *   which the callback's own connection stands still. The one exception: while `berth_client_release` runs, and
 *   afterwards, nobody else may use that connection.
 *   Callbacks of one connection never overlap, and never run under a lock of the library. One that blocks holds up its
 *   own connection only: its pings are not answered meanwhile.
 *   Release every connection before the program ends: its thread must not meet the end of the C library.
 *
 * fork
 *   All descriptors are close-on-exec, so fork and exec is fine. In a child that goes on without exec the parent's
 *   connections can't be used: every function answers BERTH_CLIENT_FORKED (or 0), and `berth_client_release` closes
 *   the child's copies of the descriptors of an open connection, leaving the parent's connection alone; those of one that
 *   was just being made or ended stay with the child until it ends. The child may make its own. A child that was made in
 *   a callback must not return from it.
 *
 * Time limits
 *   Milliseconds on the monotonic clock, kept to the letter: that for connecting covers name resolution, TCP, TLS and
 *   the handshake together. Only the reading of certificate files is counted but not interrupted. BERTH_CLIENT_FOREVER
 *   (any negative number) waits without a limit, 0 does not wait.
 *
 * Texts given to the library are NUL-terminated UTF-8 and copied, unless a size stands beside them. NULL is as good as
 * the empty text.
 */
#ifndef BERTH_CLIENT_H
#define BERTH_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#  define BERTH_CLIENT_API
#else
#  define BERTH_CLIENT_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
#  define BERTH_CLIENT_NOEXCEPT noexcept
extern "C" {
#else
#  define BERTH_CLIENT_NOEXCEPT
#endif

/* ---- answers ------------------------------------------------------------------------------- */

/** BERTH_CLIENT_OK, or why not. */
typedef int32_t berth_client_status;

enum {
    BERTH_CLIENT_OK = 0,
    BERTH_CLIENT_INVALID = 1,       /**< an argument or option can't be used; the text says which */
    BERTH_CLIENT_TIMEOUT = 2,       /**< the time limit passed first; with limit 0: not now */
    BERTH_CLIENT_CLOSED = 3,        /**< the connection has ended, or is about to */
    BERTH_CLIENT_OFFLINE = 4,       /**< not connected at the moment, and no offline queue */
    BERTH_CLIENT_FULL = 5,          /**< longer than the send queue can ever hold */
    BERTH_CLIENT_UNRESOLVED = 6,    /**< the host's name has no address */
    BERTH_CLIENT_UNREACHABLE = 7,   /**< no address could be connected to */
    BERTH_CLIENT_TLS = 8,           /**< TLS failed: certificate, host name, version, cipher */
    BERTH_CLIENT_REFUSED = 9,       /**< the server answered the handshake with an HTTP status */
    BERTH_CLIENT_PROTOCOL = 10,     /**< the server broke a rule of HTTP or WebSocket */
    BERTH_CLIENT_LOST = 11,         /**< the connection broke without a close frame */
    BERTH_CLIENT_FORKED = 12,       /**< the connection belongs to another process */
    BERTH_CLIENT_NO_RESOURCES = 13  /**< no memory, descriptor or thread to be had */
};

#define BERTH_CLIENT_FOREVER INT64_C(-1)

/** What went wrong. Frozen; lives in the caller's memory. */
typedef struct berth_client_error {
    berth_client_status status;
    uint16_t http_status;   /**< with BERTH_CLIENT_REFUSED; else 0 */
    int64_t retry_after_ms; /**< when the server asks to be tried again; -1: it did not say */
    char text[496];         /**< a sentence: where, what, why */
} berth_client_error;

/** How a connection ended. Frozen. */
typedef struct berth_client_end {
    uint16_t code;            /**< the server's close code, untouched; 1005: its close frame had none; 1006: there
                                   was no close frame; 1002, 1007, 1009: the rule that the server broke */
    uint8_t is_clean;         /**< both sides have sent a close frame */
    char reason[124];         /**< the server's reason */
    berth_client_error error; /**< status BERTH_CLIENT_OK when there was none */
} berth_client_end;

/** A connection. */
typedef struct berth_client_connection berth_client_connection;

/* ---- callbacks ----------------------------------------------------------------------------- */

enum { BERTH_CLIENT_TEXT = 1, BERTH_CLIENT_BUFFER = 2 };

/** What happens to a connection; each may be NULL. The order is guaranteed: `opening` once, then messages; at most one
 *  `error`; `closing` always, exactly once, and last, even when the connection never opened. Between `interrupted` and
 *  `resumed` there are no messages. Every callback may call any function for its own connection, close and release
 *  included. They must not throw. Frozen. */
typedef struct berth_client_events {
    void *user; /**< handed to every callback */
    /** The first handshake is done. */
    void (*opening)(void *user, berth_client_connection *connection);
    /** One whole message; `data` is valid during the call and is followed by a NUL; text is valid UTF-8.
     *  NULL: messages are queued for `berth_client_read`. */
    void (*message)(void *user, berth_client_connection *connection, int32_t kind, const char *data, size_t size);
    /** The end. `code` and `reason` as in berth_client_end. */
    void (*closing)(void *user, berth_client_connection *connection, uint16_t code, const char *reason);
    /** Why the end is coming, where it is not simply a close. With code 1006 there always is one. */
    void (*error)(void *user, berth_client_connection *connection, const berth_client_error *error);
    /** With reconnection: the connection was lost, or an attempt failed, and the next attempt is made in `delay_ms`. */
    void (*interrupted)(void *user, berth_client_connection *connection, const berth_client_end *end, int64_t delay_ms);
    /** With reconnection: open again. */
    void (*resumed)(void *user, berth_client_connection *connection);
} berth_client_events;

/* ---- options ------------------------------------------------------------------------------- */

/** An extra request header. Those of the handshake itself (Host, Upgrade, Sec-WebSocket-…) are refused. Frozen. */
typedef struct berth_client_header {
    const char *name;
    const char *value;
} berth_client_header;

enum { BERTH_CLIENT_TLS_1_2 = 12, BERTH_CLIENT_TLS_1_3 = 13 };

/** How to connect. Fill it with `berth_client_options_init`, then change what matters; only appended to. */
typedef struct berth_client_options {
    size_t struct_size;

    /* the handshake */
    int64_t connect_timeout_ms;           /**< of an attempt, from name to handshake; 10000 */
    const char *const *subprotocols;      /**< offered, in order of preference */
    size_t subprotocol_count;             /**< at most 64 */
    const berth_client_header *headers;
    size_t header_count;                  /**< at most 64 */
    const char *origin;                   /**< for the Origin header; none when empty */

    /* TLS */
    const char *tls_ca_file;              /**< PEM of whom to trust; empty: the system's store */
    const char *tls_certificate_file;     /**< PEM of the client's certificate chain; empty: none */
    const char *tls_key_file;             /**< PEM of its key */
    const char *tls_server_name;          /**< the name to ask for and to check; empty: the host */
    int32_t tls_minimum;                  /**< BERTH_CLIENT_TLS_1_2 */
    int32_t tls_verify;                   /**< 1: the certificate must be trusted, or there is no connection */
    int32_t tls_verify_host;              /**< 1: and be one for the host's name */

    /* bounds */
    size_t message_bytes_max;             /**< of a received message; more closes with 1009; 16 MiB */
    size_t receive_queue_bytes_max;       /**< of unread messages; then the server is made to wait; 4 MiB */
    size_t receive_queue_messages_max;    /**< 1024 */
    size_t send_queue_bytes_max;          /**< of unsent messages; then writers wait; 16 MiB */
    int64_t close_timeout_ms;             /**< for the server's answer to a close; 5000 */

    /* is the server still there? */
    int64_t ping_interval_ms;             /**< a ping after so long without a word from the server; 0: never (default) */
    int64_t pong_timeout_ms;              /**< and so long for any answer, else the connection is lost; 10000 */

    /* reconnection */
    int32_t reconnect;                    /**< 1: a lost connection is made again (berth_client_connect…: see below); 0 */
    int32_t reconnect_first;              /**< 1: also when the very first attempt fails; 0 */
    uint32_t reconnect_attempts_max;      /**< in a row without success; 0: no limit (default) */
    int64_t reconnect_delay_ms;           /**< 500; the n-th delay is a random part of this times 2^n … */
    int64_t reconnect_delay_ms_max;       /**< … up to 30000, and not before what the server asked for */
    size_t offline_bytes_max;             /**< what may be written meanwhile, sent when open again, after what was queued
                                               and not begun before: no byte of it handed to the system (over TLS:
                                               encrypted). What was begun is not sent again, arrived or not. 0: nothing
                                               of either (default) */
    size_t offline_messages_max;          /**< 256 */

    const char *proxy;                    /**< an HTTP proxy to go through: http://[user:password@]host[:port], user and
                                               password percent-encoded; empty: none, whatever the environment says */
} berth_client_options;

/** Fills in the defaults. */
BERTH_CLIENT_API void berth_client_options_init(berth_client_options *options, size_t struct_size) BERTH_CLIENT_NOEXCEPT;

/* ---- connecting ---------------------------------------------------------------------------- */

/* Six ways: `connect` waits until the connection is open, `open` returns at once and tells by callbacks; plain, over
 * TLS, or as a URL says (ws://host:port/path?query, wss://[::1]/).
 *
 * `host`: a name, an IPv4 or an IPv6 address (with or without brackets). `port` 0: 80, with TLS 443. `path`: with or
 * without a slash in front, with a query where there is one; what is no ASCII must be percent-encoded. `options` NULL:
 * the defaults. `events` NULL: none, and messages are read with `berth_client_read`. `error` may be NULL.
 *
 * The answer is a connection, to be given back by `berth_client_release`, or NULL with `error` filled in. `connect`
 * answers within `connect_timeout_ms`, all attempts together where the first one may be repeated; once it has been open,
 * each attempt to reconnect has that time anew. `open` answers NULL only where arguments, options or files can't be used,
 * or resources are short; everything later is told by the events. An `open` whose first attempt fails runs `error` and
 * `closing`.
 *
 * Reconnection: after a loss, or after a close with 1001, 1005, 1011 to 1014, the connection is made again, unless it
 * was closed from this side. Other codes are final: the server had what it wanted, or would say the same again. A reason
 * with the word `retry-after=SECONDS` asks to come back whatever the code, but not before. A handshake refused with 408,
 * 425, 429, 500, 502, 503 or 504 is tried again, not before its Retry-After; other refusals, broken rules and a
 * certificate that isn't accepted are final. */

BERTH_CLIENT_API berth_client_connection *berth_client_connect(const char *host, uint16_t port, const char *path,
    const berth_client_options *options, berth_client_error *error) BERTH_CLIENT_NOEXCEPT;

BERTH_CLIENT_API berth_client_connection *berth_client_connect_tls(const char *host, uint16_t port, const char *path,
    const berth_client_options *options, berth_client_error *error) BERTH_CLIENT_NOEXCEPT;

BERTH_CLIENT_API berth_client_connection *berth_client_connect_url(const char *url,
    const berth_client_options *options, berth_client_error *error) BERTH_CLIENT_NOEXCEPT;

BERTH_CLIENT_API berth_client_connection *berth_client_open(const char *host, uint16_t port, const char *path,
    const berth_client_options *options, const berth_client_events *events,
    berth_client_error *error) BERTH_CLIENT_NOEXCEPT;

BERTH_CLIENT_API berth_client_connection *berth_client_open_tls(const char *host, uint16_t port, const char *path,
    const berth_client_options *options, const berth_client_events *events,
    berth_client_error *error) BERTH_CLIENT_NOEXCEPT;

BERTH_CLIENT_API berth_client_connection *berth_client_open_url(const char *url,
    const berth_client_options *options, const berth_client_events *events,
    berth_client_error *error) BERTH_CLIENT_NOEXCEPT;

/* ---- on a connection ----------------------------------------------------------------------- */

/** Queues a text; it must be valid UTF-8. While the send queue has no room it waits up to `timeout_ms`; on the
 *  connection's own thread (in a callback) it never waits. Order is kept for each writing thread.
 *  OK: queued, not received · TIMEOUT: nothing was queued · INVALID · CLOSED · OFFLINE · FULL · FORKED. */
BERTH_CLIENT_API berth_client_status berth_client_write_text(berth_client_connection *connection, const char *data,
    size_t size, int64_t timeout_ms) BERTH_CLIENT_NOEXCEPT;

/** Queues bytes; otherwise as berth_client_write_text. */
BERTH_CLIENT_API berth_client_status berth_client_write_buffer(berth_client_connection *connection, const void *data,
    size_t size, int64_t timeout_ms) BERTH_CLIENT_NOEXCEPT;

/** Bytes of messages that have been queued and not yet been handed to the system. */
BERTH_CLIENT_API size_t berth_client_unsent_bytes(const berth_client_connection *connection) BERTH_CLIENT_NOEXCEPT;

/** A received message; give it back with `berth_client_message_free`. Frozen. */
typedef struct berth_client_message {
    int32_t kind; /**< BERTH_CLIENT_TEXT, BERTH_CLIENT_BUFFER */
    char *data;   /**< `size` bytes, then a NUL */
    size_t size;
} berth_client_message;

/** Takes the next whole message, waiting up to `timeout_ms`. What came before the end can still be read after it.
 *  OK: `message` is filled in · TIMEOUT · CLOSED: there is none and none will come · INVALID: messages go to a callback,
 *  or it was asked to wait on the connection's own thread · FORKED · NO_RESOURCES: the message is still there. */
BERTH_CLIENT_API berth_client_status berth_client_read(berth_client_connection *connection,
    berth_client_message *message, int64_t timeout_ms) BERTH_CLIENT_NOEXCEPT;

/** Frees what berth_client_read gave; a message without data is fine. */
BERTH_CLIENT_API void berth_client_message_free(berth_client_message *message) BERTH_CLIENT_NOEXCEPT;

/** 1 while it is open: handshake done, no close begun by either side, not lost. NULL is 0. */
BERTH_CLIENT_API int32_t berth_client_exists(const berth_client_connection *connection) BERTH_CLIENT_NOEXCEPT;

/** Begins the end, and returns at once: what was queued is sent, then a close frame, then the server's answer is awaited
 *  (`close_timeout_ms` for all of it). Messages that come meanwhile are dropped; there is no reconnection. An attempt to
 *  connect is given up. A second close changes nothing.
 *  `code`: 1000 to 1003, 1007 to 1014, 3000 to 4999; 0: 1000. `reason`: at most 123 bytes of UTF-8.
 *  OK · INVALID · FORKED. */
BERTH_CLIENT_API berth_client_status berth_client_close(berth_client_connection *connection, uint16_t code,
    const char *reason) BERTH_CLIENT_NOEXCEPT;

/** Waits until the connection has ended for good: its last callback is under way or has returned. `end` may be NULL.
 *  OK: `end` is filled in · TIMEOUT · INVALID: on the connection's own thread, where only limit 0 is allowed · FORKED. */
BERTH_CLIENT_API berth_client_status berth_client_wait(berth_client_connection *connection, berth_client_end *end,
    int64_t timeout_ms) BERTH_CLIENT_NOEXCEPT;

/** Writes the sub-protocol that the server chose, NUL-terminated and cut to `capacity`; answers its full length, 0 when
 *  there is none or no connection yet. */
BERTH_CLIENT_API size_t berth_client_subprotocol(const berth_client_connection *connection, char *to,
    size_t capacity) BERTH_CLIENT_NOEXCEPT;

/** Gives the connection back; NULL is accepted. One that is still open is closed with 1001 first, as
 *  berth_client_close does, so this can take `close_timeout_ms` (close_timeout_ms 0 cuts it off). When it returns,
 *  `closing` has returned, and no callback follows. Called in a callback, of this or of another connection, it returns at
 *  once; the connection lives on until `closing`, its last callback, has returned. */
BERTH_CLIENT_API void berth_client_release(berth_client_connection *connection) BERTH_CLIENT_NOEXCEPT;

/** The version of the library, as "0.1.0". */
BERTH_CLIENT_API const char *berth_client_version(void) BERTH_CLIENT_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
