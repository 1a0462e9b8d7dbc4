// SPDX-License-Identifier: MIT
/// One HTTP connection: reads a head, asks the site, writes the answer, again.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "pages/server.hpp"

namespace berth::host::pages {

/// Lives as long as one of its operations is under way: that is what shared_from_this is for. [server's
/// thread]
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(boost::asio::ip::tcp::socket socket, const Site& site, const Server::Limits& limits);

    void start() { read(); }
    /// Whether it waits for a request, so that closing it takes nothing from anybody.
    [[nodiscard]] bool is_waiting() const { return is_waiting_; }
    void close();

private:
    using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;
    using Response = boost::beast::http::response<boost::beast::http::span_body<const char>>;

    void read();
    void has_read(boost::beast::error_code error);
    void refuse(unsigned status, std::string_view words);
    void write(Answer answer);
    void has_written(boost::beast::error_code error);
    void drain();

    boost::beast::tcp_stream stream_;
    const Site& site_;
    const Server::Limits& limits_;
    boost::beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    Answer answer_;
    std::optional<Response> response_;
    std::optional<boost::beast::http::response_serializer<boost::beast::http::span_body<const char>>>
        serializer_;
    unsigned requests_ = 0;
    std::size_t drained_ = 0;
    bool is_waiting_ = false;
    bool is_head_ = false;
    bool is_last_ = false;
};

}  // namespace berth::host::pages
