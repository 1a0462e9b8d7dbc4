// SPDX-License-Identifier: MIT
//
// From a class to the table that the host reads, and the one place where exceptions end.
#ifndef BERTH_CPP_EXPORT_HPP
#define BERTH_CPP_EXPORT_HPP

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

template <class T>
constexpr Manifest manifest_of() {
    if constexpr (requires { T::manifest; })
        return T::manifest;
    else
        return {};
}

}  // namespace detail

/// The table of project class T, constant data. Events that T does not override stay NULL.
template <class T>
struct ProjectTable {
    static_assert(std::is_base_of_v<Project, T>, "a project derives from berth::Project");
    static constexpr Manifest manifest = detail::manifest_of<T>();
    static_assert(detail::is_name(manifest.name),
                  "a project's name is [a-z0-9][a-z0-9_-]{0,63}, or empty for the file's stem");

    static berth_status BERTH_CALL load(const berth_host* host, void** project) noexcept {
        return detail::guard(host, nullptr, [&] {
            detail::check_host(host);
            auto loaded = std::make_unique<detail::Loaded>();
            loaded->host = Host(host);
            loaded->db = detail::extension<berth_db>(host, BERTH_EXT_DB, end_of_db);
            loaded->request = detail::extension<berth_request>(host, BERTH_EXT_REQUEST, end_of_request);
            loaded->config = detail::extension<berth_config>(host, BERTH_EXT_CONFIG, end_of_config);
            if constexpr (requires { typename T::Shared; }) {
                loaded->shared = new typename T::Shared(loaded->host);
                loaded->shared_type = &detail::type_tag<typename T::Shared>;
            }
            *project = loaded.release();
        });
    }

    static void BERTH_CALL unload(void* project) noexcept {
        const std::unique_ptr<detail::Loaded> loaded(static_cast<detail::Loaded*>(project));
        if constexpr (requires { typename T::Shared; })
            delete static_cast<typename T::Shared*>(loaded->shared);
    }

    static berth_status BERTH_CALL context_create(void* project, berth_context* handle,
                                                  berth_client_id client, void** globals) noexcept {
        auto& loaded = *static_cast<detail::Loaded*>(project);
        return detail::guard(loaded.host.table(), handle, [&] {
            const Context context(loaded, handle, ClientId{client});
            std::unique_ptr<T> made;
            if constexpr (std::is_constructible_v<T, const Context&>)
                made = std::make_unique<T>(context);
            else
                made = std::make_unique<T>();
            static_cast<Project&>(*made).attach(context);
            *globals = made.release();
        });
    }

    static void BERTH_CALL context_destroy(void* globals, berth_context*) noexcept {
        delete static_cast<T*>(globals);
    }

    static berth_status BERTH_CALL global_service(void* globals, berth_context* handle) noexcept {
        return enter(globals, handle, [](Project& project) { project.global_service(); });
    }

    static berth_status BERTH_CALL connection(void* globals, berth_context* handle, const berth_client* from,
                                              berth_admission* answer) noexcept {
        return enter(globals, handle, [&](Project& project) {
            const Client client(*from);
            Admission admission(client, *answer, project.answer_);
            project.connection(client, admission);
        });
    }

    static berth_status BERTH_CALL message(void* globals, berth_context* handle, berth_client_id from,
                                           const berth_value* value) noexcept {
        return enter(globals, handle, [&](Project& project) {
            project.message(ClientId{from}, {value->type == BERTH_TEXT, view(value->as.bytes)});
        });
    }

    static berth_status BERTH_CALL disconnection(void* globals, berth_context* handle, berth_client_id who,
                                                 const berth_close* close) noexcept {
        return enter(globals, handle, [&](Project& project) {
            project.disconnection(ClientId{who},
                                  {close->code, static_cast<Cause>(close->cause), view(close->reason)});
        });
    }

    static berth_status BERTH_CALL stop(void* globals, berth_context* handle) noexcept {
        return enter(globals, handle, [](Project& project) { project.stop(); });
    }

    template <class P>
    static berth_status BERTH_CALL run(void* globals, berth_context* handle, const berth_value* values,
                                       std::size_t count) noexcept {
        return enter(globals, handle, [&](T& project) {
            P::Parameters::decode(P::name, {values, count}, [&](auto&&... arguments) {
                (project.*P::function)(std::move(arguments)...);
            });
        });
    }

private:
    static constexpr std::size_t end_of_db = offsetof(berth_db, error) + sizeof(berth_db::error);
    static constexpr std::size_t end_of_request =
        offsetof(berth_request, figures) + sizeof(berth_request::figures);
    static constexpr std::size_t end_of_config =
        offsetof(berth_config, data_directory) + sizeof(berth_config::data_directory);

    template <class Body>
    static berth_status enter(void* globals, berth_context* handle, Body&& body) noexcept {
        T& project = *static_cast<T*>(globals);
        Project& base = project;
        base.context_ = handle;
        return detail::guard(base.table(), handle, [&] { body(project); });
    }

    template <class P>
    static constexpr berth_procedure entry{.name = str(P::name),
                                           .signature = str(P::Parameters::signature()),
                                           .run = &run<P>,
                                           .flags = P::flags};

    template <class List>
    struct Entries {
        static constexpr const berth_procedure* data = nullptr;
        static constexpr std::size_t size = 0;
    };
    template <class First, class... Rest>
    struct Entries<Procedures<First, Rest...>> {
        static_assert(Procedures<First, Rest...>::names_differ, "two procedures have the same name");
        static constexpr berth_procedure list[] = {entry<First>, entry<Rest>...};
        static constexpr const berth_procedure* data = list;
        static constexpr std::size_t size = 1 + sizeof...(Rest);
    };

    static constexpr auto entries() {
        if constexpr (requires { typename T::procedures; })
            return Entries<typename T::procedures>{};
        else
            return Entries<Procedures<>>{};
    }
    using List = decltype(entries());

    // &T::event has the type of Project's member exactly when T overrides nothing; what can't be named
    // (overloaded or private) is T's own.
    static constexpr auto or_null(auto event, bool inherited) { return inherited ? nullptr : event; }
    static constexpr bool keeps_global_service = requires {
        requires std::same_as<decltype(&T::global_service), decltype(&Project::global_service)>;
    };
    static constexpr bool keeps_connection = requires {
        requires std::same_as<decltype(&T::connection), decltype(&Project::connection)>;
    };
    static constexpr bool keeps_message = requires {
        requires std::same_as<decltype(&T::message), decltype(&Project::message)>;
    };
    static constexpr bool keeps_disconnection = requires {
        requires std::same_as<decltype(&T::disconnection), decltype(&Project::disconnection)>;
    };
    static constexpr bool keeps_stop = requires {
        requires std::same_as<decltype(&T::stop), decltype(&Project::stop)>;
    };

public:
    static constexpr berth_project table{
        .struct_size = sizeof(berth_project),
        .abi_minor_required = 0,
        .name = str(manifest.name),
        .version = str(manifest.version),
        .global_service_annotation = str(manifest.global_service.text),
        .flags = (manifest.run_inline ? std::uint64_t{BERTH_PROJECT_INLINE} : 0) |
                 (manifest.stateless ? std::uint64_t{BERTH_PROJECT_STATELESS} : 0) |
                 (manifest.repeatable ? std::uint64_t{BERTH_PROJECT_REPEATABLE} : 0) |
                 (manifest.exclusive ? std::uint64_t{BERTH_PROJECT_EXCLUSIVE} : 0),
        .procedures = List::data,
        .procedure_count = List::size,
        .load = &load,
        .unload = &unload,
        .context_create = &context_create,
        .context_destroy = &context_destroy,
        .global_service = or_null(&global_service, keeps_global_service),
        .connection = or_null(&connection, keeps_connection),
        .message = or_null(&message, keeps_message),
        .disconnection = or_null(&disconnection, keeps_disconnection),
        .stop = or_null(&stop, keeps_stop),
        .get_extension = nullptr,
    };
};

}  // namespace berth

/// Makes a class the project of this library: once, at namespace scope, outside of any namespace.
#define BERTH_PROJECT(Class) BERTH_EXPORT_PROJECT(::berth::ProjectTable<Class>::table)

#endif
