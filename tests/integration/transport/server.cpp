// SPDX-License-Identifier: MIT
#include "integration/transport/server.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace berth::test {

using berth::host::Milliseconds;
using berth::host::TimePoint;
using berth::host::UniqueFd;
using namespace berth::host::transport;

int Counts::closed_total() const {
    int all = 0;
    for (const auto& [reason, count] : closed) all += count;
    return all;
}

class Server::Handler final : public TransportHandler {
public:
    explicit Handler(const Hooks& hooks) : hooks_(hooks) {}

    void on_open(Connection& connection) override {
        connection.user = new Session;
        {
            const std::lock_guard lock(mutex_);
            ++counts_.opened;
        }
        alive_.push_back(&connection);
        at(connection, Callback::open);
    }

    void on_handshaken(Connection& /*connection*/) override {}

    void on_head(Connection& connection, std::string_view bytes) override {
        at(connection, Callback::head);
        Session& s = session(connection);
        s.request += bytes;
        const std::size_t end = s.request.find('\n');
        if (end == std::string::npos || !connection.is_open()) return;
        std::string early = s.request.substr(end + 1);
        s.request.resize(end);
        if (hooks_.request) {
            hooks_.request(connection, s);
        } else {
            s.out += "ok\n";
            connection.establish();
        }
        s.out += early;
        flush(connection);
    }

    std::size_t on_data(Connection& connection, std::span<char> bytes) override {
        at(connection, Callback::data);
        Session& s = session(connection);
        s.received += bytes.size();
        if (hooks_.data) return hooks_.data(connection, s, {bytes.data(), bytes.size()});
        s.out.append(bytes.data(), bytes.size());
        return bytes.size();
    }

    void on_read_turn_end(Connection& connection) override {
        at(connection, Callback::read_turn_end);
        flush(connection);
    }

    void on_writable(Connection& connection) override {
        at(connection, Callback::writable);
        flush(connection);
    }

    void on_closed(Connection& connection, CloseReason reason) override {
        at(connection, Callback::closed);
        {
            const std::lock_guard lock(mutex_);
            ++counts_.closed[reason];
            if (connection.user == nullptr) ++counts_.closed_twice;
        }
        std::erase(alive_, &connection);
        delete static_cast<Session*>(connection.user);
        connection.user = nullptr;
    }

    void on_refused(const PeerAddress&, std::size_t) override {
        const std::lock_guard lock(mutex_);
        ++counts_.refused;
    }

    Milliseconds on_turn_end(TimePoint) override {
        std::vector<std::function<void()>> tasks;
        {
            const std::lock_guard lock(mutex_);
            tasks.swap(tasks_);
        }
        for (auto& task : tasks) task();
        return Milliseconds::max();
    }

    void post(std::function<void()> task) {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
    }
    [[nodiscard]] Counts counts() const {
        const std::lock_guard lock(mutex_);
        return counts_;
    }
    [[nodiscard]] Connection* newest() const { return alive_.empty() ? nullptr : alive_.back(); }

private:
    void at(Connection& connection, Callback callback) const {
        if (hooks_.at) hooks_.at(connection, callback);
    }

    const Hooks& hooks_;
    std::vector<Connection*> alive_;
    mutable std::mutex mutex_;
    Counts counts_;
    std::vector<std::function<void()>> tasks_;
};

class Server::Door final : public AcceptHandler {
public:
    explicit Door(Server& server) : server_(server) {}
    Verdict verdict(const PeerAddress&, std::size_t listener) override {
        if (server_.options_.admits && !server_.options_.admits(listener)) return {};
        return {.thread = next_++ % server_.transports_.size()};
    }
    void accepted(UniqueFd socket, std::size_t thread, const PeerAddress& peer,
                  std::size_t listener) override {
        server_.transports_[thread]->hand_over(std::move(socket), listener, peer);
    }
    std::string_view answer_without_descriptor(std::size_t) override { return "no room\n"; }
    void on_wake_up() override {}

private:
    Server& server_;
    std::size_t next_ = 0;
};

Server::Server(Options options) : options_(std::move(options)) {
    std::vector<UniqueFd> sockets;
    for (std::size_t i = 0; i < options_.listeners.size(); ++i) {
        ports_.push_back(0);
        sockets.push_back(listen_on_loopback(ports_.back()));
    }
    std::vector<TransportHandler*> handlers;
    for (std::size_t i = 0; i < options_.threads; ++i) {
        handlers_.push_back(std::make_unique<Handler>(options_.hooks));
        handlers.push_back(handlers_.back().get());
    }
    auto transports = Transport::create(options_.settings, options_.listeners, handlers);
    if (!transports) {
        ADD_FAILURE() << transports.error().message;
        std::abort();
    }
    transports_ = std::move(*transports);
    for (auto& transport : transports_) threads_.emplace_back([&running = *transport] { running.run(); });
    door_ = std::make_unique<Door>(*this);
    auto acceptor = Acceptor::create(std::move(sockets), *door_);
    if (!acceptor) {
        ADD_FAILURE() << acceptor.error().message;
        std::abort();
    }
    acceptor_ = std::move(*acceptor);
}

Server::~Server() {
    acceptor_.reset();
    for (auto& transport : transports_) transport->stop();
    for (auto& thread : threads_) thread.join();
    transports_.clear();
    const Counts all = counts();
    EXPECT_EQ(all.opened, all.closed_total());
    EXPECT_EQ(all.closed_twice, 0);
}

Counts Server::counts() const {
    Counts sum;
    for (const auto& handler : handlers_) {
        const Counts one = handler->counts();
        sum.opened += one.opened;
        sum.refused += one.refused;
        sum.closed_twice += one.closed_twice;
        for (const auto& [reason, count] : one.closed) sum.closed[reason] += count;
    }
    return sum;
}

std::size_t Server::connections() const {
    std::size_t sum = 0;
    for (const auto& transport : transports_) sum += transport->connections();
    return sum;
}

bool Server::is_empty_soon() const {
    return eventually([this] {
        const Counts all = counts();
        return connections() == 0 && all.opened == all.closed_total();
    });
}

bool Server::has_closed(CloseReason reason, int how_many) const {
    return eventually([&] {
        const Counts all = counts();
        const auto found = all.closed.find(reason);
        return found != all.closed.end() && found->second >= how_many;
    });
}

void Server::on_loop(std::function<void(Transport&)> task, std::size_t thread) {
    std::promise<void> done;
    handlers_[thread]->post([&] {
        task(*transports_[thread]);
        done.set_value();
    });
    transports_[thread]->wake();
    done.get_future().wait();
}

Connection* Server::newest(std::size_t thread) const {
    return handlers_[thread]->newest();
}

void Server::flush(Connection& connection) {
    Session& s = session(connection);
    s.out.erase(0, connection.write(s.out));
    constexpr std::size_t enough = 64 * 1024;
    if (s.out.size() > enough) {
        connection.pause_reading();
    } else if (connection.is_reading_paused() && s.out.empty()) {
        connection.resume_reading();
    }
}

UniqueFd listen_on_loopback(std::uint16_t& port) {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket.get(), 1024), 0);
    EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
    return socket;
}

namespace {

template <class Write>
std::string pem_text(Write write) {
    BIO* bio = BIO_new(BIO_s_mem());
    write(bio);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    std::string text(bytes, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

}  // namespace

berth::host::tls::TlsSettings tls_for(const std::string& name, const std::string& names) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    if (!names.empty()) {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }
    X509_sign(certificate, key, EVP_sha256());
    berth::host::tls::TlsSettings settings;
    settings.certificate_pem = pem_text([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
    settings.key_pem = pem_text(
        [&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
    X509_free(certificate);
    EVP_PKEY_free(key);
    return settings;
}

std::vector<ListenerSettings> one_listener(bool tls) {
    static const auto settings = tls_for();
    ListenerSettings listener;
    if (tls) listener.tls = settings;
    return {listener};
}

Peer connected(const Server& server, bool tls, int receive_buffer) {
    Peer peer(server.port(), receive_buffer);
    if (tls) {
        EXPECT_TRUE(peer.start_tls());
    }
    EXPECT_TRUE(peer.send("echo\n"));
    EXPECT_EQ(peer.receive(3), "ok\n");
    return peer;
}

std::chrono::microseconds cpu_time() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

std::size_t open_descriptors() {
    std::size_t count = 0;
    DIR* directory = ::opendir("/proc/self/fd");
    while (::readdir(directory) != nullptr) ++count;
    ::closedir(directory);
    return count - 3;  // ".", ".." and the directory itself.
}

std::size_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::string pattern_bytes(std::size_t connection, std::size_t from, std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = pattern(connection, from + i);
    return bytes;
}

}  // namespace berth::test
