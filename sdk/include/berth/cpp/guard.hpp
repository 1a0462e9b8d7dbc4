// SPDX-License-Identifier: MIT
//
// The one place where a project's exceptions end, and what is checked before it is loaded.
#ifndef BERTH_CPP_GUARD_HPP
#define BERTH_CPP_GUARD_HPP

#include "project.hpp"

namespace berth {

namespace detail {

/// Runs a body and turns whatever leaves it into a status with a sentence.
template <class Body>
berth_status guard(const berth_host* host, berth_context* context, Body&& body) noexcept {
    const auto fail = [&](berth_status status, std::string_view text) noexcept {
        if (BERTH_PROVIDES(berth_host, host, set_error)) host->set_error(host, context, str(text));
        return status == BERTH_OK ? BERTH_FAILED : status;
    };
    try {
        body();
        return BERTH_OK;
    } catch (const Error& error) {
        return fail(static_cast<berth_status>(error.status()), error.what());
    } catch (const std::exception& error) {
        return fail(BERTH_FAILED, error.what());
    } catch (...) {
        return fail(BERTH_FAILED, "an exception that is not a std::exception");
    }
}

/// Throws when the host's table is too short for this face; which members, and what to do.
inline void check_host(const berth_host* host) {
    std::string missing;
    const auto need = [&](bool there, const char* name) {
        if (!there) missing.append(missing.empty() ? "" : ", ").append(name);
    };
    need(BERTH_PROVIDES(berth_host, host, get_extension), "get_extension");
    need(BERTH_PROVIDES(berth_host, host, log), "log");
    need(BERTH_PROVIDES(berth_host, host, set_error), "set_error");
    need(BERTH_PROVIDES(berth_host, host, list_clients), "list_clients");
    need(BERTH_PROVIDES(berth_host, host, send), "send");
    need(BERTH_PROVIDES(berth_host, host, send_many), "send_many");
    need(BERTH_PROVIDES(berth_host, host, disconnect), "disconnect");
    need(BERTH_PROVIDES(berth_host, host, execute), "execute");
    if (!missing.empty())
        throw Error(Status::unsupported,
                    "this host does not offer " + missing + ", which belong to ABI 1.0: update the host");
}

/// An extension's table when it is there up to its last member of version 1.0.
template <class Table>
const Table* extension(const berth_host* host, const char* id, std::size_t size) {
    const auto* table = static_cast<const Table*>(host->get_extension(host, id));
    return table && table->struct_size >= size ? table : nullptr;
}

constexpr bool is_name(std::string_view name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    if (name.empty()) return true;
    if (name.size() > 64 || !letter(name[0])) return false;
    for (char c : name)
        if (!letter(c) && c != '_' && c != '-') return false;
    return true;
}

}  // namespace detail

}  // namespace berth

#endif
