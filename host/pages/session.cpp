// SPDX-License-Identifier: MIT
#include "pages/session.hpp"

#include <array>
#include <boost/asio/post.hpp>
#include <utility>

namespace berth::host::pages {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

/// Sent with every answer. Scripts and styles come from this host's files alone; pages may connect to
/// WebSockets, whose port is another; nothing may frame them, and no form leaves them.
constexpr std::array<std::pair<const char*, const char*>, 8> strict_headers{{
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
     "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"},
    {"Server", "berth"},
}};

constexpr std::size_t buffer_slack = 4096;
constexpr std::chrono::seconds linger_timeout{1};
constexpr std::size_t linger_bytes_max = 1u << 20;

}  // namespace

Session::Session(asio::ip::tcp::socket socket, const Site& site, const Server::Limits& limits)
    : stream_(std::move(socket)),
      site_(site),
      limits_(limits),
      buffer_(limits.head_bytes_max + buffer_slack) {}

void Session::close() {
    beast::error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    stream_.close();
}

void Session::read() {
    parser_.emplace();
    parser_->header_limit(limits_.head_bytes_max);
    parser_->body_limit(0);
    is_waiting_ = true;
    stream_.expires_after(limits_.head_timeout);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](beast::error_code error, std::size_t) { self->has_read(error); });
}

void Session::has_read(beast::error_code error) {
    is_waiting_ = false;
    ++requests_;
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return refuse(431, "the head is too long");
    if (error == http::error::body_limit || error == http::error::unexpected_body)
        return refuse(413, "no body is taken");
    if (error && error.category() == http::make_error_code(http::error::bad_method).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message) {
        return refuse(400, "not a request");
    }
    if (error) return close();

    const auto& request = parser_->get();
    is_last_ = !request.keep_alive() || requests_ >= limits_.requests_max;
    is_head_ = request.method() == http::verb::head;
    const auto view = [](beast::string_view text) { return std::string_view(text.data(), text.size()); };
    const Asked asked{.method = view(request.method_string()),
                      .target = view(request.target()),
                      .host = request.count(http::field::host) == 1 ? view(request[http::field::host])
                                                                    : std::string_view()};
    // The answer may come from the thread that asks the host; it is written on this one. The session leaves
    // with it, so that it ends on this thread too.
    site_.answer(asked, [self = shared_from_this()](Answer answer) mutable {
        auto executor = self->stream_.get_executor();
        asio::post(executor, [self = std::move(self), answer = std::move(answer)]() mutable {
            self->write(std::move(answer));
        });
    });
}

void Session::refuse(unsigned status, std::string_view words) {
    is_last_ = true;
    is_head_ = false;
    write(refusal(status, words));
}

void Session::write(Answer answer) {
    answer_ = std::move(answer);
    response_.emplace();
    response_->result(answer_.status);
    response_->version(11);
    for (const auto& [name, value] : strict_headers) response_->set(name, value);
    const auto set = [this](http::field field, std::string_view value) {
        response_->set(field, beast::string_view(value.data(), value.size()));
    };
    set(http::field::content_type, answer_.media_type);
    set(http::field::cache_control, answer_.borrowed.empty() ? "no-store" : "no-cache");
    if (!answer_.location.empty()) set(http::field::location, answer_.location);
    if (!answer_.allow.empty()) set(http::field::allow, answer_.allow);
    const std::string_view body = answer_.body();
    response_->body() = beast::span<const char>(body.data(), body.size());
    response_->content_length(body.size());
    response_->keep_alive(!is_last_);

    serializer_.emplace(*response_);
    stream_.expires_after(limits_.write_timeout);
    auto then = [self = shared_from_this()](beast::error_code error, std::size_t) {
        self->has_written(error);
    };
    if (is_head_) {
        serializer_->split(true);
        http::async_write_header(stream_, *serializer_, std::move(then));
    } else {
        http::async_write(stream_, *serializer_, std::move(then));
    }
}

void Session::has_written(beast::error_code error) {
    if (error) return close();
    if (!is_last_) return read();
    beast::error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(linger_timeout);
    drain();
}

void Session::drain() {
    // Closing with unread bytes would send a reset, which takes the answer from a peer that still writes.
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(buffer_slack),
                            [self = shared_from_this()](beast::error_code error, std::size_t n) {
                                self->drained_ += n;
                                if (!error && self->drained_ < linger_bytes_max) self->drain();
                            });
}

}  // namespace berth::host::pages
