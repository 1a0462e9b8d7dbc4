// SPDX-License-Identifier: MIT
#include "abi/fake_host.hpp"

#include <algorithm>
#include <stdexcept>

namespace berth::test {

namespace {

std::string copy(berth_str text) {
    return text.size == 0 ? std::string{} : std::string(text.data, text.size);
}
berth_str borrow(const std::string& text) {
    return {text.data(), text.size()};
}

}  // namespace

Owned::Owned(const berth_value& value) : type(value.type) {
    switch (value.type) {
        case BERTH_BOOLEAN:
        case BERTH_INTEGER:
            as = value.as.integer;
            break;
        case BERTH_REAL:
            as = value.as.real;
            break;
        case BERTH_CLIENT:
            as = value.as.client;
            break;
        case BERTH_TEXT:
        case BERTH_BUFFER:
            as = copy(value.as.bytes);
            break;
        default:
            break;
    }
}

berth_value Owned::borrow() const {
    berth_value value{};
    value.type = type;
    if (const auto* integer = std::get_if<std::int64_t>(&as)) value.as.integer = *integer;
    if (const auto* real = std::get_if<double>(&as)) value.as.real = *real;
    if (const auto* client = std::get_if<berth_client_id>(&as)) value.as.client = *client;
    if (const auto* bytes = std::get_if<std::string>(&as)) value.as.bytes = test::borrow(*bytes);
    return value;
}

struct FakeHostCalls {
    static FakeHost& self(const berth_host* host) { return *static_cast<FakeHost*>(host->host_data); }

    static const void* get_extension(const berth_host* host, const char* id) noexcept {
        FakeHost& h = self(host);
        const std::string name = id;
        if (!h.offers_extensions) return nullptr;
        if (name == BERTH_EXT_CONFIG) return &h.config_;
        if (name == BERTH_EXT_REQUEST) return &h.request_;
        if (name == BERTH_EXT_DB) return &h.db_;
        return nullptr;
    }
    static void log(const berth_host* host, std::int32_t level, berth_str text) noexcept {
        FakeHost& h = self(host);
        const std::lock_guard lock(h.mutex_);
        h.log.emplace_back(level, copy(text));
    }
    static void set_error(const berth_host* host, berth_context* context, berth_str text) noexcept {
        (context ? context->error : self(host).load_error) = copy(text);
    }
    static berth_status list_clients(const berth_host* host, berth_client_id* ids, std::size_t capacity,
                                     std::size_t* count) noexcept {
        const auto& connected = self(host).connected;
        *count = connected.size();
        if (capacity < connected.size()) return BERTH_TRUNCATED;
        std::copy(connected.begin(), connected.end(), ids);
        return BERTH_OK;
    }
    static berth_status send(const berth_host* host, berth_client_id to,
                             const berth_value* message) noexcept {
        FakeHost& h = self(host);
        const std::lock_guard lock(h.mutex_);
        if (h.answer == BERTH_OK) h.sent.emplace_back(to, Owned(*message));
        return h.answer;
    }
    static berth_status send_many(const berth_host* host, const berth_client_id* to, std::size_t count,
                                  const berth_value* message, std::size_t* queued) noexcept {
        *queued = 0;
        for (std::size_t i = 0; i < count; ++i)
            if (send(host, to[i], message) == BERTH_OK) ++*queued;
        return BERTH_OK;
    }
    static berth_status disconnect(const berth_host* host, berth_client_id who, std::uint16_t code,
                                   berth_str reason) noexcept {
        FakeHost& h = self(host);
        if (h.answer == BERTH_OK) h.disconnected.push_back({who, {code, copy(reason)}});
        return h.answer;
    }
    static berth_status execute(const berth_host* host, berth_client_id in, berth_str procedure,
                                const berth_value* args, std::size_t count,
                                const berth_completion* completion) noexcept {
        FakeHost& h = self(host);
        if (h.answer != BERTH_OK) return h.answer;
        Execution execution{in, copy(procedure), {}, completion != nullptr, 0, 0, {}};
        for (std::size_t i = 0; i < count; ++i) execution.arguments.emplace_back(args[i]);
        if (completion) {
            execution.completion_in = completion->in;
            execution.completion_tag = completion->tag;
            execution.completion_procedure = copy(completion->procedure);
        }
        h.executed.push_back(std::move(execution));
        return BERTH_OK;
    }

    static berth_status config_get(const berth_host* host, berth_str key, berth_value* out) noexcept {
        const auto& settings = self(host).settings;
        const auto found = settings.find(copy(key));
        if (found == settings.end()) return BERTH_ABSENT;
        *out = found->second.borrow();
        return BERTH_OK;
    }
    static berth_status config_at(const berth_host* host, std::size_t index, berth_str* key,
                                  berth_value* out) noexcept {
        const auto& settings = self(host).settings;
        if (index >= settings.size()) return BERTH_ABSENT;
        const auto found = std::next(settings.begin(), static_cast<std::ptrdiff_t>(index));
        *key = borrow(found->first);
        *out = found->second.borrow();
        return BERTH_OK;
    }
    static berth_status data_directory(const berth_host*, berth_str* out) noexcept {
        *out = {"/data/probe", 11};
        return BERTH_OK;
    }

    static berth_status request_client(berth_context* context, berth_client* out) noexcept {
        if (context->client == 0) return BERTH_ABSENT;
        out->id = context->client;
        out->address = {"192.0.2.1", 9};
        out->port = 4711;
        return BERTH_OK;
    }
    static berth_status header_at(berth_context* context, std::size_t index, berth_str* name,
                                  berth_str* value) noexcept {
        const auto& headers = context->host->headers;
        if (context->client == 0 || index >= headers.size()) return BERTH_ABSENT;
        *name = borrow(headers[index].first);
        *value = borrow(headers[index].second);
        return BERTH_OK;
    }
    static berth_status header(berth_context* context, berth_str name, std::size_t index,
                               berth_str* value) noexcept {
        for (const auto& [key, text] : context->host->headers) {
            if (key != copy(name)) continue;
            if (index-- > 0) continue;
            *value = borrow(text);
            return BERTH_OK;
        }
        return BERTH_ABSENT;
    }
    static berth_status cookie(berth_context*, berth_str name, berth_str* value) noexcept {
        if (copy(name) != "nick") return BERTH_ABSENT;
        *value = {"ana", 3};
        return BERTH_OK;
    }
    static berth_status subprotocol(berth_context*, berth_str* value) noexcept {
        *value = {"probe.v2", 8};
        return BERTH_OK;
    }
    static berth_status tls(berth_context* context, berth_tls* out) noexcept {
        out->active = context->host->tls ? 1 : 0;
        out->version = {"TLSv1.3", 7};
        return BERTH_OK;
    }
    static berth_status user(berth_context*, berth_str*) noexcept { return BERTH_ABSENT; }
    static berth_status claim(berth_context*, berth_str, berth_str*) noexcept { return BERTH_FAILED; }
    static berth_status figures(berth_context*, berth_client_figures* out) noexcept {
        out->messages_in = 3;
        return BERTH_OK;
    }
};

FakeHost::FakeHost() {
    table = {sizeof(berth_host),           BERTH_ABI_MINOR,       this,
             FakeHostCalls::get_extension, FakeHostCalls::log,    FakeHostCalls::set_error,
             FakeHostCalls::list_clients,  FakeHostCalls::send,   FakeHostCalls::send_many,
             FakeHostCalls::disconnect,    FakeHostCalls::execute};
    config_ = {sizeof config_, 0, FakeHostCalls::config_get, FakeHostCalls::config_at,
               FakeHostCalls::data_directory};
    request_ = {sizeof request_,
                0,
                FakeHostCalls::request_client,
                FakeHostCalls::header_at,
                FakeHostCalls::header,
                FakeHostCalls::header,
                FakeHostCalls::cookie,
                FakeHostCalls::subprotocol,
                FakeHostCalls::tls,
                FakeHostCalls::user,
                FakeHostCalls::claim,
                FakeHostCalls::figures};
    db_ = sqlite_table();
}

Loaded::Loaded(const berth_project* project, FakeHost& host) : table(project), host_(host) {
    status = table->load ? table->load(&host.table, &project_) : BERTH_OK;
}

Loaded::~Loaded() {
    while (!contexts_.empty()) destroy(contexts_.begin()->second);
    if (status == BERTH_OK && table->unload) table->unload(project_);
}

berth_context& Loaded::create(berth_client_id client) {
    berth_context& context = contexts_[client];
    context.host = &host_;
    context.client = client;
    if (table->context_create &&
        table->context_create(project_, &context, client, &context.globals) != BERTH_OK)
        context.globals = nullptr;
    return context;
}

void Loaded::destroy(berth_context& context) {
    if (context.globals && table->context_destroy) table->context_destroy(context.globals, &context);
    close_database(context);
    contexts_.erase(context.client);
}

berth_status Loaded::global_service(berth_context& context) {
    return table->global_service(context.globals, &context);
}

berth_status Loaded::connect(berth_context& context, std::string path,
                             std::vector<std::string> subprotocols) {
    std::vector<berth_str> offered;
    for (const auto& name : subprotocols) offered.push_back(borrow(name));
    berth_client client{};
    client.struct_size = sizeof client;
    client.port = 4711;
    client.id = context.client;
    client.address = {"192.0.2.1", 9};
    client.path = borrow(path);
    client.subprotocols = offered.empty() ? nullptr : offered.data();
    client.subprotocol_count = offered.size();
    berth_admission admission{};
    admission.struct_size = sizeof admission;
    const berth_status result = table->connection(context.globals, &context, &client, &admission);
    path.assign(path.size(), '#');
    for (auto& name : subprotocols) name.assign(name.size(), '#');
    refused_with = admission.http_status;
    refusal_reason = copy(admission.reason);
    chosen_subprotocol = copy(admission.subprotocol);
    return result;
}

berth_status Loaded::say(berth_context& context, const Owned& message) {
    const berth_value value = message.borrow();
    return table->message(context.globals, &context, context.client, &value);
}

berth_status Loaded::leave(berth_context& context, std::uint16_t code, std::uint16_t cause,
                           std::string reason) {
    const berth_close close{sizeof close, code, cause, borrow(reason)};
    return table->disconnection(context.globals, &context, context.client, &close);
}

berth_status Loaded::stop(berth_context& context) {
    return table->stop(context.globals, &context);
}

berth_status Loaded::run(berth_context& context, const std::string& procedure,
                         const std::vector<Owned>& arguments) {
    std::vector<berth_value> values;
    for (const auto& argument : arguments) values.push_back(argument.borrow());
    for (std::size_t i = 0; i < table->procedure_count; ++i)
        if (copy(table->procedures[i].name) == procedure)
            return table->procedures[i].run(context.globals, &context, values.data(), values.size());
    throw std::runtime_error("no procedure " + procedure);
}

}  // namespace berth::test
