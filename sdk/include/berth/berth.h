/* SPDX-License-Identifier: MIT
 *
 * The Berth plugin interface, ABI 1.0.
 *
 * A project is a shared library that exports one function, berth_project_v1. It returns a table of
 * what the project provides; the host answers with a table of what it offers. Everything between
 * the two is on this page and in the extension headers under berth/ext/. The contract in lifecycle
 * order is in the SDK's README.
 *
 * Tags used below
 *   [any thread]         may be called from any thread, from `load` until `unload` returns
 *   [context]            only inside a call that the host made into that context, on that thread
 *   [main]               called once, on one thread, while no other call into the project runs
 *   [borrowed: call]     valid until the call that received or filled it returns
 *   [borrowed: context]  valid until the context is destroyed
 *   [borrowed: project]  valid until `unload` returns
 *
 * Rules that hold everywhere
 *   - Text is UTF-8 with a length; it is not terminated. `data` may be NULL when `size` is 0.
 *     The one exception: extension ids are NUL-terminated.
 *   - Nobody frees the other side's memory. Inputs are copied by the callee when kept.
 *   - Growable structs begin with `struct_size`, are only passed by pointer and only appended to.
 *     A reader looks at a member only when BERTH_PROVIDES says that it is there.
 *   - Frozen structs never change; they may sit in arrays.
 *   - Services queue and return. None of them ever calls back into the project.
 *   - Nothing is thrown across: every function type here is noexcept.
 */
#ifndef BERTH_BERTH_H
#define BERTH_BERTH_H

#include <stddef.h>
#include <stdint.h>

#define BERTH_ABI_MAJOR 1
#define BERTH_ABI_MINOR 0

#if defined(_WIN32)
#  define BERTH_CALL __cdecl
#  define BERTH_EXPORT __declspec(dllexport)
#else
#  define BERTH_CALL
#  define BERTH_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
#  define BERTH_NOEXCEPT noexcept
extern "C" {
#else
#  define BERTH_NOEXCEPT
#endif

/* ---- values -------------------------------------------------------------------------------- */

/** Outcome of a call: BERTH_OK or the reason why not. An unknown non-zero status is a failure. */
typedef int32_t berth_status;

/** A client. Never reused while the host lives: a stale id is safe everywhere and answers
 *  BERTH_GONE. 0 names the global service where a context is meant. */
typedef uint64_t berth_client_id;

/** Bytes with a length; UTF-8 where the text says text. Frozen. */
typedef struct berth_str {
    const char *data;
    size_t size;
} berth_str;

/** Initialises a berth_str with a literal: `.version = BERTH_STR("1.0.0")`; the compiler counts. */
#define BERTH_STR(literal) {"" literal "", sizeof("" literal "") - 1}

/** One value: a message, a procedure's parameter, a database parameter or column. Frozen. */
typedef struct berth_value {
    uint32_t type;     /**< BERTH_NULL ... BERTH_CLIENT */
    uint32_t reserved; /**< 0 */
    union {
        int64_t integer; /**< BERTH_INTEGER, and BERTH_BOOLEAN as 0 or 1 */
        double real;
        berth_client_id client;
        berth_str bytes; /**< BERTH_TEXT and BERTH_BUFFER */
    } as;
} berth_value;

/** Statuses; values are never renumbered, new ones are appended. */
enum {
    BERTH_OK = 0,
    BERTH_FAILED = 1,       /**< an error without a better name; set_error may give the sentence */
    BERTH_GONE = 2,         /**< the client is not there (any more) */
    BERTH_BACKLOG_FULL = 3, /**< a bounded queue is full; nothing was queued */
    BERTH_TRUNCATED = 4,    /**< the caller's buffer was too small; the needed count was stored */
    BERTH_INVALID = 5,      /**< a parameter is wrong (text that is not UTF-8, unknown procedure) */
    BERTH_UNSUPPORTED = 6,  /**< this host does not offer that */
    BERTH_ABSENT = 7        /**< there is no such header, cookie, setting, row */
};

/** Types of a berth_value. */
enum {
    BERTH_NULL = 0,
    BERTH_BOOLEAN = 1,
    BERTH_INTEGER = 2,
    BERTH_REAL = 3,
    BERTH_TEXT = 4,
    BERTH_BUFFER = 5,
    BERTH_CLIENT = 6
};

/** Cause of a disconnection: who or what ended it. */
enum {
    BERTH_BY_CLIENT = 1,        /**< the client closed */
    BERTH_BY_PROJECT = 2,       /**< `disconnect` */
    BERTH_BY_ADMINISTRATOR = 3, /**< an administrator's command */
    BERTH_BY_LIMIT = 4,         /**< a limit or rule of the host */
    BERTH_BY_NETWORK = 5,       /**< the connection broke or went silent */
    BERTH_BY_REDEPLOY = 6,      /**< this generation was replaced, or its process died */
    BERTH_BY_STOP = 7,          /**< the project or the host stops */
    BERTH_BY_ERROR = 8          /**< an event of this client failed */
};

/** Levels of `log`. */
enum { BERTH_LOG_DEBUG = 0, BERTH_LOG_INFO = 1, BERTH_LOG_WARNING = 2, BERTH_LOG_ERROR = 3 };

/* ---- opaque: the first parameter's type is the threading rule ------------------------------ */

/** The host as this generation of the project sees it. `const berth_host *` means [any thread]. */
typedef struct berth_host berth_host;

/** Where code of the project runs. `berth_context *` means [context]. */
typedef struct berth_context berth_context;

/* ---- growable ------------------------------------------------------------------------------ */

/** A client as it asks to connect. Filled by the host [borrowed: call]. More of the request is in
 *  the extension berth.request/1. */
typedef struct berth_client {
    uint32_t struct_size;
    uint32_t port; /**< of the peer; 0 when it comes through a trusted proxy that names none */
    berth_client_id id;
    berth_str address;             /**< of the peer, or of whom a trusted proxy names; numeric */
    berth_str path;                /**< the whole path, with leading slash, not decoded */
    berth_str query;               /**< after the '?', not decoded; may be empty */
    berth_str origin;              /**< may be empty: not a browser */
    const berth_str *subprotocols; /**< those offered, in the client's order; may be NULL */
    size_t subprotocol_count;
} berth_client;

/** The answer to a client that asks to connect. Made by the host with zeros, filled by the project;
 *  what it points at is read before this context runs again. */
typedef struct berth_admission {
    uint32_t struct_size;
    uint32_t http_status;  /**< 0 accepts; 400 to 599 refuse with that status */
    berth_str reason;      /**< text sent in the body of a refusal; may be empty */
    berth_str subprotocol; /**< one of those offered; empty: none chosen */
} berth_admission;

/** How a client went. Filled by the host [borrowed: call]. */
typedef struct berth_close {
    uint32_t struct_size;
    uint16_t code;  /**< RFC 6455 section 7.4; 1005 or 1006 when no code came */
    uint16_t cause; /**< BERTH_BY_CLIENT ... */
    berth_str reason;
} berth_close;

/** "Tell me": when the executed procedure has ended, or never will run, the procedure named here
 *  is executed in context `in` with the parameters (integer tag, integer status). */
typedef struct berth_completion {
    uint32_t struct_size;
    uint32_t reserved; /**< 0 */
    berth_client_id in;
    int64_t tag;
    berth_str procedure;
} berth_completion;

/* ---- procedures ---------------------------------------------------------------------------- */

/** A procedure's code. [context]; args are [borrowed: call]. */
typedef berth_status(BERTH_CALL *berth_procedure_fn)(void *globals, berth_context *context,
                                                     const berth_value *args,
                                                     size_t count) BERTH_NOEXCEPT;

/** Flags of a procedure. */
enum { BERTH_PROCEDURE_ADMIN = 1 /**< an administrator may execute it */ };

/** A procedure that can be executed by name. Frozen. */
typedef struct berth_procedure {
    berth_str name; /**< 1 to 64 bytes, unique in the project */
    /** Parameter types, for checks and for people: "(text who, integer count)", "()" for none,
     *  names optional, types boolean integer real text buffer client. Empty: not checked. */
    berth_str signature;
    berth_procedure_fn run;
    uint64_t flags; /**< BERTH_PROCEDURE_... */
} berth_procedure;

/* ---- what the host offers ------------------------------------------------------------------ */

/** One table per generation of a project [borrowed: project]. Every function is [any thread]. */
struct berth_host {
    uint32_t struct_size;
    uint32_t abi_minor;
    void *host_data; /**< the host's own */

    /** The table of an extension such as "berth.db/1" [borrowed: project], or NULL. */
    const void *(BERTH_CALL *get_extension)(const berth_host *host, const char *id)BERTH_NOEXCEPT;

    /** One line in the log, with project, client and event attached by the host. */
    void(BERTH_CALL *log)(const berth_host *host, int32_t level, berth_str text) BERTH_NOEXCEPT;

    /** Attaches a sentence to the failure status that the running call is about to return.
     *  `context` is the context of the call, or NULL inside `load`. */
    void(BERTH_CALL *set_error)(const berth_host *host, berth_context *context,
                                berth_str text) BERTH_NOEXCEPT;

    /** The clients connected at this instant: those accepted by this generation and not leaving.
     *  Stores their count in `count`; BERTH_TRUNCATED when `capacity` is smaller. `ids` may be
     *  NULL when `capacity` is 0. */
    berth_status(BERTH_CALL *list_clients)(const berth_host *host, berth_client_id *ids,
                                           size_t capacity, size_t *count) BERTH_NOEXCEPT;

    /** Queues a message, BERTH_TEXT (UTF-8) or BERTH_BUFFER, for a client. Order is kept per
     *  sender and client. BERTH_OK queued; BERTH_GONE; BERTH_BACKLOG_FULL; BERTH_INVALID. */
    berth_status(BERTH_CALL *send)(const berth_host *host, berth_client_id to,
                                   const berth_value *message) BERTH_NOEXCEPT;

    /** Queues one message for many clients, for an id named twice once. `queued` (may be NULL) gets
     *  how many accepted it. BERTH_OK even when some are gone or full; BERTH_INVALID as `send`. */
    berth_status(BERTH_CALL *send_many)(const berth_host *host, const berth_client_id *to,
                                        size_t count, const berth_value *message,
                                        size_t *queued) BERTH_NOEXCEPT;

    /** Ends a client after what was queued for it before. `code`: 1000-1003, 1007-1009, 1011-1014
     *  or 3000-4999, 0 meaning 1000; `reason`: at most 123 bytes of UTF-8.
     *  BERTH_OK, BERTH_GONE, BERTH_INVALID. */
    berth_status(BERTH_CALL *disconnect)(const berth_host *host, berth_client_id who, uint16_t code,
                                         berth_str reason) BERTH_NOEXCEPT;

    /** Queues a procedure in the context `in` (0: the global service); args are copied.
     *  `completion` may be NULL. BERTH_OK; BERTH_GONE (the completion runs with that status);
     *  BERTH_BACKLOG_FULL; BERTH_INVALID (unknown procedure, args against its signature). */
    berth_status(BERTH_CALL *execute)(const berth_host *host, berth_client_id in,
                                      berth_str procedure, const berth_value *args, size_t count,
                                      const berth_completion *completion) BERTH_NOEXCEPT;
};

/* ---- what a project provides --------------------------------------------------------------- */

/** Flags of a project: promises that its author makes. The configuration may override them. */
enum {
    BERTH_PROJECT_INLINE = 1,     /**< handlers never block: run them without a thread hop */
    BERTH_PROJECT_STATELESS = 2,  /**< globals may be fresh at any time: a crash or redeploy cuts no client */
    BERTH_PROJECT_REPEATABLE = 4, /**< an interrupted event may be run again: what it sends is held to its end */
    BERTH_PROJECT_EXCLUSIVE = 8   /**< never two generations at once: the new one begins when the old one has ended */
};

/** The project's table: constant data, [borrowed: project]. A NULL hook does nothing and succeeds,
 *  except `context_create`, which then leaves globals NULL. */
typedef struct berth_project {
    uint32_t struct_size;
    uint32_t abi_minor_required; /**< the host is refused when its minor is lower */
    berth_str name;              /**< [a-z0-9][a-z0-9_-]{0,63}; empty: the file's stem */
    berth_str version;           /**< for people; may be empty */
    berth_str global_service_annotation; /**< "<interval=20 s>"; empty: the default, 10 s */
    uint64_t flags;                      /**< BERTH_PROJECT_... */
    const berth_procedure *procedures;   /**< may be NULL */
    size_t procedure_count;

    /** First call [main]. May store the project's own object in `project`. A failure refuses the
     *  project with the sentence of set_error; `unload` is then not called. */
    berth_status(BERTH_CALL *load)(const berth_host *host, void **project) BERTH_NOEXCEPT;

    /** Last call [main], after every context is destroyed. Threads made by the project must have
     *  ended when it returns. */
    void(BERTH_CALL *unload)(void *project) BERTH_NOEXCEPT;

    /** Makes the globals of a context, for a client or, with `client` 0, for the global service.
     *  [context] for the context being made. A failure refuses the client with 500. */
    berth_status(BERTH_CALL *context_create)(void *project, berth_context *context,
                                             berth_client_id client, void **globals) BERTH_NOEXCEPT;

    /** Destroys the globals. The last call into this context. */
    void(BERTH_CALL *context_destroy)(void *globals, berth_context *context) BERTH_NOEXCEPT;

    /** Event: the global service's loop, paced by the interval. [context] of the global service. */
    berth_status(BERTH_CALL *global_service)(void *globals, berth_context *context) BERTH_NOEXCEPT;

    /** Event: a client asks to connect; runs before its handshake ends. A failure refuses it
     *  with 500; a refusal raises no disconnection. */
    berth_status(BERTH_CALL *connection)(void *globals, berth_context *context,
                                         const berth_client *client,
                                         berth_admission *admission) BERTH_NOEXCEPT;

    /** Event: one whole message, BERTH_TEXT or BERTH_BUFFER [borrowed: call]. */
    berth_status(BERTH_CALL *message)(void *globals, berth_context *context, berth_client_id from,
                                      const berth_value *message) BERTH_NOEXCEPT;

    /** Event: the client has gone. Exactly once for every accepted client; its last event. */
    berth_status(BERTH_CALL *disconnection)(void *globals, berth_context *context,
                                            berth_client_id who,
                                            const berth_close *close) BERTH_NOEXCEPT;

    /** Event: the global service stops; once, after every client's disconnection. */
    berth_status(BERTH_CALL *stop)(void *globals, berth_context *context) BERTH_NOEXCEPT;

    /** The project's own extensions, asked for by the host; may be NULL. */
    const void *(BERTH_CALL *get_extension)(void *project, const char *id)BERTH_NOEXCEPT;
} berth_project;

/** Whether a growable struct is large enough for a member and the member is not NULL. */
#define BERTH_PROVIDES(type, object, member) \
    ((object)->struct_size >= offsetof(type, member) + sizeof((object)->member) && (object)->member)

/** The one export. No arguments, no side effects; the table is [borrowed: project]. */
BERTH_EXPORT const berth_project *BERTH_CALL berth_project_v1(void) BERTH_NOEXCEPT;

#ifdef __cplusplus
}
#endif

/* ---- the note ------------------------------------------------------------------------------ */

/* An ELF note that names the ABI, readable before any code of the library runs. */
#if defined(__ELF__)
#  define BERTH_ABI_NOTE                                                                          \
    static const struct {                                                                         \
        uint32_t name_size, description_size, type;                                               \
        char name[8];                                                                             \
        uint32_t abi_major, abi_minor;                                                            \
    } berth_abi_note __attribute__((used, aligned(4), section(".note.berth"))) = {                \
        6u, 8u, 1u, "Berth", BERTH_ABI_MAJOR, BERTH_ABI_MINOR};
#else
#  define BERTH_ABI_NOTE
#endif

/** Defines the one export for a `static const berth_project TABLE`, and the note. C wants a semicolon
 *  after it. */
#ifdef __cplusplus
#  define BERTH_EXPORT_PROJECT(table)                                                             \
    BERTH_ABI_NOTE                                                                                \
    extern "C" BERTH_EXPORT const berth_project *BERTH_CALL berth_project_v1(void) noexcept {      \
        return &(table);                                                                          \
    }
#else
#  define BERTH_EXPORT_PROJECT(table)                                                             \
    BERTH_ABI_NOTE                                                                                \
    BERTH_EXPORT const berth_project *BERTH_CALL berth_project_v1(void) { return &(table); }       \
    struct berth_project_exported_
#endif

#endif
