// SPDX-License-Identifier: MIT
//
// The base class of a project: its events, and the services of the context that it is.
#ifndef BERTH_CPP_PROJECT_HPP
#define BERTH_CPP_PROJECT_HPP

#include "../duration.hpp"
#include "database.hpp"
#include "host.hpp"
#include "request.hpp"
#include "resume.hpp"
#include "settings.hpp"
#include "topics.hpp"

namespace berth {

namespace detail {

/// Makes the compiler stop and say, in its own words, what is wrong with the annotation: the name of the array, the
/// character (counted from 1) as an index that it does not have, and the sentence as an argument of this call.
struct WrongAnnotation {
    constexpr DurationResult operator()(std::size_t position, const char* reason) const {
        constexpr char THE_INTERVAL_ANNOTATION_IS_WRONG_AT_CHARACTER[1]{};
        const std::size_t character = position + 1;
        return {THE_INTERVAL_ANNOTATION_IS_WRONG_AT_CHARACTER[character], {position, reason}};
    }
};

/// One loaded project: what `load` found.
struct Loaded {
    Host host;
    const berth_db* db = nullptr;
    const berth_request* request = nullptr;
    const berth_config* config = nullptr;
    const berth_topics* topics = nullptr;
    void* shared = nullptr;
    const void* shared_type = nullptr;
};

/// Stands for a part that a class leaves out.
struct Nothing;

/// An address per type, to tell types apart without RTTI.
template <class T>
inline constexpr char type_tag = 0;

}  // namespace detail

/// The annotation of the global service, `"<interval=20 s>"`; a typo does not compile. Empty: 10 s.
struct Annotation {
    std::string_view text;

    consteval Annotation() = default;
    consteval Annotation(const char* from) : text(from) {  // NOLINT: implicit, the literal is the annotation
        static_cast<void>(detail::DurationReader<detail::WrongAnnotation>(text, {}).annotation());
    }
};

/// What a project says about itself: `static constexpr berth::Manifest manifest{...};`
struct Manifest {
    std::string_view name{};      ///< [a-z0-9][a-z0-9_-]{0,63}; empty: the file's stem
    std::string_view version{};   ///< for people
    Annotation global_service{};  ///< "<interval=20 s>"
    bool run_inline = false;      ///< handlers never block: run them without a thread hop
    bool stateless = false;       ///< globals may be fresh at any time: a crash or redeploy cuts no client
    bool repeatable = false;      ///< an interrupted event may be run again
    bool exclusive = false;       ///< never two generations at once: the new one begins when the old one has ended
};

/// What a context is made with; passed through by `using Project::Project;`.
class Context {
public:
    Context(detail::Loaded& loaded, berth_context* handle, ClientId self)
        : loaded_(loaded), handle_(handle), self_(self) {}

private:
    friend class Project;
    detail::Loaded& loaded_;
    berth_context* handle_;
    ClientId self_;
};

/// Base of a project. The host makes one object per context (each client, and the global service), so
/// ordinary members are that context's globals and need no lock: one thing at a time runs in it.
///
/// Events and procedures may throw; the failure is logged and closes that client with 1011. The
/// services of Host (`send`, `clients`, `execute` ...) are members here.
class Project : protected Host {
public:
    /// Without `using Project::Project;` the services are there from the first event on.
    Project() = default;
    explicit Project(const Context& context) { attach(context); }
    Project(const Project&) = delete;
    Project& operator=(const Project&) = delete;
    virtual ~Project() = default;

    /// What a project says of itself by members of its own of these names, and has when it leaves them out. Because the
    /// names are always there, one that a project has and does not let be seen is told from one that it has not.
    static constexpr Manifest manifest{};
    using procedures = detail::NoProcedures;  ///< berth::Procedures<...>
    using resumes = detail::Nothing;          ///< berth::Resumes<...>
    using Shared = detail::Nothing;           ///< what `shared` gives

    /// The project's loop, paced by the interval; in the global service's context.
    virtual void global_service() {}
    /// A client asks to connect; runs before its handshake ends.
    virtual void connection(const Client&, Admission&) {}
    /// One whole message of this context's client.
    virtual void message(ClientId, Message) {}
    /// The client has gone: exactly once for every accepted client, its last event.
    virtual void disconnection(ClientId, const Close&) {}
    /// The global service stops: once, after every client's disconnection.
    virtual void stop() {}
    /// A client goes on in this context after a crash or a redeploy, in the place of `connection`; what the class lists
    /// in `resumes` has its saved values. Only with such a list.
    virtual void resumed(ClientId, const Resumption&) {}
    /// Clients that a crash took along without a disconnection; in the global service's context.
    virtual void lost(std::span<const ClientId>) {}

protected:
    /// This context's client; `global_service_id` in the global service.
    ClientId self() const noexcept { return self_; }
    bool is_global_service() const noexcept { return self_ == global_service_id; }

    /// The services for a thread of one's own. Such threads end before the Shared is destroyed.
    Host host() const { return Host(table()); }

    /// This context's own database connection, opened on first use.
    Database db() const { return Database({need(&detail::Loaded::db, BERTH_EXT_DB), context_}); }
    /// The request of this context's client.
    Request request() const { return {need(&detail::Loaded::request, BERTH_EXT_REQUEST), context_}; }
    /// What the operator configured for this project.
    Settings settings() const { return {need(&detail::Loaded::config, BERTH_EXT_CONFIG), table()}; }

    /// Messages for whoever has subscribed.
    Topics topics() const { return {need(&detail::Loaded::topics, BERTH_EXT_TOPICS), table()}; }

    /// The one object that all contexts of this loaded project share, of the class's nested type
    /// `Shared`: made by `load` from a Host, destroyed by `unload`. It takes care of its own locks.
    template <class S>
    S& shared() const {
        if (!loaded_ || loaded_->shared_type != &detail::type_tag<S>)
            throw Error("shared: the project has no nested type Shared of this kind");
        return *static_cast<S*>(loaded_->shared);
    }

private:
    template <class T>
    friend struct ProjectTable;

    void attach(const Context& context) {
        static_cast<Host&>(*this) = Host(context.loaded_.host.table(), context.self_);
        loaded_ = &context.loaded_;
        context_ = context.handle_;
        self_ = context.self_;
    }

    template <class Table>
    const Table* need(const Table* detail::Loaded::*member, const char* id) const {
        static_cast<void>(table());
        if (const Table* found = loaded_->*member) return found;
        throw Error(Status::unsupported, std::string("this host does not offer ") + id + ": update the host");
    }

    detail::Loaded* loaded_ = nullptr;
    berth_context* context_ = nullptr;
    ClientId self_{};
    std::string answer_;  // of `connection`, read by the host after it
};

}  // namespace berth

#endif
