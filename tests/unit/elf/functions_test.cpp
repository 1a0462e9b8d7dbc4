// SPDX-License-Identifier: MIT
#include "elf/functions.hpp"

#include <dlfcn.h>

#include "elf/layout.hpp"
#include "unit/elf/build.hpp"

namespace berth::host::elf {
namespace {

constexpr const char* source =
    "static __attribute__((noinline)) int hidden(int x) { return x * 7; }\n"
    "int (*shown(void))(int) { return hidden; }\n";

TEST(Functions, are_found_by_any_address_inside_of_them_local_ones_too) {
    const Builder builder;
    const auto file = builder.build("c", source, "-shared -fPIC");
    void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << ::dlerror();
    using Shown = int (*(*)(void))(int);
    const auto shown = reinterpret_cast<Shown>(::dlsym(library, "shown"));
    const auto hidden = reinterpret_cast<std::uintptr_t>(shown());
    Dl_info info{};
    ASSERT_NE(::dladdr(reinterpret_cast<void*>(hidden), &info), 0);
    const auto base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);

    const Functions functions = Functions::of(file);

    ASSERT_TRUE(functions.at(hidden - base));
    EXPECT_EQ(functions.at(hidden - base)->name, "hidden");
    EXPECT_EQ(functions.at(hidden - base + 1)->name, "hidden");
    EXPECT_EQ(functions.at(reinterpret_cast<std::uintptr_t>(shown) - base)->name, "shown");
    EXPECT_FALSE(functions.at(0));
    EXPECT_FALSE(functions.at(std::uint64_t{1} << 60));
    ::dlclose(library);
}

TEST(Functions, of_a_file_that_is_none_are_none) {
    EXPECT_FALSE(Functions::of("/nowhere").at(0));
    EXPECT_FALSE(Functions::of("/etc/passwd").at(0));
}

TEST(Functions, of_a_stripped_library_are_those_that_it_exports) {
    const Builder builder;
    const Functions functions = Functions::of(builder.build("c", source, "-shared -fPIC -s"));
    bool has_shown = false, has_hidden = false;
    for (std::uint64_t address = 0; address < 0x4000; ++address) {
        const auto function = functions.at(address);
        has_shown = has_shown || (function && function->name == "shown");
        has_hidden = has_hidden || (function && function->name == "hidden");
    }
    EXPECT_TRUE(has_shown);
    EXPECT_FALSE(has_hidden);
}

}  // namespace
}  // namespace berth::host::elf
