// SPDX-License-Identifier: MIT
#include <berth/berth.hpp>

/// One object for each client, and one for the global service: members are that context's own, and need no lock.
class %CLASS% final : public berth::Project {
public:
    using Project::Project;
    static constexpr berth::Manifest manifest{.name = "%NAME%", .version = "0.1.0", .global_service = "<interval=20 s>"};

%if database
    /// Runs every 20 s; the first run has ended before the first client is let in, so tables are made here.
    void global_service() override {
        db().exec("create table if not exists message (id integer primary key, text text not null)");
    }
%end
%unless database
    /// Runs every 20 s, in a context of its own.
    void global_service() override { log(std::to_string(clients().size()) + " connected"); }
%end

    /// A client asks to connect: accept it, or `admission.refuse(403, "why")`.
    void connection(const berth::Client& client, berth::Admission&) override {
        send(client.id, "welcome to %NAME%");
    }

    /// One whole message. What is thrown here is logged, and closes this client with 1011.
    void message(berth::ClientId from, berth::Message message) override {
        ++count_;
%if database
        db().exec("insert into message (text) values (?)", message.bytes);
        const auto all = db().first<int>("select count(*) from message").value_or(0);
        send(from, std::to_string(count_) + " of " + std::to_string(all) + ": " + std::string(message.bytes));
%end
%unless database
        send(from, std::to_string(count_) + ": " + std::string(message.bytes));
%end
    }

    /// The client has gone.
    void disconnection(berth::ClientId, const berth::Close& close) override {
        log("gone with " + std::to_string(close.code) + " after " + std::to_string(count_) + " messages");
    }

private:
    int count_ = 0;
};

BERTH_PROJECT(%CLASS%)
