// SPDX-License-Identifier: MIT
// Bad libraries, each refused with its exact sentence (ABI.md §10).
#include <cstring>

#include "unit/worker/worker_fixture.hpp"
#include "worker/loading.hpp"
#include "worker/manifest.hpp"

namespace berth::host::worker::test {

class Zoo : public WorkerTest {
protected:
    std::string refusal(const std::string& way) {
        settings.project = "chat";
        settings.library = project_file("wrong-" + way);
        make();
        const auto loaded = load();
        return loaded ? "(loaded)" : loaded.error().message;
    }
};

TEST_F(Zoo, no_entry) {
    EXPECT_EQ(refusal("no_entry"),
              "project chat: wrong-no_entry.so: does not export berth_project_v1; write "
              "BERTH_PROJECT(Class) once in the project, in C BERTH_EXPORT_PROJECT(table)");
}
TEST_F(Zoo, an_entry_that_throws) {
    EXPECT_EQ(refusal("throwing_entry"), "project chat: wrong-throwing_entry.so: its entry threw an exception: not today");
}
TEST_F(Zoo, null_table) {
    EXPECT_EQ(refusal("null_table"),
              "project chat: wrong-null_table.so: its entry returned no table; return the address of a static berth_project");
}
TEST_F(Zoo, zero_size) {
    EXPECT_EQ(refusal("zero_size"), "project chat: wrong-zero_size.so: its table has struct_size 0; set it to sizeof(berth_project)");
}
TEST_F(Zoo, absurd_size) {
    EXPECT_EQ(refusal("absurd_size"),
              "project chat: wrong-absurd_size.so: its table has struct_size 4294967295, which no table of this ABI has; set it to "
              "sizeof(berth_project)");
    EXPECT_EQ(refusal("small_size"),
              "project chat: wrong-small_size.so: its table has struct_size 12, which no table of this ABI has; set it to "
              "sizeof(berth_project)");
}
TEST_F(Zoo, later_minor_required) {
    EXPECT_EQ(refusal("later_minor"), "project chat: wrong-later_minor.so: needs ABI 1.3, this host provides 1.0; update the host");
}
TEST_F(Zoo, bad_name) {
    EXPECT_EQ(refusal("bad_name"),
              "project chat: wrong-bad_name.so: its name \"Chat Room\" is none; use 1 to 64 of a-z, 0-9, _ and -, beginning with a "
              "letter or digit");
}
TEST_F(Zoo, unknown_unit_in_the_annotation) {
    EXPECT_EQ(refusal("unknown_unit"),
              "project chat: wrong-unknown_unit.so: annotation \"<interval=5 weeks>\", character 13: unknown unit: use d, h, min, s or ms");
}
TEST_F(Zoo, procedures) {
    EXPECT_EQ(refusal("no_procedures"),
              "project chat: wrong-no_procedures.so: its table has procedure_count 1, but no procedures; point at the array");
    EXPECT_EQ(refusal("nameless_procedure"),
              "project chat: wrong-nameless_procedure.so: procedure 2 has no valid name; use 1 to 64 bytes of UTF-8");
    EXPECT_EQ(refusal("twice_procedure"), "project chat: wrong-twice_procedure.so: procedure \"say\" is declared twice; each name once");
    EXPECT_EQ(refusal("runless_procedure"), "project chat: wrong-runless_procedure.so: procedure \"say\" has no function");
    EXPECT_EQ(refusal("bad_signature"),
              "project chat: wrong-bad_signature.so: procedure \"say\": signature \"(text who, string what)\", character 12: unknown type: "
              "use boolean, integer, real, text, buffer or client");
}
TEST_F(Zoo, load_that_fails_or_throws) {
    EXPECT_EQ(refusal("failing_load"), "project chat: wrong-failing_load.so: load: the licence has expired");
    EXPECT_EQ(refusal("silent_load"), "project chat: wrong-silent_load.so: load: status unsupported");
    EXPECT_EQ(refusal("throwing_load"), "project chat: wrong-throwing_load.so: load: exception: no settings file");
}
TEST_F(Zoo, a_context_that_cannot_be_made) {
    settings.library = project_file("wrong-throwing_create");
    make();
    ASSERT_TRUE(load());
    EXPECT_EQ(start_service().error().message,
              "project puppet: the global service's context could not be made: an exception that is not a "
              "std::exception");
}
TEST_F(Zoo, a_missing_symbol_is_found_when_loading_and_named) {
    EXPECT_EQ(refusal("missing_symbol"), "project chat: wrong-missing_symbol.so: undefined symbol: nobody_has_this");
}
TEST_F(Zoo, files_that_are_no_libraries) {
    settings.project = "chat";
    settings.library = directory / "chat.so";
    make();
    EXPECT_EQ(load().error().message, "project chat: chat.so: No such file or directory");
    berth::test::write_file(directory / "chat.so", "just text");
    make();
    EXPECT_EQ(load().error().message, "project chat: chat.so: file too short");
    berth::test::write_file(directory / "chat.so", std::string(5000, 'x'));
    make();
    EXPECT_EQ(load().error().message, "project chat: chat.so: invalid ELF header");
    settings.library = "/proc/self/exe";
    make();
    EXPECT_EQ(load().error().message, "project chat: exe: is this program itself");
}

TEST(Manifest, a_table_of_any_size_that_has_all_but_the_hooks_is_read_as_if_the_rest_were_absent) {
    berth_project whole{};
    whole.name = {"chat", 4};
    whole.load = [](const berth_host*, void**) noexcept { return berth_status{BERTH_OK}; };
    whole.stop = [](void*, berth_context*) noexcept { return berth_status{BERTH_OK}; };
    for (std::size_t size = offsetof(berth_project, load); size <= sizeof(whole); size += 4) {
        // In a block of exactly that size: reading past it is seen by the address sanitizer.
        const auto block = std::make_unique<char[]>(size);
        whole.struct_size = static_cast<std::uint32_t>(size);
        std::memcpy(block.get(), &whole, size);

        const auto manifest = Manifest::read(reinterpret_cast<const berth_project*>(block.get()), "stem");

        ASSERT_TRUE(manifest) << size << ": " << manifest.error().message;
        EXPECT_EQ(manifest->name, "chat");
        EXPECT_EQ(manifest->table.stop != nullptr, size >= offsetof(berth_project, stop) + sizeof(whole.stop)) << size;
    }
}

TEST(Manifest, a_longer_table_of_a_later_build_is_read_as_far_as_it_is_known) {
    struct Later {
        berth_project known{};
        void* unknown = nullptr;
    } later;
    later.known.struct_size = sizeof(later);

    const auto manifest = Manifest::read(&later.known, "stem");

    ASSERT_TRUE(manifest);
    EXPECT_EQ(manifest->name, "stem") << "no name of its own: the file's stem";
    EXPECT_EQ(manifest->interval, Milliseconds(10'000)) << "the default";
}

TEST(Signature, takes_types_with_or_without_names_and_blanks) {
    for (const char* text : {"()", "( )", "(text)", "(text who, integer count)", " ( boolean,real ,buffer b, client ) ", ""})
        EXPECT_TRUE(Signature::parse(text)) << text;
}

TEST(Signature, refuses_with_the_character) {
    const std::pair<const char*, const char*> cases[] = {
        {"text", "signature \"text\", character 1: a signature begins with (, as in (text who, integer count)"},
        {"(text", "signature \"(text\", character 6: , or ) is expected here"},
        {"(text,)", "signature \"(text,)\", character 7: unknown type: use boolean, integer, real, text, buffer or client"},
        {"(null)", "signature \"(null)\", character 2: unknown type: use boolean, integer, real, text, buffer or client"},
        {"() x", "signature \"() x\", character 4: nothing may follow the )"},
    };
    for (const auto& [text, sentence] : cases) {
        const auto signature = Signature::parse(text);
        ASSERT_FALSE(signature) << text;
        EXPECT_EQ(signature.error().message, sentence);
    }
}

}  // namespace berth::host::worker::test
