// SPDX-License-Identifier: MIT
#include "client/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>

namespace berth::client::inner {

namespace {

Failure unusable(const char* option, const std::string& file) {
    return {.status = BERTH_CLIENT_INVALID,
            .text = "options: " + std::string{option} + " " + file + ": " + tls_problem("cannot be read")};
}

/// Marks that a pass phrase was asked for; none is given. Without this the TLS library would ask at the
/// program's terminal.
int note_pass_phrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return 0;
}

/// The client's certificate and its key.
std::optional<Failure> show_oneself(SSL_CTX* context, const TlsSettings& settings) {
    const auto refused = [](const char* option, const std::string& file, bool is_encrypted) {
        if (!is_encrypted) return unusable(option, file);
        ERR_clear_error();
        return Failure{
            .status = BERTH_CLIENT_INVALID,
            .text = "options: " + std::string{option} + " " + file +
                    ": it is encrypted, and nobody is asked for a pass phrase; store it without one"};
    };
    bool asked = false;
    SSL_CTX_set_default_passwd_cb(context, note_pass_phrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
    std::optional<Failure> failure;
    if (SSL_CTX_use_certificate_chain_file(context, settings.certificate_file.c_str()) != 1) {
        failure = refused("tls_certificate_file", settings.certificate_file, asked);
    } else if (SSL_CTX_use_PrivateKey_file(context, settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        failure = refused("tls_key_file", settings.key_file, asked);
    }
    SSL_CTX_set_default_passwd_cb(context, nullptr);
    SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
    return failure;
}

/// Whether certificates lie in that directory under the hashes of their names, as c_rehash makes them:
/// 5ed36f99.0.
bool has_hashed_certificates(const char* directory) {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(directory, none)) {
        const std::string name = entry.path().filename();
        if (name.size() > 9 && name[8] == '.' && name.find_first_not_of("0123456789abcdef") == 8) return true;
    }
    return false;
}

/// The system's store. Its directory is looked into when a certificate is there to be checked; its file, the
/// same certificates once more, would be read now, at a cost of many milliseconds and a megabyte for each
/// connection.
bool trust_the_system(SSL_CTX* context) {
    const char* asked = secure_getenv(X509_get_default_cert_dir_env());
    const char* directory = asked != nullptr ? asked : X509_get_default_cert_dir();
    if (secure_getenv(X509_get_default_cert_file_env()) == nullptr && has_hashed_certificates(directory))
        return SSL_CTX_set_default_verify_dir(context) == 1;
    return SSL_CTX_set_default_verify_paths(context) == 1;
}

}  // namespace

void FreeTlsContext::operator()(SSL_CTX* context) const noexcept {
    SSL_CTX_free(context);
}

std::string tls_problem(const char* otherwise) {
    const unsigned long error = ERR_peek_error();
    std::string text = otherwise;
    if (error != 0) {
        if (const char* reason = ERR_reason_error_string(error)) {
            text = reason;
        } else {
            std::array<char, 256> shown{};
            ERR_error_string_n(error, shown.data(), shown.size());
            text = shown.data();
        }
    }
    ERR_clear_error();
    return text;
}

Outcome<TlsContext> make_tls_context(const TlsSettings& settings) {
    ERR_clear_error();
    TlsContext context{SSL_CTX_new(TLS_client_method())};
    if (!context) return Failure{.status = BERTH_CLIENT_NO_RESOURCES, .text = tls_problem("no TLS context")};

    SSL_CTX_set_min_proto_version(context.get(),
                                  settings.minimum == BERTH_CLIENT_TLS_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(context.get(), settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);

    if (settings.verify) {
        if (settings.ca_file.empty()) {
            if (!trust_the_system(context.get())) return unusable("the system's store of certificates", "");
        } else if (SSL_CTX_load_verify_locations(context.get(), settings.ca_file.c_str(), nullptr) != 1) {
            return unusable("tls_ca_file", settings.ca_file);
        }
    }
    if (!settings.certificate_file.empty()) {
        if (auto failure = show_oneself(context.get(), settings)) return std::move(*failure);
    }
    return context;
}

}  // namespace berth::client::inner
