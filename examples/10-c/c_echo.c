/* SPDX-License-Identifier: MIT
 * An echo in C11, with the header alone:
 *   cc -std=c11 -shared -fPIC -I include -o 10-c.so c_echo.c
 * Each client has its own counter, since each context has its own globals. */
#include <berth/berth.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct globals {
    const berth_host *host;
    unsigned long messages;
};

static berth_str text(const char *terminated) {
    berth_str str = {terminated, strlen(terminated)};
    return str;
}

static berth_status load(const berth_host *host, void **project) {
    if (!BERTH_PROVIDES(berth_host, host, send)) return BERTH_UNSUPPORTED;
    *project = (void *)(uintptr_t)host;
    return BERTH_OK;
}

static berth_status context_create(void *project, berth_context *context, berth_client_id client,
                                   void **globals) {
    (void)context, (void)client;
    struct globals *made = calloc(1, sizeof *made);
    if (!made) return BERTH_FAILED;
    made->host = project;
    *globals = made;
    return BERTH_OK;
}

static void context_destroy(void *globals, berth_context *context) {
    (void)context;
    free(globals);
}

static berth_status message(void *globals, berth_context *context, berth_client_id from,
                            const berth_value *message) {
    struct globals *g = globals;
    (void)context;
    ++g->messages;
    g->host->send(g->host, from, message); /* gone, or its backlog full: no failure of ours */
    return BERTH_OK;
}

static berth_status disconnection(void *globals, berth_context *context, berth_client_id who,
                                  const berth_close *how) {
    struct globals *g = globals;
    char line[64];
    (void)context, (void)who, (void)how;
    snprintf(line, sizeof line, "echoed %lu messages", g->messages);
    g->host->log(g->host, BERTH_LOG_INFO, text(line));
    return BERTH_OK;
}

/* [table] */
static const berth_project project = {
    .struct_size = sizeof project,
    .version = BERTH_STR("1.0.0"),
    .load = load,
    .context_create = context_create,
    .context_destroy = context_destroy,
    .message = message,
    .disconnection = disconnection,
};
BERTH_EXPORT_PROJECT(project);
/* [end] */
