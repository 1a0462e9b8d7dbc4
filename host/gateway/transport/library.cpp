// SPDX-License-Identifier: MIT
#include "gateway/transport/library.hpp"

#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <uv.h>

#include <algorithm>
#include <limits>
#include <string>

#include "base/mutex.hpp"
#include "gateway/transport/library_log.hpp"
#include "gateway/transport/transport.hpp"
#include "tls/server_context.hpp"

namespace berth::host::transport {
namespace {

constexpr const char* protocol_name = "berth";

// A whole TLS record fits, so nothing is ever left inside OpenSSL by the library's reads (it would forget
// it).
constexpr unsigned int service_buffer_bytes = 65536;

// The library's own limit for handshake and head can't be switched off, only outlived: ours come first.
constexpr unsigned int library_timeout_s = 24 * 3600;

// Turns after creation until the context has done what it postponed; it needs about three.
constexpr int settling_turns = 16;

/// Where a TLS object keeps its connection of the library, until the handshake has ended.
int wsi_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

}  // namespace

class Library::Impl {
public:
    struct Listener {
        Impl* impl = nullptr;
        std::string name;
        std::optional<tls::TlsSettings> tls;
        tls::ServerContext replacement;  // Of `replace_tls`; until then the virtual host's own is in use.
        tls::NamedContexts named;        // For clients that name a host.
        lws_vhost* vhost = nullptr;
    };

    explicit Impl(LibraryEvents& library_events) : events(library_events) {}
    ~Impl();
    Result<void> open(const std::vector<ListenerSettings>& settings);
    Result<void> add(const ListenerSettings& settings);
    Result<void> open_vhost(Listener& listener);

    static Impl& of(lws* wsi) { return *static_cast<Listener*>(lws_vhost_user(lws_get_vhost(wsi)))->impl; }
    static int on_library_event(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t length);
    static void on_handshake(const SSL* ssl, int where, int result);
    static int on_client_hello(SSL* ssl, int* alert, void* listener);
    static int on_server_name(SSL* ssl, int* alert, void* listener);
    static int prepare(SSL_CTX* context, Listener& listener);
    static void set_named(Listener& listener, tls::NamedContexts named);

    LibraryEvents& events;
    uv_loop_t loop{};
    bool loop_open = false;
    lws_context* context = nullptr;
    std::vector<std::unique_ptr<Listener>> listeners;
    std::vector<lws*> handshaken;  // In this turn; the library has given each a new time-out.
    std::unique_ptr<SSL_CTX, tls::FreeContext> unused_client_context{SSL_CTX_new(TLS_client_method())};
    bool changed = false;
};

// The library's context is destroyed in three steps, the first two of which need turns of the loop to close
// what they find. Connections are gone by now, so nothing of ours is called.
Library::Impl::~Impl() {
    if (context != nullptr) {
        lws_context_destroy(context);
        for (int turn = 0; turn < settling_turns; ++turn) uv_run(&loop, UV_RUN_NOWAIT);
        if (context != nullptr) lws_context_destroy(context);
    }
    if (loop_open) {
        for (int turn = 0; turn < settling_turns; ++turn) uv_run(&loop, UV_RUN_NOWAIT);
        uv_loop_close(&loop);
    }
}

Result<void> Library::Impl::open(const std::vector<ListenerSettings>& settings) {
    connect_library_log();
    if (const int error = uv_loop_init(&loop); error != 0) {
        return fail(Code::system, std::string("make libuv's loop: ") + uv_strerror(error));
    }
    loop_open = true;

    void* loops[] = {&loop};
    lws_context_creation_info info{};
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN;
    info.foreign_loops = loops;
    info.pcontext = &context;
    info.pt_serv_buf_size = service_buffer_bytes;
    info.timeout_secs = library_timeout_s;
    info.alpn = "http/1.1";
    context = lws_create_context(&info);
    if (context == nullptr) {
        return fail(Code::system,
                    "libwebsockets can't make a context; is the package libwebsockets-evlib-uv installed?");
    }
    for (const ListenerSettings& listener : settings) BERTH_TRY(add(listener));
    for (int turn = 0; turn < settling_turns; ++turn) uv_run(&loop, UV_RUN_NOWAIT);
    return {};
}

Result<void> Library::Impl::add(const ListenerSettings& settings) {
    auto listener = std::make_unique<Listener>();
    listener->impl = this;
    listener->name = "listener " + std::to_string(listeners.size());
    listener->tls = settings.tls;
    if (settings.tls) {
        auto named = tls::NamedContexts::make(*settings.tls);
        if (!named) return tl::unexpected<Error>(std::move(named).error());
        set_named(*listener, std::move(*named));
    }
    {
        // The library asks for the local time, which the C library keeps in memory of all threads; that it guards it is nothing
        // that a thread sanitizer sees.
        static Mutex opening;
        const MutexLock lock(opening);
        BERTH_TRY(open_vhost(*listener));
    }
    listeners.push_back(std::move(listener));
    changed = true;
    return {};
}

Result<void> Library::Impl::open_vhost(Listener& listener) {
    lws_protocols protocols[2] = {};
    protocols[0].name = protocol_name;
    protocols[0].callback = on_library_event;
    static const lws_retry_bo_t no_idle_checks{};

    lws_context_creation_info info{};
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.vhost_name = listener.name.c_str();
    info.protocols = protocols;
    info.user = &listener;
    info.retry_and_idle_policy = &no_idle_checks;
    // Without this a client that offers HTTP/2 gets it, and the connection leaves the raw role.
    info.alpn = "http/1.1";
    if (listener.tls) {
        info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX;
        // Otherwise it makes one for clients, with all of the system's authorities: 700 KB a listener and
        // thread.
        info.provided_client_ssl_ctx = unused_client_context.get();
    }
    listener.vhost = lws_create_vhost(context, &info);
    if (listener.vhost == nullptr) {
        return fail(Code::system, listener.name + ": libwebsockets can't make a virtual host");
    }
    return {};
}

// Called by the library when it has made a listener's TLS context. It gets everything from us: the library
// would take only the first certificate of a chain held in memory.
int Library::Impl::prepare(SSL_CTX* context, Listener& listener) {
    if (!tls::configure_server_context(context, *listener.tls)) return 1;
    SSL_CTX_set_info_callback(context, on_handshake);
    SSL_CTX_set_client_hello_cb(context, on_client_hello, &listener);
    // The library's own would look for a listener "of the same port" by name, and all of ours have none: a
    // client that sends a name could get another listener's certificate.
    SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                          reinterpret_cast<void (*)()>(on_server_name));
    SSL_CTX_ctrl(context, SSL_CTRL_SET_TLSEXT_SERVERNAME_ARG, 0, &listener);
    return 0;
}

void Library::Impl::set_named(Listener& listener, tls::NamedContexts named) {
    // A connection that is moved to one of them reports to whom it says. One that was moved before keeps its own alive.
    for (const auto& context : named.all()) SSL_CTX_set_info_callback(context.get(), on_handshake);
    listener.named = std::move(named);
}

int Library::Impl::on_server_name(SSL* ssl, int*, void* user) {
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_OK;
    if (SSL_CTX* const named = static_cast<Listener*>(user)->named.find(name)) SSL_set_SSL_CTX(ssl, named);
    return SSL_TLSEXT_ERR_OK;
}

int Library::Impl::on_client_hello(SSL* ssl, int*, void* user) {
    const Listener& listener = *static_cast<Listener*>(user);
    if (SSL_CTX* replacement = listener.replacement.get()) {
        SSL_set_SSL_CTX(ssl, replacement);
        SSL_set_min_proto_version(ssl, static_cast<int>(SSL_CTX_get_min_proto_version(replacement)));
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

void Library::Impl::on_handshake(const SSL* ssl, int where, int) {
    auto* wsi = static_cast<lws*>(SSL_get_ex_data(ssl, wsi_index()));
    if ((where & SSL_CB_HANDSHAKE_DONE) == 0 || wsi == nullptr) return;
    // Once: a key update ends with the same report.
    SSL_set_ex_data(const_cast<SSL*>(ssl), wsi_index(), nullptr);
    Impl& impl = of(wsi);
    impl.handshaken.push_back(wsi);
    if (auto* connection = static_cast<Connection*>(lws_get_opaque_user_data(wsi))) {
        impl.events.library_handshaken(*connection);
    }
}

int Library::Impl::on_library_event(lws* wsi, lws_callback_reasons reason, void* user, void* in,
                                    size_t length) {
    if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS) {
        // Here `wsi` is a stand-in, `user` the new SSL_CTX and `in` the virtual host.
        return prepare(static_cast<SSL_CTX*>(user),
                       *static_cast<Listener*>(lws_vhost_user(static_cast<lws_vhost*>(in))));
    }
    if (reason != LWS_CALLBACK_RAW_ADOPT && reason != LWS_CALLBACK_RAW_RX && reason != LWS_CALLBACK_RAW_CLOSE)
        return 0;

    Impl& impl = of(wsi);
    if (reason == LWS_CALLBACK_RAW_CLOSE) std::erase(impl.handshaken, wsi);
    auto* connection = static_cast<Connection*>(lws_get_opaque_user_data(wsi));
    if (connection == nullptr) return 0;  // Killed.
    switch (reason) {
        case LWS_CALLBACK_RAW_ADOPT: {
            lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
            SSL* ssl = lws_get_ssl(wsi);
            impl.events.library_adopted(*connection, wsi, ssl);
            if (ssl == nullptr) break;
            // A quick peer's handshake may have ended inside the adoption.
            if (SSL_is_init_finished(ssl) == 1) {
                impl.events.library_handshaken(*connection);
            } else {
                SSL_set_ex_data(ssl, wsi_index(), wsi);
            }
            break;
        }
        case LWS_CALLBACK_RAW_RX:
            impl.events.library_read(*connection, {static_cast<const char*>(in), length});
            break;
        default:
            lws_set_opaque_user_data(wsi, nullptr);
            impl.events.library_closed(*connection);
            break;
    }
    return 0;  // Closing from in here would be -1; it is always done by `kill`, from outside.
}

Library::Library(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Library::~Library() = default;

Result<std::unique_ptr<Library>> Library::create(const std::vector<ListenerSettings>& listeners,
                                                 LibraryEvents& events) {
    auto impl = std::make_unique<Impl>(events);
    BERTH_TRY(impl->open(listeners));
    return std::unique_ptr<Library>(new Library(std::move(impl)));
}

int Library::descriptor() const {
    return uv_backend_fd(&impl_->loop);
}

Milliseconds Library::due_in() const {
    uv_update_time(&impl_->loop);
    const int timeout = uv_backend_timeout(&impl_->loop);
    return timeout < 0 ? Milliseconds::max() : Milliseconds(timeout);
}

bool Library::must_run() const {
    return impl_->changed;
}

void Library::run() {
    impl_->changed = false;
    uv_run(&impl_->loop, UV_RUN_NOWAIT);
    if (impl_->handshaken.empty()) return;
    // Each would stay in a list that every later one has to walk.
    for (lws* wsi : impl_->handshaken) lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
    impl_->handshaken.clear();
}

void Library::adopt(int fd, std::size_t listener, Connection& connection) {
    lws_adopt_desc_t description{};
    description.vh = impl_->listeners[listener]->vhost;
    // Not LWS_ADOPT_HTTP, which is what lws_adopt_socket_vhost would mean.
    description.type = static_cast<lws_adoption_type>(LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL);
    description.fd.sockfd = fd;
    description.vh_prot_name = protocol_name;
    description.opaque = &connection;
    impl_->changed = true;
    // Null: it was refused, or the handshake failed at its first bytes; `library_closed` has come if the
    // library got as far as making its object.
    lws_adopt_descriptor_vhost_via_info(&description);
}

void Library::stop_reading(lws* wsi) {
    impl_->changed = true;
    lws_rx_flow_control(wsi, 0);
}

void Library::kill(lws* wsi) {
    impl_->changed = true;
    lws_set_opaque_user_data(wsi, nullptr);
    lws_set_timeout(wsi, PENDING_TIMEOUT_AWAITING_PROXY_RESPONSE, LWS_TO_KILL_SYNC);
}

Result<void> Library::add_listener(const ListenerSettings& settings) {
    if (settings.tls) BERTH_TRY(tls::check_tls(*settings.tls));
    return impl_->add(settings);
}

void Library::skip_listener() { impl_->listeners.push_back(nullptr); }

bool Library::has_listener(std::size_t listener) const {
    return listener < impl_->listeners.size() && impl_->listeners[listener] != nullptr;
}

Result<void> Library::replace_tls(std::size_t listener, const tls::TlsSettings& settings) {
    if (listener < impl_->listeners.size() && impl_->listeners[listener] == nullptr) {
        return fail(Code::invalid, "listener " + std::to_string(listener) +
                                       " could not be added before; reload the configuration without it, then with it again");
    }
    if (listener >= impl_->listeners.size() || !impl_->listeners[listener]->tls) {
        return fail(Code::invalid, "listener " + std::to_string(listener) + " has no TLS");
    }
    auto context = tls::make_server_context(settings);
    if (!context) return tl::unexpected<Error>(std::move(context).error());
    auto named = tls::NamedContexts::make(settings);
    if (!named) return tl::unexpected<Error>(std::move(named).error());
    // A connection that is moved to this context reports to whom this context says.
    SSL_CTX_set_info_callback(context->get(), Impl::on_handshake);
    Impl::set_named(*impl_->listeners[listener], std::move(*named));
    impl_->listeners[listener]->replacement = std::move(*context);
    return {};
}

}  // namespace berth::host::transport
