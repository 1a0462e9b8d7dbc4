// SPDX-License-Identifier: MIT
//
// The request with which the context's client connected (berth.request/1).
#ifndef BERTH_CPP_REQUEST_HPP
#define BERTH_CPP_REQUEST_HPP

#include <optional>
#include <utility>

#include "../ext/request.h"
#include "types.hpp"

namespace berth {

/// TLS facts of a connection. Texts are borrowed from the context.
struct Tls {
    std::string_view version, cipher;
    std::string_view certificate_subject;  ///< empty when the client sent no certificate
};

/// Figures of a client.
struct Figures {
    std::int64_t connected_at_ms = 0;  ///< since 1970-01-01 UTC
    std::int64_t idle_ms = 0;          ///< since the last message in either direction
    std::uint64_t messages_in = 0, bytes_in = 0, messages_out = 0, bytes_out = 0;
};

/// Readable in every event of the client, its disconnection included; texts are borrowed from the
/// context. In the global service's context there is no request: everything is absent.
class Request {
public:
    Request(const berth_request* table, berth_context* context) : table_(table), context_(context) {}

    /// The client as `connection` saw it.
    std::optional<Client> client() const {
        berth_client client{};
        client.struct_size = sizeof client;
        if (!has(table_->client(context_, &client), "client")) return {};
        return Client(client);
    }

    /// The first line of a header; names ignore case.
    std::optional<std::string_view> header(std::string_view name) const { return header(name, 0); }
    /// All lines of a header, in order.
    std::vector<std::string_view> headers(std::string_view name) const {
        return all([&](std::size_t index) { return header(name, index); });
    }
    /// All header lines, in order.
    std::vector<std::pair<std::string_view, std::string_view>> headers() const {
        std::vector<std::pair<std::string_view, std::string_view>> lines;
        berth_str name{}, value{};
        while (has(table_->header_at(context_, lines.size(), &name, &value), "header"))
            lines.emplace_back(view(name), view(value));
        return lines;
    }

    /// The first value of a query parameter, percent-decoded.
    std::optional<std::string_view> query(std::string_view name) const { return query(name, 0); }
    /// All values of a query parameter, in order.
    std::vector<std::string_view> queries(std::string_view name) const {
        return all([&](std::size_t index) { return query(name, index); });
    }

    std::optional<std::string_view> cookie(std::string_view name) const {
        berth_str value{};
        return text(table_->cookie(context_, str(name), &value), value, "cookie");
    }

    /// The sub-protocol chosen; nothing inside `connection`.
    std::optional<std::string_view> subprotocol() const {
        berth_str value{};
        return text(table_->subprotocol(context_, &value), value, "sub-protocol");
    }

    /// The facts of an encrypted connection; nothing for a plain one.
    std::optional<Tls> tls() const {
        berth_tls tls{};
        tls.struct_size = sizeof tls;
        if (!has(table_->tls(context_, &tls), "tls") || tls.active == 0) return {};
        return Tls{view(tls.version), view(tls.cipher), view(tls.certificate_subject)};
    }

    /// The user whom the host's token check verified; nothing when no token was checked.
    std::optional<std::string_view> user() const {
        berth_str value{};
        return text(table_->user(context_, &value), value, "user");
    }
    /// A claim of the checked token.
    std::optional<std::string_view> claim(std::string_view name) const {
        berth_str value{};
        return text(table_->claim(context_, str(name), &value), value, "claim");
    }

    std::optional<Figures> figures() const {
        berth_client_figures f{};
        f.struct_size = sizeof f;
        if (!has(table_->figures(context_, &f), "figures")) return {};
        return Figures{f.connected_at_ms, f.idle_ms, f.messages_in, f.bytes_in, f.messages_out, f.bytes_out};
    }

private:
    static bool has(berth_status status, const char* what) {
        if (status == BERTH_OK) return true;
        if (status == BERTH_ABSENT) return false;
        throw Error(static_cast<Status>(status),
                    std::string("request: ") + what + ": the host answered status " + std::to_string(status));
    }
    static std::optional<std::string_view> text(berth_status status, const berth_str& value,
                                                const char* what) {
        if (!has(status, what)) return {};
        return view(value);
    }
    std::optional<std::string_view> header(std::string_view name, std::size_t index) const {
        berth_str value{};
        return text(table_->header(context_, str(name), index, &value), value, "header");
    }
    std::optional<std::string_view> query(std::string_view name, std::size_t index) const {
        berth_str value{};
        return text(table_->query(context_, str(name), index, &value), value, "query");
    }
    template <class Read>
    static std::vector<std::string_view> all(Read read) {
        std::vector<std::string_view> values;
        while (const auto value = read(values.size())) values.push_back(*value);
        return values;
    }

    const berth_request* table_;
    berth_context* context_;
};

}  // namespace berth

#endif
