/* SPDX-License-Identifier: MIT
 *
 * Extension "berth.config/1": what the operator wrote under [project.NAME.settings].
 * All functions are [any thread]; texts are [borrowed: project].
 */
#ifndef BERTH_EXT_CONFIG_H
#define BERTH_EXT_CONFIG_H

#include "../berth.h"

#define BERTH_EXT_CONFIG "berth.config/1"

#ifdef __cplusplus
extern "C" {
#endif

/** Growable [borrowed: project]. */
typedef struct berth_config {
    uint32_t struct_size;
    uint32_t reserved;

    /** The setting `key`; nested tables and arrays are reached with dots: "rooms.0.name".
     *  Booleans, integers, reals and text as such, everything else as text in TOML's form.
     *  BERTH_ABSENT when it was not written. */
    berth_status(BERTH_CALL *get)(const berth_host *host, berth_str key,
                                  berth_value *out) BERTH_NOEXCEPT;
    /** All settings in order of their keys, counted from 0; BERTH_ABSENT past the last. */
    berth_status(BERTH_CALL *at)(const berth_host *host, size_t index, berth_str *key,
                                 berth_value *out) BERTH_NOEXCEPT;
    /** The project's own directory, made by the host, writable, kept across restarts. */
    berth_status(BERTH_CALL *data_directory)(const berth_host *host, berth_str *out) BERTH_NOEXCEPT;
} berth_config;

#ifdef __cplusplus
}
#endif
#endif
