// SPDX-License-Identifier: MIT
/// A configuration file of unknown origin: is refused with places, or its effective form means the same.
#include "config/effective.hpp"
#include "fuzz/target.hpp"

namespace berth::fuzz {

std::vector<std::string> seeds() {
    return {
        "[host]\nplugins = \"/p\"\nio_threads = 2\n[host.log]\nlevel = \"debug\"\n[host.limits]\nhead = \"1 "
        "s 5 ms\"\n",
        "[[listen]]\naddress = \"[::1]:7681\"\ntls = { certificate = \"c\", key = \"k\", minimum = \"1.3\" "
        "}\n[[listen]]\n"
        "address = '0.0.0.0:1'\ninsecure = true\n[pages]\nstatic = { \"/a\" = \"b\" }\n",
        "[defaults]\norigins = [\"same-host\", \"*.a.org\"]\n[defaults.limits]\nmessage = \"1 KiB\"\nidle = "
        "5\n",
        "[project.chat]\ninterval = 0\n[project.chat.flags]\ninline = true\n[project.chat.settings]\na.b = "
        "[1, 2.5, "
        "{ c = \"\\u00e9\" }]\n\"x y\" = 1979-05-27T07:32:00Z\nn = nan\npassword = 'p'\n",
    };
}

}  // namespace berth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth::host::config;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto loaded = load_text(text, "berth.toml");
    if (!loaded) {
        berth::fuzz::promise(!loaded.error().all.empty(), "a refusal has a reason");
        for (const Diagnostic& diagnostic : loaded.error().all)
            berth::fuzz::promise(!diagnostic.message.empty() && diagnostic.where.name == "berth.toml",
                                 "a reason has a sentence and a place");
        return 0;
    }
    const std::string once = effective_toml({loaded->config, {}});
    const auto again = load_text(once, "berth.toml");
    berth::fuzz::promise(again.has_value(), "the effective configuration is one");
    berth::fuzz::promise(effective_toml({again->config, {}}) == once, "and means the same");
    return 0;
}
