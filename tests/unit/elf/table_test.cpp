// SPDX-License-Identifier: MIT
// The table of a project as the file shows it, compared with what the source says.
#include "elf/table.hpp"

#include <elf.h>
#include <gmock/gmock.h>

#include "unit/elf/build.hpp"

namespace berth::host::elf {
namespace {

using testing::HasSubstr;

constexpr const char* source = R"source(
#include <berth/berth.h>
static berth_status run(void *g, berth_context *c, const berth_value *a, size_t n) { (void)g, (void)c, (void)a, (void)n; return 0; }
static const berth_procedure procedures[] = {{{"say", 3}, {"(text who)", 10}, run, 1}, {{"count", 5}, {0, 0}, run, 0}};
static berth_status load(const berth_host *h, void **p) { (void)h, (void)p; return 0; }
static const berth_project table = {
    .struct_size = sizeof(berth_project),
    .name = {"chat", 4}, .version = {"1.2.0", 5}, .global_service_annotation = {"<interval=5 s>", 14},
    .flags = 2, .procedures = procedures, .procedure_count = 2, .load = load};
)source";

std::string text(berth_str one) { return one.size == 0 ? "" : std::string(one.data, one.size); }

class ProjectTables : public testing::Test {
protected:
    static void SetUpTestSuite() {
        if (this_machine() != Machine::x86_64) GTEST_SKIP() << "only x86-64 code is read";
    }
    [[nodiscard]] tl::expected<ProjectTable, std::string> of(const std::string& language, const std::string& text,
                                                             const std::string& options = "") const {
        return ProjectTable::read(bytes_of(builder.build(language, text, "-shared -fPIC -fvisibility=hidden " + options)));
    }
    Builder builder;
};

TEST_F(ProjectTables, are_read_at_every_level_of_optimisation_and_with_packed_relocations) {
    for (const char* options : {"-O0", "-O2", "-Os", "-O2 -g -fcf-protection=full", "-O3 -fno-omit-frame-pointer", "-s",
                                "-O2 -Wl,-z,pack-relative-relocs"}) {
        const auto table = of("c", std::string(source) + "BERTH_EXPORT_PROJECT(table);\n", options);
        ASSERT_TRUE(table) << options << ": " << table.error();
        const berth_project& project = *table->get();
        EXPECT_EQ(project.struct_size, sizeof(berth_project));
        EXPECT_EQ(text(project.name), "chat");
        EXPECT_EQ(text(project.version), "1.2.0");
        EXPECT_EQ(text(project.global_service_annotation), "<interval=5 s>");
        EXPECT_EQ(project.flags, 2u);
        ASSERT_EQ(project.procedure_count, 2u);
        EXPECT_EQ(text(project.procedures[0].name), "say");
        EXPECT_EQ(text(project.procedures[0].signature), "(text who)");
        EXPECT_NE(project.procedures[0].run, nullptr);
        EXPECT_EQ(text(project.procedures[1].name), "count");
        EXPECT_NE(project.load, nullptr);
        EXPECT_EQ(project.message, nullptr);
    }
}

TEST_F(ProjectTables, of_the_face_in_cpp_are_read_too) {
    const auto table = of("cpp",
                          "#include <berth/berth.hpp>\nclass P final : public berth::Project {\npublic:\n    using Project::Project;\n"
                          "    static constexpr berth::Manifest manifest{.version = \"3\", .global_service = \"<interval=1 min>\"};\n};\n"
                          "BERTH_PROJECT(P)\n",
                          "-std=c++20 -O1");
    ASSERT_TRUE(table) << table.error();
    EXPECT_EQ(text(table->get()->version), "3");
    EXPECT_EQ(text(table->get()->global_service_annotation), "<interval=1 min>");
    EXPECT_NE(table->get()->context_create, nullptr);
}

TEST_F(ProjectTables, may_be_null) {
    const auto table = of("c", "#include <berth/berth.h>\nconst berth_project *berth_project_v1(void) { return 0; }\n", "-fvisibility=default");
    ASSERT_TRUE(table) << table.error();
    EXPECT_EQ(table->get(), nullptr);
}

TEST_F(ProjectTables, that_code_may_change_are_left_to_running_it) {
    const char* const endings[] = {
        "BERTH_EXPORT const berth_project *berth_project_v1(void) { static berth_project t; t.struct_size = 152; return &t; }\n",
        "berth_project changing = {.struct_size = 7};\nBERTH_EXPORT const berth_project *berth_project_v1(void) { return &changing; }\n",
        "extern int elsewhere(void);\nBERTH_EXPORT const berth_project *berth_project_v1(void) { return elsewhere() ? &table : 0; }\n"};
    for (const char* ending : endings) {
        const auto table = of("c", std::string(source) + ending, "-O1");
        ASSERT_FALSE(table) << ending;
        EXPECT_EQ(table.error(), "its entry does more than return the address of a constant table");
    }
}

TEST_F(ProjectTables, of_any_bytes_are_read_or_not_but_never_beyond_the_file) {
    const File good = bytes_of(builder.build("c", std::string(source) + "BERTH_EXPORT_PROJECT(table);\n", "-shared -fPIC -fvisibility=hidden"));
    const std::uint64_t values[] = {0, 1, 0xffff, 0x7fffffff, ~std::uint64_t{0}, ~std::uint64_t{0} - 7};
    std::size_t read = 0;
    for (std::size_t at = 64; at + 8 <= good.size(); at += 8) {
        for (const std::uint64_t value : values) {
            File file = good;
            std::memcpy(file.data() + at, &value, sizeof value);
            const auto table = ProjectTable::read(file);
            if (!table || table->get() == nullptr) continue;
            ++read;
            // Every text is this object's own: the address sanitizer would see a read beyond it.
            const berth_project& project = *table->get();
            if (project.struct_size < sizeof(berth_project) || project.struct_size > 64u << 10) continue;
            for (const berth_str one : {project.name, project.version, project.global_service_annotation})
                EXPECT_LE(one.data == nullptr ? 0 : text(one).size(), 4097u);
            const std::size_t count = std::min<std::size_t>(project.procedure_count, 4096);
            for (std::size_t i = 0; project.procedures != nullptr && i < count; ++i)
                EXPECT_LE(project.procedures[i].name.data == nullptr ? 0 : text(project.procedures[i].name).size(), 4097u);
        }
    }
    EXPECT_GT(read, 0u);
}

}  // namespace
}  // namespace berth::host::elf
