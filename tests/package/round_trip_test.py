# SPDX-License-Identifier: MIT
"""The life of the packages on a clean Debian: installed, served, upgraded, removed, purged; nothing is left."""

import re
import shutil
import subprocess
import unittest
from pathlib import Path

import clean_root
import suite
from service import Service, wait_for

CONFIGURATION = "etc/berth/berth.toml"
NAME = "berth.example.org"
EXAMPLE = "01-echo"
# An author's tools, and the proxies whose samples are tried.
TOOLS = ("g++", "cmake", "make", "openssl", "nginx-light", "caddy")


def repacked(root, version, marker):
    """The host's package as a later version would be: another number, another sample configuration."""
    work = root.path / "packages" / "repacked"
    suite.run("dpkg-deb", "--raw-extract", suite.package("berth"), work)
    control = work / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", f"Version: {version}", control.read_text(), flags=re.MULTILINE))
    configuration = work / CONFIGURATION
    configuration.write_text(configuration.read_text() + f"\n# {marker}\n")
    sums = [f"{suite.run('md5sum', work / path).stdout.split()[0]}  {path}" if path == CONFIGURATION else line
            for line in (work / "DEBIAN/md5sums").read_text().splitlines() for path in [line.split(maxsplit=1)[1]]]
    (work / "DEBIAN/md5sums").write_text("\n".join(sums) + "\n")
    file = root.path / f"packages/berth_{version}.deb"
    suite.run("dpkg-deb", "--root-owner-group", "--build", work, file)
    shutil.rmtree(work)
    return f"/packages/{file.name}"


class RoundTrip(unittest.TestCase):
    def setUp(self):
        self.root = clean_root.CleanRoot()
        self.addCleanup(self.root.remove)
        self.root.apt("install", *TOOLS)
        for name in suite.ALL:
            shutil.copy(suite.package(name), self.root.path / "packages" / f"{name}.deb")
        self.service = None
        self.addCleanup(self.stop)

    def stop(self):
        if self.service and self.service.child.poll() is None:
            self.service.stop()

    def serve(self):
        self.service = Service(self.root)
        self.service.wait_for_word("READY=1")

    def path(self, name):
        return self.root.path / name

    def deploy(self, library):
        self.root.run("install", "-o", "berth", "-g", "berth", "-m", "644", library, "/var/lib/berth/plugins/")

    def run_step(self, step):
        try:
            step()
        except Exception as error:
            said = self.service.output() if self.service else ""
            raise AssertionError(f"{step.__name__}: {error}\n{said}") from error

    def test_installed_served_upgraded_removed_and_purged(self):
        before = self.root.files()
        steps = (self.install, self.a_second_configuration_changes_nothing, self.serve_as_the_unit_says,
                 self.build_against_the_installed_sdk, self.who_may_command, self.proxies, self.upgrade, self.remove,
                 self.install_again)
        for step in steps:
            print(f"  {step.__name__}", flush=True)
            self.run_step(step)
        self.purge(before)

    # ---- the steps -------------------------------------------------------------------------------------

    def install(self):
        self.root.apt("install", *(f"/packages/{name}.deb" for name in suite.ALL))

        user = self.root.run("getent", "passwd", "berth").stdout.strip().split(":")
        self.assertEqual(user[5:], ["/var/lib/berth", "/usr/sbin/nologin"])
        state = self.root.run("stat", "-c", "%U:%G %a", "/var/lib/berth", "/var/lib/berth/plugins").stdout.split("\n")
        self.assertEqual(state[:2], ["berth:berth 750", "berth:berth 750"])
        wanted = self.path("etc/systemd/system")
        self.assertTrue((wanted / "multi-user.target.wants/berth.service").is_symlink(), "the service is enabled")
        self.assertFalse((wanted / "sockets.target.wants/berth.socket").is_symlink(), "the socket is not")
        self.root.as_user("berth", "berth", "check", "--strict")
        # The same with the words of the container file.
        self.path("etc/berth/conf.d").mkdir()
        shutil.copy(suite.SOURCE / "packaging/container/berth.toml", self.path("etc/berth/conf.d/container.toml"))
        self.assertIn("0.0.0.0:7681", self.root.as_user("berth", "berth", "config", "--effective").stdout)
        self.root.as_user("berth", "berth", "check", "--strict")
        shutil.rmtree(self.path("etc/berth/conf.d"))

    def a_second_configuration_changes_nothing(self):
        once = self.root.files()
        self.root.run("/var/lib/dpkg/info/berth.postinst", "configure", "0.0.1")
        self.assertEqual(self.root.files(), once)

    def serve_as_the_unit_says(self):
        self.serve()
        self.root.run("berth", "health")
        self.deploy("/usr/lib/berth/plugins/echo.so")
        self.service.answers("/echo")
        self.service.wait_for_word("WATCHDOG=1")

    def build_against_the_installed_sdk(self):
        self.root.run("cmake", "-S", f"/usr/share/doc/berth/examples/{EXAMPLE}", "-B", "/tmp/build")
        self.root.run("cmake", "--build", "/tmp/build")
        self.deploy(f"/tmp/build/{EXAMPLE}.so")
        self.service.answers(f"/{EXAMPLE}")

        shutil.copy(Path(__file__).with_name("hail.c"), self.path("tmp/hail.c"))
        self.root.run("cc", "-o", "/tmp/hail", "/tmp/hail.c", "-lberth-client")
        said = suite.run(*self.service.enter(), *self.root.command("/tmp/hail"))
        self.assertEqual(said.stdout, "ahoy\n")

    def who_may_command(self):
        self.root.run("useradd", "--system", "--groups", "berth", "helmsman")
        self.root.run("useradd", "--system", "stranger")
        self.assertIn("echo", self.root.as_user("helmsman", "berth", "projects").stdout)
        self.an_author_s_way_in("helmsman")
        self.assertEqual(self.root.as_user("stranger", "berth", "projects", check=False).returncode, 77)
        for user in ("helmsman", "stranger"):
            self.root.run("userdel", user)

    def an_author_s_way_in(self, user):
        """From `berth new` in a home of one's own: `add` is refused there, and the command that it and the README name works."""
        self.root.run("install", "-d", "-o", user, "-g", user, "/tmp/author")
        self.root.as_user(user, "sh", "-ec", "cd /tmp/author && berth new skiff && cd skiff && cmake -S . -B build && cmake --build build")
        library = "/tmp/author/skiff/build/skiff.so"
        for verb in ("add", "deploy"):
            refused = self.root.as_user(user, "berth", verb, library, check=False)
            self.assertEqual(refused.returncode, 77, refused.stdout)
            self.assertIn(f"sudo install -m 644 {library} /var/lib/berth/plugins/", refused.stdout)
        readme = self.path("tmp/author/skiff/README.md").read_text()
        way = re.search(r"`sudo (install [^`]+)`", readme)[1].split()
        self.root.run("sh", "-ec", f"cd /tmp/author/skiff && {' '.join(way)}")
        self.service.answers("/skiff")
        self.root.as_user(user, "berth", "remove", "skiff", "--yes")
        self.root.run("sh", "-c", "rm -r /tmp/author /var/lib/berth/plugins/skiff.so /var/lib/berth/skiff")

    def proxies(self):
        """The samples as they are, with a certificate where certbot would put it."""
        live = f"/etc/letsencrypt/live/{NAME}"
        self.root.run("install", "-d", live)
        self.root.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", f"{live}/privkey.pem",
                      "-out", f"{live}/fullchain.pem")
        samples = "/usr/share/berth/samples"
        self.root.run("cp", f"{samples}/nginx/berth.conf", "/etc/nginx/conf.d/berth.conf")
        self.root.run("nginx", "-t")
        self.speaks_through("nginx", ["nginx", "-g", "daemon off;"], self.path(f"{live.lstrip('/')}/fullchain.pem"))
        self.root.run("sh", "-c", "rm -r /etc/letsencrypt /etc/nginx/conf.d/berth.conf /var/lib/nginx/*")

        # Whom Caddy would ask for a certificate is not reached from here: it makes one of its own.
        self.path("etc/caddy/Caddyfile.test").write_text(
            f"{{\n    local_certs\n    skip_install_trust\n}}\nimport {samples}/caddy/Caddyfile\n")
        self.root.run("caddy", "validate", "--adapter", "caddyfile", "--config", f"{samples}/caddy/Caddyfile", HOME="/tmp")
        self.speaks_through("caddy", ["caddy", "run", "--adapter", "caddyfile", "--config", "/etc/caddy/Caddyfile.test"],
                            self.path("tmp/caddy/caddy/pki/authorities/local/root.crt"),
                            HOME="/tmp", XDG_DATA_HOME="/tmp/caddy", XDG_CONFIG_HOME="/tmp/caddy")
        self.root.run("rm", "-r", "/etc/caddy/Caddyfile.test", "/tmp/caddy")

    def speaks_through(self, proxy, command, authority, **variables):
        """In the service's network, where a page of the proxy's own may have its port 80."""
        process = subprocess.Popen([*self.service.enter(), *map(str, self.root.command(*command, **variables))])
        try:
            wait_for(f"the certificate of {proxy}", authority.exists)
            said = self.service.answers("/echo", f"through {proxy}", port=443, name=NAME, authority=authority)
            self.assertEqual(said[-1], f"through {proxy}")
        finally:
            process.terminate()
            process.wait(timeout=300)

    def upgrade(self):
        """While it serves: the process goes on, then a restart takes the new one. The operator's words stay."""
        self.root.apt("install", repacked(self.root, "99.1", "of 99.1"))
        self.assertIn("of 99.1", self.path(CONFIGURATION).read_text(), "nobody changed it: the new one")
        self.service.answers("/echo")
        self.assertEqual(self.service.stop(), 0)
        self.serve()
        self.service.answers(f"/{EXAMPLE}")

        with open(self.path(CONFIGURATION), "a") as file:
            file.write("[project.echo.limits]\nmessage = \"1 KiB\"\n")
        self.root.apt("install", "-o", "Dpkg::Options::=--force-confold", repacked(self.root, "99.2", "of 99.2"))
        configuration = self.path(CONFIGURATION).read_text()
        self.assertIn('message = "1 KiB"', configuration, "somebody changed it: theirs")
        self.assertNotIn("of 99.2", configuration)
        self.assertIn("of 99.2", self.path(CONFIGURATION + ".dpkg-dist").read_text(), "the new one beside it")
        self.assertEqual(self.service.stop(), 0)
        self.serve()
        self.service.answers("/echo")
        self.assertIn("1 KiB", self.root.run("berth", "config", "--effective").stdout)

    def remove(self):
        self.assertEqual(self.service.stop(), 0)
        self.root.run("sh", "-c", "mkdir -p /etc/berth/conf.d && touch /var/lib/berth/echo/kept /etc/berth/conf.d/local.toml")
        self.root.apt("remove", *suite.ALL)
        self.assertFalse(self.path("usr/bin/berth").exists())
        self.assertFalse(self.path("lib/systemd/system/berth.service").exists())
        self.assertTrue(self.path(CONFIGURATION).exists(), "configuration")
        self.assertTrue(self.path("var/lib/berth/echo/kept").exists(), "state")
        self.assertTrue(self.path(f"var/lib/berth/plugins/{EXAMPLE}.so").exists(), "projects")
        self.root.run("getent", "passwd", "berth")

    def install_again(self):
        self.root.apt("install", "/packages/berth_99.2.deb")
        self.assertIn('message = "1 KiB"', self.path(CONFIGURATION).read_text())
        self.assertTrue((self.path("etc/systemd/system") / "multi-user.target.wants/berth.service").is_symlink())
        self.serve()
        self.service.answers(f"/{EXAMPLE}")
        self.assertEqual(self.service.stop(), 0)

    def purge(self, before):
        self.root.apt("purge", *suite.ALL)
        self.root.apt("autoremove", "--purge")
        after = self.root.files()
        self.assertEqual(sorted(set(after) - set(before)), [], "left behind")
        self.assertEqual(sorted(set(before) - set(after)), [], "taken away")
        changed = [path for path in before if before[path] != after[path]]
        self.assertEqual(changed, [], "other than before")
        for directory in ("var/log/berth", "run/berth"):
            self.assertFalse(self.path(directory).exists(), directory)


if __name__ == "__main__":
    clean_root.enter()
    suite.main()
