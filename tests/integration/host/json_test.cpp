// SPDX-License-Identifier: MIT
/// host/cli/json.md and what the program prints with --json: every field that is documented is there, and no other.
#include <regex>
#include <set>
#include <sstream>

#include "integration/host/suite.hpp"

namespace berth::test {

using nlohmann::json;
using Fields = std::set<std::string>;

namespace {

/// By verb, what json.md documents.
std::map<std::string, Fields> documented() {
    std::istringstream page{read_file(std::filesystem::path{BERTH_SOURCE_DIRECTORY} / "host/cli/json.md")};
    const std::regex row{R"(^\| `([^`]+)` \| (.*) \|$)"};
    const std::regex borrowed{R"(^as in `(\w+)`$)"};
    std::map<std::string, Fields> fields;
    std::vector<std::tuple<std::string, std::string, std::string>> later;
    std::string verb;
    for (std::string line; std::getline(page, line);) {
        std::smatch match, source;
        if (line.starts_with("## ")) verb = line.substr(3);
        if (!std::regex_match(line, match, row)) continue;
        const std::string meaning = match[2];
        if (std::regex_match(meaning, source, borrowed) && match[1].str().ends_with("[]")) {
            later.emplace_back(verb, match[1], source[1]);
        } else {
            fields[verb].insert(match[1]);
        }
    }
    for (const auto& [borrower, prefix, lender] : later) {
        for (const auto& field : Fields{fields[lender]})
            if (field.starts_with(prefix)) fields[borrower].insert(field);
    }
    return fields;
}

/// Adds the fields of a document: lists as [], everything else by its names. An empty list shows that it is there, not
/// what its elements have.
void collect(const json& value, const std::string& path, Fields& fields) {
    if (value.is_object()) {
        for (const auto& [name, member] : value.items()) collect(member, path.empty() ? name : path + "." + name, fields);
    } else if (value.is_array()) {
        for (const auto& element : value) collect(element, path + "[]", fields);
        if (value.empty()) fields.insert(path + "[]");
    } else {
        fields.insert(path);
    }
}

/// Whether a documented field is that one: {} stands for any name without a dot.
bool fits(const std::string& documented, const std::string& field) {
    const auto data = documented.find("{}");
    if (data == std::string::npos) return documented == field;
    const auto rest = documented.substr(data + 2);
    return field.size() > documented.size() - 2 && field.starts_with(documented.substr(0, data)) && field.ends_with(rest) &&
           field.substr(data, field.size() - rest.size() - data).find('.') == std::string::npos;
}

class Documented : public testing::Test {
protected:
    /// Runs a verb, whatever its exit code, and keeps the fields of each document that it prints.
    void sees(std::vector<std::string> words) {
        const std::string verb = words[0];
        words.emplace_back("--json");
        const auto result = host_->cli(words);
        std::istringstream out{result.out};
        bool is_any = false;
        for (std::string line; std::getline(out, line); is_any = true) {
            const auto document = json::parse(line, nullptr, false);
            ASSERT_TRUE(document.is_object()) << verb << ": " << line;
            collect(document, "", seen_[verb]);
        }
        EXPECT_TRUE(is_any) << verb << ": " << result.err;
    }
    static HostOptions options() {
        HostOptions options;
        options.projects = {fixture_project("witness"), shipped_project("echo"), fixture_project("greeter_1")};
        options.pages = {{"/chat", std::string(BERTH_SOURCE_DIRECTORY) + "/examples/browser/chat"}};
        options.more = "[project.witness]\ninterval = \"1 h\"\n";
        return options;
    }

    std::optional<TestHost> host_{options()};
    std::map<std::string, Fields> seen_;
};

}  // namespace

TEST_F(Documented, json_has_exactly_the_fields_of_its_page) {
    TempDir elsewhere;
    std::filesystem::permissions(elsewhere.path(), std::filesystem::perms{0755});
    install_file(fixture_project("greeter_2"), elsewhere / "greeter_2.so");
    host_->install(fixture_project("bad/units_out_of_order"), "bad.so");
    ASSERT_TRUE(eventually([&] { return !host_->ask("projects").at("refused").empty(); }));
    auto ana = host_->connect("/witness"), ben = host_->connect("/echo");
    const auto id = ask(ana, "id");
    ana.says("throw something");
    ana.closed();
    auto cleo = host_->connect("/witness");
    const auto cleo_id = ask(cleo, "id");
    ASSERT_TRUE(host_->logs("something"));

    sees({"version"});
    sees({"new", (elsewhere / "mine").string(), "--with", "test", "--template", std::string(BERTH_SOURCE_DIRECTORY) + "/sdk/template"});
    sees({"service", "witness"});
    sees({"execute", "witness", "wait", "int:1"});
    sees({"clients"});
    sees({"clients", "--limit", "1"});
    sees({"send", cleo_id, "hi"});
    sees({"disconnect", cleo_id});
    sees({"drain", "echo", "--over", "1h", "--no-wait", "--yes"});
    sees({"drain", "--over", "1h", "--no-wait", "--yes"});
    EXPECT_EQ(RawClient{host_->ws()}.ask("/echo").status, 503);
    sees({"status"});
    sees({"projects"});
    sees({"open"});
    sees({"block", "echo"});
    sees({"open", "echo"});
    sees({"health"});
    sees({"add", (elsewhere / "greeter_2.so").string()});
    sees({"remove", "greeter_2"});
    sees({"remove", "greeter_1"});
    sees({"stop", "echo"});
    sees({"start", "echo"});
    sees({"reload", "echo"});
    sees({"deploy", fixture_project("greeter_2").string(), "--name", "echo"});
    sees({"rollback", "echo"});
    sees({"reload"});
    sees({"top", "--once"});
    sees({"logs", "--lines", "50"});
    sees({"projects"});
    sees({"status"});
    install_file(fixture_project("greeter_2"), host_->plugins() / "echo.so");
    install_file(fixture_project("greeter_2"), host_->plugins() / "new.so");
    std::filesystem::remove(host_->plugins() / "witness.so");
    sees({"rescan"});
    sees({"projects"});
    sees({"status"});
    sees({"doctor", (elsewhere / "greeter_2.so").string()});
    sees({"doctor", "--run", fixture_project("witness").string()});
    sees({"doctor", (host_->plugins() / "bad.so").string()});
    write_file(host_->plugins() / "text.so", "not a library");
    sees({"check", "--config", host_->configuration().string()});
    sees({"config", "--effective", "--config", host_->configuration().string()});
    host_->ask("stop", {{"project", "echo"}});
    sees({"health"});
    sees({"stop"});
    host_->ends();

    for (const auto& [verb, fields] : documented()) {
        const Fields& seen = seen_[verb];
        // Names that are data, and what a log line may have besides.
        const bool is_open = verb == "logs" || verb == "config";
        for (const auto& field : fields) {
            const std::string end = field.substr(field.find("{}") == std::string::npos ? 0 : field.find("{}") + 2);
            const bool is_there = field.find("{}") == std::string::npos
                                      ? seen.contains(field)
                                      : std::any_of(seen.begin(), seen.end(), [&](const auto& name) { return name.ends_with(end); });
            EXPECT_TRUE(is_there) << verb << ": " << field << " is documented and was not printed";
        }
        for (const auto& field : seen) {
            const bool is_named = std::any_of(fields.begin(), fields.end(), [&](const auto& name) { return fits(name, field); });
            const bool is_empty_list = field.ends_with("[]") && std::any_of(fields.begin(), fields.end(), [&](const auto& name) {
                                           return name.starts_with(field);
                                       });
            const bool is_null = std::any_of(fields.begin(), fields.end(), [&](const auto& name) { return name.starts_with(field + "."); });
            EXPECT_TRUE(is_open || is_empty_list || is_null || is_named) << verb << ": " << field << " was printed and is not documented";
        }
        seen_.erase(verb);
    }
    for (const auto& [verb, fields] : seen_) ADD_FAILURE() << verb << " is not documented";
}

}  // namespace berth::test
