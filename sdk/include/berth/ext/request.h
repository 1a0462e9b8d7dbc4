/* SPDX-License-Identifier: MIT
 *
 * Extension "berth.request/1": the request with which the context's client connected, and what is
 * known about the client since. Readable in every event of the client, its disconnection included.
 * All functions are [context]; texts are [borrowed: context]. In the global service's context they
 * answer BERTH_ABSENT.
 */
#ifndef BERTH_EXT_REQUEST_H
#define BERTH_EXT_REQUEST_H

#include "../berth.h"

#define BERTH_EXT_REQUEST "berth.request/1"

#ifdef __cplusplus
extern "C" {
#endif

/** TLS facts of a connection. Growable; the caller sets struct_size. */
typedef struct berth_tls {
    uint32_t struct_size;
    uint32_t active;               /**< 1 when the connection is encrypted */
    berth_str version;             /**< "TLSv1.3" */
    berth_str cipher;              /**< "TLS_AES_256_GCM_SHA384" */
    berth_str certificate_subject; /**< of the client; empty when it sent none */
} berth_tls;

/** Figures of a client. Growable; the caller sets struct_size. */
typedef struct berth_client_figures {
    uint32_t struct_size;
    uint32_t reserved;
    int64_t connected_at_ms; /**< milliseconds since 1970-01-01 UTC */
    int64_t idle_ms;         /**< since the last message in either direction */
    uint64_t messages_in, bytes_in, messages_out, bytes_out;
} berth_client_figures;

/** Growable [borrowed: project]. */
typedef struct berth_request {
    uint32_t struct_size;
    uint32_t reserved;

    /** The client as `connection` saw it; the caller sets struct_size. */
    berth_status(BERTH_CALL *client)(berth_context *context, berth_client *out) BERTH_NOEXCEPT;
    /** Header lines in their order, counted from 0; BERTH_ABSENT past the last. Repeated names are
     *  kept, each line for itself. */
    berth_status(BERTH_CALL *header_at)(berth_context *context, size_t index, berth_str *name,
                                        berth_str *value) BERTH_NOEXCEPT;
    /** The `index`-th line, from 0, of a header; names ignore case. */
    berth_status(BERTH_CALL *header)(berth_context *context, berth_str name, size_t index,
                                     berth_str *value) BERTH_NOEXCEPT;
    /** The `index`-th value, from 0, of a query parameter, percent-decoded. */
    berth_status(BERTH_CALL *query)(berth_context *context, berth_str name, size_t index,
                                    berth_str *value) BERTH_NOEXCEPT;
    /** The value of a cookie. */
    berth_status(BERTH_CALL *cookie)(berth_context *context, berth_str name,
                                     berth_str *value) BERTH_NOEXCEPT;
    /** The sub-protocol chosen; BERTH_ABSENT when none was, or inside `connection`. */
    berth_status(BERTH_CALL *subprotocol)(berth_context *context, berth_str *value) BERTH_NOEXCEPT;
    /** How the connection is encrypted; the caller sets struct_size. */
    berth_status(BERTH_CALL *tls)(berth_context *context, berth_tls *out) BERTH_NOEXCEPT;
    /** The user whom the host's token check verified; BERTH_ABSENT when no token was checked. */
    berth_status(BERTH_CALL *user)(berth_context *context, berth_str *value) BERTH_NOEXCEPT;
    /** A claim of the checked token. */
    berth_status(BERTH_CALL *claim)(berth_context *context, berth_str name,
                                    berth_str *value) BERTH_NOEXCEPT;
    /** What has come and gone so far; the caller sets struct_size. */
    berth_status(BERTH_CALL *figures)(berth_context *context,
                                      berth_client_figures *out) BERTH_NOEXCEPT;
} berth_request;

#ifdef __cplusplus
}
#endif
#endif
