// SPDX-License-Identifier: MIT
// Configuration and certificates read again and again, many of them wrong, while clients talk and arrive (RELIABILITY §5,
// G8, G9): nobody is cut or refused, and what holds is the last that was right.
#include "integration/chaos/options.hpp"
#include "integration/chaos/regulars.hpp"
#include "integration/chaos/run.hpp"

namespace berth::test {
namespace {

using nlohmann::json;

std::string limit_of_echo(std::uint64_t connections) {
    return "[project.echo.limits]\nconnections = " + std::to_string(connections) + "\n";
}

std::int64_t expiry_of(const TestHost& host) {
    const json status = host.ask("status");
    for (const auto& listener : status.at("listeners"))
        if (listener.at("tls") == true) return listener.at("certificate_expires_at_ms").get<std::int64_t>();
    return 0;
}

Certificate wrong_certificate(std::uint64_t kind) {
    Certificate wrong = make_certificate();
    switch (kind % 4) {
        case 0: wrong.key_pem = make_certificate().key_pem; break;
        case 1: wrong = make_certificate({.from_s = -7200, .to_s = -3600}); break;
        case 2: wrong.certificate_pem.resize(wrong.certificate_pem.size() / 2); break;
        case 3: wrong.key_pem.clear(); break;
    }
    return wrong;
}

}  // namespace

TEST(ChaosOfReloads, half_of_them_invalid_cut_nobody_and_leave_the_right_values) {
    auto random = seeded();
    const std::string wrong[] = {
        "[project.echo.limits]\nconnections = \"many\"\n", "[project.echo.limits]\nconnectoins = 5\n", "[project.echo\n",
        "[project.echo.limits]\nmessage = \"1 GiB\"\n",     "[[listen]]\naddress = \"192.0.2.1:7681\"\n",
        "[[listen]]\naddress = \"127.0.0.1:0\"\ntls = { certificate = \"none.pem\", key = \"none.pem\" }\n",
        "[project.echo]\nisolation = \"none\"\n",           "[project.echo.limits]\nidle = \"soon\"\n",
    };
    const std::uint64_t reloads = sized(100, 1000);
    TestHost host{chaos_options({fixture_project("witness"), shipped_project("echo")})};
    Regulars with_echo{host.ws(), "/echo", 10, {}}, with_witness{host.ws(), "/witness", 10, {.says = "echo "}};
    std::uint64_t right = host.project("echo").at("clients_limit"), survived = 0;

    for (std::uint64_t i = 0; i < reloads; ++i) {
        const bool is_valid = i % 2 == 0;
        if (is_valid) right = 1000 + random() % 5000;
        host.rewrite_configuration(is_valid ? limit_of_echo(right) : wrong[random() % std::size(wrong)]);
        const json reply = host.ask("reload");

        EXPECT_EQ(reply.at("ok"), is_valid) << reply.dump();
        const bool is_right = host.project("echo").at("clients_limit") == right;
        EXPECT_TRUE(is_right) << "after reload " << i;
        survived += is_right && reply.at("ok") == is_valid ? 1 : 0;
    }
    with_echo.stop();
    with_witness.stop();

    const auto disconnected = with_echo.disconnected() + with_witness.disconnected();
    report({.test = "configuration reloads, half of them invalid",
            .injected = reloads,
            .survived = survived,
            .disconnected = disconnected,
            .longest_pause = std::max(with_echo.longest_pause(), with_witness.longest_pause()),
            .besides = std::to_string(with_echo.answered() + with_witness.answered()) + " messages answered"});
    EXPECT_EQ(disconnected, 0u) << with_echo.first_trouble() << with_witness.first_trouble();
    EXPECT_EQ(with_echo.wrong() + with_witness.wrong(), 0u) << with_echo.first_trouble() << with_witness.first_trouble();
    EXPECT_EQ(host.ask("status").at("gateway").at("restarts"), 0);
}

TEST(ChaosOfCertificates, rotated_and_one_in_ten_bad_fail_no_handshake) {
    auto random = seeded();
    const std::uint64_t rotations = sized(50, 1000);
    auto options = chaos_options({shipped_project("echo")});
    options.tls = true;
    TestHost host{options};
    Regulars regulars{host.wss(), "/echo", 5, {}};
    Newcomers newcomers{host.wss(), "/echo", 1};
    Certificate good;
    std::uint64_t survived = 0;

    for (std::uint64_t i = 0; i < rotations; ++i) {
        const bool is_bad = i % 10 == 9;
        const auto before = expiry_of(host);
        const Certificate next = is_bad ? wrong_certificate(random())
                                        : make_certificate({.to_s = (100L + static_cast<long>(i % 300)) * 86400});
        if (!is_bad) good = next;
        host.replace_certificate(next);
        const json reply = host.ask("reload");

        EXPECT_EQ(reply.at("ok"), !is_bad) << "rotation " << i << ": " << reply;
        const bool is_right = is_bad ? expiry_of(host) == before : expiry_of(host) != before;
        EXPECT_TRUE(is_right) << "rotation " << i;
        survived += reply.at("ok") == !is_bad && is_right ? 1 : 0;
    }
    const auto seen = newcomers.served();
    EXPECT_TRUE(eventually([&] { return newcomers.served() > seen; }));
    newcomers.stop();
    regulars.stop();

    report({.test = "certificate rotations, one in ten bad",
            .injected = rotations,
            .survived = survived,
            .disconnected = regulars.disconnected(),
            .longest_pause = regulars.longest_pause(),
            .besides = "failed handshakes " + std::to_string(newcomers.refused() + newcomers.cut()) + " of " +
                       std::to_string(newcomers.served())});
    EXPECT_EQ(newcomers.refused() + newcomers.cut(), 0u) << newcomers.first_refusal();
    EXPECT_EQ(regulars.disconnected(), 0u) << regulars.first_trouble();
    host.replace_certificate(good);
    EXPECT_EQ(host.ask("reload").at("ok"), true);
    EXPECT_TRUE(WsClient(host.wss(), "/echo").is_open()) << "whoever trusts the newest sees it";
}

}  // namespace berth::test
