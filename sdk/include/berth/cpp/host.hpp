// SPDX-License-Identifier: MIT
//
// What the host does for a project from any thread: the five server functions and the log.
#ifndef BERTH_CPP_HOST_HPP
#define BERTH_CPP_HOST_HPP

#include "procedure.hpp"

namespace berth {

/// The services of one loaded project, usable from any thread until `unload`. A small value: threads
/// of a project's own keep a copy. Everything queues and returns; nothing calls back.
class Host {
public:
    Host() = default;
    explicit Host(const berth_host* table, ClientId caller = global_service_id)
        : table_(table), caller_(caller) {}

    /// The table behind it.
    const berth_host* table() const {
        if (!table_)
            throw Error(
                "the host's services are not there yet: add `using Project::Project;` to use "
                "them in a constructor");
        return table_;
    }

    /// One line in the log; the host attaches project, client and event.
    void log(std::string_view text) const { log(Level::info, text); }
    void log(Level level, std::string_view text) const {
        table()->log(table_, static_cast<std::int32_t>(level), str(text));
    }

    /// The clients connected at this instant, without those refused or leaving.
    std::vector<ClientId> clients() const {
        std::vector<berth_client_id> ids(64);
        std::size_t count = 0;
        while (table()->list_clients(table_, ids.data(), ids.size(), &count) == BERTH_TRUNCATED)
            ids.resize(count + 16);
        std::vector<ClientId> clients(count);
        std::transform(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count), clients.begin(),
                       [](berth_client_id id) { return ClientId{id}; });
        return clients;
    }

    /// Queues a text (UTF-8) or a buffer for a client. Throws Error(invalid) for text that is not
    /// UTF-8 or a message that is too long, never because somebody left.
    Sent send(ClientId to, std::string_view text) const { return send_value(to, detail::encode(text)); }
    Sent send(ClientId to, Buffer bytes) const { return send_value(to, detail::encode(bytes)); }
    Sent send(ClientId to, const Message& message) const { return send_value(to, value_of(message)); }

    /// Queues one message for many clients and says how many accepted it.
    std::size_t send(std::span<const ClientId> to, std::string_view text) const {
        return send_value(to, detail::encode(text));
    }
    std::size_t send(std::span<const ClientId> to, Buffer bytes) const {
        return send_value(to, detail::encode(bytes));
    }
    std::size_t send(std::span<const ClientId> to, const Message& message) const {
        return send_value(to, value_of(message));
    }

    /// Ends a client after what was queued for it. Codes 1000-1003, 1007-1009, 1011-1014 and
    /// 3000-4999; a reason has at most 123 bytes. Throws Error(invalid) for others.
    Sent disconnect(ClientId who, std::uint16_t code = 1000, std::string_view reason = {}) const {
        return outcome(table()->disconnect(table_, who_of(who), code, str(reason)), "disconnect",
                       "the code is not one that may be sent, or the reason is longer than 123 bytes");
    }

    /// Queues procedure P in a client's context. Arguments are checked while compiling and copied.
    template <class P, class... A>
    Sent execute(ClientId in, const A&... arguments) const {
        check_listed<P>();
        const auto values = P::Parameters::encode(arguments...);
        return execute_values(in, P::name, values, nullptr);
    }
    template <class P, class Done, class... A>
    Sent execute(ClientId in, Then<Done> then, const A&... arguments) const {
        check_listed<P>();
        check_completion<Done>();
        const auto values = P::Parameters::encode(arguments...);
        const berth_completion done = completion(Done::name, then.tag, then.in);
        return execute_values(in, P::name, values, &done);
    }

    /// Queues procedure P in the global service's context.
    template <class P, class... A>
    Sent execute_global(const A&... arguments) const {
        return execute<P>(global_service_id, arguments...);
    }

    /// The same by name; arguments travel as their own types. Throws Error(invalid) for a procedure
    /// that is unknown or takes other parameters.
    template <class... A>
    Sent execute_named(ClientId in, std::string_view procedure, const A&... arguments) const {
        const std::array<berth_value, sizeof...(A)> values{detail::encode(arguments)...};
        return execute_values(in, procedure, values, nullptr);
    }
    template <class... A>
    Sent execute_named(ClientId in, std::string_view procedure, const ThenNamed& then,
                       const A&... arguments) const {
        const std::array<berth_value, sizeof...(A)> values{detail::encode(arguments)...};
        const berth_completion done = completion(then.procedure, then.tag, then.in);
        return execute_values(in, procedure, values, &done);
    }

    /// The table of an extension, or null.
    const void* extension(const char* id) const { return table()->get_extension(table_, id); }

private:
    static constexpr std::string_view send_invalid = "the text is not UTF-8 or the message is too long";

    static berth_client_id who_of(ClientId id) noexcept { return static_cast<berth_client_id>(id); }

    static berth_value value_of(const Message& message) {
        return message.is_text ? detail::encode(message.bytes) : detail::encode(message.buffer());
    }

    template <class P>
    static void check_listed() {
        static_assert(detail::is_listed<P>(),
                      "execute: this procedure is not in the project's list: write it into the public "
                      "`using procedures = berth::Procedures<...>;`");
    }
    template <class Done>
    static void check_completion() {
        check_listed<Done>();
        static_assert(Done::Parameters::fits_completion,
                      "a completion's procedure takes (integer tag, integer or berth::Status status)");
    }

    berth_completion completion(std::string_view procedure, std::int64_t tag,
                                std::optional<ClientId> in) const noexcept {
        return {sizeof(berth_completion), 0, who_of(in.value_or(caller_)), tag, str(procedure)};
    }

    static Sent outcome(berth_status status, std::string_view what, std::string_view invalid) {
        switch (status) {
            case BERTH_OK:
                return Sent::queued;
            case BERTH_GONE:
                return Sent::gone;
            case BERTH_BACKLOG_FULL:
                return Sent::backlog_full;
            case BERTH_INVALID:
                throw Error(Status::invalid, std::string(what) + ": " + std::string(invalid));
            default:
                throw Error(static_cast<Status>(status),
                            std::string(what) + ": the host answered status " + std::to_string(status));
        }
    }

    Sent send_value(ClientId to, const berth_value& message) const {
        return outcome(table()->send(table_, who_of(to), &message), "send", send_invalid);
    }
    std::size_t send_value(std::span<const ClientId> to, const berth_value& message) const {
        std::vector<berth_client_id> ids(to.size());
        std::transform(to.begin(), to.end(), ids.begin(), who_of);
        std::size_t queued = 0;
        outcome(table()->send_many(table_, ids.data(), ids.size(), &message, &queued), "send", send_invalid);
        return queued;
    }
    Sent execute_values(ClientId in, std::string_view procedure, std::span<const berth_value> values,
                        const berth_completion* done) const {
        std::string what = "execute \"" + std::string(procedure) + "\"";
        if (done) what += ", then \"" + std::string(view(done->procedure)) + "\"";
        return outcome(
            table()->execute(table_, who_of(in), str(procedure), values.data(), values.size(), done), what,
            done ? "one of them is not in the project's berth::Procedures<...>, or takes other parameters"
                 : "no such procedure in the project's berth::Procedures<...>, or it takes other parameters");
    }

    const berth_host* table_ = nullptr;
    ClientId caller_ = global_service_id;
};

}  // namespace berth

#endif
