// SPDX-License-Identifier: MIT
// A project that uses every part of the C++ face. The tests load it and drive it; and they change one
// line of it at a time, to see the compiler refuse a mistake.
#include <berth/berth.hpp>

class Probe final : public berth::Project {
public:
    using Project::Project;
    static constexpr berth::Manifest manifest{.name = "probe",
                                              .version = "1.2.3",
                                              .global_service = "<interval=20 s>",
                                              .run_inline = false,
                                              .stateless = true,
                                              .repeatable = true};

    struct Shared {
        explicit Shared(berth::Host services) : host(services) { host.log("shared made"); }
        ~Shared() { host.log("shared gone"); }
        berth::Host host;
        int messages = 0;  // the tests drive one context at a time
    };

    void global_service() override {
        ++runs_;
        if (runs_ == 2) throw std::runtime_error("the second run fails");
        send(clients(), "run " + std::to_string(runs_));
    }

    void connection(const berth::Client& client, berth::Admission& admission) override {
        if (client.path == "/probe/refuse") admission.refuse(403, "not from there");
        if (client.path == "/probe/absurd") admission.refuse(200, "welcome");
        if (client.path == "/probe/throw") throw std::runtime_error("no table today");
        if (!admission.accept_subprotocol("probe.v2")) admission.accept_subprotocol("probe.v1");
        log("from " + std::string(client.address) + ":" + std::to_string(client.port));
    }

    void message(berth::ClientId from, berth::Message message) override;

    void disconnection(berth::ClientId who, const berth::Close& close) override {
        log(berth::Level::debug, "left " + to_string(who) + " " + std::to_string(close.code) + " cause " +
                                     std::to_string(static_cast<int>(close.cause)) + " " +
                                     std::string(close.reason));
    }

    void stop() override { log(berth::Level::warning, "stop"); }

    void say(std::string who, std::string_view text) { send(self(), who.append(": ").append(text)); }
    void everything(bool boolean, std::int64_t integer, double real, std::string text, berth::Buffer bytes,
                    berth::ClientId client) {
        log((boolean ? "true " : "false ") + std::to_string(integer) + " " + std::to_string(real) + " " +
            text + " " + std::to_string(bytes.size()) + " " + to_string(client));
    }
    void tiny(std::uint8_t number) { log("tiny " + std::to_string(number)); }
    void done(std::int64_t tag, berth::Status status) {
        log("done " + std::to_string(tag) + " " + std::to_string(static_cast<int>(status)));
    }
    void fail(const std::string& why) { throw berth::Error(berth::Status::absent, why); }
    void nothing() {}

    using Say = berth::AdminProcedure<"say", &Probe::say>;
    using Everything = berth::Procedure<"everything", &Probe::everything>;
    using Tiny = berth::Procedure<"tiny", &Probe::tiny>;
    using Done = berth::Procedure<"done", &Probe::done>;
    using Fail = berth::Procedure<"fail", &Probe::fail>;
    using Nothing = berth::Procedure<"nothing", &Probe::nothing>;
    using procedures = berth::Procedures<Say, Everything, Tiny, Done, Fail, Nothing>;

private:
    int messages_ = 0;
    int runs_ = 0;
};

void Probe::message(berth::ClientId from, berth::Message message) {
    ++messages_;
    ++shared<Shared>().messages;
    const std::string_view text = message.bytes;
    if (!message.is_text) {
        send(from, message);
    } else if (text == "count") {
        send(from, std::to_string(messages_) + " of " + std::to_string(shared<Shared>().messages));
    } else if (text == "who") {
        send(from, is_global_service() ? "global service" : to_string(self()));
    } else if (text == "throw") {
        throw std::out_of_range("no such room");
    } else if (text == "throw 5") {
        throw 5;
    } else if (text == "throw ok") {
        throw berth::Error(berth::Status::ok, "not ok at all");
    } else if (text == "execute") {
        execute<Everything>(berth::ClientId{7}, true, 42, 1.5, "text", berth::buffer(text), from);
        execute_global<Say>("ana", text);
        execute<Say>(from, berth::then<Done>(99), "ana", text);
        execute<Say>(from, berth::then<Done>(98, berth::global_service_id), "ana", text);
        execute_named(from, "tiny", 300, berth::Status::gone, nullptr);
        execute_named(from, "nothing", berth::then("done", 97));
    } else if (text == "execute tiny") {
        execute<Tiny>(from, 300);
    } else if (text == "execute then") {
        execute_named(from, "nothing", berth::then("dnoe"));
    } else if (text == "leave") {
        disconnect(from, 4000, "as you wish");
    } else {
        const berth::Sent sent = send(from, message);
        log(sent == berth::Sent::queued ? "queued" : sent == berth::Sent::gone ? "gone" : "backlog full");
    }
}

BERTH_PROJECT(Probe)
