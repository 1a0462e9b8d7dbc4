// SPDX-License-Identifier: MIT
/// libwebsockets in its WebSocket role, driven as its documentation and its minimal examples do: what comes
/// is stored, a writable callback is asked for, and each writes one message. Its default event loop, no
/// extensions.
///
///     lws_server echo|fanout
#include <libwebsockets.h>

#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// A message with the room in front that the library writes its header into.
struct Message {
    std::vector<unsigned char> room_and_payload = std::vector<unsigned char>(LWS_PRE);
    bool is_text = false;
};
using MessagePtr = std::shared_ptr<Message>;

/// The library gives each session zeroed memory; this is made and deleted in it.
struct Session {
    std::deque<MessagePtr>* queue;
    Message* coming;
};

bool is_fanout = false;
std::set<lws*> everybody;

void queue(lws* wsi, const MessagePtr& message) {
    static_cast<Session*>(lws_wsi_user(wsi))->queue->push_back(message);
    lws_callback_on_writable(wsi);
}

void receive(lws* wsi, Session& session, const void* in, std::size_t size) {
    if (session.coming == nullptr) session.coming = new Message;
    auto& bytes = session.coming->room_and_payload;
    const auto* from = static_cast<const unsigned char*>(in);
    bytes.insert(bytes.end(), from, from + size);
    session.coming->is_text = lws_frame_is_binary(wsi) == 0;
    if (lws_is_final_fragment(wsi) == 0 || lws_remaining_packet_payload(wsi) != 0) return;
    const MessagePtr message(session.coming);
    session.coming = nullptr;
    if (!is_fanout) return queue(wsi, message);
    for (lws* other : everybody) queue(other, message);
}

int write_one(lws* wsi, Session& session) {
    if (session.queue->empty()) return 0;
    const MessagePtr message = session.queue->front();
    session.queue->pop_front();
    auto& bytes = message->room_and_payload;
    const std::size_t size = bytes.size() - LWS_PRE;
    const int took =
        lws_write(wsi, bytes.data() + LWS_PRE, size, message->is_text ? LWS_WRITE_TEXT : LWS_WRITE_BINARY);
    if (took < static_cast<int>(size)) return -1;
    if (!session.queue->empty()) lws_callback_on_writable(wsi);
    return 0;
}

int callback(lws* wsi, lws_callback_reasons reason, void* user, void* in, std::size_t size) {
    auto* session = static_cast<Session*>(user);
    switch (reason) {
        case LWS_CALLBACK_ESTABLISHED:
            session->queue = new std::deque<MessagePtr>;
            everybody.insert(wsi);
            return 0;
        case LWS_CALLBACK_RECEIVE:
            receive(wsi, *session, in, size);
            return 0;
        case LWS_CALLBACK_SERVER_WRITEABLE:
            return write_one(wsi, *session);
        case LWS_CALLBACK_CLOSED:
            everybody.erase(wsi);
            delete session->queue;
            delete session->coming;
            return 0;
        default:
            return lws_callback_http_dummy(wsi, reason, user, in, size);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view service = argc == 2 ? argv[1] : "";
    if (service != "echo" && service != "fanout") {
        std::fputs("usage: lws_server echo|fanout\n", stderr);
        return 2;
    }
    is_fanout = service == "fanout";
    lws_set_log_level(LLL_ERR | LLL_WARN, nullptr);
    static const lws_protocols protocols[] = {{"bench", callback, sizeof(Session), 4096, 0, nullptr, 0},
                                              {nullptr, nullptr, 0, 0, 0, nullptr, 0}};
    lws_context_creation_info info{};
    info.port = 0;
    info.iface = "127.0.0.1";
    info.protocols = protocols;
    info.options = LWS_SERVER_OPTION_DISABLE_IPV6;
    lws_context* context = lws_create_context(&info);
    lws_vhost* vhost = context != nullptr ? lws_get_vhost_by_name(context, "default") : nullptr;
    if (vhost == nullptr) return 1;
    std::printf("listening %d\n", lws_get_vhost_listen_port(vhost));
    std::fflush(stdout);
    while (lws_service(context, 0) >= 0) {
    }
    return 1;
}
