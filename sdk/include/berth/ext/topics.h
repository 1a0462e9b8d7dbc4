/* SPDX-License-Identifier: MIT
 *
 * Extension "berth.topics/1": messages for whoever has subscribed. A publication costs the project one call, whatever the
 * number of subscribers; who they are is kept where the connections are.
 *
 * Topics belong to the project, come into being with their first subscriber and go with their last. A name is 1 to 256
 * bytes of UTF-8, compared byte by byte. What one context, or one thread, subscribes, publishes and sends takes effect in
 * that order for each client.
 */
#ifndef BERTH_EXT_TOPICS_H
#define BERTH_EXT_TOPICS_H

#include "../berth.h"

#define BERTH_EXT_TOPICS "berth.topics/1"

/** The longest name of a topic, in bytes. */
#define BERTH_TOPIC_BYTES_MAX 256

#ifdef __cplusplus
extern "C" {
#endif

/** Growable [borrowed: project]. Every function is [any thread]. */
typedef struct berth_topics {
    uint32_t struct_size;
    uint32_t reserved;

    /** From now on `client`, one of this generation, gets what is published under `topic`, until it goes or is
     *  unsubscribed. A client that a crash or a redeploy does not cut takes its subscriptions along. BERTH_OK, also when
     *  it had subscribed before; BERTH_GONE; BERTH_BACKLOG_FULL when the project has as many topics (limits.topics), or the
     *  client as many subscriptions (limits.subscriptions), as there may be; BERTH_INVALID. In `connection` it takes
     *  effect when the client is accepted. */
    berth_status(BERTH_CALL *subscribe)(const berth_host *host, berth_client_id client,
                                        berth_str topic) BERTH_NOEXCEPT;

    /** The reverse. BERTH_OK, also when it had not subscribed; BERTH_GONE; BERTH_INVALID. */
    berth_status(BERTH_CALL *unsubscribe)(const berth_host *host, berth_client_id client,
                                          berth_str topic) BERTH_NOEXCEPT;

    /** Queues a message, BERTH_TEXT (UTF-8) or BERTH_BUFFER, for all who have subscribed to `topic`, in every generation of
     *  the project, but `except` (0: nobody is excepted). Unlike `send` it does not say who could take it: a subscriber
     *  whose backlog is full is treated as the operator's policy says. BERTH_OK, also when there are no subscribers;
     *  BERTH_BACKLOG_FULL when 16 MiB of this project's wait for the host already: nothing was queued; BERTH_INVALID. */
    berth_status(BERTH_CALL *publish)(const berth_host *host, berth_str topic, const berth_value *message,
                                      berth_client_id except) BERTH_NOEXCEPT;

    /** Stores in `count` how many clients of this generation have subscribed to `topic`. BERTH_OK, BERTH_INVALID. */
    berth_status(BERTH_CALL *count)(const berth_host *host, berth_str topic, size_t *count) BERTH_NOEXCEPT;
} berth_topics;

#ifdef __cplusplus
}
#endif
#endif
