// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>

#include "base/clock.hpp"
#include "wire/uri.hpp"
#include "worker/boundary.hpp"
#include "worker/extensions.hpp"
#include "worker/text.hpp"

namespace berth::host::worker {
namespace {

/// The context, when this thread runs a call into it and it is a client's.
Context* client_context(berth_context* context) {
    Call* call = call_into(context);
    return call != nullptr && call->context->client ? call->context : nullptr;
}
/// Outside of the context it is misuse; inside the global service's there is nothing.
berth_status nothing(berth_context* context) { return call_into(context) == nullptr ? BERTH_INVALID : BERTH_ABSENT; }

bool same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// Fills a growable struct of the caller's size.
template <class T>
berth_status fill(T* out, const T& from) {
    if (out == nullptr || out->struct_size < sizeof(std::uint32_t)) return BERTH_INVALID;
    const std::uint32_t size = out->struct_size;
    std::memcpy(out, &from, std::min<std::size_t>(size, sizeof(T)));
    out->struct_size = size;
    return BERTH_OK;
}

berth_status give(std::string_view text, berth_str* out) {
    if (out == nullptr) return BERTH_INVALID;
    *out = str(text);
    return BERTH_OK;
}

berth_status BERTH_CALL client(berth_context* context, berth_client* out) noexcept {
    Context* here = client_context(context);
    if (here == nullptr) return nothing(context);
    return fill(out, client_view(*here));
}

berth_status BERTH_CALL header_at(berth_context* context, std::size_t index, berth_str* name,
                                  berth_str* value) noexcept {
    const Context* here = client_context(context);
    if (here == nullptr) return nothing(context);
    const Request& request = here->client->request;
    if (index >= request.header_count()) return BERTH_ABSENT;
    const auto [line, text] = request.header(index);
    const berth_status status = give(line, name);
    return status == BERTH_OK ? give(text, value) : status;
}

berth_status BERTH_CALL header(berth_context* context, berth_str name, std::size_t index, berth_str* value) noexcept {
    const Context* here = client_context(context);
    if (here == nullptr) return nothing(context);
    const Request& request = here->client->request;
    for (std::size_t i = 0; i < request.header_count(); ++i) {
        const auto [line, text] = request.header(i);
        if (same_name(line, view(name)) && index-- == 0) return give(text, value);
    }
    return BERTH_ABSENT;
}

berth_status BERTH_CALL query(berth_context* context, berth_str name, std::size_t index, berth_str* value) noexcept {
    Context* here = client_context(context);
    if (here == nullptr) return nothing(context);
    auto& parameters = here->extras().query_parameters;
    if (!parameters) parameters = wire::split_query(here->client->request.query());
    for (const auto& [parameter, text] : *parameters) {
        if (parameter == view(name) && index-- == 0) return give(text, value);
    }
    return BERTH_ABSENT;
}

berth_status BERTH_CALL cookie(berth_context* context, berth_str name, berth_str* value) noexcept {
    const Context* here = client_context(context);
    if (here == nullptr) return nothing(context);
    const Request& request = here->client->request;
    for (std::size_t i = 0; i < request.header_count(); ++i) {
        const auto [line, text] = request.header(i);
        if (!same_name(line, "cookie")) continue;
        for (const auto& [key, its_value] : wire::split_cookies(text)) {
            if (key == view(name)) return give(its_value, value);
        }
    }
    return BERTH_ABSENT;
}

berth_status BERTH_CALL subprotocol(berth_context* context, berth_str* value) noexcept {
    const Context* here = client_context(context);
    if (here == nullptr) return nothing(context);
    const std::string_view name = here->client->subprotocol();
    return name.empty() ? BERTH_ABSENT : give(name, value);
}

berth_status BERTH_CALL tls(berth_context* context, berth_tls* out) noexcept {
    const Context* here = client_context(context);
    if (here == nullptr) return nothing(context);
    const Request& request = here->client->request;
    return fill(out, berth_tls{.struct_size = sizeof(berth_tls),
                               .active = request.tls_version().empty() ? 0u : 1u,
                               .version = str(request.tls_version()),
                               .cipher = str(request.tls_cipher()),
                               .certificate_subject = str(request.tls_subject())});
}

berth_status BERTH_CALL user(berth_context* context, berth_str* value) noexcept {
    const Context* here = client_context(context);
    if (here == nullptr) return nothing(context);
    const std::string_view name = here->client->request.user();
    return name.empty() ? BERTH_ABSENT : give(name, value);
}

/// No token check that the host knows has claims, so there are none to be given.
berth_status BERTH_CALL claim(berth_context* context, berth_str, berth_str*) noexcept { return nothing(context); }

berth_status BERTH_CALL figures(berth_context* context, berth_client_figures* out) noexcept {
    const Context* here = client_context(context);
    if (here == nullptr) return nothing(context);
    const Client& client = *here->client;
    const auto last = Clock::duration(client.last_message_ns.load(std::memory_order_relaxed));
    const auto idle = std::chrono::duration_cast<Milliseconds>(Clock::now().time_since_epoch() - last);
    return fill(out, berth_client_figures{.struct_size = sizeof(berth_client_figures),
                                          .reserved = 0,
                                          .connected_at_ms = client.connected_at_ms,
                                          .idle_ms = idle.count(),
                                          .messages_in = client.messages_in.load(std::memory_order_relaxed),
                                          .bytes_in = client.bytes_in.load(std::memory_order_relaxed),
                                          .messages_out = client.messages_out.load(std::memory_order_relaxed),
                                          .bytes_out = client.bytes_out.load(std::memory_order_relaxed)});
}

}  // namespace

const berth_request* request_extension() {
    static constexpr berth_request table{.struct_size = sizeof(berth_request),
                                         .reserved = 0,
                                         .client = client,
                                         .header_at = header_at,
                                         .header = header,
                                         .query = query,
                                         .cookie = cookie,
                                         .subprotocol = subprotocol,
                                         .tls = tls,
                                         .user = user,
                                         .claim = claim,
                                         .figures = figures};
    return &table;
}

}  // namespace berth::host::worker
