// SPDX-License-Identifier: MIT
//
// Messages for whoever has subscribed (berth.topics/1).
#ifndef BERTH_CPP_TOPICS_HPP
#define BERTH_CPP_TOPICS_HPP

#include "../ext/topics.h"
#include "value.hpp"

namespace berth {

/// The project's topics, usable from any thread until `unload`; a small value. Names are 1 to 256 bytes of UTF-8. Throws
/// Error(invalid) for others, and for a message that `send` would not take.
class Topics {
public:
    Topics(const berth_topics* table, const berth_host* host) : table_(table), host_(host) {}

    /// From now on the client gets what is published under that name, until it goes. `backlog_full`: the project has as
    /// many topics, or the client as many subscriptions, as there may be.
    Sent subscribe(ClientId client, std::string_view topic) const {
        return outcome(table_->subscribe(host_, static_cast<berth_client_id>(client), str(topic)), "subscribe");
    }
    Sent unsubscribe(ClientId client, std::string_view topic) const {
        return outcome(table_->unsubscribe(host_, static_cast<berth_client_id>(client), str(topic)), "unsubscribe");
    }

    /// Queues a text (UTF-8) or a buffer for all subscribers but `except`. `backlog_full`: the host is far behind with what
    /// this project has published, and nothing was queued.
    Sent publish(std::string_view topic, std::string_view text, ClientId except = global_service_id) const {
        return publish_value(topic, detail::encode(text), except);
    }
    Sent publish(std::string_view topic, Buffer bytes, ClientId except = global_service_id) const {
        return publish_value(topic, detail::encode(bytes), except);
    }
    Sent publish(std::string_view topic, const Message& message, ClientId except = global_service_id) const {
        return publish_value(topic, message.is_text ? detail::encode(message.bytes) : detail::encode(message.buffer()),
                             except);
    }

    /// How many clients of this generation have subscribed.
    std::size_t count(std::string_view topic) const {
        std::size_t count = 0;
        outcome(table_->count(host_, str(topic), &count), "count");
        return count;
    }

private:
    Sent publish_value(std::string_view topic, const berth_value& message, ClientId except) const {
        return outcome(table_->publish(host_, str(topic), &message, static_cast<berth_client_id>(except)), "publish");
    }

    static Sent outcome(berth_status status, const char* what) {
        switch (status) {
            case BERTH_OK:
                return Sent::queued;
            case BERTH_GONE:
                return Sent::gone;
            case BERTH_BACKLOG_FULL:
                return Sent::backlog_full;
            case BERTH_INVALID:
                throw Error(Status::invalid, std::string(what) + ": the topic's name is not 1 to 256 bytes of UTF-8, or the "
                                                                 "message is too long or text that is not UTF-8");
            default:
                throw Error(static_cast<Status>(status),
                            std::string(what) + ": the host answered status " + std::to_string(status));
        }
    }

    const berth_topics* table_;
    const berth_host* host_;
};

}  // namespace berth

#endif
