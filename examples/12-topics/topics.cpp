// SPDX-License-Identifier: MIT
// Rooms: who is in one hears what is said there. One call says it to all of them, however many they are.
#include <berth/berth.hpp>

class Rooms final : public berth::Project {
public:
    using Project::Project;

    void message(berth::ClientId from, berth::Message message) override {
        const std::string_view text = message.bytes;
        if (text.starts_with("join ")) {
            topics().unsubscribe(from, room_);
            room_ = text.substr(5);
            topics().subscribe(from, room_);  // until it leaves, or its connection ends
            topics().publish(room_, "somebody has joined " + room_, from);
        } else if (text == "how many?") {
            send(from, std::to_string(topics().count(room_)) + " in " + room_);
        } else {
            topics().publish(room_, message, from);  // to all in the room, but the one who says it
        }
    }

    void connection(const berth::Client& client, berth::Admission&) override { topics().subscribe(client.id, room_); }

private:
    std::string room_ = "lobby";
};

BERTH_PROJECT(Rooms)
