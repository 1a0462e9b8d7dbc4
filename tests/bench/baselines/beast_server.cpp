// SPDX-License-Identifier: MIT
/// Boost.Beast, asynchronous, one thread: sessions as in its documentation's echo and chat examples.
///
///     beast_server echo|fanout
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdio>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;

struct Message {
    std::string payload;
    bool is_text;
};

class Session;

/// Who is there, and what is to be done with what they say.
struct Room {
    bool is_fanout = false;
    std::set<Session*> everybody{};
};

class Session : public std::enable_shared_from_this<Session> {
public:
    Session(tcp::socket socket, Room& room) : stream_(std::move(socket)), room_(room) {}
    ~Session() { room_.everybody.erase(this); }

    void start() {
        stream_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
        stream_.async_accept([self = shared_from_this()](beast::error_code error) {
            if (error) return;
            self->room_.everybody.insert(self.get());
            self->read();
        });
    }

private:
    void read() {
        stream_.async_read(buffer_, [self = shared_from_this()](beast::error_code error, std::size_t) {
            if (error) return;
            if (self->room_.is_fanout)
                self->tell_everybody();
            else
                self->answer();
        });
    }

    // As the echo example: the next message is read when this one has been written.
    void answer() {
        stream_.text(stream_.got_text());
        stream_.async_write(buffer_.data(),
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                                if (error) return;
                                self->buffer_.consume(self->buffer_.size());
                                self->read();
                            });
    }

    // As the chat example: one shared message, a queue for each session, one write at a time.
    void tell_everybody() {
        const auto message = std::make_shared<const Message>(
            Message{beast::buffers_to_string(buffer_.data()), stream_.got_text()});
        buffer_.consume(buffer_.size());
        for (Session* session : room_.everybody) session->queue(message);
        read();
    }

    void queue(const std::shared_ptr<const Message>& message) {
        queue_.push_back(message);
        if (queue_.size() == 1) write();
    }

    void write() {
        stream_.text(queue_.front()->is_text);
        stream_.async_write(asio::buffer(queue_.front()->payload),
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                                if (error) return;
                                self->queue_.pop_front();
                                if (!self->queue_.empty()) self->write();
                            });
    }

    websocket::stream<beast::tcp_stream> stream_;
    beast::flat_buffer buffer_;
    std::deque<std::shared_ptr<const Message>> queue_;
    Room& room_;
};

void accept(tcp::acceptor& acceptor, Room& room) {
    acceptor.async_accept([&](beast::error_code error, tcp::socket socket) {
        if (!error) {
            socket.set_option(tcp::no_delay(true));
            std::make_shared<Session>(std::move(socket), room)->start();
        }
        accept(acceptor, room);
    });
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view service = argc == 2 ? argv[1] : "";
    if (service != "echo" && service != "fanout") {
        std::fputs("usage: beast_server echo|fanout\n", stderr);
        return 2;
    }
    try {
        Room room{.is_fanout = service == "fanout"};
        asio::io_context context{1};
        tcp::acceptor acceptor{context, {asio::ip::make_address("127.0.0.1"), 0}};
        accept(acceptor, room);
        std::printf("listening %u\n", acceptor.local_endpoint().port());
        std::fflush(stdout);
        context.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "beast_server: %s\n", error.what());
        return 1;
    }
}
