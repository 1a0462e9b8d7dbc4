// SPDX-License-Identifier: MIT
//
// Witness of ABI 1.0: what a project compiled against 1.0 relies on, member by member. Every later
// header of major 1 must still compile with it. Never edited after the release of 1.0; a later minor
// gets a witness of its own that adds what it appends.
//
// A frozen struct keeps its size. A growable one keeps its members and may only get longer.
#include <berth/berth.h>
#include <berth/ext/config.h>
#include <berth/ext/db.h>
#include <berth/ext/request.h>
#include <berth/ext/resume.h>
#include <berth/ext/topics.h>

#include <cstddef>
#include <type_traits>

#define FROZEN(type, size, alignment) \
    static_assert(sizeof(type) == size && alignof(type) == alignment && std::is_standard_layout_v<type>)
#define GROWABLE(type, size, alignment) \
    static_assert(sizeof(type) >= size && alignof(type) == alignment && std::is_standard_layout_v<type>)
#define MEMBER(type, member, offset, ...)            \
    static_assert(offsetof(type, member) == offset); \
    static_assert(std::is_same_v<decltype(type::member), __VA_ARGS__>)
#define VALUE(name, value) static_assert(name == value)

static_assert(BERTH_ABI_MAJOR == 1);
static_assert(std::is_same_v<berth_status, int32_t>);
static_assert(std::is_same_v<berth_client_id, uint64_t>);
static_assert(
    std::is_same_v<berth_procedure_fn,
                   berth_status(BERTH_CALL*)(void*, berth_context*, const berth_value*, size_t) noexcept>);
static_assert(std::is_same_v<decltype(&berth_project_v1), const berth_project*(BERTH_CALL*)() noexcept>);
static_assert(std::is_same_v<decltype(berth_value{}.as.integer), int64_t>);
static_assert(std::is_same_v<decltype(berth_value{}.as.real), double>);
static_assert(std::is_same_v<decltype(berth_value{}.as.client), berth_client_id>);
static_assert(std::is_same_v<decltype(berth_value{}.as.bytes), berth_str>);

FROZEN(berth_str, 16, 8);
MEMBER(berth_str, data, 0, const char*);
MEMBER(berth_str, size, 8, size_t);

FROZEN(berth_value, 24, 8);
MEMBER(berth_value, type, 0, uint32_t);
MEMBER(berth_value, reserved, 4, uint32_t);
static_assert(offsetof(berth_value, as) == 8);

GROWABLE(berth_client, 96, 8);
MEMBER(berth_client, struct_size, 0, uint32_t);
MEMBER(berth_client, port, 4, uint32_t);
MEMBER(berth_client, id, 8, berth_client_id);
MEMBER(berth_client, address, 16, berth_str);
MEMBER(berth_client, path, 32, berth_str);
MEMBER(berth_client, query, 48, berth_str);
MEMBER(berth_client, origin, 64, berth_str);
MEMBER(berth_client, subprotocols, 80, const berth_str*);
MEMBER(berth_client, subprotocol_count, 88, size_t);

GROWABLE(berth_admission, 40, 8);
MEMBER(berth_admission, struct_size, 0, uint32_t);
MEMBER(berth_admission, http_status, 4, uint32_t);
MEMBER(berth_admission, reason, 8, berth_str);
MEMBER(berth_admission, subprotocol, 24, berth_str);

GROWABLE(berth_close, 24, 8);
MEMBER(berth_close, struct_size, 0, uint32_t);
MEMBER(berth_close, code, 4, uint16_t);
MEMBER(berth_close, cause, 6, uint16_t);
MEMBER(berth_close, reason, 8, berth_str);

GROWABLE(berth_completion, 40, 8);
MEMBER(berth_completion, struct_size, 0, uint32_t);
MEMBER(berth_completion, reserved, 4, uint32_t);
MEMBER(berth_completion, in, 8, berth_client_id);
MEMBER(berth_completion, tag, 16, int64_t);
MEMBER(berth_completion, procedure, 24, berth_str);

FROZEN(berth_procedure, 48, 8);
MEMBER(berth_procedure, name, 0, berth_str);
MEMBER(berth_procedure, signature, 16, berth_str);
MEMBER(berth_procedure, run, 32, berth_procedure_fn);
MEMBER(berth_procedure, flags, 40, uint64_t);

GROWABLE(berth_host, 80, 8);
MEMBER(berth_host, struct_size, 0, uint32_t);
MEMBER(berth_host, abi_minor, 4, uint32_t);
MEMBER(berth_host, host_data, 8, void*);
MEMBER(berth_host, get_extension, 16, const void* (*)(const berth_host*, const char*) noexcept);
MEMBER(berth_host, log, 24, void (*)(const berth_host*, int32_t, berth_str) noexcept);
MEMBER(berth_host, set_error, 32, void (*)(const berth_host*, berth_context*, berth_str) noexcept);
MEMBER(berth_host, list_clients, 40,
       berth_status (*)(const berth_host*, berth_client_id*, size_t, size_t*) noexcept);
MEMBER(berth_host, send, 48,
       berth_status (*)(const berth_host*, berth_client_id, const berth_value*) noexcept);
MEMBER(berth_host, send_many, 56,
       berth_status (*)(const berth_host*, const berth_client_id*, size_t, const berth_value*,
                        size_t*) noexcept);
MEMBER(berth_host, disconnect, 64,
       berth_status (*)(const berth_host*, berth_client_id, uint16_t, berth_str) noexcept);
MEMBER(berth_host, execute, 72,
       berth_status (*)(const berth_host*, berth_client_id, berth_str, const berth_value*, size_t,
                        const berth_completion*) noexcept);

GROWABLE(berth_project, 160, 8);
MEMBER(berth_project, struct_size, 0, uint32_t);
MEMBER(berth_project, abi_minor_required, 4, uint32_t);
MEMBER(berth_project, name, 8, berth_str);
MEMBER(berth_project, version, 24, berth_str);
MEMBER(berth_project, global_service_annotation, 40, berth_str);
MEMBER(berth_project, flags, 56, uint64_t);
MEMBER(berth_project, procedures, 64, const berth_procedure*);
MEMBER(berth_project, procedure_count, 72, size_t);
MEMBER(berth_project, load, 80, berth_status (*)(const berth_host*, void**) noexcept);
MEMBER(berth_project, unload, 88, void (*)(void*) noexcept);
MEMBER(berth_project, context_create, 96,
       berth_status (*)(void*, berth_context*, berth_client_id, void**) noexcept);
MEMBER(berth_project, context_destroy, 104, void (*)(void*, berth_context*) noexcept);
MEMBER(berth_project, global_service, 112, berth_status (*)(void*, berth_context*) noexcept);
MEMBER(berth_project, connection, 120,
       berth_status (*)(void*, berth_context*, const berth_client*, berth_admission*) noexcept);
MEMBER(berth_project, message, 128,
       berth_status (*)(void*, berth_context*, berth_client_id, const berth_value*) noexcept);
MEMBER(berth_project, disconnection, 136,
       berth_status (*)(void*, berth_context*, berth_client_id, const berth_close*) noexcept);
MEMBER(berth_project, stop, 144, berth_status (*)(void*, berth_context*) noexcept);
MEMBER(berth_project, get_extension, 152, const void* (*)(void*, const char*) noexcept);

GROWABLE(berth_db, 128, 8);
MEMBER(berth_db, struct_size, 0, uint32_t);
MEMBER(berth_db, reserved, 4, uint32_t);
MEMBER(berth_db, prepare, 8, berth_status (*)(berth_context*, berth_str, berth_statement**) noexcept);
MEMBER(berth_db, bind, 16, berth_status (*)(berth_statement*, uint32_t, const berth_value*) noexcept);
MEMBER(berth_db, step, 24, berth_status (*)(berth_statement*, uint32_t*) noexcept);
MEMBER(berth_db, column_count, 32, uint32_t (*)(berth_statement*) noexcept);
MEMBER(berth_db, column_name, 40, berth_status (*)(berth_statement*, uint32_t, berth_str*) noexcept);
MEMBER(berth_db, column, 48, berth_status (*)(berth_statement*, uint32_t, berth_value*) noexcept);
MEMBER(berth_db, reset, 56, berth_status (*)(berth_statement*) noexcept);
MEMBER(berth_db, finalize, 64, void (*)(berth_statement*) noexcept);
MEMBER(berth_db, execute, 72, berth_status (*)(berth_context*, berth_str) noexcept);
MEMBER(berth_db, begin, 80, berth_status (*)(berth_context*, uint32_t) noexcept);
MEMBER(berth_db, commit, 88, berth_status (*)(berth_context*) noexcept);
MEMBER(berth_db, rollback, 96, berth_status (*)(berth_context*) noexcept);
MEMBER(berth_db, last_insert_id, 104, int64_t (*)(berth_context*) noexcept);
MEMBER(berth_db, changes, 112, int64_t (*)(berth_context*) noexcept);
MEMBER(berth_db, error, 120, void (*)(berth_context*, int32_t*, berth_str*) noexcept);

GROWABLE(berth_tls, 56, 8);
MEMBER(berth_tls, struct_size, 0, uint32_t);
MEMBER(berth_tls, active, 4, uint32_t);
MEMBER(berth_tls, version, 8, berth_str);
MEMBER(berth_tls, cipher, 24, berth_str);
MEMBER(berth_tls, certificate_subject, 40, berth_str);

GROWABLE(berth_client_figures, 56, 8);
MEMBER(berth_client_figures, struct_size, 0, uint32_t);
MEMBER(berth_client_figures, reserved, 4, uint32_t);
MEMBER(berth_client_figures, connected_at_ms, 8, int64_t);
MEMBER(berth_client_figures, idle_ms, 16, int64_t);
MEMBER(berth_client_figures, messages_in, 24, uint64_t);
MEMBER(berth_client_figures, bytes_in, 32, uint64_t);
MEMBER(berth_client_figures, messages_out, 40, uint64_t);
MEMBER(berth_client_figures, bytes_out, 48, uint64_t);

GROWABLE(berth_request, 88, 8);
MEMBER(berth_request, struct_size, 0, uint32_t);
MEMBER(berth_request, reserved, 4, uint32_t);
MEMBER(berth_request, client, 8, berth_status (*)(berth_context*, berth_client*) noexcept);
MEMBER(berth_request, header_at, 16,
       berth_status (*)(berth_context*, size_t, berth_str*, berth_str*) noexcept);
MEMBER(berth_request, header, 24, berth_status (*)(berth_context*, berth_str, size_t, berth_str*) noexcept);
MEMBER(berth_request, query, 32, berth_status (*)(berth_context*, berth_str, size_t, berth_str*) noexcept);
MEMBER(berth_request, cookie, 40, berth_status (*)(berth_context*, berth_str, berth_str*) noexcept);
MEMBER(berth_request, subprotocol, 48, berth_status (*)(berth_context*, berth_str*) noexcept);
MEMBER(berth_request, tls, 56, berth_status (*)(berth_context*, berth_tls*) noexcept);
MEMBER(berth_request, user, 64, berth_status (*)(berth_context*, berth_str*) noexcept);
MEMBER(berth_request, claim, 72, berth_status (*)(berth_context*, berth_str, berth_str*) noexcept);
MEMBER(berth_request, figures, 80, berth_status (*)(berth_context*, berth_client_figures*) noexcept);

GROWABLE(berth_config, 32, 8);
MEMBER(berth_config, struct_size, 0, uint32_t);
MEMBER(berth_config, reserved, 4, uint32_t);
MEMBER(berth_config, get, 8, berth_status (*)(const berth_host*, berth_str, berth_value*) noexcept);
MEMBER(berth_config, at, 16, berth_status (*)(const berth_host*, size_t, berth_str*, berth_value*) noexcept);
MEMBER(berth_config, data_directory, 24, berth_status (*)(const berth_host*, berth_str*) noexcept);

GROWABLE(berth_resumption, 24, 8);
MEMBER(berth_resumption, struct_size, 0, uint32_t);
MEMBER(berth_resumption, flags, 4, uint32_t);
MEMBER(berth_resumption, state, 8, berth_str);

GROWABLE(berth_resume, 32, 8);
MEMBER(berth_resume, struct_size, 0, uint32_t);
MEMBER(berth_resume, reserved, 4, uint32_t);
MEMBER(berth_resume, save, 8, berth_status (*)(void*, berth_context*, void*, size_t, size_t*) noexcept);
MEMBER(berth_resume, resumed, 16,
       berth_status (*)(void*, berth_context*, berth_client_id, const berth_resumption*) noexcept);
MEMBER(berth_resume, lost, 24, berth_status (*)(void*, berth_context*, const berth_client_id*, size_t) noexcept);

VALUE(BERTH_RESUME_STATE, 1);
VALUE(BERTH_RESUME_INTERRUPTED, 2);
VALUE(BERTH_STATE_BYTES_MAX, 65536);
VALUE(BERTH_OK, 0);
VALUE(BERTH_FAILED, 1);
VALUE(BERTH_GONE, 2);
VALUE(BERTH_BACKLOG_FULL, 3);
VALUE(BERTH_TRUNCATED, 4);
VALUE(BERTH_INVALID, 5);
VALUE(BERTH_UNSUPPORTED, 6);
VALUE(BERTH_ABSENT, 7);
VALUE(BERTH_NULL, 0);
VALUE(BERTH_BOOLEAN, 1);
VALUE(BERTH_INTEGER, 2);
VALUE(BERTH_REAL, 3);
VALUE(BERTH_TEXT, 4);
VALUE(BERTH_BUFFER, 5);
VALUE(BERTH_CLIENT, 6);
VALUE(BERTH_BY_CLIENT, 1);
VALUE(BERTH_BY_PROJECT, 2);
VALUE(BERTH_BY_ADMINISTRATOR, 3);
VALUE(BERTH_BY_LIMIT, 4);
VALUE(BERTH_BY_NETWORK, 5);
VALUE(BERTH_BY_REDEPLOY, 6);
VALUE(BERTH_BY_STOP, 7);
VALUE(BERTH_BY_ERROR, 8);
VALUE(BERTH_LOG_DEBUG, 0);
VALUE(BERTH_LOG_INFO, 1);
VALUE(BERTH_LOG_WARNING, 2);
VALUE(BERTH_LOG_ERROR, 3);
VALUE(BERTH_PROCEDURE_ADMIN, 1);
VALUE(BERTH_PROJECT_INLINE, 1);
VALUE(BERTH_PROJECT_STATELESS, 2);
VALUE(BERTH_PROJECT_REPEATABLE, 4);
VALUE(BERTH_PROJECT_EXCLUSIVE, 8);
VALUE(BERTH_DB_READ, 0);
VALUE(BERTH_DB_WRITE, 1);

GROWABLE(berth_topics, 40, 8);
MEMBER(berth_topics, struct_size, 0, uint32_t);
MEMBER(berth_topics, reserved, 4, uint32_t);
MEMBER(berth_topics, subscribe, 8, berth_status(BERTH_CALL*)(const berth_host*, berth_client_id, berth_str) noexcept);
MEMBER(berth_topics, unsubscribe, 16, berth_status(BERTH_CALL*)(const berth_host*, berth_client_id, berth_str) noexcept);
MEMBER(berth_topics, publish, 24,
       berth_status(BERTH_CALL*)(const berth_host*, berth_str, const berth_value*, berth_client_id) noexcept);
MEMBER(berth_topics, count, 32, berth_status(BERTH_CALL*)(const berth_host*, berth_str, size_t*) noexcept);
VALUE(BERTH_TOPIC_BYTES_MAX, 256);
