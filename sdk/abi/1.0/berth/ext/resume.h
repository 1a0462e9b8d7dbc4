/* SPDX-License-Identifier: MIT
 *
 * Extension "berth.resume/1": clients that outlive their process. A project that answers its `get_extension` for this
 * id with a table whose `resumed` is there resumes: a crash or a redeploy cuts none of its clients. Each goes on, in a
 * new context of the new process, with what its old one saved last.
 *
 * Unlike the other extensions this one is the project's: the host calls it. It must be the same table for as long as
 * the project is loaded.
 */
#ifndef BERTH_EXT_RESUME_H
#define BERTH_EXT_RESUME_H

#include "../berth.h"

#define BERTH_EXT_RESUME "berth.resume/1"

/** The largest state of a context, in bytes. */
#define BERTH_STATE_BYTES_MAX 65536

#ifdef __cplusplus
extern "C" {
#endif

/** Flags of a resumption. */
enum {
    BERTH_RESUME_STATE = 1,      /**< there is a saved state; without it, `state` is empty */
    BERTH_RESUME_INTERRUPTED = 2 /**< an event of this client was cut off by the death of its process. It is not run
                                      again: what it did before, in the database too, was done or not */
};

/** What a client brings along. Filled by the host [borrowed: call]. */
typedef struct berth_resumption {
    uint32_t struct_size;
    uint32_t flags;  /**< BERTH_RESUME_... */
    berth_str state; /**< as `save` wrote it, perhaps in another version of this project */
} berth_resumption;

/** Growable [borrowed: project]; a NULL hook does nothing and succeeds. */
typedef struct berth_resume {
    uint32_t struct_size;
    uint32_t reserved;

    /** Writes what this client's context would need to go on: at most `capacity` (BERTH_STATE_BYTES_MAX) bytes into
     *  `buffer`, their number into `size`. [context] Called after each event and procedure of a client's context that
     *  succeeded, so it should be quick; what has not changed since costs a comparison, what has travels to the host. A
     *  failure is logged and leaves what was saved before. */
    berth_status(BERTH_CALL *save)(void *globals, berth_context *context, void *buffer, size_t capacity,
                                   size_t *size) BERTH_NOEXCEPT;

    /** The first call into a client's context that goes on here, after `context_create` and in the place of
     *  `connection`. [context] Messages that were not handled before follow. A failure closes the client with 1011. */
    berth_status(BERTH_CALL *resumed)(void *globals, berth_context *context, berth_client_id client,
                                      const berth_resumption *resumption) BERTH_NOEXCEPT;

    /** Clients that a death took along, without a disconnection: culprits that could not even be resumed, and all
     *  clients where `resumed` is NULL. [context] of the global service, before newcomers come. */
    berth_status(BERTH_CALL *lost)(void *globals, berth_context *context, const berth_client_id *ids,
                                   size_t count) BERTH_NOEXCEPT;
} berth_resume;

#ifdef __cplusplus
}
#endif
#endif
