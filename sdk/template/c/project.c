/* SPDX-License-Identifier: MIT */
#include <berth/berth.h>
%if database
#include <berth/ext/db.h>
%end
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What `load` found; handed to every context_create. */
struct loaded {
    const berth_host *host;
%if database
    const berth_db *db;
%end
};

/* One for each client, and one for the global service: that context's own, and needs no lock. */
struct globals {
    const struct loaded *project;
    unsigned count;
};

static berth_str text(const char *terminated) {
    berth_str str = {terminated, strlen(terminated)};
    return str;
}

static void say(const struct globals *g, berth_client_id to, const char *terminated) {
    berth_value value = {.type = BERTH_TEXT, .as.bytes = text(terminated)};
    g->project->host->send(g->project->host, to, &value); /* gone, or its backlog full: no failure of ours */
}

static berth_status load(const berth_host *host, void **project) {
    struct loaded *made = calloc(1, sizeof *made);
    if (!made) return BERTH_FAILED;
    made->host = host;
%if database
    made->db = host->get_extension(host, BERTH_EXT_DB);
    if (!made->db) {
        free(made);
        host->set_error(host, NULL, text("this host has no database"));
        return BERTH_UNSUPPORTED;
    }
%end
    *project = made;
    return BERTH_OK;
}

static void unload(void *project) {
    free(project);
}

static berth_status context_create(void *project, berth_context *context, berth_client_id client, void **globals) {
    (void)context, (void)client;
    struct globals *g = calloc(1, sizeof *g);
    if (!g) return BERTH_FAILED;
    g->project = project;
    *globals = g;
    return BERTH_OK;
}

static void context_destroy(void *globals, berth_context *context) {
    (void)context;
    free(globals);
}
%if database

/* The engine's sentence becomes that of the event. */
static berth_status database_failed(const struct globals *g, berth_context *context) {
    berth_str sentence = {NULL, 0};
    g->project->db->error(context, NULL, &sentence);
    g->project->host->set_error(g->project->host, context, sentence);
    return BERTH_FAILED;
}

/* Keeps one message and counts all of them. */
static berth_status keep(struct globals *g, berth_context *context, const berth_value *message, long long *all) {
    const berth_db *db = g->project->db;
    berth_statement *insert = NULL, *count = NULL;
    berth_value number = {.type = BERTH_NULL};
    uint32_t has_row = 0;
    berth_status status = db->prepare(context, text("insert into message (text) values (?)"), &insert);
    if (status == BERTH_OK) status = db->bind(insert, 1, message);
    if (status == BERTH_OK) status = db->step(insert, &has_row);
    if (status == BERTH_OK) status = db->prepare(context, text("select count(*) from message"), &count);
    if (status == BERTH_OK) status = db->step(count, &has_row);
    if (status == BERTH_OK) status = db->column(count, 0, &number);
    *all = (long long)number.as.integer;
    db->finalize(insert);
    db->finalize(count);
    return status == BERTH_OK ? BERTH_OK : database_failed(g, context);
}
%end

/* Runs every 20 s, in a context of its own. The first run has ended before the first client is let in. */
static berth_status global_service(void *globals, berth_context *context) {
    struct globals *g = globals;
%if database
    const char *sql = "create table if not exists message (id integer primary key, text text not null)";
    if (g->project->db->execute(context, text(sql)) != BERTH_OK) return database_failed(g, context);
%end
%unless database
    size_t count = 0;
    char line[64];
    (void)context;
    g->project->host->list_clients(g->project->host, NULL, 0, &count);
    snprintf(line, sizeof line, "%zu connected", count);
    g->project->host->log(g->project->host, BERTH_LOG_INFO, text(line));
%end
    return BERTH_OK;
}

/* A client asks to connect: leave `admission` as it is to accept it. */
static berth_status connection(void *globals, berth_context *context, const berth_client *client,
                               berth_admission *admission) {
    (void)context, (void)admission;
    say(globals, client->id, "welcome to %NAME%");
    return BERTH_OK;
}

/* One whole message. A failure is logged, and closes this client with 1011. */
static berth_status message(void *globals, berth_context *context, berth_client_id from, const berth_value *value) {
    struct globals *g = globals;
    const size_t room = value->as.bytes.size + 64;
    char *answer = malloc(room);
    if (!answer) return BERTH_FAILED;
    ++g->count;
%if database
    long long all = 0;
    const berth_status status = keep(g, context, value, &all);
    if (status != BERTH_OK) {
        free(answer);
        return status;
    }
    snprintf(answer, room, "%u of %lld: %.*s", g->count, all, (int)value->as.bytes.size, value->as.bytes.data);
%end
%unless database
    (void)context;
    snprintf(answer, room, "%u: %.*s", g->count, (int)value->as.bytes.size, value->as.bytes.data);
%end
    say(g, from, answer);
    free(answer);
    return BERTH_OK;
}

/* The client has gone. */
static berth_status disconnection(void *globals, berth_context *context, berth_client_id who, const berth_close *how) {
    const struct globals *g = globals;
    char line[64];
    (void)context, (void)who;
    snprintf(line, sizeof line, "gone with %u after %u messages", (unsigned)how->code, g->count);
    g->project->host->log(g->project->host, BERTH_LOG_INFO, text(line));
    return BERTH_OK;
}

static const berth_project project = {
    .struct_size = sizeof project,
    .name = BERTH_STR("%NAME%"),
    .version = BERTH_STR("0.1.0"),
    .global_service_annotation = BERTH_STR("<interval=20 s>"),
    .load = load,
    .unload = unload,
    .context_create = context_create,
    .context_destroy = context_destroy,
    .global_service = global_service,
    .connection = connection,
    .message = message,
    .disconnection = disconnection,
};
BERTH_EXPORT_PROJECT(project);
