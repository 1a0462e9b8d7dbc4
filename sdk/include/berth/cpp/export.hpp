// SPDX-License-Identifier: MIT
//
// From a class to the table that the host reads.
#ifndef BERTH_CPP_EXPORT_HPP
#define BERTH_CPP_EXPORT_HPP

#include "guard.hpp"

namespace berth {

namespace detail {

/// Which of the names that a project may define for its host can be seen from outside of its class.
template <class T>
struct Seen {
    static constexpr bool manifest = requires { T::manifest; };
    static constexpr bool procedures = requires { typename T::procedures; };
    static constexpr bool resumes = requires { typename T::resumes; };
    static constexpr bool shared = requires { typename T::Shared; };
};

template <class T>
constexpr Manifest manifest_of() {
    if constexpr (Seen<T>::manifest)
        return T::manifest;
    else
        return {};
}

}  // namespace detail

/// The table of project class T, constant data. Events that T does not override stay NULL.
template <class T>
struct ProjectTable {
    static constexpr bool is_project = std::is_base_of_v<Project, T>;
    static_assert(is_project, "a project derives from berth::Project");
    static_assert(!is_project || detail::Seen<T>::manifest, "the class's `manifest` is not public: write it below `public:`");
    static_assert(!is_project || detail::Seen<T>::procedures, "the class's `procedures` is not public: write it below `public:`");
    static_assert(!is_project || detail::Seen<T>::resumes, "the class's `resumes` is not public: write it after the members that it names, below `public:`");
    static_assert(!is_project || detail::Seen<T>::shared, "the class's `Shared` is not public: write it below `public:`");
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
            loaded->topics = detail::extension<berth_topics>(host, BERTH_EXT_TOPICS, end_of_topics);
            if constexpr (has_shared) {
                loaded->shared = new typename T::Shared(loaded->host);
                loaded->shared_type = &detail::type_tag<typename T::Shared>;
            }
            *project = loaded.release();
        });
    }

    static void BERTH_CALL unload(void* project) noexcept {
        const std::unique_ptr<detail::Loaded> loaded(static_cast<detail::Loaded*>(project));
        if constexpr (has_shared)
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

    static berth_status BERTH_CALL save(void* globals, berth_context* handle, void* buffer, std::size_t capacity,
                                        std::size_t* size) noexcept {
        return enter(globals, handle, [&](T& project) {
            const std::string state = T::resumes::save(project);
            if (state.size() > capacity)
                throw Error(Status::invalid, "resumes: " + std::to_string(state.size()) +
                                                 " bytes of state, at most " + std::to_string(capacity) + " can be saved");
            std::memcpy(buffer, state.data(), state.size());
            *size = state.size();
        });
    }

    static berth_status BERTH_CALL resumed(void* globals, berth_context* handle, berth_client_id client,
                                           const berth_resumption* from) noexcept {
        return enter(globals, handle, [&](T& project) {
            Resumption resumption{.has_state = (from->flags & BERTH_RESUME_STATE) != 0,
                                  .was_interrupted = (from->flags & BERTH_RESUME_INTERRUPTED) != 0};
            if (resumption.has_state && !T::resumes::load(project, view(from->state))) {
                resumption.has_state = false;
                static_cast<Project&>(project).log(Level::warning,
                                                   "the saved state is another version's and is left out: its list of members differs");
            }
            static_cast<Project&>(project).resumed(ClientId{client}, resumption);
        });
    }

    static berth_status BERTH_CALL lost(void* globals, berth_context* handle, const berth_client_id* ids,
                                        std::size_t count) noexcept {
        return enter(globals, handle, [&](Project& project) {
            std::vector<ClientId> clients(count);
            for (std::size_t i = 0; i < count; ++i) clients[i] = ClientId{ids[i]};
            project.lost(clients);
        });
    }

    static const void* BERTH_CALL get_extension(void*, const char* id) noexcept {
        return std::string_view(id) == BERTH_EXT_RESUME ? &resume : nullptr;
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
    static constexpr std::size_t end_of_topics = offsetof(berth_topics, count) + sizeof(berth_topics::count);

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
        if constexpr (detail::Seen<T>::procedures)
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
    static constexpr bool keeps_lost = requires {
        requires std::same_as<decltype(&T::lost), decltype(&Project::lost)>;
    };
    static constexpr bool has_resumes = requires { requires !std::same_as<typename T::resumes, Project::resumes>; };
    static constexpr bool has_shared = requires { requires !std::same_as<typename T::Shared, Project::Shared>; };

    static constexpr berth_resume make_resume() {
        berth_resume made{.struct_size = sizeof(berth_resume), .reserved = 0, .save = nullptr, .resumed = nullptr, .lost = nullptr};
        if constexpr (has_resumes) {
            made.save = &save;
            made.resumed = &resumed;
        }
        if constexpr (!keeps_lost) made.lost = &lost;
        return made;
    }
    static constexpr berth_resume resume = make_resume();

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
        .get_extension = or_null(&get_extension, !has_resumes && keeps_lost),
    };
};

}  // namespace berth

/// Makes a class the project of this library: once, at namespace scope, outside of any namespace.
#define BERTH_PROJECT(Class) BERTH_EXPORT_PROJECT(::berth::ProjectTable<Class>::table)

#endif
