// SPDX-License-Identifier: MIT
// Frames, handshakes, tokens, origins and paths that are attacks (RELIABILITY §2.4: C6, C9 to C12), in any order, while honest
// clients talk: each meets what is due to it, none gets in.
#include <algorithm>
#include <functional>

#include "integration/chaos/options.hpp"
#include "integration/chaos/regulars.hpp"
#include "integration/chaos/run.hpp"
#include "support/hostile_frames.hpp"
#include "support/hostile_requests.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* user = "ana";
constexpr const char* token = "Anas-token-0123456789";
constexpr std::string_view secret = "SECRET";

/// Plays itself over plain TCP or TLS; answers what it met instead of what is due to it, or nothing.
struct Attack {
    std::string name;
    std::function<std::string(const TestHost&, bool)> play;
};

/// A whole stream of a connected client, which must end with that close code.
Attack of_frames(std::string name, std::string bytes, unsigned code) {
    return {"frames " + name, [bytes = std::move(bytes), code](const TestHost& host, bool tls) -> std::string {
                RawClient client{host.endpoint(tls)};
                client.open("/echo");
                client.send(bytes);
                const auto answer = client.frame();
                if (!answer) return "no close frame";
                if (answer->opcode != opcode::close) return "answered with " + answer->payload.substr(0, 50);
                if (close_code(*answer) != code) return "closed with " + std::to_string(close_code(*answer));
                client.send(*answer);
                return client.wait_end() == End::open ? "still open" : "";
            }};
}

Attack of_request(const RequestCase& request) {
    return {"request " + request.name, [request](const TestHost& host, bool tls) -> std::string {
                RawClient client{host.endpoint(tls)};
                client.send(request.bytes);
                const int status = client.reply().status;
                if (status != request.status) return "status " + std::to_string(status);
                return client.wait_end() == End::open ? "still open" : "";
            }};
}

Attack of_origin(const OriginCase& page) {
    return {"origin " + page.origin + " at " + page.host, [page](const TestHost& host, bool tls) -> std::string {
                const int status = RawClient{host.endpoint(tls)}.ask("/door", {{"Origin", page.origin}, {"Host", page.host}}).status;
                return status == (page.allowed ? 101 : 403) ? "" : "status " + std::to_string(status);
            }};
}

Attack of_token(const TokenCase& trick) {
    return {"token " + trick.name, [trick](const TestHost& host, bool tls) -> std::string {
                const int status = RawClient{host.endpoint(tls)}.ask("/witness" + trick.query, trick.headers).status;
                return status >= 400 && status < 500 ? "" : "status " + std::to_string(status);
            }};
}

Attack of_path(const std::string& path) {
    return {"path " + path, [path](const TestHost& host, bool) -> std::string {
                Endpoint pages;
                pages.port = static_cast<std::uint16_t>(std::stoi(host.pages_url().substr(host.pages_url().rfind(':') + 1)));
                RawClient client{pages};
                client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                const HttpReply reply = client.reply();
                if (reply.body.find(secret) != std::string::npos) return "the secret file";
                return reply.status == 404 ? "" : "status " + std::to_string(reply.status);
            }};
}

std::string close_frame(const std::string& payload) { return encode({.opcode = opcode::close, .payload = payload}); }

std::vector<Attack> all_attacks() {
    std::vector<Attack> attacks;
    for (const auto& table : {frames_of_long_forms(), frames_without_mask(), frames_with_reserved_bits(), frames_with_reserved_opcodes(),
                              wrong_sequences_of_frames()})
        for (const auto& [name, bytes] : table) attacks.push_back(of_frames(name, bytes, 1002));
    for (const auto& table : {bad_close_codes(), bad_close_payloads()})
        for (const auto& [name, payload] : table) attacks.push_back(of_frames("close " + name, close_frame(payload), 1002));
    for (const auto& [name, payload] : bad_close_reasons()) attacks.push_back(of_frames("reason " + name, close_frame(payload), 1007));
    for (const auto& [name, text] : texts_that_are_not_utf8())
        attacks.push_back(of_frames("text " + name, encode({.payload = text, .fin = false}), 1007));
    for (const unsigned bits : {31u, 32u, 40u, 62u})
        attacks.push_back(of_frames("2^" + std::to_string(bits) + " bytes", encode({.opcode = opcode::binary}, {.announced = std::uint64_t{1} << bits}), 1009));
    attacks.push_back(of_frames("2^63 bytes", encode({.opcode = opcode::binary}, {.announced = std::uint64_t{1} << 63}), 1002));
    for (const auto& request : refused_requests()) attacks.push_back(of_request(request));
    for (const auto& page : origin_cases()) attacks.push_back(of_origin(page));
    for (const auto& trick : token_tricks(user, token)) attacks.push_back(of_token(trick));
    for (const auto& path : path_traversals()) attacks.push_back(of_path(path));
    return attacks;
}

/// Pages beside a file that is none of them, and a way to it in their directory.
class Site {
public:
    Site() {
        std::filesystem::permissions(directory_.path(), std::filesystem::perms{0755});
        std::filesystem::create_directory(directory_ / "chat");
        write_file(directory_ / "chat" / "chat.js", "export {};");
        write_file(directory_ / "secret.txt", secret);
        std::filesystem::create_directory_symlink(directory_.path(), directory_ / "chat" / "link");
        write_file(directory_ / "tokens", std::string(user) + " " + token + "\n");
        std::filesystem::permissions(directory_ / "tokens", std::filesystem::perms{0600});
    }
    [[nodiscard]] std::string pages() const { return (directory_ / "chat").string(); }
    [[nodiscard]] std::string tokens() const { return (directory_ / "tokens").string(); }

private:
    TempDir directory_{"berth-site"};
};

}  // namespace

TEST(ChaosOfAttacks, by_frames_handshakes_tokens_origins_and_paths_never_succeed) {
    auto random = seeded();
    const Site site;
    auto options = chaos_options({shipped_project("echo"), fixture_project("witness"), fixture_project("door")});
    options.tls = true;
    options.pages = {{"/chat", site.pages()}};
    options.more = "[project.witness]\ntokens = \"" + site.tokens() +
                   "\"\n[project.door]\norigins = [\"same-host\", \"app.example\", \"*.pages.example\"]\n";
    TestHost host{options};
    std::vector<Attack> attacks = all_attacks();
    std::shuffle(attacks.begin(), attacks.end(), random);
    const std::uint64_t injected = sized(300, 2 * attacks.size());
    Regulars with_echo{host.wss(), "/echo", 5, {}},
        with_token{host.ws(), "/witness", 5, {.says = "echo ", .headers = {{"Authorization", std::string("Bearer ") + token}}}};

    std::uint64_t succeeded = 0;
    for (std::uint64_t i = 0; i < injected; ++i) {
        const Attack& attack = attacks[i % attacks.size()];
        // The second time round each comes the other way.
        const bool over_tls = (i + i / attacks.size()) % 2 == 1;
        const std::string met = attack.play(host, over_tls);
        EXPECT_EQ(met, "") << attack.name << (over_tls ? " over TLS" : "");
        succeeded += met.empty() ? 0 : 1;
    }
    with_echo.stop();
    with_token.stop();

    const auto disconnected = with_echo.disconnected() + with_token.disconnected();
    report({.test = "hostile frames, handshakes, tokens, origins, paths",
            .injected = injected,
            .survived = injected - succeeded,
            .disconnected = disconnected,
            .longest_pause = std::max(with_echo.longest_pause(), with_token.longest_pause()),
            .besides = "successful attacks " + std::to_string(succeeded) + ", of " + std::to_string(attacks.size()) + " kinds"});
    EXPECT_EQ(succeeded, 0u);
    EXPECT_EQ(disconnected, 0u) << with_echo.first_trouble() << with_token.first_trouble();
    EXPECT_EQ(with_echo.wrong() + with_token.wrong(), 0u) << with_echo.first_trouble() << with_token.first_trouble();
    for (const char* const project : {"echo", "witness", "door"}) EXPECT_EQ(host.project(project).at("crashes"), 0) << project;
    EXPECT_EQ(host.ask("status").at("gateway").at("restarts"), 0);
    EXPECT_EQ(host.log().find(token), std::string::npos);
}

}  // namespace berth::test
