// SPDX-License-Identifier: MIT
#include "worker/host_table.hpp"

#include <algorithm>
#include <vector>

#include "base/log.hpp"
#include "wire/utf8.hpp"
#include "worker/extensions.hpp"
#include "worker/runtime.hpp"
#include "worker/text.hpp"
#include "worker/voice.hpp"
#include "worker/watcher.hpp"

namespace berth::host::worker {
namespace {

constexpr std::size_t reason_bytes_max = 123;
constexpr std::size_t log_bytes_max = 8192;
constexpr std::size_t error_bytes_max = 4096;

/// berth.h: 1000-1003, 1007-1009, 1011-1014 or 3000-4999.
bool is_project_code(std::uint16_t code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1009) || (code >= 1011 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

berth_status invalid(Runtime& runtime, const Call* call, std::string_view function, std::string_view sentence) {
    runtime.host.misused(call, function, sentence);
    return BERTH_INVALID;
}

const void* BERTH_CALL get_extension(const berth_host*, const char* id) noexcept {
    const std::string_view wanted = id == nullptr ? "" : id;
    if (wanted == BERTH_EXT_DB) return database_extension();
    if (wanted == BERTH_EXT_REQUEST) return request_extension();
    if (wanted == BERTH_EXT_CONFIG) return config_extension();
    if (wanted == BERTH_EXT_TOPICS) return topics_extension();
    return nullptr;
}

void BERTH_CALL write_log(const berth_host* host, std::int32_t level, berth_str text) noexcept {
    const auto chosen = static_cast<log::Level>(
        std::clamp<std::int32_t>(level, BERTH_LOG_DEBUG, BERTH_LOG_ERROR));
    if (!log::is_on(chosen) || !has_data(text)) return;
    Runtime& runtime = HostTable::runtime_of(host);
    std::vector<log::Field> fields{{"project", runtime.settings.project},
                                   {"generation", runtime.settings.generation}};
    if (const Call* call = call_on_this_thread(runtime)) {
        fields.emplace_back("client", call->client);
        fields.emplace_back("event", link::name_of(call->event));
    }
    log::write(chosen, readable(view(text), log_bytes_max), std::move(fields));
}

void BERTH_CALL set_error(const berth_host* host, berth_context* context, berth_str text) noexcept {
    Call* call = call_on_this_thread(HostTable::runtime_of(host));
    if (call == nullptr || !has_data(text)) return;
    if (context != nullptr && call_into(context) == nullptr) return;
    call->error = readable(view(text), error_bytes_max);
}

berth_status BERTH_CALL list_clients(const berth_host* host, berth_client_id* ids, std::size_t capacity,
                                     std::size_t* count) noexcept {
    Runtime& runtime = HostTable::runtime_of(host);
    if (count == nullptr || (ids == nullptr && capacity != 0))
        return invalid(runtime, call_on_this_thread(runtime), "list_clients", "count or ids is NULL");
    *count = runtime.clients.list(ids, capacity);
    return *count > capacity ? BERTH_TRUNCATED : BERTH_OK;
}

berth_status BERTH_CALL send(const berth_host* host, berth_client_id to, const berth_value* message) noexcept {
    Runtime& runtime = HostTable::runtime_of(host);
    Call* call = call_on_this_thread(runtime);
    if (const auto problem = problem_of_message(message); !problem.empty())
        return invalid(runtime, call, "send", problem);
    const ClientId id{to};
    const std::string_view payload = view(message->as.bytes);
    const Found found = find_client(runtime, call, id);
    if (found.reach == Reach::gone) return BERTH_GONE;
    Voice voice(runtime, call);
    if (found.reach == Reach::here &&
        take_credit(runtime, voice, *found.context->client, payload.size()) == Credit::full)
        return BERTH_BACKLOG_FULL;
    voice.send(id, kind_of(*message), payload);
    return BERTH_OK;
}

berth_status BERTH_CALL send_many(const berth_host* host, const berth_client_id* to, std::size_t count,
                                  const berth_value* message, std::size_t* queued) noexcept {
    Runtime& runtime = HostTable::runtime_of(host);
    Call* call = call_on_this_thread(runtime);
    if (queued != nullptr) *queued = 0;
    if (const auto problem = problem_of_message(message); !problem.empty())
        return invalid(runtime, call, "send_many", problem);
    if (to == nullptr && count != 0) return invalid(runtime, call, "send_many", "there are no ids");
    const std::string_view payload = view(message->as.bytes);
    Voice voice(runtime, call);
    // In the order that the link wants; a client that is named twice gets it once and pays once.
    std::vector<ClientId> ids;
    ids.reserve(count);
    for (const berth_client_id value : std::span(to, count)) ids.push_back(ClientId{value});
    // Often it is the list of clients, which is in order until somebody leaves.
    if (!std::is_sorted(ids.begin(), ids.end())) std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    take_credit_of_many(runtime, call, voice, ids, payload.size());
    if (!ids.empty()) voice.send_many(ids, kind_of(*message), payload);
    if (queued != nullptr) *queued = ids.size();
    return BERTH_OK;
}

berth_status BERTH_CALL disconnect(const berth_host* host, berth_client_id who, std::uint16_t code,
                                   berth_str reason) noexcept {
    Runtime& runtime = HostTable::runtime_of(host);
    Call* call = call_on_this_thread(runtime);
    if (code == 0) code = 1000;
    if (!is_project_code(code))
        return invalid(runtime, call, "disconnect",
                       "close code " + std::to_string(code) +
                           " is not for projects; use 1000-1003, 1007-1009, 1011-1014 or 3000-4999");
    if (!has_data(reason) || reason.size > reason_bytes_max || !wire::is_valid_utf8(view(reason)))
        return invalid(runtime, call, "disconnect", "a reason is at most 123 bytes of UTF-8");
    const ClientId id{who};
    const Found found = find_client(runtime, call, id);
    if (found.reach == Reach::gone) return BERTH_GONE;
    if (found.reach == Reach::here) {
        Client& client = *found.context->client;
        if (client.state.load() == ClientState::asking) {
            call->has_left = true;
        } else if (!runtime.clients.leave(client)) {
            return BERTH_GONE;
        }
    }
    Voice(runtime, call).close(id, code, link::Cause::project, view(reason));
    return BERTH_OK;
}

/// Checks what an `execute` asks for and copies it; an error is the sentence for the author.
Result<CallItem> copy_call(const Runtime& runtime, berth_str procedure, const berth_value* args, std::size_t count,
                           const berth_completion* completion) {
    CallItem call;
    const Procedures& procedures = runtime.project.manifest.procedures;
    if (!has_data(procedure)) return fail(Code::invalid, "the procedure's name has a size, but no data");
    call.procedure = procedures.find(view(procedure));
    if (call.procedure == nullptr)
        return fail(Code::invalid, "there is no procedure " + in_quotes(view(procedure)));
    const std::string called = "procedure " + in_quotes(call.procedure->name) + ": ";
    auto copies = copy_of(args, count);
    if (!copies) return fail(called, std::move(copies).error());
    call.args = std::move(*copies);
    if (auto fits = call.procedure->signature.check(call.args); !fits)
        return fail(called, std::move(fits).error());
    if (completion == nullptr) return call;

    if (completion->struct_size < sizeof(berth_completion) || !has_data(completion->procedure))
        return fail(Code::invalid, "the completion's struct_size is too small, or its procedure has no data");
    const Procedure* told = procedures.find(view(completion->procedure));
    if (told == nullptr)
        return fail(Code::invalid, "there is no procedure " + in_quotes(view(completion->procedure)) +
                                       " for the completion");
    Value integer;
    integer.type = BERTH_INTEGER;
    if (!told->signature.check({integer, integer}))
        return fail(Code::invalid, "the completion's procedure " + in_quotes(told->name) +
                                       " does not take (integer tag, integer status)");
    call.completion = Completion{ClientId{completion->in}, completion->tag, told};
    return call;
}

berth_status BERTH_CALL execute(const berth_host* host, berth_client_id in, berth_str procedure,
                                const berth_value* args, std::size_t count,
                                const berth_completion* completion) noexcept {
    Runtime& runtime = HostTable::runtime_of(host);
    Call* call = call_on_this_thread(runtime);
    auto item = copy_call(runtime, procedure, args, count, completion);
    if (!item) return invalid(runtime, call, "execute", item.error().message);

    Post post{.target = nullptr, .call = std::move(*item), .bytes = 0};
    post.bytes = cost_of(Item(post.call));
    if (in == 0) {
        post.target = runtime.service.context();
    } else if (const Found found = find_client(runtime, call, ClientId{in}); found.reach == Reach::here) {
        post.target = found.kept ? found.kept : found.context->shared_from_this();
    }
    berth_status status = BERTH_OK;
    switch (post.target ? post.target->reserve(post.bytes) : Context::Reserve::closed) {
        case Context::Reserve::reserved: break;
        case Context::Reserve::full: return BERTH_BACKLOG_FULL;
        case Context::Reserve::closed:
            post.target = nullptr;
            status = BERTH_GONE;
            break;
    }
    if (status == BERTH_OK || post.call.completion) Voice(runtime, call).post(std::move(post));
    return status;
}

}  // namespace

HostTable::HostTable(Runtime& runtime)
    : runtime_(runtime),
      table_{.struct_size = sizeof(berth_host),
             .abi_minor = BERTH_ABI_MINOR,
             .host_data = &runtime,
             .get_extension = worker::get_extension,
             .log = write_log,
             .set_error = worker::set_error,
             .list_clients = worker::list_clients,
             .send = worker::send,
             .send_many = worker::send_many,
             .disconnect = worker::disconnect,
             .execute = worker::execute} {}

Runtime& HostTable::runtime_of(const berth_host* host) {
    Runtime& runtime = *static_cast<Runtime*>(host->host_data);
    if (runtime.settings.watcher != nullptr) runtime.settings.watcher->called();
    return runtime;
}

void HostTable::misused(const Call* call, std::string_view function, std::string_view sentence) {
    if (runtime_.settings.watcher != nullptr)
        runtime_.settings.watcher->misused({function, sentence, call == nullptr ? link::SlotEvent::none : call->event});
    const std::int64_t now = Clock::now().time_since_epoch().count();
    std::int64_t last = last_misuse_ns_.load(std::memory_order_relaxed);
    constexpr std::int64_t second_ns = 1'000'000'000;
    if (now - last < second_ns || !last_misuse_ns_.compare_exchange_strong(last, now)) {
        misuses_untold_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    log::warning("a call of the project was refused as invalid",
                 {{"project", runtime_.settings.project},
                  {"generation", runtime_.settings.generation},
                  {"client", call == nullptr ? ClientId::global_service : call->client},
                  {"event", call == nullptr ? "thread" : link::name_of(call->event)},
                  {"function", function},
                  {"error", sentence},
                  {"untold", misuses_untold_.exchange(0)}});
}

}  // namespace berth::host::worker
