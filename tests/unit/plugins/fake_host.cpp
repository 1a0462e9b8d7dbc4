// SPDX-License-Identifier: MIT
#include "unit/plugins/fake_host.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

/// The ABI leaves the type open; here it is what the project's table functions find their way back by.
struct berth_context {
    berth::test::FakeHost* host = nullptr;
    berth_client_id client = 0;
    std::string query;
};

namespace berth::test {

namespace {

std::string_view view(berth_str text) {
    return {text.data, text.size};
}
berth_str str(std::string_view text) {
    return {text.data(), text.size()};
}
FakeHost& self(const berth_host* table) {
    return *static_cast<FakeHost*>(table->host_data);
}

}  // namespace

struct FakeHost::Context : berth_context {
    void* globals = nullptr;
};

/// What the project calls.
struct FakeHost::Table {
    static const void* extension(const berth_host* table, const char* id) noexcept {
        FakeHost& host = self(table);
        const std::string_view name = id;
        if (name == BERTH_EXT_DB) return host.database_.table();
        if (name == BERTH_EXT_CONFIG) return &host.config_;
        if (name == BERTH_EXT_REQUEST) return &host.request_;
        return nullptr;
    }

    static berth_status list(const berth_host* table, berth_client_id* ids, std::size_t capacity,
                             std::size_t* count) noexcept {
        *count = 0;
        for (const auto& [client, context] : self(table).contexts_) {
            if (client == 0) continue;
            if (*count < capacity) ids[*count] = client;
            ++*count;
        }
        return *count > capacity ? BERTH_TRUNCATED : BERTH_OK;
    }

    static berth_status send(const berth_host* table, berth_client_id to,
                             const berth_value* message) noexcept {
        FakeHost& host = self(table);
        if (to == 0 || !host.contexts_.contains(to)) return BERTH_GONE;
        host.sent_[to].emplace_back(view(message->as.bytes));
        return BERTH_OK;
    }

    static berth_status send_many(const berth_host* table, const berth_client_id* to, std::size_t count,
                                  const berth_value* message, std::size_t* queued) noexcept {
        const auto accepted =
            std::count_if(to, to + count, [&](auto id) { return send(table, id, message) == BERTH_OK; });
        if (queued != nullptr) *queued = static_cast<std::size_t>(accepted);
        return BERTH_OK;
    }

    static berth_status execute(const berth_host* table, berth_client_id in, berth_str procedure,
                                const berth_value* args, std::size_t count,
                                const berth_completion*) noexcept {
        FakeHost& host = self(table);
        if (!host.contexts_.contains(in)) return BERTH_GONE;
        Call call{
            .in = in, .procedure = std::string{view(procedure)}, .args = {args, args + count}, .texts = {}};
        call.texts.reserve(count);
        for (auto& value : call.args)
            if (value.type == BERTH_TEXT || value.type == BERTH_BUFFER)
                value.as.bytes = str(call.texts.emplace_back(view(value.as.bytes)));
        host.queue_.push_back(std::move(call));
        return BERTH_OK;
    }

    static berth_status setting(const berth_host* table, berth_str key, berth_value* out) noexcept {
        const FakeHost& host = self(table);
        const auto found = host.settings_.find(std::string{view(key)});
        if (found == host.settings_.end()) return BERTH_ABSENT;
        *out = {};
        if (found->second.find_first_not_of("0123456789") == std::string::npos) {
            out->type = BERTH_INTEGER;
            out->as.integer = std::stoll(found->second);
        } else {
            *out = text_value(found->second);
        }
        return BERTH_OK;
    }

    /// The `index`-th value of a query parameter; no decoding, the tests need none.
    static berth_status query(berth_context* context, berth_str name, std::size_t index,
                              berth_str* value) noexcept {
        std::string_view rest = context->query;
        while (!rest.empty()) {
            const auto part = rest.substr(0, rest.find('&'));
            rest.remove_prefix(std::min(part.size() + 1, rest.size()));
            const auto equals = part.find('=');
            if (part.substr(0, equals) != view(name) || index-- > 0) continue;
            *value = str(part.substr(equals + 1));
            return BERTH_OK;
        }
        return BERTH_ABSENT;
    }
};

FakeHost::FakeHost(const char* library, std::map<std::string, std::string> settings, std::string database)
    : database_(database), settings_(std::move(settings)) {
    table_ = {.struct_size = sizeof table_,
              .abi_minor = BERTH_ABI_MINOR,
              .host_data = this,
              .get_extension = Table::extension,
              .log = [](const berth_host*, std::int32_t, berth_str) noexcept {},
              .set_error = [](const berth_host* host, berth_context*,
                              berth_str text) noexcept { self(host).error_ = view(text); },
              .list_clients = Table::list,
              .send = Table::send,
              .send_many = Table::send_many,
              .disconnect = [](const berth_host*, berth_client_id, std::uint16_t,
                               berth_str) noexcept -> berth_status { return BERTH_UNSUPPORTED; },
              .execute = Table::execute};
    config_ = {.struct_size = sizeof config_,
               .reserved = 0,
               .get = Table::setting,
               .at = [](const berth_host*, std::size_t, berth_str*, berth_value*) noexcept -> berth_status {
                   return BERTH_ABSENT;
               },
               .data_directory = [](const berth_host*, berth_str*) noexcept -> berth_status {
                   return BERTH_ABSENT;
               }};
    request_.struct_size = sizeof request_;
    request_.query = Table::query;
    library_ = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (library_ == nullptr) throw std::runtime_error(::dlerror());
    project_ = reinterpret_cast<decltype(&berth_project_v1)>(::dlsym(library_, "berth_project_v1"))();
    if (project_->load(&table_, &object_) != BERTH_OK) throw std::runtime_error("load: " + error_);
    create(0);
    if (run_global_service() != BERTH_OK) throw std::runtime_error("global service: " + error_);
}

FakeHost::~FakeHost() {
    while (contexts_.size() > 1) disconnect(contexts_.rbegin()->first);
    Context& global = *contexts_.at(0);
    if (project_->stop != nullptr) project_->stop(global.globals, &global);
    project_->context_destroy(global.globals, &global);
    project_->unload(object_);
    ::dlclose(library_);
}

FakeHost::Context& FakeHost::create(berth_client_id client) {
    auto context = std::make_unique<Context>();
    context->host = this;
    context->client = client;
    if (project_->context_create(object_, context.get(), client, &context->globals) != BERTH_OK)
        throw std::runtime_error("context_create: " + error_);
    return *(contexts_[client] = std::move(context));
}

berth_client_id FakeHost::connect(std::string_view query) {
    const berth_client_id id = next_client_++;
    Context& context = create(id);
    context.query = query;
    const berth_client client{.struct_size = sizeof client,
                              .port = 40000,
                              .id = id,
                              .address = str("127.0.0.1"),
                              .path = str("/"),
                              .query = str(context.query),
                              .origin = {},
                              .subprotocols = nullptr,
                              .subprotocol_count = 0};
    berth_admission admission{};
    admission.struct_size = sizeof admission;
    if (project_->connection != nullptr &&
        project_->connection(context.globals, &context, &client, &admission) != BERTH_OK)
        throw std::runtime_error("connection: " + error_);
    settle();
    return id;
}

berth_status FakeHost::message(berth_client_id client, std::uint32_t type, std::string_view bytes) {
    Context& context = *contexts_.at(client);
    berth_value value = text_value(bytes);
    value.type = type;
    const berth_status status = project_->message(context.globals, &context, client, &value);
    settle();
    return status;
}

berth_status FakeHost::text(berth_client_id client, std::string_view text) {
    return message(client, BERTH_TEXT, text);
}
berth_status FakeHost::buffer(berth_client_id client, std::string_view bytes) {
    return message(client, BERTH_BUFFER, bytes);
}

void FakeHost::disconnect(berth_client_id client) {
    auto node = contexts_.extract(client);  // From now on it is gone for sends and procedures.
    Context& context = *node.mapped();
    const berth_close close{
        .struct_size = sizeof close, .code = 1001, .cause = BERTH_BY_CLIENT, .reason = {}};
    if (project_->disconnection != nullptr)
        project_->disconnection(context.globals, &context, client, &close);
    project_->context_destroy(context.globals, &context);
    settle();
}

berth_status FakeHost::run_global_service() {
    if (project_->global_service == nullptr) return BERTH_OK;
    Context& context = *contexts_.at(0);
    const berth_status status = project_->global_service(context.globals, &context);
    settle();
    return status;
}

berth_status FakeHost::execute(berth_client_id in, std::string_view procedure,
                               std::vector<berth_value> args) {
    const berth_status status =
        run({.in = in, .procedure = std::string{procedure}, .args = std::move(args), .texts = {}});
    settle();
    return status;
}

berth_status FakeHost::run(const Call& call) {
    const auto found = contexts_.find(call.in);
    if (found == contexts_.end()) return BERTH_GONE;
    const auto* const end = project_->procedures + project_->procedure_count;
    const auto* const procedure = std::find_if(project_->procedures, end,
                                               [&](const auto& p) { return view(p.name) == call.procedure; });
    if (procedure == end) return BERTH_INVALID;
    return procedure->run(found->second->globals, found->second.get(), call.args.data(), call.args.size());
}

void FakeHost::settle() {
    while (!queue_.empty()) {
        const Call call = std::move(queue_.front());
        queue_.pop_front();
        if (run(call) == BERTH_FAILED)
            throw std::runtime_error("procedure " + call.procedure + ": " + error_);
    }
}

std::vector<nlohmann::json> FakeHost::heard(berth_client_id client) {
    std::vector<nlohmann::json> messages;
    for (const auto& text : sent(client)) messages.push_back(nlohmann::json::parse(text));
    return messages;
}

}  // namespace berth::test
