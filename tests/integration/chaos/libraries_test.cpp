// SPDX-License-Identifier: MIT
// Bad libraries in the place of a running one (RELIABILITY §5, G3): it goes on untouched, and the right reason is said.
#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <thread>

#include "integration/chaos/options.hpp"
#include "integration/chaos/regulars.hpp"
#include "integration/chaos/run.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::size_t projects_at_once = 8;

/// A library that must be refused, as a file beside the plugins directory, and what must be said about it.
struct Bad {
    std::filesystem::path file;
    std::string reason;
};

/// Makes bad libraries, each different from the last, in a directory of one thread's own.
class Workshop {
public:
    Workshop(const std::filesystem::path& directory, std::uint64_t seed) : directory_(directory), random_(seed) {
        std::filesystem::create_directory(directory_);
    }

    /// Cut off somewhere in its class of lengths: nothing, the header, the middle, the table at the end.
    Bad truncated() {
        Elf64_Ehdr header{};
        std::memcpy(&header, good_.data(), sizeof header);
        const std::size_t end = header.e_shoff + std::size_t{header.e_shnum} * sizeof(Elf64_Shdr);
        switch (random_() % 6) {
            case 0: return written("", "it is empty");
            case 1: return written(good_.substr(0, between(1, SELFMAG - 1)), "is not a library");
            case 2: return written(good_.substr(0, between(SELFMAG, sizeof header - 1)), "is cut off inside its header");
            case 3: return written(good_.substr(0, between(sizeof header, 4096)), "is cut off");
            case 4: return written(good_.substr(0, between(4096, header.e_shoff)), "is cut off");
            default: return written(good_.substr(0, between(header.e_shoff, end - 1)), "is cut off: its section headers end");
        }
    }
    Bad of_another_kind() {
        static const std::pair<const char*, const char*> wrong[]{
            {"wrong-later_minor", "needs ABI 1.3"},
            {"wrong-small_size", "struct_size 12"},
            {"wrong-zero_size", "struct_size 0"},
            {"wrong-null_table", "returned no table"},
            {"wrong-no_entry", "does not export berth_project_v1"},
            {"wrong-missing_symbol", "nobody_has_this"},
        };
        const auto& [name, reason] = wrong[random_() % std::size(wrong)];
        return copied(name, reason);
    }
    Bad crashing() {
        static const std::pair<const char*, const char*> wrong[]{
            {"bad/entry_crashes", "it ended by SIGSEGV"},
            {"bad/load_crashes", "its process ended by SIGSEGV"},
            {"wrong-exiting_load", "its process exited with code 3"},
            {"wrong-throwing_load", "exception: no settings file"},
            {"wrong-failing_create", "no memory for globals"},
        };
        const auto& [name, reason] = wrong[random_() % std::size(wrong)];
        return copied(name, reason);
    }
    Bad hanging_entry() { return copied("bad/entry_hangs", "did not load within 5 s"); }
    Bad hanging_load() { return copied("bad/load_hangs", "did not load within 3 s"); }
    /// Whoever could write it, or a link to it.
    Bad foreign() {
        Bad bad = copied("greeter_2", "");
        const bool is_root = ::geteuid() == 0;
        switch (random_() % (is_root ? 3 : 2)) {
            case 0:
                ::chmod(bad.file.c_str(), 0666);
                bad.reason = "may be written by others (mode 0666)";
                break;
            case 1: {
                const auto link = next();
                std::filesystem::create_symlink(bad.file, link);
                bad = {link, "it is a symbolic link"};
                break;
            }
            default:
                EXPECT_EQ(::chown(bad.file.c_str(), 12345, 12345), 0);
                bad.reason = "belongs to user 12345";
        }
        return bad;
    }
    [[nodiscard]] const std::string& good() const { return good_; }

private:
    std::size_t between(std::size_t from, std::size_t to) { return from + random_() % (to - from + 1); }
    std::filesystem::path next() { return directory_ / ("bad-" + std::to_string(++made_) + ".so"); }
    Bad written(const std::string& bytes, std::string reason) {
        Bad bad{next(), std::move(reason)};
        write_file(bad.file, bytes);
        return bad;
    }
    Bad copied(const char* fixture, std::string reason) { return written(read_file(fixture_project(fixture)), std::move(reason)); }

    const std::filesystem::path directory_;
    std::mt19937_64 random_;
    const std::string good_ = read_file(fixture_project("greeter_1"));
    std::uint64_t made_ = 0;
};

/// One project under bad libraries, with its client.
class Target {
public:
    Target(const TestHost& host, const std::string& name, std::uint64_t seed)
        : host_(host), name_(name), plugin_(host.plugins() / (name + ".so")), workshop_(host.directory() / ("bad-for-" + name), seed) {}

    /// The next library; answers what was said instead of the right thing, or nothing.
    std::string suffer(std::uint64_t number) {
        switch (number % 8) {
            case 0: return deploy(workshop_.truncated());
            case 1: return move_over(workshop_.truncated());
            case 2: return copy_half();
            case 3: return overwrite_in_place(workshop_.of_another_kind());
            case 4: return deploy(workshop_.of_another_kind());
            case 5: return deploy(workshop_.crashing());
            case 6: return number % 3 == 0 ? deploy(workshop_.hanging_load()) : move_over(workshop_.crashing());
            default: return move_over(workshop_.foreign());
        }
    }
    std::string suffer_a_hanging_entry() { return deploy(workshop_.hanging_entry()); }

private:
    /// By the verb: the reply has the reason.
    std::string deploy(const Bad& bad) const {
        const json reply = host_.ask("deploy", {{"file", bad.file.string()}, {"name", name_}});
        const std::string said = reply.value("error", reply.dump());
        return said.find(bad.reason) != std::string::npos ? "" : said + " instead of " + bad.reason;
    }
    std::string move_over(const Bad& bad) const {
        const auto before = refused_at();
        std::filesystem::rename(bad.file, plugin_);
        return is_said_since(before, bad.reason);
    }
    /// Half of it, as long as a copy that got stuck, and then the rest.
    std::string copy_half() const {
        const auto before = refused_at();
        const std::string& good = workshop_.good();
        std::filesystem::remove(plugin_);  // What lies there may be a link, or somebody else's.
        std::ofstream out{plugin_, std::ios::binary | std::ios::trunc};
        out.write(good.data(), static_cast<std::streamsize>(good.size() / 2)).flush();
        const std::string trouble = is_said_since(before, "is cut off");
        out.write(good.data() + good.size() / 2, static_cast<std::streamsize>(good.size() - good.size() / 2)).flush();
        const bool is_mended = eventually([&] { return host_.project(name_).at("last_error").is_null(); }, Deadline{30s});
        return trouble + (is_mended ? "" : "the whole copy is still refused");
    }
    /// The bytes of the file that lies there, one after the other.
    std::string overwrite_in_place(const Bad& bad) const {
        const auto before = refused_at();
        const std::string bytes = read_file(bad.file);
        if (std::filesystem::is_symlink(plugin_)) std::filesystem::remove(plugin_);
        std::ofstream{plugin_, std::ios::binary | std::ios::app};
        EXPECT_EQ(::chown(plugin_.c_str(), ::geteuid(), ::getegid()), 0);
        ::chmod(plugin_.c_str(), 0644);
        std::fstream out{plugin_, std::ios::binary | std::ios::in | std::ios::out};
        for (std::size_t at = 0; at < bytes.size(); at += 4096) out.write(bytes.data() + at, static_cast<std::streamsize>(std::min<std::size_t>(4096, bytes.size() - at))).flush();
        std::filesystem::resize_file(plugin_, bytes.size());
        return is_said_since(before, bad.reason);
    }

    [[nodiscard]] std::int64_t refused_at() const {
        const auto at = host_.project(name_).at("last_error_at_ms").get<std::int64_t>();
        // The host's clock has milliseconds: the next refusal must be another.
        EXPECT_TRUE(eventually([&] { return wall_ms() > at; }));
        return at;
    }
    static std::int64_t wall_ms() {
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    }
    [[nodiscard]] std::string is_said_since(std::int64_t before, const std::string& reason) const {
        json said;
        const auto is_said = [&] {
            const json row = host_.project(name_);
            if (row.at("last_error_at_ms").get<std::int64_t>() <= before) return false;
            said = row.at("last_error");
            return said.is_string() && said.get<std::string>().find(reason) != std::string::npos;
        };
        return eventually(is_said, Deadline{30s}, 50ms) ? "" : said.dump() + " instead of " + reason;
    }

    const TestHost& host_;
    const std::string name_;
    const std::filesystem::path plugin_;
    Workshop workshop_;
};

}  // namespace

TEST(ChaosOfLibraries, leaves_the_running_ones_untouched_and_says_the_right_reason) {
#if defined(BERTH_SANITIZED)
    GTEST_SKIP() << "each probe is a process, which takes long to start there; the zoo has every reason";
#endif
    auto random = seeded();
    const std::uint64_t injected = sized(100, 500);
    auto options = chaos_options({});
    options.limits = {"start = \"3 s\""};
    TestHost host{options};
    std::vector<std::string> names;
    for (std::size_t i = 0; i < projects_at_once; ++i) names.push_back("p" + std::to_string(i));
    for (const auto& name : names) host.install(fixture_project("greeter_1"), name + ".so");
    for (const auto& name : names) ASSERT_TRUE(host.project_is(name, "open", Deadline{20s}));
    std::vector<std::unique_ptr<Regulars>> regulars;
    for (const auto& name : names)
        regulars.push_back(std::make_unique<Regulars>(host.ws(), "/" + name, 1, Regulars::Manner{.answer = "version 1", .between = 5ms}));

    std::atomic<std::uint64_t> survived{0};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < names.size(); ++i) {
        threads.emplace_back([&, i, seed = random()] {
            Target target{host, names[i], seed};
            for (std::uint64_t n = i; n < injected; n += names.size()) {
                // The limit of a probe is 5 s, so there are few.
                const std::string trouble = n / names.size() % 16 == 0 && i == 0 ? target.suffer_a_hanging_entry() : target.suffer(n / names.size() + i);
                EXPECT_EQ(trouble, "") << names[i] << ", library " << n;
                survived += trouble.empty() ? 1 : 0;
            }
        });
    }
    for (auto& thread : threads) thread.join();

    Row row{.test = "bad libraries", .injected = injected, .survived = survived, .disconnected = 0, .longest_pause = std::chrono::milliseconds{0}};
    for (auto& client : regulars) {
        client->stop();
        *row.disconnected += client->disconnected();
        row.longest_pause = std::max(*row.longest_pause, client->longest_pause());
        EXPECT_EQ(client->wrong(), 0u) << client->first_trouble();
        EXPECT_EQ(client->disconnected(), 0u) << client->first_trouble();
        EXPECT_GT(client->answered(), 0u);
    }
    row.besides = "survived: running version untouched, right reason said";
    report(row);
    EXPECT_EQ(survived, injected);
    for (const auto& name : names) {
        EXPECT_EQ(host.project(name).at("generation"), "1") << name;
        EXPECT_EQ(host.project(name).at("restarts"), 0) << name;
        EXPECT_EQ(host.project(name).at("state"), "open") << name;
    }
    EXPECT_EQ(host.ask("status").at("gateway").at("restarts"), 0);
}

}  // namespace berth::test
